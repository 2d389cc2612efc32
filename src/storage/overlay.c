/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlayfs: pots' volumes are stacks of layers (layer.h), what is not a
 * pot's is a plain directory (plain.h).
 *
 * Each change is decided by one link or rename; before it, what was made
 * has no user and is garbage, after it what was given up is.
 */
#include "storage/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "storage/lent.h"
#include "storage/plain.h"

#define MODE_VOLUME ((mode_t)0700)
#define MODE_MOUNT  ((mode_t)0755)

/* Mounting and looking things up costs by the layer, so longer chains are
 * merged when they would grow. */
#define CHAIN_LONG 60

/* The same on every kernel, whatever its defaults: a layer never refers to
 * others by path or handle, so layers can be copied, merged and moved. */
#define MOUNT_OPTIONS "index=off,metacopy=off,redirect_dir=nofollow"

static bool
is_plain(const struct volume *v)
{
	return v->kind != VOLUME_POT;
}

static int
overlay_probe(const struct storage_options *o, struct err *e)
{
	const struct platform_mount_ops *mount = o->platform->mount;

	if (mount == NULL || mount->probe == NULL)
		return platform_missing(o->platform, "mount probe", e);
	return mount->probe(MOUNT_OVERLAY, o->fs_root, e);
}

int
overlay_open_volume(
    struct storage *s, const struct volume *v, int *fdp, struct err *e)
{
	char path[2 * VOLUME_SIZE];
	auto_close int fd = -1;

	(void)snprintf(path, sizeof(path), OVERLAY_VOLUME, v->dir, v->name);
	if (storage_open_dir(s->rootfd, path, &fd, e) < 0 &&
	    e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	if (fd < 0 || !file_exists(fd, OVERLAY_CHAIN))
		return err_set(e, ERR_NOT_FOUND, "there is no such volume");
	*fdp = take_fd(&fd);
	return 0;
}

static bool
overlay_exists(struct storage *s, const struct volume *v)
{
	auto_close int fd = -1;
	struct err ignored = ERR_INIT;

	if (is_plain(v))
		return plain_exists(s, v);
	return overlay_open_volume(s, v, &fd, &ignored) == 0;
}

static void
volume_name(char out[NAME_MAX + 1], const char *prefix, const struct volume *v)
{
	(void)snprintf(out, NAME_MAX + 1, "%s%s", prefix, v->name);
}

/* The new volume V with the writable layer L: from the link on it exists. */
static int
attach_volume(
    int pdir, const struct volume *v, const struct layer *l, struct err *e)
{
	auto_close int vol = -1;
	char name[NAME_MAX + 1];

	volume_name(name, OVERLAY_PREFIX, v);
	if (dir_make(pdir, v->name, MODE_MOUNT, e) < 0 ||
	    dir_make_open(pdir, name, MODE_VOLUME, &vol, e) < 0 ||
	    dir_sync(pdir, e) < 0)
		return -1;
	if (linkat(l->fd, LAYER_CHAIN, vol, OVERLAY_CHAIN, 0) < 0)
		return err_sys(e, "%s: link", name);
	return dir_sync(vol, e);
}

/* V on BELOW, with an empty writable layer. */
static int
make_volume(struct storage *s, const struct volume *v,
    const struct stand *below, struct err *e)
{
	auto_layer struct layer l = LAYER_INIT;
	auto_close int pdir = -1;
	char name[NAME_MAX + 1];

	if (storage_open_dir(s->rootfd, v->dir, &pdir, e) < 0)
		return -1;
	if (overlay_exists(s, v))
		return err_set(e, ERR_EXISTS, "the volume exists");
	/* Leftovers of one that was cut off. */
	volume_name(name, OVERLAY_PREFIX, v);
	if (file_exists(pdir, name) && tree_remove(pdir, name, e) < 0)
		return -1;
	if (layer_new_upper(s, NULL, below, &l, e) < 0)
		return -1;
	if (attach_volume(pdir, v, &l, e) < 0) {
		storage_undo_tree(pdir, name);
		layer_abort(s, &l);
		return -1;
	}
	return 0;
}

static int
overlay_create(struct storage *s, const struct volume *v, struct err *e)
{
	auto_stand struct stand nothing = STAND_INIT;

	return is_plain(v) ? plain_create(s, v, e) :
			     make_volume(s, v, &nothing, e);
}

/* The volume's writable layer is L from now on. */
static int
switch_layer(int vol, const struct layer *l, struct err *e)
{
	if (file_remove(vol, OVERLAY_CHAIN_NEW, e) < 0)
		return -1;
	if (linkat(l->fd, LAYER_CHAIN, vol, OVERLAY_CHAIN_NEW, 0) < 0)
		return err_sys(e, "%s: link", OVERLAY_CHAIN_NEW);
	return file_rename(
	    vol, OVERLAY_CHAIN_NEW, vol, OVERLAY_CHAIN, FILE_F_SYNC, e);
}

/* OUT is what layer ID stands on, by ID's own link. */
static void
stand_on_parent(struct storage *s, const struct layer_id *id,
    const struct chain *c, size_t first, struct stand *out)
{
	out->dirfd = s->layersfd;
	(void)snprintf(out->name, sizeof(out->name), "%s/" LAYER_PARENT, id->s);
	chain_add_all(&out->chain, c, first);
}

/* What the new writable layer of a frozen volume is to stand on: the old
 * one, or if the chain C is long, most of it merged. */
static int
prepare_freeze(struct storage *s, int vol, const struct chain *c,
    struct layer *merged, struct stand *out, struct err *e)
{
	size_t last = c->n - 1;

