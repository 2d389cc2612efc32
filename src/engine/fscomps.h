/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File system components as objects of operations.
 */
#ifndef POT_FSCOMPS_H
#define POT_FSCOMPS_H

#include "engine/op.h"

/* Take the lock of the existing component NAME; ERR_NOT_FOUND.  OP is for
 * op_fini() alone. */
int fscomp_lock(struct call *c, const char *name, struct op *op, struct err *e)
    MUST_CHECK;

#endif
