/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process does to itself on its way into a pot, between clone and
 * exec.  It has one thread and its own copy of everything (or its parent's
 * memory, see clone_run.h), and reports by a struct err.
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

/*
 * dev.c, procsys.c: /dev, /proc and /sys of a pot, built detached and then
 * attached below its root, with what OCI masks or makes read-only.
 * HOST_SYSFD is a detached copy of the host's /sys for a pot that may not
 * mount its own, or -1.  Their descriptors are left open: the process is
 * about to close all that it has.
 */
#define DEV_NODES_MAX 8
#define DEV_BELOW_MAX 4
struct dev {
	int fd;
	int below[DEV_BELOW_MAX];
	int node[DEV_NODES_MAX];
};

struct covers {
	int source[2]; /* of what copies are made */
	int spare[2];
};

struct procsys {
	int procfd, sysfd, cgroupfd;
	struct covers covers;
};

int dev_build(const struct cell_attrs *a, struct dev *out, struct err *e)
    MUST_CHECK;
int dev_attach(const struct dev *dev, int rootfd, struct err *e) MUST_CHECK;
bool dev_ruleset_is_known(unsigned ruleset);
int procsys_build(int host_sysfd, struct procsys *out, struct err *e)
    MUST_CHECK;
int procsys_attach(struct procsys *s, int rootfd, struct err *e) MUST_CHECK;

/* caps.c: what a pot of those attributes must not have is dropped for good,
 * in two steps: no program that is executed from now on has it, which does
 * not keep ourselves from anything; and neither have we. */
int caps_bound(const struct cell_attrs *a, struct err *e) MUST_CHECK;
int caps_apply(const struct cell_attrs *a, struct err *e) MUST_CHECK;
/* Make all that is permitted effective. */
int caps_raise(struct err *e) MUST_CHECK;
/* Have exactly CAPS, a bit for each. */
int caps_set(uint64_t caps, struct err *e) MUST_CHECK;
/* Does its root have CAP_SYS_ADMIN in a user namespace of its own? */
bool caps_may_mount(const struct cell_attrs *a);

/* seccomp.c: no new privileges, and the filter. */
int seccomp_apply(const struct cell_attrs *a, struct err *e) MUST_CHECK;

/* tty.c: a terminal of the pot, in which we are. */
int tty_open(uid_t owner, int *masterp, int *slavep, struct err *e) MUST_CHECK;

#endif
