/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb import (reference 6.3): an image is fetched and verified, what it
 * stands on comes first, then it becomes a pot (import_content.c).
 */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/create.h"
#include "engine/import.h"
#include "engine/verbs.h"

#define ORIGINS_MAX 16

static int
check_format(struct import *im, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(IMAGE_SMALL_MAX);
	struct err why = ERR_INIT;
	struct storage *s;

	if (lseek(im->files.data, 0, SEEK_SET) < 0)
		return err_sys(e, "image");
	if (image_unpack(im->c->g, "probe", &im->files.data, 1, &b, &why) < 0) {
		*e = why;
		return -1;
	}
	im->is_stream = str_eq(b.data, "zfs\n");
	if (engine_storage(im->c->g, &s, e) < 0)
		return -1;
	if (!im->is_stream || storage_has_streams(s))
		return 0;
	return err_set(e, ERR_UNSUPPORTED,
	    "the image is a stream of ZFS (zfs send), as pot has it on ZFS: "
	    "only POT_STORAGE=zfs can receive it, not %s",
	    framework_get(im->c->g->fw, FW_STORAGE));
}

static int
make_pot(struct import *im, struct err *e)
{
	struct create_input *in = &im->in;
	auto_op struct op op = { .type = NULL };
	int rc = -1;

	*in = (struct create_input){
		.filesdir = -1, .out = -1, .err = -1, .arg = im
	};
	op_init(&op, im->c->g, &op_create, im->name.s, im->c->log);
	if (op_lock(&op, false, e) < 0)
		return -1;
	if (pot_exists(im->c->g, im->name.s))
		return err_set(
		    e, ERR_EXISTS, "pot %s: exists already", im->name.s);
	if (im->is_stream) {
		in->make = import_receive;
		in->fill = import_stream;
		in->settle = import_settle;
	} else {
		create_input_add(
		    in, xasprintf("jails/%s/m", im->name.s), NULL, NULL);
		in->fill = import_archive;
	}
	log_info(im->c->log, "importing %s:%s as %s", im->files.ref.name,
	    im->files.ref.tag, im->name.s);
	rc = create_locked(&op, in, e);
	create_input_fini(in);
	return rc;
}

static int import_image(
    const struct import *like, const struct image_ref *ref, struct err *e);

/* The pot that the image stands on is what it was: nobody has removed, or
 * made anew, what it was made of. */
static int
check_origin(struct import *im, const char *pot, struct err *e)
{
	auto_free char *volume = xasprintf("jails/%s/m", pot);
	const struct image_meta *m = &im->files.meta;
	auto_strv struct strv names = STRV_INIT;
	struct storage *s;

	if (engine_storage(im->c->g, &s, e) < 0 ||
	    storage_snapshots(s, volume, &names, e) < 0)
		return -1;
	if (strv_has(&names, m->snapshot))
		return 0;
	return err_set(e, ERR_STATE,
	    "it stands on snapshot %s of the image %s:%s, which the pot %s has "
	    "not: it is not of that image any more",
	    m->snapshot, m->origin.name, m->origin.tag, pot);
}

/* What the image stands on, if it is not there yet. */
static int
import_origin(struct import *im, struct err *e)
{
	const struct image_meta *m = &im->files.meta;
	const struct import *below;
	struct pot_name name;

	if (!m->has_origin)
		return 0;
	if (image_ref_local(&m->origin, &name, e) < 0)
		return -1;
	for (below = im; below != NULL; below = below->above)
		if (str_eq(name.s, below->name.s))
			return err_set(e, ERR_CORRUPT,
			    "it stands on itself: %s:%s", m->origin.name,
			    m->origin.tag);
	if (im->depth == ORIGINS_MAX)
		return err_set(e, ERR_LIMIT,
		    "more than %d images stand on each other", ORIGINS_MAX);
	/* Also one that another import is about to make. */
	if (import_image(im, &m->origin, e) < 0) {
		if (e->code != ERR_EXISTS)
			return -1;
		err_clear(e);
	}
	return check_origin(im, name.s, e);
}

/* One image at a time of each name: its files are shared. */
static int
obtain(struct import *im, const struct image_ref *ref, struct err *e)
{
	static const struct op_type op_fetch = { .name = "fetch" };
	auto_op struct op op = { .type = NULL };
	auto_free char *object = xasprintf("@image-%s", im->name.s);

	op_init(&op, im->c->g, &op_fetch, object, im->c->log);
	if (op_lock(&op, false, e) < 0)
		return -1;
	return image_obtain(im->c, ref, im->url, im->key, &im->files, e);
}

/* There is no pot of that name, nor one that is half made or half gone, which
 * the lock sees to. */
static int
check_name(struct import *im, struct err *e)
{
	auto_op struct op op = { .type = NULL };

	op_init(&op, im->c->g, &op_create, im->name.s, im->c->log);
	if (op_lock(&op, false, e) < 0)
		return -1;
	if (pot_exists(im->c->g, im->name.s))
		return err_set(
		    e, ERR_EXISTS, "pot %s: exists already", im->name.s);
	return 0;
}

/* LIKE has what both have in common, and stands on it, if it has a name. */
static int
import_image(
    const struct import *like, const struct image_ref *ref, struct err *e)
{
	bool is_first = like->name.s[0] == '\0';
	struct import im = { .c = like->c,
		.url = like->url,
		.key = like->key,
		.above = is_first ? NULL : like,
		.depth = is_first ? 0 : like->depth + 1,
		.files = IMAGE_FILES_INIT,
		.text = BUF_INIT(IMAGE_REPORT_MAX),
		.reportfd = -1 };
	int rc = -1;

	if (image_ref_local(ref, &im.name, e) < 0 || check_name(&im, e) < 0)
		return -1;
	if (obtain(&im, ref, e) == 0 && check_format(&im, e) == 0 &&
	    import_origin(&im, e) == 0)
		rc = make_pot(&im, e);
	buf_fini(&im.text);
	cleanup_close(&im.files.data);
	cleanup_close(&im.reportfd);
	if (rc < 0)
		return err_wrap(e, "import %s:%s", ref->name, ref->tag);
	return 0;
}

static int
check_policy(struct engine *g, const char *key, struct err *e)
{
	const char *policy = framework_get(g->fw, FW_UNSIGNED_IMAGES);
	bool accepts;

	if (str_bool("POT_UNSIGNED_IMAGES", policy, &accepts, e) < 0)
		return -1;
	if (key == NULL && !accepts)
		return err_set(e, ERR_DENIED,
		    "import: POT_UNSIGNED_IMAGES refuses images without "
		    "signature: name a public key (-C, or "
		    "POT_DEFAULT_SIGNATURE_PUBKEY)");
	return 0;
}

int
verb_import(struct call *c, struct err *e)
{
	const char *name, *tag, *key = request_get(c->req, "key");
	const char *url = request_get(c->req, "url");
	struct import all = { .c = c };
	struct image_ref ref;

	if (key == NULL)
		key = framework_get(c->g->fw, FW_PUBKEY);
	if (key[0] == '\0')
		key = NULL;
	if (url == NULL)
		url = "file://";
	if (request_need(c->req, "image", &name, e) < 0 ||
	    request_need(c->req, "tag", &tag, e) < 0 ||
	    image_ref_parse(name, tag, &ref, e) < 0)
		return -1;
	if (url[0] == '\0')
		return err_set(e, ERR_USAGE, "import: an empty URL");
	if (check_policy(c->g, key, e) < 0)
		return -1;
	all.url = url;
	all.key = key;
	return import_image(&all, &ref, e);
}
