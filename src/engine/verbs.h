/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs the engine knows, one row each in verbs.def.
 */
#ifndef POT_VERBS_H
#define POT_VERBS_H

#include "engine/engine_impl.h"

enum verb_flags {
	VERB_F_ROOT = 1 << 0, /* needs root; refused before anything else */
	VERB_F_NO_ROOT_DIR = 1 << 1, /* works before pot init */
	VERB_F_POT = 1 << 2,	     /* field "pot" names an existing pot: its
				      * supervisor is replaced if it is gone */
	VERB_F_INTERNAL = 1 << 3,    /* called by our own programs only */
};

struct verb {
	const char *name;
	const char *fields; /* blank separated names it accepts */
	unsigned flags;
	verb_fn *fn;
};

/* Prototypes of all verb functions come from the same rows. */
#define VERB(name, fn, flags, fields) verb_fn fn;
#include "engine/verbs.def"
#undef VERB

#endif
