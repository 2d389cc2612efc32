/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the framework's configuration share; framework.h is for
 * everybody else. */
#ifndef POT_FRAMEWORK_IMPL_H
#define POT_FRAMEWORK_IMPL_H

#include <stddef.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

#define FRAMEWORK_FILE_MAX   ((size_t)64 << 10)
#define FRAMEWORK_FILES_MAX  2
#define FRAMEWORK_VALUE_MAX  ((size_t)64 << 10)
#define FRAMEWORK_ASSIGN_MAX ((size_t)1000)

/* One file as it was read. */
struct framework_file {
	char *what; /* its path, for errors */
	char *text;
	size_t len;
	struct stat st;
};

/* NAME is VALUE now. */
void framework_assign(struct strv *names, struct strv *values, const char *name,
    const char *value);

/*
 * What /bin/sh makes of the files, one after the other.  They are given to
 * the shell as we read them; each must be one that nobody but root or the
 * caller can write (ERR_DENIED).  Only names that occur in a text beginning
 * with POT_ are asked for.  *said gets the first line that was printed, ""
 * if none; the caller frees it.
 */
int framework_shell(const struct framework_file *files, size_t n,
    struct strv *names, struct strv *values, char **said, struct err *e)
    MUST_CHECK;

/*
 * The result of an earlier evaluation, kept in DIR (a run directory) for
 * files of exactly that device, inode, size and times.  Believed only if
 * nobody but root could have written it; 1 found, 0 not.
 */
int framework_cache_load(const char *dir, const struct framework_file *files,
    size_t n, struct strv *names, struct strv *values);
/* Keep it; nothing happens where that is not possible. */
void framework_cache_save(const char *dir, const struct framework_file *files,
    size_t n, const struct strv *names, const struct strv *values);

/* The cache's text and back, for tests and fuzzing. */
struct buf;
void framework_cache_encode(const struct framework_file *files, size_t n,
    const struct strv *names, const struct strv *values, struct buf *out);
int framework_cache_decode(const void *data, size_t len,
    const struct framework_file *files, size_t n, struct strv *names,
    struct strv *values);

#endif
