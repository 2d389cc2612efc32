/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that an administrator gives to a pot: hooks, a resolver's
 * configuration.
 */
#ifndef POT_ADMIN_FILE_H
#define POT_ADMIN_FILE_H

#include "base/compiler.h"
#include "base/err.h"

/*
 * Replace TODIR/TO by a copy of the content of FROM (below FROMDIR, or a
 * path).  A link is followed: the copy must neither change nor vanish with
 * what it leads to.  It is ours, and nobody else may write to it, whoever
 * owns FROM; if FROM is executable it is, too.
 */
int admin_file_copy(int fromdir, const char *from, int todir, const char *to,
    struct err *e) MUST_CHECK;

#endif
