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

/* POT_IMAGE_SIZE. */
int image_max(struct engine *g, uint64_t *bytes, struct err *e) MUST_CHECK;

/*
 * The image that a pot was made from, or was exported to last: in
 * PDIR/.image, with ZFS in the properties of the sh version.
 */
struct image_label {
	char image[IMAGE_WORD_MAX + 1]; /* empty: named as the pot */
	char tag[IMAGE_WORD_MAX + 1];	/* empty: none */
	char snapshot[IMAGE_WORD_MAX + 1];
};

/* POTDIR is the directory of POT. */
int image_label_read(struct engine *g, const char *pot, int potdir,
    struct image_label *out, struct err *e) MUST_CHECK;
int image_label_write(struct engine *g, const char *pot, int potdir,
    const struct image_label *l, struct err *e) MUST_CHECK;

/* Open a regular file that nobody but its writer has a say in. */
int image_open(int dirfd, const char *name, int *fdp, struct err *e) MUST_CHECK;

/* conf/untrusted: the files of an image that do nothing until pot trust. */
#define IMAGE_UNTRUSTED "untrusted"

/* --- image_stream.c: what the storage itself sends and receives ---------- */

/* The pot at SNAP, compressed as the words of HOW say ("6 xz"), to the file
 * TO; see storage_send_pot(). */
int image_send(struct engine *g, const char *pot, const char *snap,
    bool is_whole, const char *how, int to, struct err *e) MUST_CHECK;
/* The image FROM becomes the pot.  Where it fails some of it may be there. */
int image_receive(struct engine *g, const char *pot, int from, struct err *e)
    MUST_CHECK;

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
