/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by their URL.  A server is talked to by pot-fetch alone, of which we
 * get bytes through a pipe; local files are read here.  What came is not to
 * be trusted before its digest or signature was looked at.
 */
#ifndef POT_IMAGE_FETCH_H
#define POT_IMAGE_FETCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

/* So many bytes of the file are there; TOTAL 0: nobody knows. */
typedef void fetch_progress_fn(void *arg, uint64_t at, uint64_t total);

struct fetch_options {
	const char *program;	     /* absolute path of pot-fetch */
	const struct strv *env;	     /* proxies, "NAME=VALUE"; may be NULL */
	uint64_t max_bytes;	     /* longer is ERR_LIMIT; 0: no bound */
	fetch_progress_fn *progress; /* may be NULL */
	void *arg;
};

/* Is TEXT one of the kinds fetch_file() takes: http, https, ftp, file, or an
 * absolute path? */
bool fetch_is_url(const char *text);
/* The absolute path that a file: URL or path stands for; NULL for others.
 * Points into URL. */
const char *fetch_local_path(const char *url);

/*
 * URL into FD, a regular file of ours that is open for reading and writing.
 * What it holds already is taken for the beginning and only the rest is
 * asked for, so what a failure leaves in it can be gone on with.
 *	ERR_NOT_FOUND	there is no such file
 *	ERR_CORRUPT	the server sent only a part ("N of M bytes")
 *	ERR_LIMIT	it is longer than max_bytes
 *	ERR_NO_SPACE	the disk is full, but for what stays free (base/space.h)
 *	ERR_CHILD	whatever else pot-fetch says
 */
int fetch_file(const struct fetch_options *o, const char *url, int fd,
    struct err *e) MUST_CHECK;

/* A small file, whole, behind what B has; B's maximum is its bound. */
int fetch_text(const struct fetch_options *o, const char *url, struct buf *b,
    struct err *e) MUST_CHECK;

#endif
