/* SPDX-License-Identifier: BSD-2-Clause */
/* The last steps into a jail; see exec.c. */
#ifndef POT_FREEBSD_EXEC_H
#define POT_FREEBSD_EXEC_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/cell.h"
#include "platform/init_args.h"

struct jail_exec {
	const struct cell_command *command;
	char mode; /* pot-init's: '-', 'p', 'x', 'd' */
	int initfd;
	int fds[3];
	int statusfd; /* or -1 */
	struct init_args args;
};

#define JAIL_EXEC_INIT                                              \
	{                                                           \
		.initfd = -1, .fds = { -1, -1, -1 }, .statusfd = -1 \
	}

/* In the starting process: refuse what must not get into a jail. */
int jail_exec_open(struct jail_exec *x, const struct cell_spec *spec,
    const struct cell_command *command, struct err *e) MUST_CHECK;
void jail_exec_fini(struct jail_exec *x);
#define auto_jail_exec __attribute__((cleanup(jail_exec_fini), unused))

/* In the new process, before it is in the jail: descriptors 0 to 5 as
 * pot-init wants them, with *SOCK (which moves there) as INIT_EXEC_FD; all
 * others are closed. */
int jail_exec_arrange(struct jail_exec *x, int *sock, struct err *e) MUST_CHECK;
/* In the jail: execute pot-init for the command as that user.  Returns only
 * if that fails. */
int jail_exec_run(struct jail_exec *x, uint64_t open_files,
    const struct user_ids *u, struct err *e) MUST_CHECK;

#endif
