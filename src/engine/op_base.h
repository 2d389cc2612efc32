/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making bases.
 */
#ifndef POT_OP_BASE_H
#define POT_OP_BASE_H

#include "engine/op.h"

extern const struct op_type op_base;

#endif
