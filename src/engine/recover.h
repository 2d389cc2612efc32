/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recovery: what operations of dead owners left is undone or finished.
 */
#ifndef POT_RECOVER_H
#define POT_RECOVER_H

#include "engine/op.h"

/* Recover the journal R found in WHICH for OBJECT, whose lock the caller
 * holds, and remove it. */
int recover_one(struct engine *g, enum engine_dir which, const char *object,
    const struct journal_record *r, const struct log *log, struct err *e)
    MUST_CHECK;

#endif
