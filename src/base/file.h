/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of ours, named by (directory descriptor, one component).  Opened
 * O_NOFOLLOW and O_CLOEXEC, replaced by a temporary file and rename.
 * For files below a pot's root, which the guest controls, use
 * base/beneath.h; these functions are for our own trees.
 */
#ifndef POT_FILE_H
#define POT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

enum file_flags {
	FILE_F_SYNC = 1 << 0, /* fsync file and directory */
	FILE_F_EXCL = 1 << 1, /* must not exist (ERR_EXISTS) */
	/* fsync the file alone: the caller syncs the directory later. */
	FILE_F_SYNC_CONTENT = 1 << 2,
};

/* Open a directory; path may have several components (a trusted path).  An
 * absolute one is an administrator's and may be a symbolic link. */
int dir_open(int dirfd, const char *path, int *fdp, struct err *e) MUST_CHECK;
/* As dir_open; made with MODE if it is missing.  One component. */
int dir_make_open(int dirfd, const char *name, mode_t mode, int *fdp,
    struct err *e) MUST_CHECK;
/* mkdir; existing directories are fine.  One component. */
int dir_make(int dirfd, const char *name, mode_t mode, struct err *e)
    MUST_CHECK;
/* mkdir -p of a trusted absolute path; parents that are missing get 0755. */
int dir_make_path(const char *path, mode_t mode, struct err *e) MUST_CHECK;
/* Names in a directory, sorted by bytes, without . and .. */
int dir_list(int dirfd, struct strv *names, struct err *e) MUST_CHECK;
int dir_sync(int dirfd, struct err *e) MUST_CHECK;
/* Remove the temporary files of file_write() whose writers are dead. */
int dir_remove_temps(int dirfd, struct err *e) MUST_CHECK;
/* rmdir; a missing one is fine. */
int dir_remove(int dirfd, const char *name, struct err *e) MUST_CHECK;

/* Append the file's content to B (ERR_LIMIT over its maximum).  Regular
 * files only: a FIFO or device gives ERR_CORRUPT instead of a hang. */
int file_read(int dirfd, const char *name, struct buf *b, struct err *e)
    MUST_CHECK;
/* The same; WHAT names the file in errors ("pot web: pot.conf"). */
int file_read_as(int dirfd, const char *name, const char *what, struct buf *b,
    struct err *e) MUST_CHECK;
/* Replace atomically: write NAME.tmp.PID, (fsync,) rename.  MODE is exact,
 * whatever the umask; so it is in dir_make and its kin. */
int file_write(int dirfd, const char *name, const void *data, size_t len,
    mode_t mode, unsigned flags, struct err *e) MUST_CHECK;
/* A new file with that in it, which is there whole or not at all; *FD is open
 * for appending.  ERR_EXISTS. */
int file_create(int dirfd, const char *name, const void *data, size_t len,
    int *fd, struct err *e) MUST_CHECK;
/* unlink; a missing file is fine. */
int file_remove(int dirfd, const char *name, struct err *e) MUST_CHECK;
/* renameat between our directories; with FILE_F_SYNC both are synced;
 * with FILE_F_EXCL the target must not exist (looked at before: the caller
 * has the lock). */
int file_rename(int olddir, const char *oldname, int newdir,
    const char *newname, unsigned flags, struct err *e) MUST_CHECK;
/* Is there something of that name?  Links are not followed. */
bool file_exists(int dirfd, const char *name);

#endif
