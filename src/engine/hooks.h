/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hooks: conf/prestart.sh, poststart.sh, prestop.sh, poststop.sh, run on
 * the host as root if they are executable (reference 8.5).  Their exit
 * status is ignored.
 */
#ifndef POT_HOOKS_H
#define POT_HOOKS_H

#include "engine/op.h"

enum hook {
	HOOK_PRESTART,
	HOOK_POSTSTART,
	HOOK_PRESTOP,
	HOOK_POSTSTOP,
	HOOK_COUNT
};

/* File name in conf/ ("prestart.sh"). */
const char *hook_file(enum hook h);
/* Run it, if the pot has one, with the lock dropped. */
int hook_run(struct op *op, struct pot *p, enum hook h,
    const struct cell_ref *ref, struct err *e) MUST_CHECK;

#endif
