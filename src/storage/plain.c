/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plain directories as volumes.  Every change becomes visible by one
 * rename, but for the revert, which needs two: see plain_place.h.
 */
#include "storage/plain.h"

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
#include "storage/plain_place.h"
#include "storage/tree_link.h"

#define MODE_VOLUME ((mode_t)0755)

/*
 * Take the snapshot SNAP away at once, then remove it: one on which pots
 * stand goes to its layer.  A missing one is fine.
 */
static int
retire_snap(struct storage *s, int snaps, const char *snap, struct err *e)
{
	char gone[NAME_MAX + 1];

	place_temp(gone, PLAIN_GONE, snap);
	/* What an earlier one could not complete is in the way. */
	if (tree_remove(snaps, gone, e) < 0 ||
	    lent_retire(s, snaps, snap, snaps, gone, e) < 0)
		return -1;
	return tree_remove(snaps, gone, e);
}

/* All snapshots of parts of the base that SNAPS belongs to. */
static int
retire_parts(
    struct storage *s, int snaps, const struct strv *names, struct err *e)
{
	size_t i, k;

	for (i = 0; i < names->n; i++) {
		auto_strv struct strv inner = STRV_INIT;
		auto_close int part = -1;

		if (names->v[i][0] != '@')
			continue;
		if (dir_open(snaps, names->v[i], &part, e) < 0 ||
		    dir_list(part, &inner, e) < 0)
			return -1;
		for (k = 0; k < inner.n; k++)
			if (inner.v[k][0] != '.' &&
			    retire_snap(s, part, inner.v[k], e) < 0)
				return -1;
	}
	return 0;
}

