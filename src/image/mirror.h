/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base.txz of a release, from a mirror into the cache.  The digest is that
 * of the MANIFEST that the administrator has installed (the package
 * freebsd-release-manifests); without it the mirror's own has to do.
 */
#ifndef POT_IMAGE_MIRROR_H
#define POT_IMAGE_MIRROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/log.h"
#include "base/strv.h"
#include "image/release.h"

struct mirror_options {
	/* http, https, ftp or file URL, or a directory: below it
	 * MACHINE/ARCH/RELEASE/base.txz, in a directory also base.txz. */
	const char *mirror;
	const char *cache_dir;	   /* absolute; made if missing */
	const char *manifests_dir; /* MACHINE-ARCH-RELEASE, each a MANIFEST */
	const char *program;	   /* pot-fetch */
	const struct strv *env;	   /* proxies; may be NULL */
	const struct log *log;
};

/*
 * PATH of a base.txz of R whose digest is right: in the cache, or of the
 * mirror's directory.  What a failed download left is gone on with; what has
 * a wrong digest is fetched anew, once.
 *	ERR_NOT_FOUND	the mirror has no such release
 *	ERR_CORRUPT	digest, MANIFEST or length is wrong
 *	ERR_BUSY	another command fetches it
 */
int mirror_fetch(const struct mirror_options *o, const struct release *r,
    char *path, size_t size, struct err *e) MUST_CHECK;

#endif
