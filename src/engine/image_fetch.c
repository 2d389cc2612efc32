/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of an image: fetched into POT_CACHE where they are missing, then
 * verified, the signature before the digest, and both before anything looks
 * into the image.  Descriptors are kept from then on, so what was verified is
 * what is used.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/image.h"
#include "image/fetch.h"

#define PART_SUFFIX ".part"

struct fetch {
	struct call *c;
	const char *url;
	const char *key;
	uint64_t max_bytes; /* of the image itself */
	int cache;
	struct image_files *out;
};

static const char *
name_of(const struct fetch *f, enum image_part part, char out[IMAGE_FILE_SIZE])
{
	return image_file(out, &f->out->ref, f->out->compression, part);
}

/* URL into TO, behind what an earlier try left there; it may not exist. */
static int
fetch_url(struct fetch *f, const char *url, enum image_part part, int to,
    bool *is_there, struct err *e)
{
	auto_free char *program =
	    xasprintf("%s/pot-fetch", f->c->g->fw->libexec_dir);
	auto_strv struct strv env = STRV_INIT;
	const struct fetch_options o = { .program = program,
		.env = &env,
		.max_bytes =
		    part == IMAGE_DATA ? f->max_bytes : IMAGE_SMALL_MAX };

	request_all(f->c->req, "env", &env);
	*is_there = fetch_file(&o, url, to, e) == 0;
	if (*is_there)
		return 0;
	if (e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	return 0;
}

/* What did not become a file of the cache. */
static void
drop(struct fetch *f, const char *temp)
{
	struct err ignored = ERR_INIT;

	if (file_remove(f->cache, temp, &ignored) < 0)
		err_clear(&ignored);
}

/* One file into the cache, unless it is there.  What was cut off stays, for
 * the next try; what does not fit would only be in the way. */
static int
fetch_part(struct fetch *f, enum image_part part, bool *is_there, struct err *e)
{
	char name[IMAGE_FILE_SIZE];
	auto_free char *temp = NULL, *url = NULL;
	auto_close int fd = -1;

	*is_there = file_exists(f->cache, name_of(f, part, name));
	if (*is_there)
		return 0;
	temp = xasprintf(".%s" PART_SUFFIX, name);
	url = xasprintf("%s/%s", f->url, name);
	fd = openat(
	    f->cache, temp, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(e, "%s", temp);
	log_debug(f->c->log, "fetching %s", url);
	if (part == IMAGE_DATA)
		log_info(f->c->log, "fetching %s", url);
	if (fetch_url(f, url, part, fd, is_there, e) < 0) {
		if (e->code == ERR_LIMIT || e->code == ERR_NO_SPACE)
			drop(f, temp);
		return err_wrap(e, "%s", name);
	}
	if (!*is_there) {
		drop(f, temp);
		return 0;
	}
	if (fsync(fd) < 0)
		return err_sys(e, "%s", temp);
	return file_rename(f->cache, temp, f->cache, name, 0, e);
}

static int
need_part(struct fetch *f, enum image_part part, struct err *e)
{
	char name[IMAGE_FILE_SIZE];
	bool is_there;

	if (fetch_part(f, part, &is_there, e) < 0)
		return -1;
	if (!is_there)
		return err_set(e, ERR_NOT_FOUND, "%s/%s: not found", f->url,
		    name_of(f, part, name));
	return 0;
}

/* Which of the compressions there is: the first whose digest exists. */
static int
find_compression(struct fetch *f, struct err *e)
{
	const struct image_compression *k;
	char name[IMAGE_FILE_SIZE];
	bool is_there;

	for (size_t i = 0; (k = image_compression_at(i)) != NULL; i++) {
		f->out->compression = k;
		if (fetch_part(f, IMAGE_DIGEST, &is_there, e) < 0)
			return -1;
		if (is_there)
			return 0;
	}
	f->out->compression = image_compression_at(0);
	return err_set(e, ERR_NOT_FOUND, "%s/%s: not found", f->url,
	    name_of(f, IMAGE_DIGEST, name));
}

static int
verify_signature(struct fetch *f, struct err *e)
{
	char name[IMAGE_FILE_SIZE];
	auto_close int key = -1, signature = -1, digest = -1;

	if (f->key == NULL)
		return 0;
	key = open(f->key, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (key < 0)
		return err_sys(e, "public key %s", f->key);
	if (need_part(f, IMAGE_SIGNATURE, e) < 0 ||
	    image_open(f->cache, name_of(f, IMAGE_SIGNATURE, name), &signature,
		e) < 0 ||
	    image_open(f->cache, name_of(f, IMAGE_DIGEST, name), &digest, e) <
		0 ||
	    image_unpack(f->c->g, "verify",
		(int[]){ key, -1, -1, signature, digest }, 5, NULL, e) < 0)
		return -1;
	f->out->is_signed = true;
	return 0;
}

static int
read_small(struct fetch *f, enum image_part part, struct buf *b, struct err *e)
{
	char name[IMAGE_FILE_SIZE];

	return file_read(f->cache, name_of(f, part, name), b, e);
}

static int
verify_digest(struct fetch *f, struct err *e)
{
	auto_buf struct buf digest = BUF_INIT(IMAGE_SMALL_MAX);
	auto_buf struct buf meta = BUF_INIT(IMAGE_SMALL_MAX);
	char name[IMAGE_FILE_SIZE], hex[SKEIN_HEX_SIZE];
	auto_close int fd = -1;
	bool has_meta;

	if (fetch_part(f, IMAGE_META, &has_meta, e) < 0)
		return -1;
	if (!has_meta)
		log_info(f->c->log, "%s: of a version without it, none taken",
		    name_of(f, IMAGE_META, name));
	else if (read_small(f, IMAGE_META, &meta, e) < 0)
		return -1;
	if (read_small(f, IMAGE_DIGEST, &digest, e) < 0 ||
	    image_open(f->cache, name_of(f, IMAGE_DATA, name), &fd, e) < 0 ||
	    image_digest(fd, meta.data, meta.len, hex, e) < 0)
		return -1;
	if (!image_digest_is(digest.data, digest.len, hex))
		return err_set(e, ERR_CORRUPT,
		    "%s: does not have the digest that its .skein says", name);
	if (image_meta_parse(meta.data, meta.len, &f->out->meta, e) < 0)
		return err_wrap(e, "%s", name);
	f->out->data = take_fd(&fd);
	return 0;
}

static int
obtain(struct fetch *f, struct err *e)
{
	if (find_compression(f, e) < 0 || verify_signature(f, e) < 0 ||
	    need_part(f, IMAGE_DATA, e) < 0)
		return -1;
	return verify_digest(f, e);
}

/* All of the image goes: nobody knows which of the files is the wrong one.
 * True if there was any. */
static bool
forget(struct fetch *f)
{
	const struct image_compression *k;
	bool was_any = false;

	for (size_t i = 0; (k = image_compression_at(i)) != NULL; i++)
		for (int part = 0; part < IMAGE_PARTS; part++) {
			char name[IMAGE_FILE_SIZE];

			(void)image_file(
			    name, &f->out->ref, k, (enum image_part)part);
			was_any |= unlinkat(f->cache, name, 0) == 0;
		}
	return was_any;
}

int
image_obtain(struct call *c, const struct image_ref *ref, const char *url,
    const char *key, struct image_files *out, struct err *e)
{
	const char *cache = framework_get(c->g->fw, FW_CACHE);
	auto_close int dir = -1;
	struct fetch f = { .c = c, .url = url, .key = key, .out = out };

	if (image_max(c->g, &f.max_bytes, e) < 0 ||
	    dir_make_path(cache, 0755, e) < 0 ||
	    dir_open(AT_FDCWD, cache, &dir, e) < 0)
		return -1;
	f.cache = dir;
	out->ref = *ref;
	if (obtain(&f, e) == 0)
		return 0;
	/* A second time only helps if there was something to be wrong. */
	if (!forget(&f) || e->code == ERR_NO_SPACE || e->code == ERR_LIMIT)
		return -1;
	log_warn(c->log, "%s; fetching it again", e->text);
	err_clear(e);
	if (obtain(&f, e) == 0)
		return 0;
	(void)forget(&f);
	return -1;
}
