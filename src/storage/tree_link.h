/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trees of frozen files, combined by hard links: no content is copied, and
 * since nobody writes to either tree, sharing the files is safe.
 */
#ifndef POT_STORAGE_TREE_LINK_H
#define POT_STORAGE_TREE_LINK_H

#include "base/compiler.h"
#include "base/err.h"

/* TONAME in TODIR, which must not exist, becomes the tree of FROMFD. */
int tree_link(int fromfd, int todir, const char *toname, struct err *e)
    MUST_CHECK;

/*
 * Lay the tree of FROMFD over that of TOFD, as overlayfs would show them:
 * directories are joined unless they are opaque, whiteouts remove.  What
 * hides something below TOFD's own place in a chain goes on hiding it:
 * whiteouts are kept, and a directory that took something else's place is
 * opaque.
 */
int tree_link_over(int fromfd, int tofd, struct err *e) MUST_CHECK;

#endif
