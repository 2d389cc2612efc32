/* SPDX-License-Identifier: BSD-2-Clause */
/* A root file system from outside becomes a tree of ours. */
#ifndef POT_STORAGE_UNPACK_H
#define POT_STORAGE_UNPACK_H

#include "base/compiler.h"
#include "base/err.h"

/*
 * Make the directory NAME in DIRFD, which must not exist, from SOURCE, an
 * absolute path: a directory is copied, a file is an archive for tar(1),
 * compressed or not.  Owners are numbers.  On failure nothing is left.
 */
int unpack_tree(const char *source, int dirfd, const char *name, struct err *e)
    MUST_CHECK;

#endif
