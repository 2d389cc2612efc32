/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plain directories as volumes.  Every change becomes visible by one
 * rename, but for the revert, which needs two: see plain.h.
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
#include "storage/tree_link.h"

#define MODE_VOLUME ((mode_t)0755)
#define MODE_SNAPS  ((mode_t)0700)

static const char *
temp_name(char out[NAME_MAX + 1], const char *prefix, const char *name)
{
	(void)snprintf(out, NAME_MAX + 1, "%s%s", prefix, name);
	return out;
}

/* Complete a revert that was cut off between its two renames. */
bool
plain_complete(int dirfd, const char *name)
{
	char swap[NAME_MAX + 1];

	temp_name(swap, PLAIN_SWAP, name);
	if (file_exists(dirfd, name))
		return true;
	/* Whoever loses a race for it finds the name there. */
	return renameat(dirfd, swap, dirfd, name) == 0 ||
	    file_exists(dirfd, name);
}

int
plain_open(
    struct storage *s, const struct volume *v, int *dirfdp, struct err *e)
{
	auto_close int dirfd = -1;

	if (storage_open_dir(s->rootfd, v->dir, &dirfd, e) < 0)
		return -1;
	if (!plain_complete(dirfd, v->name))
		return err_set(e, ERR_NOT_FOUND, "there is no such volume");
	*dirfdp = take_fd(&dirfd);
	return 0;
}

