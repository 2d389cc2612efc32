/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Classic images (reference 6.1): four files beside each other,
 *	NAME_TAG.xz		what is in it, compressed
 *	NAME_TAG.xz.meta	one line: the image it stands on, or "-"
 *	NAME_TAG.xz.skein	digest of the first two
 *	NAME_TAG.xz.skein.sig	signature of the digest, if there is one
 * or .zst in the place of .xz.
 */
#ifndef POT_IMAGE_QUAD_H
#define POT_IMAGE_QUAD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "image/skein.h"
#include "model/name.h"

#define IMAGE_WORD_MAX	200	       /* of a name, of a tag; */
#define IMAGE_BOTH_MAX	230	       /* of both, which are a file's name */
#define IMAGE_SMALL_MAX ((size_t)4096) /* of the three small files */
#define IMAGE_FILE_SIZE ((size_t)NAME_MAX + 1)

struct image_ref {
	char name[IMAGE_WORD_MAX + 1];
	char tag[IMAGE_WORD_MAX + 1];
};

/* Letters, digits, '_', '-' and '.', which neither begins with. */
int image_ref_parse(const char *name, const char *tag, struct image_ref *out,
    struct err *e) MUST_CHECK;
/* The pot that an image becomes: NAME_TAG, dots as underscores. */
int image_ref_local(
    const struct image_ref *r, struct pot_name *out, struct err *e) MUST_CHECK;

struct image_compression {
	const char *word;   /* "xz" */
	const char *suffix; /* ".xz" */
	bool is_classic;    /* pot 0.16 reads it */
};

/* The I-th one, in the order in which an importer looks for them; NULL. */
const struct image_compression *image_compression_at(size_t i);
const struct image_compression *image_compression_find(const char *word);

enum image_part { IMAGE_DATA, IMAGE_META, IMAGE_DIGEST, IMAGE_SIGNATURE };
#define IMAGE_PARTS 4

/* The name of one of the four files. */
const char *image_file(char out[IMAGE_FILE_SIZE], const struct image_ref *r,
    const struct image_compression *c, enum image_part part);

/* What an image stands on. */
struct image_meta {
	bool has_origin;
	struct image_ref origin;
	char snapshot[IMAGE_WORD_MAX + 1];
};

/* Nothing at all means as much as "-": images before pot 0.13. */
int image_meta_parse(const char *text, size_t len, struct image_meta *out,
    struct err *e) MUST_CHECK;
void image_meta_format(const struct image_meta *m, struct buf *out);

/* The digest of what FD holds from its beginning, and META. */
int image_digest(int fd, const void *meta, size_t len, char out[SKEIN_HEX_SIZE],
    struct err *e) MUST_CHECK;
/* Is the file TEXT the digest HEX? */
bool image_digest_is(const char *text, size_t len, const char *hex);

/* As strcmp, but digits count as numbers ("1.10" is after "1.9"): sort -V,
 * but for what neither tags nor versions have. */
int image_tag_compare(const char *a, const char *b);

#endif
