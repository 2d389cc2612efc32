/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain trees as lowest layers. */
#include "storage/lent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define MODE_LENT ((mode_t)0700)

/* The directory of records in DIRFD; -1 in *FDP if there is none. */
static int
open_records(int dirfd, int *fdp, struct err *e)
{
	int fd = openat(
	    dirfd, LENT_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		return err_sys(e, "%s: open", LENT_DIR);
	*fdp = fd;
	return 0;
}

/* Has the layer got a tree of its own, so that its record is stale? */
static bool
has_tree(struct storage *s, const struct layer_id *id)
{
	char name[LAYER_NAME_SIZE];

	str_fmt(name, sizeof(name), "%s/" LAYER_FS, id->s);
	return file_exists(s->layersfd, name);
}

/* The record NAME into CHAIN: 1, or 0 if there is none. */
static int
read_record(int records, const char *name, struct chain *chain, struct err *e)
{
	if (chain_read(records, name, chain, e) == 0) {
		if (chain->n == 1 && chain->v[0].is_lent)
			return 1;
		return err_set(e, ERR_CORRUPT, "%s/%s: not of a lent tree",
		    LENT_DIR, name);
	}
	return err_pardon(e, ERR_NOT_FOUND);
}

static int
drop_record(struct storage *s, int records, const char *name,
    const struct layer_id *id, struct err *e)
{
	if (file_remove(records, name, e) < 0)
		return -1;
	return layer_release(s, id, e);
}

/* L, the layer of the tree TARGET leads to, and its record: 1, or 0 if
 * another process made one meanwhile. */
static int
fill_record(struct storage *s, int records, const char *name,
    const char *target, const struct layer *l, struct err *e)
{
	const int made[] = { s->layersfd, l->fd, records };
	auto_chain struct chain c = CHAIN_INIT;

	chain_add(&c, &l->id, true, NULL);
	if (symlinkat(target, l->fd, LAYER_BASE) < 0)
		return err_sys(e, "layer %s: link", l->id.s);
	if (chain_write(&c, l->fd, LAYER_CHAIN, e) < 0)
		return -1;
	if (linkat(l->fd, LAYER_CHAIN, records, name, 0) < 0)
		return errno == EEXIST ? 0 : err_sys(e, "%s: link", name);
	if (storage_barrier(s, made, COUNT_OF(made), e) < 0) {
		(void)unlinkat(records, name, 0);
		return -1;
	}
	return 1;
}

/* A layer and a record for the tree PATH. */
static int
make_record(struct storage *s, int records, const char *name, const char *path,
    struct err *e)
{
	auto_layer struct layer l = LAYER_INIT;
	auto_free char *target = xasprintf("../../%s", path);
	int r;

	if (layer_begin(s, &l, e) < 0)
		return -1;
	r = fill_record(s, records, name, target, &l, e);
	if (r <= 0)
		layer_abort(s, &l);
	return r < 0 ? -1 : 0;
}

/* The place of V's tree: directory, name in it, path below fs_root. */
static int
locate(struct storage *s, const struct volume *v, const char *snap, int *dirfdp,
    char name[NAME_MAX + 1], char path[2 * VOLUME_SIZE], struct err *e)
{
	bool is_part = v->kind == VOLUME_BASE_PART && snap == NULL;
	const char *dir = is_part ? "bases" : snap != NULL ? v->snaps : v->dir;

	(void)str_copy(name,
	    is_part	     ? v->base :
		snap != NULL ? snap :
			       v->name,
	    NAME_MAX + 1);
	str_fmt(path, 2 * VOLUME_SIZE, "%s/%s", dir, name);
	return storage_open_dir(s->rootfd, dir, dirfdp, e);
}

int
lent_get(struct storage *s, const struct volume *v, const char *snap,
    int *dirfdp, struct stand *out, struct err *e)
{
	auto_close int dirfd = -1, records = -1;
	char path[2 * VOLUME_SIZE];
	int found;

	if (layers_open(s, e) < 0 ||
	    locate(s, v, snap, &dirfd, out->name, path, e) < 0 ||
	    dir_make_open(dirfd, LENT_DIR, MODE_LENT, &records, e) < 0)
		return -1;
	for (;;) {
		found = read_record(records, out->name, &out->chain, e);
		if (found < 0)
			return -1;
		if (!file_exists(dirfd, out->name))
			return err_set(
			    e, ERR_NOT_FOUND, "there is no %s", path);
		if (found > 0 && !has_tree(s, &out->chain.v[0].id))
			break;
		if (found > 0) {
			struct layer_id stale = out->chain.v[0].id;

			chain_fini(&out->chain);
			if (drop_record(s, records, out->name, &stale, e) < 0)
				return -1;
		}
		if (make_record(s, records, out->name, path, e) < 0)
			return -1;
	}
	if (v->kind == VOLUME_BASE_PART && snap == NULL)
		out->chain.v[0].part = xstrdup(v->part);
	*dirfdp = take_fd(&records);
	out->dirfd = *dirfdp;
	return 0;
}

int
lent_retire(struct storage *s, int dirfd, const char *name, int gonefd,
    const char *gone, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	auto_close int records = -1;
	char tree[LAYER_NAME_SIZE];
	int found = 0;

	if (open_records(dirfd, &records, e) < 0)
		return -1;
	if (records >= 0)
		found = read_record(records, name, &c, e);
	if (found < 0)
		return -1;
	if (found > 0 && layers_open(s, e) < 0)
		return -1;
	if (found == 0 || has_tree(s, &c.v[0].id)) {
		if (renameat(dirfd, name, gonefd, gone) < 0 && errno != ENOENT)
			return err_sys(e, "%s: rename to %s", name, gone);
	} else {
		str_fmt(tree, sizeof(tree), "%s/" LAYER_FS, c.v[0].id.s);
		if (renameat(dirfd, name, s->layersfd, tree) < 0 &&
		    errno != ENOENT)
			return err_sys(e, "%s: rename to layer", name);
	}
	return found > 0 ? drop_record(s, records, name, &c.v[0].id, e) : 0;
}

int
lent_check_unused(struct storage *s, const struct volume *v, struct err *e)
{
	auto_close int dirfd = -1, records = -1;
	char name[NAME_MAX + 1], path[2 * VOLUME_SIZE];
	struct stat st;

	if (locate(s, v, NULL, &dirfd, name, path, e) < 0 ||
	    open_records(dirfd, &records, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	/* Its own link and the record's are no users. */
	if (records >= 0 &&
	    fstatat(records, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_nlink > 2)
		return err_set(e, ERR_BUSY, "other volumes stand on %s", path);
	return 0;
}

/* Layers of all records in the directory PATH, or of NAME only. */
static int
add_layers(struct storage *s, const char *path, const char *name,
    struct strv *ids, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	auto_close int dirfd = -1, records = -1;
	size_t i;

	if (storage_open_dir(s->rootfd, path, &dirfd, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	if (open_records(dirfd, &records, e) < 0)
		return -1;
	if (records < 0)
		return 0;
	if (dir_list(records, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		auto_chain struct chain c = CHAIN_INIT;

		if (name != NULL && !str_eq(name, names.v[i]))
			continue;
		if (read_record(records, names.v[i], &c, e) < 0)
			return -1;
		if (c.n > 0 && !has_tree(s, &c.v[0].id))
			strv_add(ids, c.v[0].id.s);
	}
	return 0;
}

int
lent_layers(
    struct storage *s, const struct volume *v, struct strv *ids, struct err *e)
{
	bool is_part = v->kind == VOLUME_BASE_PART;

	if (add_layers(s, is_part ? "bases" : v->dir,
		is_part ? v->base : v->name, ids, e) < 0)
		return -1;
	return add_layers(s, v->snaps, NULL, ids, e);
}

int
lent_sweep(
    struct storage *s, int dirfd, bool is_dry, unsigned *count, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	auto_close int records = -1;
	size_t i;

	if (open_records(dirfd, &records, e) < 0)
		return -1;
	if (records < 0)
		return 0;
	if (dir_list(records, &names, e) < 0 || layers_open(s, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		auto_chain struct chain c = CHAIN_INIT;

		if (read_record(records, names.v[i], &c, e) <= 0)
			return -1;
		if (file_exists(dirfd, names.v[i]) && !has_tree(s, &c.v[0].id))
			continue;
		(*count)++;
		if (!is_dry &&
		    drop_record(s, records, names.v[i], &c.v[0].id, e) < 0)
			return -1;
	}
	return 0;
}
