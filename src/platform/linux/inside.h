/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process does to itself on its way into a pot, between clone and
 * exec.  It has one thread and its own copy of everything, and reports by a
 * struct err.
 */
#ifndef POT_LINUX_INSIDE_H
#define POT_LINUX_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "init/init.h"
#include "platform/cell.h"
#include "platform/passwd.h"

/* dev.c: /dev of that ruleset below ROOTFD.  HOST_DEV holds descriptors of
 * the host's devices for a pot that may make none (its own user namespace),
 * or NULL. */
#define DEV_NODES_MAX 8
struct dev_nodes {
	int fd[DEV_NODES_MAX];
};
#define DEV_NODES_INIT                                 \
	{                                              \
		{                                      \
			-1, -1, -1, -1, -1, -1, -1, -1 \
		}                                      \
	}
int dev_open_nodes(unsigned ruleset, struct dev_nodes *out, struct err *e)
    MUST_CHECK;
void dev_close_nodes(struct dev_nodes *n);
int dev_mount(int rootfd, unsigned ruleset, const struct dev_nodes *host,
    struct err *e) MUST_CHECK;
bool dev_ruleset_is_known(unsigned ruleset);

/* procsys.c: /proc and /sys, with what OCI masks or makes read-only.
 * HOST_SYSFD is a detached copy of the host's /sys for a pot that may not
 * mount its own, or -1. */
int procsys_mount(int rootfd, int host_sysfd, struct err *e) MUST_CHECK;

/* caps.c: drop what a pot of those attributes must not have, for good. */
int caps_apply(const struct cell_attrs *a, struct err *e) MUST_CHECK;
/* Make all that is permitted effective. */
int caps_raise(struct err *e) MUST_CHECK;
/* Does its root have CAP_SYS_ADMIN in a user namespace of its own? */
bool caps_may_mount(const struct cell_attrs *a);

/* seccomp.c: no new privileges, and the filter. */
int seccomp_apply(const struct cell_attrs *a, struct err *e) MUST_CHECK;

/* tty.c: a terminal of the pot, in which we are. */
int tty_open(uid_t owner, int *masterp, int *slavep, struct err *e) MUST_CHECK;

#endif
