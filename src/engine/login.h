/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a running pot's own passwd says of a user.
 */
#ifndef POT_LOGIN_H
#define POT_LOGIN_H

#include <limits.h>

#include "engine/engine_impl.h"

struct login {
	char shell[PATH_MAX]; /* "/bin/sh" if nothing is said */
	char home[PATH_MAX];  /* "/" */
};

/* Of lines of passwd(5): absolute paths that they say of USER. */
void login_parse(const char *text, const char *user, struct login *out);

/* A pot without a passwd, or without that user, has the defaults. */
int login_find(struct engine *g, const struct cell_ref *ref, const char *user,
    struct login *out, struct err *e) MUST_CHECK;

#endif
