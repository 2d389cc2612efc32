/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which other pots refer to something.
 */
#ifndef POT_OTHERS_H
#define POT_OTHERS_H

#include "engine/pot.h"

enum others { OTHERS_BASE, OTHERS_POTBASE, OTHERS_DEPEND, OTHERS_BRIDGE };

/* Names of pots whose base, potbase, ... is NAME.  Pots that can't be read
 * are left out. */
int others_with(struct engine *g, enum others what, const char *name,
    struct strv *out, struct err *e) MUST_CHECK;

#endif
