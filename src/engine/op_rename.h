/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Renaming a pot.
 */
#ifndef POT_OP_RENAME_H
#define POT_OP_RENAME_H

#include "engine/op.h"

extern const struct op_type op_rename;

#endif
