/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole directory trees, walked by descriptors; links are never followed
 * and no mount is crossed, so neither a guest's link nor a forgotten mount
 * leads out of the tree.  Depth is bounded (TREE_DEPTH_MAX) by descriptor
 * use: parents are reopened by "..", checked by device and inode.
 */
#ifndef POT_TREE_H
#define POT_TREE_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

#define TREE_DEPTH_MAX 2048

enum tree_flags {
	TREE_F_NO_REFLINK = 1 << 0, /* always copy bytes */
	TREE_F_CONTENT = 1 << 1,    /* copy into an existing directory */
	TREE_F_KEEP_OWNER_OF_ROOT = 1 << 2, /* leave TO's own mode/owner */
};

/*
 * Remove NAME below DIRFD with all it holds; a missing one is fine.  A
 * mount below it stops the removal before anything is removed: ERR_BUSY
 * "x: a file system is mounted on y".
 */
int tree_remove(int dirfd, const char *name, struct err *e) MUST_CHECK;

/*
 * Copy the file or tree FROMNAME to TONAME (which must not exist, unless
 * TREE_F_CONTENT): type, content (reflinked where the file system can,
 * holes kept), hard links among the copied, owner, mode, times to the
 * nanosecond, extended attributes and ACLs, device nodes, FIFOs; sockets
 * are left out.  Mounts below are copied as empty directories.
 */
int tree_copy(int fromdir, const char *fromname, int todir, const char *toname,
    unsigned flags, struct err *e) MUST_CHECK;

/* Bytes allocated below NAME (hard links once), without crossing mounts. */
int tree_usage(int dirfd, const char *name, uint64_t *bytes, struct err *e)
    MUST_CHECK;

#endif
