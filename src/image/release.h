/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A release of FreeBSD for an architecture: what its name is, and the names
 * that come from it (reference 4.1).
 */
#ifndef POT_IMAGE_RELEASE_H
#define POT_IMAGE_RELEASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

struct release {
	char name[32];	     /* "14.1-RELEASE", "14.0-RC1" */
	char short_name[32]; /* "14.1", "14.0-RC1": the base's, if none is
			      * given */
	char machine[16];    /* hw.machine: "amd64", "arm64" */
	char arch[16];	     /* hw.machine_arch: "amd64", "aarch64" */
	bool is_native;	     /* the host's own architecture */
};

/* Does TEXT begin as a release's name, and not as that of a suite? */
bool release_is(const char *text);

/*
 * "14.1", "14.1-RELEASE", "14.0-RC1", "14.2-BETA3"; ARCH is "MACHINE" or
 * "MACHINE/ARCH", NULL for the host's, whose uname -m is HOST.  ERR_INVALID.
 */
int release_parse(const char *text, const char *arch, const char *host,
    struct release *out, struct err *e) MUST_CHECK;

#define RELEASE_DIGEST_SIZE 65 /* SHA-256 in hexadecimal */

/*
 * The digest of FILE in the text of a MANIFEST: lines of words separated by
 * tabs, the file's name and its SHA-256 first.  ERR_CORRUPT.
 */
int release_manifest_digest(const char *text, const char *file,
    char out[RELEASE_DIGEST_SIZE], struct err *e) MUST_CHECK;

#endif
