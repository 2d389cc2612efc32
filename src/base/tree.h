/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole directory trees, walked by descriptors; links are never followed
 * and no mount is crossed, so neither a guest's link nor a forgotten mount
 * leads out of the tree.  Neither depth nor width costs descriptors:
 * parents are reopened by "..", checked by device and inode (ERR_BUSY if a
 * directory was moved meanwhile).  A tree may be in use: what vanishes
 * while it is walked is left out.  A name is one component, or a trusted
 * path; the last component is not followed.
 */
#ifndef POT_TREE_H
#define POT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

#define TREE_DEPTH_MAX 2048 /* of a copy */

enum tree_flags {
	TREE_F_NO_REFLINK = 1 << 0, /* always copy bytes */
	TREE_F_CONTENT = 1 << 1,    /* copy into an existing directory */
	TREE_F_KEEP_OWNER_OF_ROOT = 1 << 2, /* leave TO's own mode/owner */
	/* From a guest to where others are: no device nodes, no flags, of
	 * attributes only those of users and access lists. */
	TREE_F_UNTRUSTED = 1 << 3,
	/* And no set-user-ID or set-group-ID bits on files. */
	TREE_F_NO_SETID = 1 << 4,
	/* A guest may be at work in FROM: no device node that it puts in the
	 * place of a file is ever opened. */
	TREE_F_GUEST = 1 << 5,
};

/* COUNT ids from FROM on become those from TO on.  Others stay as they are,
 * but for IS_STRICT, with which they are an error. */
struct tree_ids {
	uint32_t from, to, count;
	bool is_strict;
};

/*
 * Remove NAME in DIRFD with all it holds; a missing one is fine.  A
 * mount below it stops the removal before anything is removed: ERR_BUSY
 * "x: a file system is mounted on y".  Flags that forbid it are cleared.
 */
int tree_remove(int dirfd, const char *name, struct err *e) MUST_CHECK;

/*
 * Copy the file or tree FROMNAME to TONAME (which must not exist, unless
 * TREE_F_CONTENT): type, content (reflinked where the file system can,
 * holes kept), hard links among the copied, owner, mode, times to the
 * nanosecond, extended attributes and ACLs of files and directories,
 * device nodes, FIFOs; sockets are left out.  What is mounted on below is
 * copied empty.  The target may be a guest's: nothing there is followed.
 * With TREE_F_CONTENT directories are merged and other files replaced,
 * without it a copy that fails is removed again.  Hard links are kept for
 * 2^18 files and paths that beneath.h can walk.
 */
int tree_copy(int fromdir, const char *fromname, int todir, const char *toname,
    unsigned flags, struct err *e) MUST_CHECK;
/* The same; owners, and who is named in access lists and capabilities, are
 * moved as IDS says, if it is not NULL. */
int tree_copy_ids(int fromdir, const char *fromname, int todir,
    const char *toname, unsigned flags, const struct tree_ids *ids,
    struct err *e) MUST_CHECK;
/* ID as IDS, which may be NULL, has it. */
int tree_ids_move(const struct tree_ids *ids, uint32_t id, uint32_t *out,
    struct err *e) MUST_CHECK;

/* Bytes allocated below NAME (hard links once), without crossing mounts. */
int tree_usage(int dirfd, const char *name, uint64_t *bytes, struct err *e)
    MUST_CHECK;

#endif
