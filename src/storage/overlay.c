/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlayfs: pots' volumes are stacks of layers (layer.h), what is not a
 * pot's is a plain directory (plain.h).
 *
 * Each change is decided by one link or rename; before it, what was made
 * has no user and is garbage, after it what was given up is.
 */
#include "storage/overlay.h"

#include <assert.h>
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

#define DIR_FLAGS   (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
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

/* Directories of pots are ours, so a path through them can be trusted. */
int
overlay_open_volume(struct storage *s, const struct volume *v, int *fdp,
    struct chain *c, struct err *e)
{
	char path[2 * VOLUME_SIZE];
	auto_close int fd = -1;

	str_fmt(path, sizeof(path), OVERLAY_VOLUME, v->dir, v->name);
	fd = openat(s->rootfd, path, DIR_FLAGS);
	if (fd < 0 && errno != ENOENT)
		return err_sys(e, "%s: open", path);
	if (fd < 0 || chain_read(fd, OVERLAY_CHAIN, c, e) < 0) {
		if (err_is_set(e) && e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return err_set(e, ERR_NOT_FOUND, "there is no such volume");
	}
	*fdp = take_fd(&fd);
	return 0;
}

static bool
overlay_exists(struct storage *s, const struct volume *v)
{
	char path[2 * VOLUME_SIZE];

	if (is_plain(v))
		return plain_exists(s, v);
	str_fmt(path, sizeof(path), OVERLAY_VOLUME "/" OVERLAY_CHAIN, v->dir,
	    v->name);
	return file_exists(s->rootfd, path);
}

static void
volume_name(char out[NAME_MAX + 1], const char *prefix, const struct volume *v)
{
	str_fmt(out, NAME_MAX + 1, "%s%s", prefix, v->name);
}

/* The new volume V with the writable layer L: from the link on it exists. */
static int
attach_volume(struct storage *s, int pdir, const char *name,
    const struct volume *v, const struct layer *l, struct err *e)
{
	const int made[] = { s->layersfd, l->fd, pdir };
	auto_close int vol = -1;

	if (mkdirat(pdir, v->name, MODE_MOUNT) < 0 && errno != EEXIST)
		return err_sys(e, "%s: make", v->name);
	if (mkdirat(pdir, name, MODE_VOLUME) < 0)
		return err_sys(e, "%s: make", name);
	vol = openat(pdir, name, DIR_FLAGS);
	if (vol < 0)
		return err_sys(e, "%s: open", name);
	if (storage_barrier(s, made, COUNT_OF(made), e) < 0)
		return -1;
	if (linkat(l->fd, LAYER_CHAIN, vol, OVERLAY_CHAIN, 0) < 0)
		return err_sys(e, "%s: link", name);
	return storage_sync(s, vol, e);
}

/* The pot's directory, in which there is no volume V yet. */
static int
prepare_place(
    struct storage *s, const struct volume *v, int *fdp, struct err *e)
{
	auto_close int pdir = -1;
	char name[NAME_MAX + 1];

