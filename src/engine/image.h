/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images as the engine works on them: its workers, and what a pot knows of
 * the image that it was made from or became.
 */
#ifndef POT_ENGINE_IMAGE_H
#define POT_ENGINE_IMAGE_H

#include "engine/op.h"
#include "image/quad.h"

/*
 * Run pot-unpack (unpack/unpack.h) with the words of ARGS; descriptor I of
 * it is FDS[I], but for 1 and 2.  What it says on 1 goes to OUT, unless that
 * is NULL.  ERR_UNSUPPORTED if pot was built without it.
 */
int image_unpack(struct engine *g, const char *args, const int *fds,
    size_t nfds, struct buf *out, struct err *e) MUST_CHECK;

/* PDIR/.image: the tag, and the snapshot that has it. */
struct image_label {
	char tag[IMAGE_WORD_MAX + 1]; /* empty: none */
	char snapshot[IMAGE_WORD_MAX + 1];
};

int image_label_read(int potdir, struct image_label *out, struct err *e)
    MUST_CHECK;
int image_label_write(int potdir, const struct image_label *l, struct err *e)
    MUST_CHECK;

/* Open a regular file that nobody but its writer has a say in. */
int image_open(int dirfd, const char *name, int *fdp, struct err *e) MUST_CHECK;

/* conf/untrusted: the files of an image that do nothing until pot trust. */
#define IMAGE_UNTRUSTED "untrusted"

/* --- image_fetch.c: the files of an image ------------------------------- */

struct image_files {
	struct image_ref ref;
	const struct image_compression *compression;
	struct image_meta meta;
	int data; /* the image, whose digest was verified */
	bool is_signed;
};

#define IMAGE_FILES_INIT   \
	{                  \
		.data = -1 \
	}

/*
 * The files of REF, from the cache or from URL, verified: with KEY (NULL:
 * none) the signature, and the digest.  What is wrong is fetched once more.
 */
int image_obtain(struct call *c, const struct image_ref *ref, const char *url,
    const char *key, struct image_files *out, struct err *e) MUST_CHECK;

#endif
