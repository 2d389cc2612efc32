/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last steps into a pot, which creating a cell and entering one share:
 * the descriptors, signals and arguments of pot-init, and its execution.
 * And the socket between that process and who started it.
 *
 * Over the socket go, each in one packet: a struct err (it ended), "ready",
 * a terminal; after the exec a struct init_failure or, if all is well, the
 * end of file.
 */
#ifndef POT_LINUX_INTO_H
#define POT_LINUX_INTO_H

#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/cell.h"
#include "platform/linux/inside.h"

struct into {
	const struct cell_command *command;
	char mode;	   /* pot-init's: '-', 'p', 'x' */
	int sock;	   /* this process's end */
	int initfd;	   /* pot-init, where nobody can write it */
	int fds[3];	   /* its 0 to 2 */
	int statusfd;	   /* or -1 */
	uint64_t ignored;  /* signals that are ignored now: bit N - 1 */
	const char **argv; /* of pot-init, to be filled by into_exec() */
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
#define auto_into __attribute__((cleanup(into_fini)))

/* In the new process: descriptors 0 to 4 as pot-init wants them, all others
 * closed but for pot-init itself; default signal dispositions. */
int into_arrange(struct into *in, struct err *e) MUST_CHECK;
/* Execute pot-init for the command as that user; returns if it can't. */
void into_exec(struct into *in, const struct user_ids *u, struct err *e);
/* Report and end. */
NO_RETURN void into_fail(const struct into *in, const struct err *e);

/* Wait for the packet the new process sends when it is ready, with a
 * descriptor in *FDP if that is not NULL. */
int into_wait_ready(int sock, int *fdp, struct err *e) MUST_CHECK;
int into_send_ready(int sock, int fd, struct err *e) MUST_CHECK;
/* Wait until the command is being executed. */
int into_wait_exec(int sock, struct err *e) MUST_CHECK;

#endif
