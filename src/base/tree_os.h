/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What POSIX does not say about files and tree.c has to know.  One file per
 * system implements it, src/platform/SYSTEM/tree_os.c.  It is linked into
 * base, since trees are needed below platform's tables, and it includes
 * nothing of platform.
 *
 * A NAME of "" means the open file DIRFD itself; links are not followed.
 */
#ifndef POT_TREE_OS_H
#define POT_TREE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/tree.h"

/* stat, and a number for the mount the file is seen through: it differs
 * for a bind mount of the same file system, too.  -1 with errno. */
int tree_os_stat(int dirfd, const char *name, struct stat *st, uint64_t *mount)
    MUST_CHECK;

/* Copy extended attributes and access control lists of an open file or
 * directory, after its owner and mode.  FLAGS: TREE_F_UNTRUSTED. */
int tree_os_copy_attrs(int from, int to, unsigned flags,
    const struct tree_ids *ids, struct err *e) MUST_CHECK;

/* FN for each extended attribute of FD that an archive can carry: users' own,
 * and what the system gives a meaning to, but for what belongs to this host.
 * The names are those of Linux ("user.x"). */
typedef int tree_attr_fn(
    void *arg, const char *name, const void *value, size_t len, struct err *e);
int tree_os_each_attr(int fd, tree_attr_fn *fn, void *arg, struct err *e)
    MUST_CHECK;
/* Set one; users' own, and those of which this system knows nothing, may get
 * lost. */
int tree_os_set_attr(int fd, const char *name, const void *value, size_t len,
    struct err *e) MUST_CHECK;

/* Copy the flags that may forbid changes (schg): the very last step. */
int tree_os_copy_flags(int from, int to, struct err *e) MUST_CHECK;

/* copy_file_range(2) from and to the same offset AT: how much was copied, 0 at
 * the end, or -1 with errno; ENOSYS where the system has none. */
ssize_t tree_os_copy_range(int from, int to, off_t at, size_t len) MUST_CHECK;

/* Another descriptor of the directory DIRFD and all that is mounted below,
 * through which no device can be opened; where the system has none, any
 * descriptor of it. */
int tree_os_guard(int dirfd, int *fdp, struct err *e) MUST_CHECK;

/* Clear the flags that forbid removal.  True if there were any. */
bool tree_os_clear_flags(int dirfd, const char *name);

#endif
