/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths below a directory whose content somebody else controls (a pot's
 * root).  A path is walked component by component with O_NOFOLLOW on
 * descriptors; symbolic links are read and walked by us, absolute ones and
 * ".." at the top stay at the root, as chroot would have it, so nothing
 * leads out, whatever the guest renames meanwhile.  ".." goes back on our
 * own stack of descriptors.
 *
 * Bounds: BENEATH_LINKS_MAX links, BENEATH_DEPTH_MAX directories,
 * BENEATH_PATH_MAX bytes (ERR_LIMIT); a name that is swapped all the time
 * ends as ERR_BUSY.  Errors begin with the path, quoted.
 */
#ifndef POT_BENEATH_H
#define POT_BENEATH_H

#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"

#define BENEATH_LINKS_MAX 40
#define BENEATH_DEPTH_MAX 256
#define BENEATH_PATH_MAX  4096

/*
 * Open PATH below ROOTFD with open(2) flags (O_CLOEXEC is added; a final
 * link is followed below the root unless O_NOFOLLOW).  Regular files and
 * directories only: a FIFO, device or socket is ERR_DENIED, so a guest
 * makes nobody hang or write to a disk.  (A device that is swapped in within
 * the call may have been opened, not used; a tree mounted nodev excludes
 * that too.)
 */
int beneath_open(int rootfd, const char *path, int oflags, mode_t mode,
    int *fdp, struct err *e) MUST_CHECK;
/* Descriptor of the directory that holds PATH's last component, and that
 * component; final link not followed.  NAME has room for NAME_MAX + 1.
 * ERR_INVALID for a path without one ("/", "a/.."). */
int beneath_parent(int rootfd, const char *path, int *dirfdp, char *name,
    struct err *e) MUST_CHECK;
/* mkdir -p below the root; descriptor of the last directory.  What is made
 * has that very MODE; a dangling link's target is made. */
int beneath_mkdirs(int rootfd, const char *path, mode_t mode, int *fdp,
    struct err *e) MUST_CHECK;
/* The path with all links resolved, absolute as the pot sees it; what does
 * not exist yet is kept as written, without "." and "..". */
int beneath_realpath(int rootfd, const char *path, char *out, size_t size,
    struct err *e) MUST_CHECK;
/* Replace the file PATH (temporary file in its directory, rename): a link
 * or device the guest put at PATH is replaced, never written through.  A
 * file of ours that is as it is to be stays. */
int beneath_write_file(int rootfd, const char *path, const void *data,
    size_t len, mode_t mode, struct err *e) MUST_CHECK;

#endif
