/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done inside of a view. */
#ifndef POT_TEST_STORAGE_VIEW_H
#define POT_TEST_STORAGE_VIEW_H

#include "base/buf.h"
#include "base/err.h"

int edit_script(int root, char *script, struct err *e);
int edit_list(int root, struct buf *out, struct err *e);

#endif