int
plain_remove_snaps(struct storage *s, const struct volume *v, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	auto_close int snaps = -1, parent = -1;
	auto_free char *path = xstrdup(v->snaps);
	char *slash = strrchr(path, '/');
	size_t i;

	if (place_open_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (snaps >= 0) {
		if (dir_list(snaps, &names, e) < 0 ||
		    retire_parts(s, snaps, &names, e) < 0)
			return -1;
		/* One by one: pots may stand on some of them. */
		for (i = 0; i < names.n; i++)
			if (names.v[i][0] != '.' && names.v[i][0] != '@' &&
			    retire_snap(s, snaps, names.v[i], e) < 0)
				return -1;
		*slash = '\0';
		if (dir_open(s->rootfd, path, &parent, e) < 0 ||
		    tree_remove(parent, slash + 1, e) < 0)
			return -1;
	}
	place_prune_snaps(s, v);
	return 0;
}

/* Put the complete copy TEMP of TEMPFD in its place, which is free. */
static int
publish(struct storage *s, int tempfd, const char *temp, int dirfd,
    const char *name, struct err *e)
{
	if (file_rename(tempfd, temp, dirfd, name, 0, e) < 0)
		return -1;
	return storage_sync(s, dirfd, e);
}

/* The place for a new volume: free, and without another's leftovers. */
static int
prepare_place(
    struct storage *s, const struct volume *v, struct place *p, struct err *e)
{
	struct place found = PLACE_INIT;

	if (place_open(s, v, false, &found, e) < 0)
		return -1;
	if (place_has_tree(&found))
		(void)err_set(e, ERR_EXISTS, "the volume exists");
	else if (place_remove_temps(&found, e) == 0 &&
	    plain_remove_snaps(s, v, e) == 0) {
		place_close(&found);
		return place_open(s, v, true, p, e);
	}
	place_close(&found);
	return -1;
}

int
plain_create(struct storage *s, const struct volume *v, struct err *e)
{
	auto_place struct place p = PLACE_INIT;
	auto_close int fd = -1;
	char temp[NAME_MAX + 1];

	if (prepare_place(s, v, &p, e) < 0)
		return -1;
	place_temp(temp, PLAIN_NEW, v->name);
	if (dir_make_open(p.tempfd, temp, MODE_VOLUME, &fd, e) < 0)
		return -1;
	if (publish(s, p.tempfd, temp, p.dirfd, v->name, e) < 0)
		return -1;
	place_prune_snaps(s, v); /* where a part's temporary tree was */
	return 0;
}

/* Copy the tree FROMNAME to TONAME by way of a temporary name. */
static int
copy_tree(struct storage *s, int fromdir, const char *fromname, int tempfd,
    int todir, const char *toname, struct err *e)
{
	char temp[NAME_MAX + 1];

	place_temp(temp, PLAIN_NEW, toname);
	if (tree_remove(tempfd, temp, e) < 0)
		return -1;
	if (tree_copy(fromdir, fromname, tempfd, temp, TREE_F_GUEST, e) < 0 ||
	    publish(s, tempfd, temp, todir, toname, e) < 0) {
		storage_undo_tree(tempfd, temp);
		return -1;
	}
	return 0;
}

/* Where the content of V at SNAP is (NULL: as it is now). */
static int
open_content(struct storage *s, const struct volume *v, const char *snap,
    int *dirfdp, const char **name, struct err *e)
{
	auto_place struct place p = PLACE_INIT;
	auto_close int snaps = -1;

	if (snap == NULL) {
		if (place_open_tree(s, v, false, &p, e) < 0)
			return -1;
		*name = v->name;
		if (p.tempfd == p.dirfd)
			p.tempfd = -1;
		*dirfdp = take_fd(&p.dirfd);
		return 0;
	}
	if (place_open_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (snaps < 0 || !file_exists(snaps, snap))
		return err_set(e, ERR_NOT_FOUND, "no snapshot %s", snap);
	*name = snap;
	*dirfdp = take_fd(&snaps);
	return 0;
}

int
plain_clone(struct storage *s, const struct volume *from, const char *snap,
    const struct volume *v, struct err *e)
{
	auto_place struct place p = PLACE_INIT;
	auto_close int fromdir = -1;
	const char *name;

	if (open_content(s, from, snap, &fromdir, &name, e) < 0 ||
	    prepare_place(s, v, &p, e) < 0)
		return -1;
	if (copy_tree(s, fromdir, name, p.tempfd, p.dirfd, v->name, e) < 0)
		return -1;
	place_prune_snaps(s, v);
	return 0;
}

int
plain_destroy(struct storage *s, const struct volume *v, struct err *e)
{
	auto_place struct place p = PLACE_INIT;
	char gone[NAME_MAX + 1];

	if (place_open(s, v, false, &p, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return plain_remove_snaps(s, v, e);
	}
	if (storage_check_mounts(s, v->dir, v->name, e) < 0 ||
	    (v->kind == VOLUME_BASE_PART && lent_check_unused(s, v, e) < 0))
		return -1;
	place_temp(gone, PLAIN_GONE, v->name);
	if (place_has_tree(&p)) {
		place_close(&p);
		if (place_open(s, v, true, &p, e) < 0 ||
		    tree_remove(p.tempfd, gone, e) < 0 ||
		    lent_retire(s, p.dirfd, v->name, p.tempfd, gone, e) < 0)
			return -1;
	}
	/* Last of all .gone, which says that the rest is to go, too. */
	if (v->kind != VOLUME_BASE_PART && plain_remove_snaps(s, v, e) < 0)
		return -1;
	if (place_remove_temps(&p, e) < 0)
		return -1;
	return v->kind == VOLUME_BASE_PART ? plain_remove_snaps(s, v, e) : 0;
}

int
plain_rename(struct storage *s, const struct volume *from,
    const struct volume *to, struct err *e)
{
	auto_place struct place f = PLACE_INIT, t = PLACE_INIT;
	auto_close int fromsnaps = -1, tosnaps = -1;

	if (storage_check_mounts(s, from->dir, from->name, e) < 0 ||
	    lent_check_unused(s, from, e) < 0)
		return -1;
	/* A second try after a crash finds the tree moved already. */
	if (place_open_tree(s, from, false, &f, e) == 0) {
		if (prepare_place(s, to, &t, e) < 0 ||
		    file_rename(f.dirfd, from->name, t.dirfd, to->name,
			FILE_F_EXCL, e) < 0 ||
		    storage_barrier(s, &f.dirfd, 1, e) < 0 ||
		    storage_sync(s, t.dirfd, e) < 0)
			return -1;
	} else if (e->code != ERR_NOT_FOUND || !plain_exists(s, to)) {
		return -1;
	} else {
		err_clear(e);
	}
	if (place_open_snaps(s, from, &fromsnaps, e) < 0)
		return -1;
	if (fromsnaps >= 0) {
		if (place_make_snaps(s, to, &tosnaps, e) < 0)
			return -1;
		/* An empty directory may be replaced (rename(2)). */
		if (renameat(s->rootfd, from->snaps, s->rootfd, to->snaps) < 0)
			return err_sys(
			    e, "%s: rename to %s", from->snaps, to->snaps);
	}
	place_prune_snaps(s, from);
	place_prune_snaps(s, to);
	return 0;
}

bool
plain_exists(struct storage *s, const struct volume *v)
{
	auto_place struct place p = PLACE_INIT;
	struct err ignored = ERR_INIT;

	return place_open_tree(s, v, false, &p, &ignored) == 0;
}

/*
 * A snapshot of a base holds its parts too, so a part's snapshot of the
 * same name is made of links to that: neither is ever written to.
 */
static int
link_part(struct storage *s, const struct volume *v, const char *snap,
    int snaps, bool *done, struct err *e)
{
	auto_free char *path =
	    xasprintf("bases/.snap/%s/%s/%s", v->base, snap, v->part);
	struct err ignored = ERR_INIT;
	auto_close int from = -1;
	char temp[NAME_MAX + 1];

	*done = false;
	if (v->kind != VOLUME_BASE_PART ||
	    storage_open_dir(s->rootfd, path, &from, &ignored) < 0)
		return 0;
	place_temp(temp, PLAIN_NEW, snap);
	if (tree_remove(snaps, temp, e) < 0)
		return -1;
	if (tree_link(from, snaps, temp, e) < 0 ||
	    publish(s, snaps, temp, snaps, snap, e) < 0) {
		storage_undo_tree(snaps, temp);
		return -1;
	}
	*done = true;
	return 0;
}

int
plain_snapshot(struct storage *s, const struct volume *v, const char *snap,
    bool is_running, struct err *e)
{
	auto_place struct place p = PLACE_INIT;
	auto_close int snaps = -1;
	bool done;

	(void)is_running; /* it is a copy anyway */
	if (place_open_tree(s, v, false, &p, e) < 0 ||
	    place_make_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (file_exists(snaps, snap))
		return err_set(e, ERR_EXISTS, "the snapshot exists");
	if (link_part(s, v, snap, snaps, &done, e) < 0 ||
	    (!done &&
		copy_tree(s, p.dirfd, v->name, snaps, snaps, snap, e) < 0)) {
		place_prune_snaps(s, v);
		return -1;
	}
	return 0;
}

int
plain_snapshots(
    struct storage *s, const struct volume *v, struct strv *out, struct err *e)
{
	auto_place struct place p = PLACE_INIT;
	auto_strv struct strv names = STRV_INIT;
	auto_close int snaps = -1;
	size_t i;

	if (place_open_tree(s, v, false, &p, e) < 0 ||
	    place_open_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (snaps >= 0 && dir_list(snaps, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++)
		if (names.v[i][0] != '.' && names.v[i][0] != '@')
			strv_add(out, names.v[i]);
	return 0;
}

int
plain_snapshot_destroy(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	auto_close int snaps = -1;

	if (place_open_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (snaps < 0 || !file_exists(snaps, snap))
		return err_set(e, ERR_NOT_FOUND, "there is no such snapshot");
	return retire_snap(s, snaps, snap, e);
}

int
plain_revert(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	char temp[NAME_MAX + 1], swap[NAME_MAX + 1], gone[NAME_MAX + 1];
	auto_place struct place p = PLACE_INIT;
	auto_close int fromdir = -1;
	const char *from;

	if (place_open_tree(s, v, true, &p, e) < 0 ||
	    open_content(s, v, snap, &fromdir, &from, e) < 0 ||
	    storage_check_mounts(s, v->dir, v->name, e) < 0 ||
	    place_remove_temps(&p, e) < 0)
		return -1;
	place_temp(temp, PLAIN_NEW, v->name);
	place_temp(swap, PLAIN_SWAP, v->name);
	place_temp(gone, PLAIN_GONE, v->name);
	if (tree_copy(fromdir, from, p.tempfd, temp, 0, e) < 0) {
		storage_undo_tree(p.tempfd, temp);
		return -1;
	}
	if (file_rename(p.tempfd, temp, p.tempfd, swap, 0, e) < 0 ||
	    storage_barrier(s, &p.tempfd, 1, e) < 0 ||
	    lent_retire(s, p.dirfd, v->name, p.tempfd, gone, e) < 0 ||
	    publish(s, p.tempfd, swap, p.dirfd, v->name, e) < 0)
		return -1;
	return tree_remove(p.tempfd, gone, e);
}

int
plain_mount(struct storage *s, const struct volume *v, const char *target,
    bool is_readonly, struct mount_plan *plan, struct err *e)
{
	auto_place struct place p = PLACE_INIT;
	struct mount_entry *m;

	if (place_open_tree(s, v, false, &p, e) < 0)
		return -1;
	m = mount_plan_add(plan, MOUNT_BIND, target);
	m->source = xasprintf("%s/%s/%s", s->fs_root, v->dir, v->name);
	m->is_readonly = is_readonly;
	return 0;
}

int
plain_mount_snapshot(struct storage *s, const struct volume *v,
    const char *snap, const char *target, struct mount_plan *plan,
    struct err *e)
{
	auto_close int snaps = -1;
	struct mount_entry *m;

	if (place_open_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (snaps < 0 || !file_exists(snaps, snap))
		return err_set(e, ERR_NOT_FOUND, "no snapshot %s", snap);
	m = mount_plan_add(plan, MOUNT_BIND, target);
	m->source = xasprintf("%s/%s/%s", s->fs_root, v->snaps, snap);
	m->is_readonly = true;
	return 0;
}

int
plain_usage(
    struct storage *s, const struct volume *v, uint64_t *bytes, struct err *e)
{
	auto_place struct place p = PLACE_INIT;
	auto_close int snaps = -1;
	uint64_t tree, frozen = 0;

	if (place_open_tree(s, v, false, &p, e) < 0 ||
	    tree_usage(p.dirfd, v->name, &tree, e) < 0 ||
	    place_open_snaps(s, v, &snaps, e) < 0 ||
	    (snaps >= 0 && tree_usage(snaps, ".", &frozen, e) < 0))
		return -1;
	*bytes = tree + frozen;
	return 0;
}
