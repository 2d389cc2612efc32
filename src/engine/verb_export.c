/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb export (reference 6.2): a snapshot of a stopped or running single
 * pot as the files of a classic image.  They are written beside their places
 * and appear, the image last, when all of them are complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/image.h"
#include "engine/snapshots.h"
#include "engine/verbs.h"
#include "engine/volumes.h"
#include "image/report.h"

#define PART_SUFFIX ".part"

struct export
{
	struct call *c;
	struct pot *pot;
	struct image_ref ref;
	const struct image_compression *compression;
	const char *level;
	char snapshot[IMAGE_WORD_MAX + 1];
	struct strv older; /* snapshots that -A removes */
	int dir;	   /* where the image goes */
	int data;	   /* the image */
	int conf;	   /* the conf/ of the snapshot */
	int key;	   /* -1: it is not signed */
	char keyname[NAME_MAX + 1];
	struct image_meta meta; /* what the image stands on */
	struct host_facts host;
	unsigned written; /* parts that lie under their temporary names */
};

/* Always the same, so that the next one removes what a killed one left. */
static const char *
temp_name(
    const struct export *x, enum image_part part, char out[IMAGE_FILE_SIZE])
{
	char name[IMAGE_FILE_SIZE];

	str_fmt(out, IMAGE_FILE_SIZE, ".%s" PART_SUFFIX,
	    image_file(name, &x->ref, x->compression, part));
	return out;
}

