/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The content of one file: shared with the copy where the file system can
 * (copy_file_range(2) does that on btrfs, xfs and ZFS), else copied by the
 * kernel, else through memory.  Holes stay holes.
 */
#ifndef POT_TREE_DATA_H
#define POT_TREE_DATA_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"

/* Copy SIZE bytes of FROM to the empty file TO, fewer if FROM is shorter.
 * Without MAY_SHARE every byte is written anew. */
int tree_data_copy(int from, int to, off_t size, bool may_share, struct err *e)
    MUST_CHECK;

#endif