	if (c->n <= CHAIN_LONG) {
		out->dirfd = vol;
		(void)str_copy(out->name, OVERLAY_CHAIN, sizeof(out->name));
		chain_add_all(&out->chain, c, 0);
		return 0;
	}
	if (layer_new_merged(s, c, merged, e) < 0)
		return -1;
	out->dirfd = merged->fd;
	(void)str_copy(out->name, LAYER_CHAIN, sizeof(out->name));
	chain_add(&out->chain, &merged->id, &c->v[0].owner);
	chain_add_all(&out->chain, c, last);
	return 0;
}

/*
 * Freeze the volume's content; OUT is what stands for it.  Nothing is
 * frozen if nothing was written since the last time.
 */
static int
freeze(struct storage *s, int vol, struct stand *out, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	auto_stand struct stand below = STAND_INIT;
	auto_layer struct layer merged = LAYER_INIT, upper = LAYER_INIT;
	bool is_untouched;

	if (layers_open(s, e) < 0 ||
	    chain_read(vol, OVERLAY_CHAIN, &c, e) < 0 ||
	    layer_is_untouched(s, &c, &is_untouched, e) < 0)
		return -1;
	if (is_untouched) {
		stand_on_parent(s, &c.v[0].id, &c, 1, out);
		return 0;
	}
	if (prepare_freeze(s, vol, &c, &merged, &below, e) < 0)
		return -1;
	if (layer_new_upper(s, &c.v[0].owner, &below, &upper, e) < 0 ||
	    switch_layer(vol, &upper, e) < 0) {
		layer_abort(s, &upper);
		layer_abort(s, &merged);
		return -1;
	}
	stand_on_parent(s, &upper.id, &below.chain, 0, out);
	/* After a merge the old layers may be without users. */
	return merged.fd >= 0 ? layer_release(s, &c.v[0].id, e) : 0;
}

/* What a clone of FROM at SNAP stands on; *FDP holds it. */
static int
stand_for(struct storage *s, const struct volume *from, const char *snap,
    int *fdp, struct stand *out, struct err *e)
{
	if (from->kind == VOLUME_FSCOMP)
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: a component can't become a pot's volume", from->path);
	if (is_plain(from))
		return lent_get(s, from, snap, fdp, out, e);
	if (layers_open(s, e) < 0 || overlay_open_volume(s, from, fdp, e) < 0)
		return -1;
	if (snap == NULL)
		return freeze(s, *fdp, out, e);
	out->dirfd = *fdp;
	(void)snprintf(out->name, sizeof(out->name), OVERLAY_SNAPS "/%s", snap);
	return chain_read(*fdp, out->name, &out->chain, e);
}

static int
overlay_clone(struct storage *s, const struct volume *from, const char *snap,
    const struct volume *v, struct err *e)
{
	auto_stand struct stand below = STAND_INIT;
	auto_close int fd = -1;

	if (is_plain(v)) {
		if (is_plain(from))
			return plain_clone(s, from, snap, v, e);
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: a pot's volume can't become a plain directory",
		    from->path);
	}
	if (overlay_exists(s, v))
		return err_set(e, ERR_EXISTS, "the volume exists");
	if (stand_for(s, from, snap, &fd, &below, e) < 0)
		return -1;
	return make_volume(s, v, &below, e);
}

