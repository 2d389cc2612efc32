/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last steps into a pot, which creating a cell and entering one share:
 * the descriptors, signals and arguments of pot-init, and its execution.
 */
#ifndef POT_LINUX_INTO_H
#define POT_LINUX_INTO_H

#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/cell.h"
#include "platform/init_args.h"
#include "platform/linux/inside.h"

struct into {
	const struct cell_command *command;
	char mode;	  /* pot-init's: '-', 'p', 'x', 'd' */
	int sock;	  /* this process's end */
	int initfd;	  /* pot-init, where nobody can write it */
	int fds[3];	  /* its 0 to 2 */
	int statusfd;	  /* or -1 */
	uint64_t ignored; /* signals that are ignored now: bit N - 1 */
	struct init_args args;
};

#define INTO_INIT                                                \
	{                                                        \
		.sock = -1, .initfd = -1, .fds = { -1, -1, -1 }, \
		.statusfd = -1                                   \
	}

/* In the starting process: what can be had before the clone. */
int into_open(struct into *in, const struct cell_command *command, int initfd,
    struct err *e) MUST_CHECK;
/* A socket to the next new process; *SOCKP is our own end. */
int into_connect(struct into *in, int *sockp, struct err *e) MUST_CHECK;
/* Close what into_open() opened, twice is harmless. */
void into_fini(struct into *in);
#define auto_into __attribute__((cleanup(into_fini), unused))

/* In the new process, while it sees the host's /proc. */
int into_look_at_signals(struct into *in, struct err *e) MUST_CHECK;
/* In the new process: descriptors 0 to 4 as pot-init wants them, all others
 * closed but for pot-init itself; default signal dispositions. */
int into_arrange(struct into *in, struct err *e) MUST_CHECK;
/* Execute pot-init for the command as that user; returns if it can't. */
void into_exec(struct into *in, const struct user_ids *u, struct err *e);

#endif