/* The directory of V's snapshots; -1 in *FDP if it is missing. */
static int
open_snaps(struct storage *s, const struct volume *v, int *fdp, struct err *e)
{
	int fd = openat(s->rootfd, v->snaps,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		return err_sys(e, "%s", v->snaps);
	*fdp = fd;
	return 0;
}

/* The same, made with all directories that lead to it. */
static int
make_snaps(struct storage *s, const struct volume *v, int *fdp, struct err *e)
{
	auto_close int fd = -1;
	auto_free char *path = xstrdup(v->snaps);
	char *name = path, *slash;

	for (;; name = slash + 1) {
		auto_close int parent = take_fd(&fd);

		slash = strchr(name, '/');
		if (slash != NULL)
			*slash = '\0';
		if (dir_make_open(parent < 0 ? s->rootfd : parent, name,
			MODE_SNAPS, &fd, e) < 0)
			return -1;
		if (slash == NULL)
			break;
	}
	*fdp = take_fd(&fd);
	return 0;
}

/*
 * Take the tree NAME away at once, then remove it: a tree on which pots
 * stand goes to its layer.  A missing one is fine.
 */
static int
retire(struct storage *s, int dirfd, const char *name, struct err *e)
{
	char gone[NAME_MAX + 1];

	temp_name(gone, PLAIN_GONE, name);
	/* What an earlier one could not complete is in the way. */
	if (tree_remove(dirfd, gone, e) < 0)
		return -1;
	if (lent_retire(s, dirfd, name, gone, e) < 0)
		return -1;
	return tree_remove(dirfd, gone, e);
}

/* Remove the copies of operations on NAME that were cut off. */
static int
remove_temps(int dirfd, const char *name, struct err *e)
{
	static const char *const prefixes[] = { PLAIN_NEW, PLAIN_SWAP,
		PLAIN_GONE };
	char temp[NAME_MAX + 1];
	size_t i;

	for (i = 0; i < COUNT_OF(prefixes); i++)
		if (tree_remove(dirfd, temp_name(temp, prefixes[i], name), e) <
		    0)
			return -1;
	return 0;
}

int
plain_remove_snaps(struct storage *s, const struct volume *v, struct err *e)
{
	auto_close int snaps = -1;
	auto_strv struct strv names = STRV_INIT;
	char parent[VOLUME_SIZE], *slash;
	auto_close int parentfd = -1;
	size_t i;

	if (open_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (snaps < 0)
		return 0;
	if (dir_list(snaps, &names, e) < 0)
		return -1;
	/* One by one: pots may stand on some of them. */
	for (i = 0; i < names.n; i++)
		if (names.v[i][0] != '.' && retire(s, snaps, names.v[i], e) < 0)
			return -1;
	(void)str_copy(parent, v->snaps, sizeof(parent));
	slash = strrchr(parent, '/');
	*slash = '\0';
	if (dir_open(s->rootfd, parent, &parentfd, e) < 0 ||
	    tree_remove(parentfd, slash + 1, e) < 0)
		return -1;
	/* The last one of that directory takes .snap along. */
	(void)unlinkat(s->rootfd, parent, AT_REMOVEDIR);
	return 0;
}

/* Put the complete copy .new.NAME in its place, which is free. */
static int
publish(int dirfd, const char *name, struct err *e)
{
	char temp[NAME_MAX + 1];

	return file_rename(dirfd, temp_name(temp, PLAIN_NEW, name), dirfd, name,
	    FILE_F_SYNC, e);
}

/* The place for a new volume: free, and without another's leftovers. */
static int
prepare_place(
    struct storage *s, const struct volume *v, int *dirfdp, struct err *e)
{
	auto_close int dirfd = -1;

	if (storage_open_dir(s->rootfd, v->dir, &dirfd, e) < 0)
		return -1;
	if (plain_complete(dirfd, v->name))
		return err_set(e, ERR_EXISTS, "the volume exists");
	if (remove_temps(dirfd, v->name, e) < 0 ||
	    plain_remove_snaps(s, v, e) < 0)
		return -1;
	*dirfdp = take_fd(&dirfd);
	return 0;
}

int
plain_create(struct storage *s, const struct volume *v, struct err *e)
{
	auto_close int dirfd = -1, fd = -1;
	char temp[NAME_MAX + 1];

	if (prepare_place(s, v, &dirfd, e) < 0)
		return -1;
	if (dir_make_open(dirfd, temp_name(temp, PLAIN_NEW, v->name),
		MODE_VOLUME, &fd, e) < 0)
		return -1;
	return publish(dirfd, v->name, e);
}

/* Copy the tree FROMNAME to TONAME by way of a temporary name. */
static int
copy_tree(int fromdir, const char *fromname, int todir, const char *toname,
    struct err *e)
{
	char temp[NAME_MAX + 1];

	temp_name(temp, PLAIN_NEW, toname);
	if (tree_remove(todir, temp, e) < 0)
		return -1;
	if (tree_copy(fromdir, fromname, todir, temp, 0, e) < 0 ||
	    publish(todir, toname, e) < 0) {
		storage_undo_tree(todir, temp);
		return -1;
	}
	return 0;
}

/* Where the content of V at SNAP is (NULL: as it is now). */
static int
open_content(struct storage *s, const struct volume *v, const char *snap,
    int *dirfdp, const char **name, struct err *e)
{
	auto_close int dirfd = -1;

	if (snap == NULL) {
		if (plain_open(s, v, &dirfd, e) < 0)
			return -1;
	} else {
		if (open_snaps(s, v, &dirfd, e) < 0)
			return -1;
		if (dirfd < 0 || !file_exists(dirfd, snap))
			return err_set(
			    e, ERR_NOT_FOUND, "no snapshot %s", snap);
	}
	*name = snap != NULL ? snap : v->name;
	*dirfdp = take_fd(&dirfd);
	return 0;
}

int
plain_clone(struct storage *s, const struct volume *from, const char *snap,
    const struct volume *v, struct err *e)
{
	auto_close int fromdir = -1, dirfd = -1;
	const char *name;

	if (open_content(s, from, snap, &fromdir, &name, e) < 0 ||
	    prepare_place(s, v, &dirfd, e) < 0)
		return -1;
	return copy_tree(fromdir, name, dirfd, v->name, e);
}

int
plain_destroy(struct storage *s, const struct volume *v, struct err *e)
{
	auto_close int dirfd = -1;
	char gone[NAME_MAX + 1];

	if (storage_open_dir(s->rootfd, v->dir, &dirfd, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return 0;
	}
	if (storage_check_mounts(s, v->dir, v->name, e) < 0)
		return -1;
	/* .gone says of what follows that it is to go: see sweep_gone(). */
	if (tree_remove(dirfd, temp_name(gone, PLAIN_GONE, v->name), e) < 0 ||
	    lent_retire(s, dirfd, v->name, gone, e) < 0 ||
	    plain_remove_snaps(s, v, e) < 0)
		return -1;
	return remove_temps(dirfd, v->name, e);
}

int
plain_rename(struct storage *s, const struct volume *from,
    const struct volume *to, struct err *e)
{
	auto_close int fromdir = -1, todir = -1, fromsnaps = -1, tosnaps = -1;

	if (storage_check_mounts(s, from->dir, from->name, e) < 0 ||
	    lent_check_unused(s, from, e) < 0)
		return -1;
	/* A second try after a crash finds the tree moved already. */
	if (plain_open(s, from, &fromdir, e) == 0) {
		if (prepare_place(s, to, &todir, e) < 0 ||
		    file_rename(fromdir, from->name, todir, to->name,
			FILE_F_SYNC | FILE_F_EXCL, e) < 0)
			return -1;
	} else if (e->code == ERR_NOT_FOUND && plain_exists(s, to)) {
		err_clear(e);
	} else {
		return -1;
	}
	if (open_snaps(s, from, &fromsnaps, e) < 0)
		return -1;
	if (fromsnaps < 0)
		return 0;
	if (make_snaps(s, to, &tosnaps, e) < 0)
		return -1;
	/* An empty directory may be replaced by another (rename(2)). */
	if (renameat(s->rootfd, from->snaps, s->rootfd, to->snaps) < 0)
		return err_sys(e, "%s: rename to %s", from->snaps, to->snaps);
	return 0;
}

bool
plain_exists(struct storage *s, const struct volume *v)
{
	auto_close int dirfd = -1;
	struct err ignored = ERR_INIT;

	return plain_open(s, v, &dirfd, &ignored) == 0;
}

/*
 * A snapshot of a base holds its parts too, so a part's snapshot of the
 * same name is made of links to that: neither is ever written to.
 */
static int
link_part(struct storage *s, const struct volume *v, const char *snap,
    int snaps, bool *done, struct err *e)
{
	char path[3 * VOLUME_SIZE], temp[NAME_MAX + 1];
	struct err ignored = ERR_INIT;
	auto_close int from = -1;

	*done = false;
	if (v->kind != VOLUME_BASE_PART)
		return 0;
	(void)snprintf(
	    path, sizeof(path), "bases/.snap/%s/%s/%s", v->base, snap, v->part);
	if (storage_open_dir(s->rootfd, path, &from, &ignored) < 0) {
		err_clear(&ignored);
		return 0;
	}
	temp_name(temp, PLAIN_NEW, snap);
	if (tree_remove(snaps, temp, e) < 0)
		return -1;
	if (tree_link(from, snaps, temp, e) < 0 ||
	    publish(snaps, snap, e) < 0) {
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
	auto_close int dirfd = -1, snaps = -1;
	bool done;

	(void)is_running; /* it is a copy anyway */
	if (plain_open(s, v, &dirfd, e) < 0 || make_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (file_exists(snaps, snap))
		return err_set(e, ERR_EXISTS, "the snapshot exists");
	if (link_part(s, v, snap, snaps, &done, e) < 0)
		return -1;
	return done ? 0 : copy_tree(dirfd, v->name, snaps, snap, e);
}

int
plain_snapshots(
    struct storage *s, const struct volume *v, struct strv *out, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	auto_close int snaps = -1;
	size_t i;

	if (open_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (snaps < 0) {
		auto_close int dirfd = -1;

		return plain_open(s, v, &dirfd, e);
	}
	if (dir_list(snaps, &names, e) < 0)
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

	if (open_snaps(s, v, &snaps, e) < 0)
		return -1;
	if (snaps < 0 || !file_exists(snaps, snap))
		return err_set(e, ERR_NOT_FOUND, "there is no such snapshot");
	return retire(s, snaps, snap, e);
}

int
plain_revert(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	char temp[NAME_MAX + 1], swap[NAME_MAX + 1], gone[NAME_MAX + 1];
	auto_close int dirfd = -1, fromdir = -1;
	const char *from;

	if (plain_open(s, v, &dirfd, e) < 0 ||
	    open_content(s, v, snap, &fromdir, &from, e) < 0 ||
	    storage_check_mounts(s, v->dir, v->name, e) < 0 ||
	    remove_temps(dirfd, v->name, e) < 0)
		return -1;
	temp_name(temp, PLAIN_NEW, v->name);
	temp_name(swap, PLAIN_SWAP, v->name);
	temp_name(gone, PLAIN_GONE, v->name);
	if (tree_copy(fromdir, from, dirfd, temp, 0, e) < 0) {
		storage_undo_tree(dirfd, temp);
		return -1;
	}
	if (file_rename(dirfd, temp, dirfd, swap, FILE_F_SYNC, e) < 0 ||
	    lent_retire(s, dirfd, v->name, gone, e) < 0 ||
	    file_rename(dirfd, swap, dirfd, v->name, FILE_F_SYNC, e) < 0)
		return -1;
	return tree_remove(dirfd, gone, e);
}

int
plain_mount(struct storage *s, const struct volume *v, const char *target,
    bool is_readonly, struct mount_plan *plan, struct err *e)
{
	auto_close int dirfd = -1;
	struct mount_entry *m;

	if (plain_open(s, v, &dirfd, e) < 0)
		return -1;
	m = mount_plan_add(plan, MOUNT_BIND, target);
	m->source = xasprintf("%s/%s/%s", s->fs_root, v->dir, v->name);
	m->is_readonly = is_readonly;
	return 0;
}

int
plain_usage(
    struct storage *s, const struct volume *v, uint64_t *bytes, struct err *e)
{
	auto_close int dirfd = -1, snaps = -1;
	uint64_t tree, frozen = 0;

	if (plain_open(s, v, &dirfd, e) < 0 ||
	    tree_usage(dirfd, v->name, &tree, e) < 0 ||
	    open_snaps(s, v, &snaps, e) < 0 ||
	    (snaps >= 0 && tree_usage(snaps, ".", &frozen, e) < 0))
		return -1;
	*bytes = tree + frozen;
	return 0;
}
