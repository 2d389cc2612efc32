/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that each start writes into a pot (cell.h, struct cell_file). */
#ifndef POT_PLATFORM_CELL_FILES_H
#define POT_PLATFORM_CELL_FILES_H

#include "platform/cell.h"

/* Write S's files below ROOTFD, the pot's root, whatever links are there; a
 * file whose directory is missing is left out. */
int cell_files_write(const struct cell_spec *s, int rootfd, struct err *e)
    MUST_CHECK;

#endif
