/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users of a pot, looked up by a process that is in it already: "/" is the
 * pot's root.  See passwd.c.
 */
#ifndef POT_PLATFORM_PASSWD_H
#define POT_PLATFORM_PASSWD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "init/init.h"

struct user_ids {
	uid_t uid;
	gid_t gid;
	gid_t groups[INIT_GROUPS_MAX];
	size_t ngroups;
};

/* NAME or UID, and :GROUP. */
int user_find(const char *text, struct user_ids *out, struct err *e) MUST_CHECK;

/* The platform's: open a file of the pot for reading, close-on-exec and
 * without waiting (O_NONBLOCK); nothing that the guest wrote leads out of
 * the pot.  -1 with errno. */
int inside_open(const char *path);

#endif
