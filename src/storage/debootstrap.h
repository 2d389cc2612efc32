/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Root file systems of Debian's suites, by mmdebstrap(1) or debootstrap(8),
 * whichever the host has, as tar archives in the cache.  Mirrors, keyrings
 * and proxies are those of the host's apt; signatures are always verified.
 */
#ifndef POT_STORAGE_DEBOOTSTRAP_H
#define POT_STORAGE_DEBOOTSTRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

/* A line of what a program says of its progress. */
typedef void progress_fn(void *arg, const char *line);

struct debootstrap_options {
	const char *suite;
	const char *cache_dir; /* absolute; made if missing */
	const char *apt_dir;   /* NULL: "/etc/apt" */
	progress_fn *progress; /* may be NULL */
	void *arg;
};

/*
 * The archive of a suite, POT_CACHE/SUITE_base.tar, into PATH; *WAS_THERE
 * says that nothing had to be done.  It appears when it is complete.
 *	ERR_INVALID	the name can't be a suite's
 *	ERR_NOT_FOUND	the mirror has no such suite
 *	ERR_UNSUPPORTED	the host has neither program (names the package)
 *	ERR_CHILD	what the program said of its failure
 */
int debootstrap_fetch(const struct debootstrap_options *o, char *path,
    size_t size, bool *was_there, struct err *e) MUST_CHECK;

#endif