int
overlay_held(int volfd, struct strv *ids, struct err *e)
{
	auto_strv struct strv names = STRV_INIT, links = STRV_INIT;
	auto_close int snaps = openat(volfd, OVERLAY_SNAPS,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	size_t i;

	if (snaps < 0 && errno != ENOENT)
		return err_sys(e, "%s: open", OVERLAY_SNAPS);
	if (snaps >= 0 && dir_list(snaps, &names, e) < 0)
		return -1;
	strv_add(&links, OVERLAY_CHAIN);
	strv_add(&links, OVERLAY_CHAIN_NEW);
	for (i = 0; i < names.n; i++)
		strv_add_fmt(&links, OVERLAY_SNAPS "/%s", names.v[i]);
	for (i = 0; i < links.n; i++) {
		auto_chain struct chain c = CHAIN_INIT;
		struct err ignored = ERR_INIT;

		if (chain_read(volfd, links.v[i], &c, &ignored) == 0)
			strv_add(ids, c.v[0].id.s);
	}
	return 0;
}

int
overlay_remove_gone(
    struct storage *s, int pdir, const char *gone, struct err *e)
{
	auto_strv struct strv ids = STRV_INIT;
	auto_close int fd = -1;
	size_t i;

	if (dir_open(pdir, gone, &fd, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return 0;
	}
	if (layers_open(s, e) < 0 || overlay_held(fd, &ids, e) < 0 ||
	    tree_remove(pdir, gone, e) < 0)
		return -1;
	for (i = 0; i < ids.n; i++) {
		struct layer_id id;

		(void)str_copy(id.s, ids.v[i], sizeof(id.s));
		if (layer_release(s, &id, e) < 0)
			return -1;
	}
	return 0;
}

static int
overlay_destroy(struct storage *s, const struct volume *v, struct err *e)
{
	char name[NAME_MAX + 1], gone[NAME_MAX + 1];
	auto_close int pdir = -1;

	if (is_plain(v))
		return plain_destroy(s, v, e);
	if (storage_open_dir(s->rootfd, v->dir, &pdir, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return 0;
	}
	volume_name(name, OVERLAY_PREFIX, v);
	volume_name(gone, OVERLAY_GONE, v);
	if (storage_check_mounts(s, v->dir, v->name, e) < 0 ||
	    overlay_remove_gone(s, pdir, gone, e) < 0)
		return -1;
	if (renameat(pdir, name, pdir, gone) < 0 && errno != ENOENT)
		return err_sys(e, "%s: rename", name);
	if (dir_sync(pdir, e) < 0 || overlay_remove_gone(s, pdir, gone, e) < 0)
		return -1;
	return tree_remove(pdir, v->name, e);
}

static int
overlay_rename(struct storage *s, const struct volume *from,
    const struct volume *to, struct err *e)
{
	char fromname[NAME_MAX + 1], toname[NAME_MAX + 1];
	auto_close int fromdir = -1, todir = -1, vol = -1;

	if (is_plain(from))
		return plain_rename(s, from, to, e);
	if (overlay_open_volume(s, from, &vol, e) < 0 ||
	    storage_check_mounts(s, from->dir, from->name, e) < 0 ||
	    storage_open_dir(s->rootfd, from->dir, &fromdir, e) < 0 ||
	    storage_open_dir(s->rootfd, to->dir, &todir, e) < 0)
		return -1;
	if (overlay_exists(s, to))
		return err_set(e, ERR_EXISTS, "the volume exists");
	volume_name(fromname, OVERLAY_PREFIX, from);
	volume_name(toname, OVERLAY_PREFIX, to);
	if (tree_remove(todir, toname, e) < 0 ||
	    dir_make(todir, to->name, MODE_MOUNT, e) < 0 ||
	    file_rename(fromdir, fromname, todir, toname, FILE_F_SYNC, e) < 0)
		return -1;
	return dir_remove(fromdir, from->name, e);
}

/* Record what ST stands for as SNAP. */
static int
add_snapshot(int vol, const struct stand *st, const char *snap, struct err *e)
{
	auto_close int snaps = -1;

	if (dir_make_open(vol, OVERLAY_SNAPS, MODE_VOLUME, &snaps, e) < 0)
		return -1;
	if (linkat(st->dirfd, st->name, snaps, snap, 0) < 0)
		return err_sys(e, "%s: link", snap);
	return dir_sync(snaps, e);
}

/* The pot writes to its layer meanwhile, so what is kept is a copy. */
static int
snapshot_running(struct storage *s, int vol, const char *snap, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	auto_layer struct layer copy = LAYER_INIT;
	auto_stand struct stand st = STAND_INIT;

	if (layers_open(s, e) < 0 ||
	    chain_read(vol, OVERLAY_CHAIN, &c, e) < 0 ||
	    layer_new_copy(s, &c, &copy, e) < 0)
		return -1;
	st.dirfd = copy.fd;
	(void)str_copy(st.name, LAYER_CHAIN, sizeof(st.name));
	if (add_snapshot(vol, &st, snap, e) < 0) {
		layer_abort(s, &copy);
		return -1;
	}
	return 0;
}

static int
overlay_snapshot(struct storage *s, const struct volume *v, const char *snap,
    bool is_running, struct err *e)
{
	auto_stand struct stand st = STAND_INIT;
	auto_close int vol = -1;
	char name[NAME_MAX + 1];

	if (is_plain(v))
		return plain_snapshot(s, v, snap, is_running, e);
	if (overlay_open_volume(s, v, &vol, e) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), OVERLAY_SNAPS "/%s", snap);
	if (file_exists(vol, name))
		return err_set(e, ERR_EXISTS, "the snapshot exists");
	if (is_running)
		return snapshot_running(s, vol, snap, e);
	if (freeze(s, vol, &st, e) < 0)
		return -1;
	return add_snapshot(vol, &st, snap, e);
}

static int
overlay_snapshots(
    struct storage *s, const struct volume *v, struct strv *out, struct err *e)
{
	auto_close int vol = -1, snaps = -1;

	if (is_plain(v))
		return plain_snapshots(s, v, out, e);
	if (overlay_open_volume(s, v, &vol, e) < 0)
		return -1;
	snaps = openat(vol, OVERLAY_SNAPS,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (snaps < 0)
		return errno == ENOENT ? 0 : err_sys(e, "%s", OVERLAY_SNAPS);
	return dir_list(snaps, out, e);
}

static int
overlay_snapshot_destroy(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	auto_close int vol = -1;
	char name[NAME_MAX + 1];

	if (is_plain(v))
		return plain_snapshot_destroy(s, v, snap, e);
	(void)snprintf(name, sizeof(name), OVERLAY_SNAPS "/%s", snap);
	if (overlay_open_volume(s, v, &vol, e) < 0 ||
	    chain_read(vol, name, &c, e) < 0 || file_remove(vol, name, e) < 0)
		return -1;
	return layer_release(s, &c.v[0].id, e);
}

static int
overlay_revert(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	auto_chain struct chain old = CHAIN_INIT;
	auto_stand struct stand below = STAND_INIT;
	auto_layer struct layer upper = LAYER_INIT;
	auto_close int vol = -1;

	if (is_plain(v))
		return plain_revert(s, v, snap, e);
	if (layers_open(s, e) < 0 || overlay_open_volume(s, v, &vol, e) < 0 ||
	    chain_read(vol, OVERLAY_CHAIN, &old, e) < 0)
		return -1;
	below.dirfd = vol;
	(void)snprintf(
	    below.name, sizeof(below.name), OVERLAY_SNAPS "/%s", snap);
	if (chain_read(vol, below.name, &below.chain, e) < 0)
		return -1;
	if (layer_new_upper(s, &old.v[0].owner, &below, &upper, e) < 0 ||
	    switch_layer(vol, &upper, e) < 0) {
		layer_abort(s, &upper);
		return -1;
	}
	return layer_release(s, &old.v[0].id, e);
}

static int
add_path(struct storage *s, const struct chain_entry *entry, struct strv *out,
    struct err *e)
{
	char path[VOLUME_SIZE];

	if (layer_tree_path(s, entry, path, sizeof(path), e) < 0)
		return -1;
	strv_add_fmt(out, "%s/" LAYERS_DIR "/%s", s->fs_root, path);
	return 0;
}

static int
overlay_mount(struct storage *s, const struct volume *v, const char *target,
    bool is_readonly, struct mount_plan *plan, struct err *e)
{
	auto_strv struct strv paths = STRV_INIT;
	auto_chain struct chain c = CHAIN_INIT;
	auto_close int vol = -1;
	struct mount_entry *m;
	size_t i;

	if (is_plain(v))
		return plain_mount(s, v, target, is_readonly, plan, e);
	if (layers_open(s, e) < 0 || overlay_open_volume(s, v, &vol, e) < 0 ||
	    chain_read(vol, OVERLAY_CHAIN, &c, e) < 0)
		return -1;
	for (i = 0; i < c.n; i++)
		if (add_path(s, &c.v[i], &paths, e) < 0)
			return -1;
	/* overlayfs wants two layers at least. */
	m = mount_plan_add(plan, c.n > 1 ? MOUNT_OVERLAY : MOUNT_BIND, target);
	m->is_readonly = is_readonly;
	if (c.n == 1) {
		m->source = xstrdup(paths.v[0]);
		return 0;
	}
	if (!is_readonly) {
		m->upper = xstrdup(paths.v[0]);
		m->work = xasprintf("%s/" LAYERS_DIR "/%s/" LAYER_WORK,
		    s->fs_root, c.v[0].id.s);
		strv_remove(&paths, 0);
	}
	strv_add_all(&m->lower, &paths);
	m->options = xstrdup(MOUNT_OPTIONS);
	return 0;
}

const struct storage_driver storage_overlay = {
	.name = "overlay",
	.probe = overlay_probe,
	.create = overlay_create,
	.clone = overlay_clone,
	.destroy = overlay_destroy,
	.rename = overlay_rename,
	.exists = overlay_exists,
	.snapshot = overlay_snapshot,
	.snapshots = overlay_snapshots,
	.snapshot_destroy = overlay_snapshot_destroy,
	.revert = overlay_revert,
	.mount = overlay_mount,
	.usage = overlay_usage,
	.dependents = overlay_dependents,
	.sweep = overlay_sweep,
};
