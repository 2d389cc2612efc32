/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users of the host.
 */
#ifndef POT_CLI_HOST_USER_H
#define POT_CLI_HOST_USER_H

#include "base/compiler.h"
#include "base/err.h"

/* "UID:GID" of the user NAME of this host, which the caller frees; numbers
 * stay as they are.  NULL with ERR_NOT_FOUND. */
char *host_user(const char *name, struct err *e) MUST_CHECK;
/* The same of lines of passwd(5); NULL if they don't say. */
char *host_user_find(const char *text, const char *name) MUST_CHECK;

#endif
