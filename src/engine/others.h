/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which other pots refer to something.
 *
 * There is no index that could be wrong: one pass reads the files of all
 * pots, and parses only those in which the name occurs at all.
 */
#ifndef POT_OTHERS_H
#define POT_OTHERS_H

#include "engine/pot.h"

enum other {
	OTHERS_BASE,
	OTHERS_POTBASE,
	OTHERS_DEPEND,
	OTHERS_BRIDGE,
	OTHERS_COUNT
};

/* Names of the pots whose base, potbase, ... is a certain name. */
struct others {
	struct strv by[OTHERS_COUNT];
};

#define OTHERS_INIT                 \
	{                           \
		.by = { STRV_INIT } \
	}

void others_fini(struct others *o);
#define auto_others __attribute__((cleanup(others_fini), unused))

/* All that refer to NAME, in one pass.  Pots that can't be read are left
 * out. */
int others_find(struct engine *g, const char *name, struct others *out,
    struct err *e) MUST_CHECK;

/* May FILE ("pot.conf") of the pot have NAME, behind the character BEFORE,
 * as a value or the end of a path's component?  Cheap; false if there is no
 * such file. */
bool others_mention(int jails, const char *pot, const char *file, char before,
    const char *name);

#endif
