/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destroying a pot.
 */
#ifndef POT_OP_DESTROY_H
#define POT_OP_DESTROY_H

#include "engine/op.h"

extern const struct op_type op_destroy;

/* Was a destroy of the pot begun and not finished? */
bool destroy_is_begun(struct engine *g, const char *name);
/* Finish it; the pot's lock is held. */
int destroy_finish(struct engine *g, const char *name, const struct log *log,
    struct err *e) MUST_CHECK;
/* Finish what journals that a reboot took would have told of. */
int destroy_finish_all(struct engine *g, const struct log *log, struct err *e)
    MUST_CHECK;

#endif