static int
check_options(struct export *x, struct err *e)
{
	const struct request *r = x->c->req;
	const char *kind = request_get(r, "compress");
	const char *key = request_get(r, "key");
	const char *dir, *slash;

	x->level = request_get(r, "level");
	if (x->level == NULL)
		x->level = "6";
	if (!chr_is_digit(x->level[0]) || x->level[1] != '\0')
		return err_set(e, ERR_USAGE,
		    "export: level %s: expected one digit", x->level);
	x->compression = image_compression_find(kind == NULL ? "xz" : kind);
	if (x->compression == NULL)
		return err_set(e, ERR_USAGE,
		    "export: compression %s: expected xz or zstd", kind);
	if (request_need(r, "dir", &dir, e) < 0 ||
	    dir_open(AT_FDCWD, dir, &x->dir, e) < 0)
		return -1;
	if (key == NULL)
		return 0;
	slash = strrchr(key, '/');
	(void)str_copy(
	    x->keyname, slash == NULL ? key : slash + 1, sizeof(x->keyname));
	x->key = open(key, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (x->key < 0)
		return err_sys(e, "secret key %s", key);
	return 0;
}

/* -A: one snapshot, whatever there was; before the lock, which taking one
 * needs. */
static int
make_snapshot(struct call *c, const char *pot, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	auto_pot struct pot *p = NULL;
	char name[32];

	if (pot_open(c->g, pot, &p, e) < 0 || volumes_common(p, &names, e) < 0)
		return -1;
	if (names.n > 0)
		return 0;
	return snapshot_pot(c->g, pot, false, name, c->log, e);
}

/* The newest snapshot; there is one only, unless -F or -A. */
static int
pick_snapshot(struct export *x, struct err *e)
{
	const struct request *r = x->c->req;
	auto_strv struct strv names = STRV_INIT;
	const char *pot = x->pot->name.s, *newest;

	if (volumes_common(x->pot, &names, e) < 0)
		return -1;
	if (names.n == 0)
		return err_set(e, ERR_NOT_FOUND,
		    "pot %s: has no snapshot (pot snapshot -p %s, or "
		    "export -A)",
		    pot, pot);
	newest = names.v[names.n - 1];
	if (str_copy(x->snapshot, newest, sizeof(x->snapshot)) >=
	    sizeof(x->snapshot))
		return err_set(e, ERR_INVALID, "snapshot %s: too long", newest);
	if (names.n == 1 || request_has(r, "full"))
		return 0;
	if (!request_has(r, "purge"))
		return err_set(e, ERR_STATE,
		    "pot %s: has %zu snapshots: -F to export it all the same, "
		    "-A to remove the older ones",
		    pot, names.n);
	strv_remove(&names, names.n - 1);
	for (size_t i = 0; i < names.n; i++)
		strv_add(&x->older, names.v[i]);
	return 0;
}

/* -c (reference 6.2). */
static int
check_tag(const struct export *x, struct err *e)
{
	struct image_label l;

	if (!request_has(x->c->req, "check"))
		return 0;
	if (image_label_read(x->c->g, x->pot->name.s, x->pot->dir, &l, e) < 0)
		return -1;
	if (l.tag[0] == '\0')
		return 0;
	if (str_eq(l.tag, x->ref.tag) && !str_eq(l.snapshot, x->snapshot))
		return err_set(e, ERR_EXISTS,
		    "pot %s: tag %s is that of snapshot %s, not of %s",
		    x->pot->name.s, l.tag, l.snapshot, x->snapshot);
	if (image_tag_compare(x->ref.tag, l.tag) < 0)
		return err_set(e, ERR_INVALID,
		    "pot %s: tag %s is older than %s, which it has",
		    x->pot->name.s, x->ref.tag, l.tag);
	return 0;
}

static int
open_temp(struct export *x, enum image_part part, int *fdp, struct err *e)
{
	char name[IMAGE_FILE_SIZE];

	(void)unlinkat(x->dir, temp_name(x, part, name), 0);
	*fdp = openat(x->dir, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (*fdp < 0)
		return err_sys(e, "%s", name);
	x->written |= 1U << part;
	return 0;
}

static int
write_small(
    struct export *x, enum image_part part, const struct buf *b, struct err *e)
{
	char name[IMAGE_FILE_SIZE];
	auto_close int fd = -1;

	if (open_temp(x, part, &fd, e) < 0)
		return -1;
	if (io_write_all(fd, b->data, b->len) < 0 || fsync(fd) < 0)
		return err_sys(e, "%s", temp_name(x, part, name));
	return 0;
}

/* In a child that sees the tree. */
static int
pack_tree(int rootfd, void *arg, struct err *e)
{
	const struct export *x = arg;
	auto_free char *args = xasprintf("pack %s %s %s %s %s %s %s", x->level,
	    x->compression->word, x->ref.name, x->ref.tag, x->snapshot,
	    x->host.os, x->host.machine);
	int fds[4 + IMAGE_CONF_COUNT] = { rootfd, -1, -1, x->data };
	size_t n = 4;

	for (int f = 0; f < IMAGE_CONF_COUNT; f++) {
		struct err missing = ERR_INIT;

		fds[n] = -1;
		if (image_open(x->conf, image_conf_name((enum image_conf)f),
			&fds[n], &missing) < 0 &&
		    missing.code != ERR_NOT_FOUND) {
			*e = missing;
			return -1;
		}
		n++;
	}
	/* They go with this process. */
	return image_unpack(x->c->g, args, fds, n, NULL, e);
}

/* The conf/ of that moment, or, of a snapshot without one, what is now. */
static int
open_conf(struct export *x, struct err *e)
{
	auto_free char *path = xasprintf(".conf/%s", x->snapshot);

	if (dir_open(x->pot->dir, path, &x->conf, e) == 0)
		return 0;
	if (e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	return dir_open(x->pot->dir, "conf", &x->conf, e);
}

static int
write_archive(struct export *x, struct storage *s, struct err *e)
{
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;
	auto_free char *volume = xasprintf("jails/%s/m", x->pot->name.s);
	auto_free char *root = xasprintf("%s/m", x->pot->path);

	if (open_conf(x, e) < 0 ||
	    x->c->g->platform->host->facts(&x->host, e) < 0 ||
	    storage_mount_snapshot(s, volume, x->snapshot, "/", &plan, e) < 0)
		return -1;
	return x->c->g->platform->mount->view(&plan, root, pack_tree, x, e);
}

static int
write_stream(struct export *x, struct err *e)
{
	auto_free char *how =
	    xasprintf("%s %s", x->level, x->compression->word);

	return image_send(x->c->g, x->pot->name.s, x->snapshot,
	    !x->meta.has_origin, how, x->data, e);
}

static int
write_data(struct export *x, struct err *e)
{
	char name[IMAGE_FILE_SIZE];
	struct storage *s;

	if (engine_storage(x->c->g, &s, e) < 0 ||
	    open_temp(x, IMAGE_DATA, &x->data, e) < 0 ||
	    (storage_has_streams(s) ? write_stream(x, e) :
				      write_archive(x, s, e)) < 0)
		return -1;
	if (fsync(x->data) < 0)
		return err_sys(e, "%s", temp_name(x, IMAGE_DATA, name));
	return 0;
}

static int
write_signature(struct export *x, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(IMAGE_SMALL_MAX);
	auto_close int digest = -1;
	char name[IMAGE_FILE_SIZE];
	auto_free char *args = NULL;
	size_t len = strlen(x->keyname);

	if (x->key < 0)
		return 0;
	if (image_open(x->dir, temp_name(x, IMAGE_DIGEST, name), &digest, e) <
	    0)
		return -1;
	/* signify(1) names the key that verifies; no blanks in words. */
	for (char *p = x->keyname; *p != '\0'; p++)
		if (!chr_is_alnum(*p) && strchr("._-", *p) == NULL)
			*p = '_';
	if (str_has_suffix(x->keyname, ".sec"))
		memcpy(x->keyname + len - 4, ".pub", 4);
	args = xasprintf("sign %s", x->keyname);
	if (image_unpack(
		x->c->g, args, (int[]){ x->key, -1, -1, digest }, 4, &b, e) < 0)
		return -1;
	return write_small(x, IMAGE_SIGNATURE, &b, e);
}

static int
write_all(struct export *x, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(IMAGE_SMALL_MAX);
	auto_buf struct buf hex = BUF_INIT(IMAGE_SMALL_MAX);
	char digest[SKEIN_HEX_SIZE];

	image_meta_format(&x->meta, &b);
	if (write_data(x, e) < 0 || write_small(x, IMAGE_META, &b, e) < 0 ||
	    image_digest(x->data, b.data, b.len, digest, e) < 0)
		return -1;
	buf_add_fmt(&hex, "%s\n", digest);
	if (write_small(x, IMAGE_DIGEST, &hex, e) < 0)
		return -1;
	return write_signature(x, e);
}

/* What an earlier export of that name left must not be mixed with ours: the
 * digest goes first and comes last. */
static int
publish(struct export *x, struct err *e)
{
	static const enum image_part order[] = { IMAGE_DATA, IMAGE_META,
		IMAGE_SIGNATURE, IMAGE_DIGEST };
	char from[IMAGE_FILE_SIZE], to[IMAGE_FILE_SIZE];

	if (file_remove(x->dir,
		image_file(to, &x->ref, x->compression, IMAGE_DIGEST), e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		enum image_part part = order[i];

		(void)image_file(to, &x->ref, x->compression, part);
		if ((x->written & (1U << part)) == 0) {
			if (file_remove(x->dir, to, e) < 0)
				return -1;
			continue;
		}
		if (file_rename(
			x->dir, temp_name(x, part, from), x->dir, to, 0, e) < 0)
			return -1;
		x->written &= ~(1U << part);
	}
	return dir_sync(x->dir, e);
}

/* A snapshot of a pot's root. */
struct stand {
	char pot[IMAGE_WORD_MAX + 1];
	char snapshot[IMAGE_WORD_MAX + 1];
};

/* "jails/POT/m@SNAPSHOT"; false: a base's. */
static bool
parse_stand(const char *text, struct stand *out)
{
	const char *pot = text + strlen("jails/"), *slash, *at;

	if (!str_has_prefix(text, "jails/") ||
	    (slash = strchr(pot, '/')) == NULL ||
	    !str_has_prefix(slash, "/m@") || slash - pot > IMAGE_WORD_MAX)
		return false;
	at = slash + strlen("/m@");
	memcpy(out->pot, pot, (size_t)(slash - pot));
	out->pot[slash - pot] = '\0';
	return str_copy(out->snapshot, at, sizeof(out->snapshot)) <
	    sizeof(out->snapshot);
}

/* The image that has the snapshot AT. */
static int
find_image(struct export *x, const struct stand *at, struct err *e)
{
	auto_pot struct pot *p = NULL;
	struct image_label l;

	if (pot_open(x->c->g, at->pot, &p, e) < 0 ||
	    image_label_read(x->c->g, at->pot, p->dir, &l, e) < 0)
		return -1;
	/* An image has the older snapshots, too; names are seconds. */
	if (l.tag[0] == '\0' || image_tag_compare(l.snapshot, at->snapshot) < 0)
		return err_set(e, ERR_STATE,
		    "pot %s: stands on snapshot %s of the pot %s, of which "
		    "there is no image: export that first, or all of this "
		    "one (--whole)",
		    x->pot->name.s, at->snapshot, at->pot);
	x->meta.has_origin = true;
	(void)str_copy(
	    x->meta.snapshot, at->snapshot, sizeof(x->meta.snapshot));
	return image_ref_parse(
	    l.image[0] != '\0' ? l.image : at->pot, l.tag, &x->meta.origin, e);
}

/* Who can't import it. */
static int
tell_format(const struct export *x, const char *name, struct err *e)
{
	struct storage *s;

	if (engine_storage(x->c->g, &s, e) < 0)
		return -1;
	if (!storage_has_streams(s))
		log_info(x->c->log,
		    "%s: an archive of files: pot 0.16 can't import it", name);
	else if (!x->compression->is_classic)
		log_info(x->c->log, "%s: %s: pot 0.16 does not find it", name,
		    x->compression->word);
	if (x->meta.has_origin)
		log_info(x->c->log, "%s: stands on the image %s:%s", name,
		    x->meta.origin.name, x->meta.origin.tag);
	return 0;
}

static int export(struct export *x, struct err *e)
{
	struct image_label l = { .tag = "" };
	char name[IMAGE_FILE_SIZE];
	int rc = -1;

	(void)image_file(name, &x->ref, x->compression, IMAGE_DATA);
	log_info(x->c->log, "exporting %s at snapshot %s to %s", x->pot->name.s,
	    x->snapshot, name);
	if (tell_format(x, name, e) == 0 && write_all(x, e) == 0)
		rc = publish(x, e);
	for (int part = 0; part < IMAGE_PARTS; part++)
		if ((x->written & (1U << part)) != 0)
			(void)unlinkat(x->dir,
			    temp_name(x, (enum image_part)part, name), 0);
	if (rc < 0)
		return err_wrap(e, "export %s", x->pot->name.s);
	(void)str_copy(l.image, x->ref.name, sizeof(l.image));
	(void)str_copy(l.tag, x->ref.tag, sizeof(l.tag));
	(void)str_copy(l.snapshot, x->snapshot, sizeof(l.snapshot));
	return image_label_write(x->c->g, x->pot->name.s, x->pot->dir, &l, e);
}

/*
 * A clone is what it differs in from the pot that it was made of, and
 * stands on the image of that (reference 4.6).
 */
static int
find_origin(struct export *x, struct err *e)
{
	auto_free char *volume = xasprintf("jails/%s/m", x->pot->name.s);
	auto_free char *origin = NULL;
	struct storage *s;
	struct stand at;

	if (request_has(x->c->req, "whole"))
		return 0;
	if (engine_storage(x->c->g, &s, e) < 0 ||
	    storage_origin(s, volume, &origin, e) < 0)
		return -1;
	if (origin == NULL || !parse_stand(origin, &at))
		return 0;
	return find_image(x, &at, e);
}

static int
run(struct export *x, const char *pot, struct op *op, struct err *e)
{
	const char *tag = request_get(x->c->req, "tag");

	op_init(op, x->c->g, op->type, pot, x->c->log);
	if (op_lock(op, false, e) < 0 ||
	    pot_open(x->c->g, pot, &x->pot, e) < 0 || pick_snapshot(x, e) < 0 ||
	    image_ref_parse(pot, tag == NULL ? x->snapshot : tag, &x->ref, e) <
		0 ||
	    check_tag(x, e) < 0 || find_origin(x, e) < 0 ||
	    snapshots_purge(op, x->pot, &x->older, e) < 0)
		return -1;
	return export(x, e);
}

int
verb_export(struct call *c, struct err *e)
{
	static const struct op_type op_export = { .name = "export" };
	struct export x = {
		.c = c, .dir = -1, .data = -1, .conf = -1, .key = -1
	};
	auto_op struct op op = { .type = &op_export };
	auto_pot struct pot *p = NULL;
	const char *pot;
	int rc = -1;

	if (request_need(c->req, "pot", &pot, e) < 0 ||
	    pot_open(c->g, pot, &p, e) < 0)
		return -1;
	if (p->config->type != POT_TYPE_SINGLE)
		return err_set(e, ERR_INVALID,
		    "pot %s: of type multi, only single pots are exported",
		    pot);
	if (check_options(&x, e) == 0 &&
	    (!request_has(c->req, "purge") || make_snapshot(c, pot, e) == 0))
		rc = run(&x, pot, &op, e);
	pot_close(x.pot);
	strv_fini(&x.older);
	cleanup_close(&x.dir);
	cleanup_close(&x.data);
	cleanup_close(&x.conf);
	cleanup_close(&x.key);
	return rc;
}
