/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf/fscomp.conf: "SOURCE MOUNTPOINT [OPTION]" per line (reference 3.5).
 * An absolute SOURCE is a host directory or file, otherwise a dataset (or,
 * without ZFS, the same name below POT_FS_ROOT's parent dataset:
 * "ZROOT/fscomp/F" means fscomp/F).  MOUNTPOINT is relative to the pot's
 * root; old absolute host paths below PDIR/m are converted when read.
 * Blanks and backslashes in a word are written as \040, as in fstab(5); a
 * word that begins with '#' begins a comment, which a rewrite drops.
 */
#ifndef POT_FSCOMP_H
#define POT_FSCOMP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

struct fscomp_entry {
	char *source;
	char *target; /* "/usr/local", "/" */
	char *option; /* "ro", "zfs-remount", other, or NULL */
};

struct fscomp {
	struct fscomp_entry *v;
	size_t n, cap;
	bool was_old; /* an old-format line was converted */
};

#define FSCOMP_INIT       \
	{                 \
		.v = NULL \
	}

void fscomp_fini(struct fscomp *f);
#define auto_fscomp __attribute__((cleanup(fscomp_fini), unused))

/* ROOT_M is PDIR/m, for converting old lines.  ERR_CORRUPT "WHAT:LINE: ..." */
int fscomp_parse(const char *what, const char *text, size_t len,
    const char *root_m, struct fscomp *out, struct err *e) MUST_CHECK;
/* A missing file is an empty list. */
int fscomp_read(int confdir, const char *what, const char *root_m,
    struct fscomp *out, struct err *e) MUST_CHECK;
void fscomp_format(const struct fscomp *f, struct buf *out);
int fscomp_write(const struct fscomp *f, int confdir, unsigned file_flags,
    struct err *e) MUST_CHECK;
/* SOURCE is not empty, TARGET begins with a slash (asserted). */
void fscomp_add(struct fscomp *f, const char *source, const char *target,
    const char *option);
void fscomp_remove(struct fscomp *f, size_t i);
/* Index of the entry at TARGET, or -1. */
int fscomp_find_target(const struct fscomp *f, const char *target);

#endif