	if (dir_open(s->rootfd, v->dir, &pdir, e) < 0)
		return -1;
	if (overlay_exists(s, v))
		return err_set(e, ERR_EXISTS, "the volume exists");
	/* Leftovers of one that was cut off. */
	volume_name(name, OVERLAY_PREFIX, v);
	if (file_exists(pdir, name) && tree_remove(pdir, name, e) < 0)
		return -1;
	*fdp = take_fd(&pdir);
	return 0;
}

/* V on BELOW, with an empty writable layer. */
static int
make_volume(struct storage *s, int pdir, const struct volume *v,
    const struct stand *below, struct err *e)
{
	auto_layer struct layer l = LAYER_INIT;
	char name[NAME_MAX + 1];

	volume_name(name, OVERLAY_PREFIX, v);
	if (layer_new_upper(s, NULL, below, &l, e) < 0)
		return -1;
	if (attach_volume(s, pdir, name, v, &l, e) < 0) {
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
	auto_close int pdir = -1;

	if (is_plain(v))
		return plain_create(s, v, e);
	if (prepare_place(s, v, &pdir, e) < 0)
		return -1;
	return make_volume(s, pdir, v, &nothing, e);
}

/* The volume's writable layer is L from now on; if not, nothing happened. */
static int
switch_layer(struct storage *s, int vol, const struct layer *l, struct err *e)
{
	const int made[] = { s->layersfd, l->fd };

	if (storage_barrier(s, made, COUNT_OF(made), e) < 0 ||
	    file_remove(vol, OVERLAY_CHAIN_NEW, e) < 0)
		return -1;
	if (linkat(l->fd, LAYER_CHAIN, vol, OVERLAY_CHAIN_NEW, 0) < 0)
		return err_sys(e, "%s: link", OVERLAY_CHAIN_NEW);
	if (renameat(vol, OVERLAY_CHAIN_NEW, vol, OVERLAY_CHAIN) < 0) {
		(void)err_sys(e, "%s: rename", OVERLAY_CHAIN_NEW);
		(void)unlinkat(vol, OVERLAY_CHAIN_NEW, 0);
		return -1;
	}
	return 0;
}

/* OUT is what layer ID stands on, by ID's own link. */
static void
stand_on_parent(struct storage *s, const struct layer_id *id,
    const struct chain *c, size_t first, struct stand *out)
{
	out->dirfd = s->layersfd;
	str_fmt(out->name, sizeof(out->name), "%s/" LAYER_PARENT, id->s);
	chain_add_all(&out->chain, c, first);
}

/* What the new writable layer of a frozen volume is to stand on: the old
 * one, or if the chain C is long, most of it merged. */
static int
prepare_freeze(struct storage *s, int vol, const struct chain *c,
    struct layer *merged, struct stand *out, struct err *e)
{
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
	chain_add(&out->chain, &merged->id, false, NULL);
	chain_add_all(&out->chain, c, c->n - 1);
	return 0;
}

/*
 * Freeze the content of the volume with the chain C; OUT is what stands for
 * it.  Nothing is frozen if nothing was written since the last time.
 */
static int
freeze(struct storage *s, int vol, const struct chain *c, struct stand *out,
    struct err *e)
{
	auto_stand struct stand below = STAND_INIT;
	auto_layer struct layer merged = LAYER_INIT, upper = LAYER_INIT;
	bool is_untouched;

	if (layer_is_untouched(s, c, &is_untouched, e) < 0)
		return -1;
	if (is_untouched) {
		stand_on_parent(s, &c->v[0].id, c, 1, out);
		return 0;
	}
	if (prepare_freeze(s, vol, c, &merged, &below, e) < 0)
		return -1;
	if (layer_new_upper(s, &c->owner, &below, &upper, e) < 0 ||
	    switch_layer(s, vol, &upper, e) < 0) {
		layer_abort(s, &upper);
		layer_abort(s, &merged);
		return -1;
	}
	stand_on_parent(s, &upper.id, &below.chain, 0, out);
	if (storage_barrier(s, &vol, 1, e) < 0)
		return -1;
	/* After a merge the old layers may be without users. */
	return merged.fd >= 0 ? layer_release(s, &c->v[0].id, e) : 0;
}

/* What a clone of FROM at SNAP stands on; *FDP holds it. */
static int
stand_for(struct storage *s, const struct volume *from, const char *snap,
    int *fdp, struct stand *out, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;

	if (from->kind == VOLUME_FSCOMP)
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: a component can't become a pot's volume", from->path);
	if (is_plain(from))
		return lent_get(s, from, snap, fdp, out, e);
	if (layers_open(s, e) < 0 ||
	    overlay_open_volume(s, from, fdp, &c, e) < 0)
		return -1;
	if (snap == NULL)
		return freeze(s, *fdp, &c, out, e);
	out->dirfd = *fdp;
	str_fmt(out->name, sizeof(out->name), OVERLAY_SNAPS "/%s", snap);
	return chain_read(*fdp, out->name, &out->chain, e);
}

static int
overlay_clone(struct storage *s, const struct volume *from, const char *snap,
    const struct volume *v, struct err *e)
{
	auto_stand struct stand below = STAND_INIT;
	auto_close int fd = -1, pdir = -1;

	if (is_plain(v)) {
		if (is_plain(from))
			return plain_clone(s, from, snap, v, e);
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: a pot's volume can't become a plain directory",
		    from->path);
	}
	if (prepare_place(s, v, &pdir, e) < 0 ||
	    stand_for(s, from, snap, &fd, &below, e) < 0)
		return -1;
	return make_volume(s, pdir, v, &below, e);
}

int
overlay_held(int volfd, struct strv *ids, struct err *e)
{
	auto_strv struct strv names = STRV_INIT, links = STRV_INIT;
	auto_close int snaps = openat(volfd, OVERLAY_SNAPS, DIR_FLAGS);
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
	auto_close int fd = openat(pdir, gone, DIR_FLAGS);
	size_t i;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "%s: open", gone);
	if (layers_open(s, e) < 0 || overlay_held(fd, &ids, e) < 0)
		return -1;
	(void)unlinkat(fd, OVERLAY_CHAIN, 0);
	if (storage_remove_dir(pdir, gone, e) < 0 ||
	    storage_barrier(s, &pdir, 1, e) < 0)
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
	if (dir_open(s->rootfd, v->dir, &pdir, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	volume_name(name, OVERLAY_PREFIX, v);
	volume_name(gone, OVERLAY_GONE, v);
	if (storage_check_mounts(s, v->dir, v->name, e) < 0 ||
	    overlay_remove_gone(s, pdir, gone, e) < 0)
		return -1;
	if (renameat(pdir, name, pdir, gone) < 0 && errno != ENOENT)
		return err_sys(e, "%s: rename", name);
	if (overlay_remove_gone(s, pdir, gone, e) < 0)
		return -1;
	return storage_remove_dir(pdir, v->name, e);
}

static int
overlay_rename(struct storage *s, const struct volume *from,
    const struct volume *to, struct err *e)
{
	char fromname[NAME_MAX + 1], toname[NAME_MAX + 1];
	auto_close int fromdir = -1, todir = -1;

	if (is_plain(from))
		return plain_rename(s, from, to, e);
	if (!overlay_exists(s, from))
		return err_set(e, ERR_NOT_FOUND, "there is no such volume");
	if (storage_check_mounts(s, from->dir, from->name, e) < 0 ||
	    dir_open(s->rootfd, from->dir, &fromdir, e) < 0 ||
	    prepare_place(s, to, &todir, e) < 0 ||
	    dir_make(todir, to->name, MODE_MOUNT, e) < 0)
		return -1;
	volume_name(fromname, OVERLAY_PREFIX, from);
	volume_name(toname, OVERLAY_PREFIX, to);
	if (renameat(fromdir, fromname, todir, toname) < 0)
		return err_sys(e, "%s: rename", fromname);
	if (storage_sync(s, todir, e) < 0 ||
	    storage_barrier(s, &fromdir, 1, e) < 0)
		return -1;
	return dir_remove(fromdir, from->name, e);
}

/* Record what ST stands for as SNAP. */
static int
add_snapshot(struct storage *s, int vol, const struct stand *st,
    const char *snap, struct err *e)
{
	auto_close int snaps = -1;

	if (dir_make_open(vol, OVERLAY_SNAPS, MODE_VOLUME, &snaps, e) < 0 ||
	    storage_barrier(s, &vol, 1, e) < 0)
		return -1;
	if (linkat(st->dirfd, st->name, snaps, snap, 0) < 0)
		return err_sys(e, "%s: link", snap);
	return storage_sync(s, snaps, e);
}

/* The pot writes to its layer meanwhile, so what is kept is a copy. */
static int
snapshot_running(struct storage *s, int vol, const struct chain *c,
    const char *snap, struct err *e)
{
	auto_layer struct layer copy = LAYER_INIT;
	auto_stand struct stand st = STAND_INIT;

	if (layer_new_copy(s, c, &copy, e) < 0)
		return -1;
	st.dirfd = copy.fd;
	(void)str_copy(st.name, LAYER_CHAIN, sizeof(st.name));
	if (storage_barrier(s, &s->layersfd, 1, e) < 0 ||
	    storage_barrier(s, &copy.fd, 1, e) < 0 ||
	    add_snapshot(s, vol, &st, snap, e) < 0) {
		if (!file_exists(vol, snap))
			layer_abort(s, &copy);
		return -1;
	}
	return 0;
}

static int
overlay_snapshot(struct storage *s, const struct volume *v, const char *snap,
    bool is_running, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	auto_stand struct stand st = STAND_INIT;
	auto_close int vol = -1;
	char name[NAME_MAX + 1];

	if (is_plain(v))
		return plain_snapshot(s, v, snap, is_running, e);
	if (layers_open(s, e) < 0 || overlay_open_volume(s, v, &vol, &c, e) < 0)
		return -1;
	str_fmt(name, sizeof(name), OVERLAY_SNAPS "/%s", snap);
	if (file_exists(vol, name))
		return err_set(e, ERR_EXISTS, "the snapshot exists");
	if (is_running)
		return snapshot_running(s, vol, &c, snap, e);
	if (freeze(s, vol, &c, &st, e) < 0)
		return -1;
	return add_snapshot(s, vol, &st, snap, e);
}

static int
overlay_snapshots(
    struct storage *s, const struct volume *v, struct strv *out, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	auto_close int vol = -1, snaps = -1;

	if (is_plain(v))
		return plain_snapshots(s, v, out, e);
	if (overlay_open_volume(s, v, &vol, &c, e) < 0)
		return -1;
	snaps = openat(vol, OVERLAY_SNAPS, DIR_FLAGS);
	if (snaps < 0)
		return errno == ENOENT ? 0 : err_sys(e, "%s", OVERLAY_SNAPS);
	return dir_list(snaps, out, e);
}

static int
overlay_snapshot_destroy(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT, frozen = CHAIN_INIT;
	auto_close int vol = -1, snaps = -1;

	if (is_plain(v))
		return plain_snapshot_destroy(s, v, snap, e);
	if (overlay_open_volume(s, v, &vol, &c, e) < 0 ||
	    dir_open(vol, OVERLAY_SNAPS, &snaps, e) < 0 ||
	    chain_read(snaps, snap, &frozen, e) < 0 ||
	    file_remove(snaps, snap, e) < 0 ||
	    storage_barrier(s, &snaps, 1, e) < 0)
		return -1;
	return layer_release(s, &frozen.v[0].id, e);
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
	if (layers_open(s, e) < 0 ||
	    overlay_open_volume(s, v, &vol, &old, e) < 0)
		return -1;
	below.dirfd = vol;
	str_fmt(below.name, sizeof(below.name), OVERLAY_SNAPS "/%s", snap);
	if (chain_read(vol, below.name, &below.chain, e) < 0)
		return -1;
	if (layer_new_upper(s, &old.owner, &below, &upper, e) < 0 ||
	    switch_layer(s, vol, &upper, e) < 0) {
		layer_abort(s, &upper);
		return -1;
	}
	if (storage_sync(s, vol, e) < 0)
		return -1;
	return layer_release(s, &old.v[0].id, e);
}

/* What C stands for at TARGET. */
static int
mount_chain(struct storage *s, const struct chain *c, const char *target,
    bool is_readonly, struct mount_plan *plan, struct err *e)
{
	auto_strv struct strv paths = STRV_INIT;
	struct mount_entry *m;

	for (size_t i = 0; i < c->n; i++) {
		char *path = layer_tree_path(s, &c->v[i], e);

		if (path == NULL)
			return -1;
		strv_add_take(&paths, path);
	}
	assert(c->n > 0 && c->v != NULL); /* chain_read() gives no empty one */
	/* overlayfs wants two layers at least. */
	m = mount_plan_add(plan, c->n > 1 ? MOUNT_OVERLAY : MOUNT_BIND, target);
	m->is_readonly = is_readonly;
	if (c->n == 1) {
		m->source = xstrdup(paths.v[0]);
		return 0;
	}
	if (!is_readonly) {
		m->upper = xstrdup(paths.v[0]);
		m->work = xasprintf("%s/" LAYERS_DIR "/%s/" LAYER_WORK,
		    s->fs_root, c->v[0].id.s);
		strv_remove(&paths, 0);
	}
	strv_add_all(&m->lower, &paths);
	m->options = xstrdup(MOUNT_OPTIONS);
	return 0;
}

static int
overlay_mount(struct storage *s, const struct volume *v, const char *target,
    bool is_readonly, struct mount_plan *plan, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	auto_close int vol = -1;

	if (is_plain(v))
		return plain_mount(s, v, target, is_readonly, plan, e);
	if (layers_open(s, e) < 0 || overlay_open_volume(s, v, &vol, &c, e) < 0)
		return -1;
	return mount_chain(s, &c, target, is_readonly, plan, e);
}

static int
overlay_mount_snapshot(struct storage *s, const struct volume *v,
    const char *snap, const char *target, struct mount_plan *plan,
    struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT, frozen = CHAIN_INIT;
	auto_close int vol = -1;
	char name[NAME_MAX + sizeof(OVERLAY_SNAPS) + 1];

	if (is_plain(v))
		return plain_mount_snapshot(s, v, snap, target, plan, e);
	if (layers_open(s, e) < 0 || overlay_open_volume(s, v, &vol, &c, e) < 0)
		return -1;
	if (snprintf(name, sizeof(name), OVERLAY_SNAPS "/%s", snap) >=
	    (int)sizeof(name))
		return err_set(e, ERR_INVALID, "snapshot %s: too long", snap);
	if (chain_read(vol, name, &frozen, e) < 0)
		return -1;
	return mount_chain(s, &frozen, target, true, plan, e);
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
	.mount_snapshot = overlay_mount_snapshot,
	.usage = overlay_usage,
	.dependents = overlay_dependents,
	.sweep = overlay_sweep,
};
