/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destroying a pot.
 */
#ifndef POT_OP_DESTROY_H
#define POT_OP_DESTROY_H

#include "engine/op.h"

extern const struct op_type op_destroy;

#endif
