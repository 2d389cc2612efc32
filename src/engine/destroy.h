/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destroying pots, with those that were made from them.
 */
#ifndef POT_DESTROY_H
#define POT_DESTROY_H

#include "engine/engine_impl.h"

enum destroy_flags {
	DESTROY_F_FORCE = 1 << 0,     /* also if it runs, also if broken */
	DESTROY_F_RECURSIVE = 1 << 1, /* and the pots made from it */
	DESTROY_F_BASE = 1 << 2,      /* with its base: level 0 as well */
	DESTROY_F_PRUNE = 1 << 3,     /* if it is to be pruned, else not */
	DESTROY_F_GRACE = 1 << 4,     /* and ended a minute ago */
};

/* All of NAMES, or, if something is in the way of one, none. */
int destroy_pots(struct call *c, const struct strv *names, unsigned flags,
    struct err *e) MUST_CHECK;
int destroy_pot(struct call *c, const char *name, unsigned flags, struct err *e)
    MUST_CHECK;

/* 1 if the pot has done its work, and a minute ago if GRACE says so. */
int destroy_is_due(struct call *c, const char *name, bool grace, struct err *e)
    MUST_CHECK;

#endif
