/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flavours (reference section 5): the steps that the caller has read from
 * command files and scripts, applied to a pot that is being made.
 */
#ifndef POT_ENGINE_FLAVOURS_H
#define POT_ENGINE_FLAVOURS_H

#include "engine/op.h"

/*
 * One step on the pot OP creates.  "request:LINE" is a change
 * (model/request_line.h, without the pot); "script:PATH" a script that runs
 * in the started pot as root, with the caller's environment ENV, its output
 * to OUT and ERRFD (-1: discarded).
 */
int flavour_step(struct op *op, const char *step, const struct strv *env,
    int out, int errfd, struct err *e) MUST_CHECK;

#endif
