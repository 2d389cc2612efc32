/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot's directory is a dataset too, ZROOT/jails/P with conf/ in it, so
 * that all of the pot is snapshotted, renamed and destroyed by one call;
 * and what lies above all pots.
 */
#include "storage/zfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "base/xmalloc.h"

bool
zfs_is_there(struct storage *s, const char *dataset, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;

	if (zfs_list(s, &t, 1, e, "list", "-H", "-o", "name", dataset) == 0)
		return true;
	if (e->code == ERR_NOT_FOUND)
		err_clear(e);
	return false;
}

/* A directory that the pool's absence uncovers looks like one that is empty:
 * that there are no pots would be a wrong answer. */
int
zfs_attach(struct storage *s, const char *path, bool *is_new, struct err *e)
{
	auto_free char *dataset = NULL;

	if (zfs_is_point(s, path))
		return 0;
	dataset = xasprintf("%s/%s", s->zfs_root, path);
	if (zfs_mount(s, dataset, e) < 0)
		return -1;
	if (!zfs_is_point(s, path))
		return err_set(e, ERR_STATE, "%s: is not mounted at %s/%s",
		    dataset, s->fs_root, path);
	*is_new = true;
	return 0;
}

int
zfs_create_pot(struct storage *s, const struct volume *v, struct err *e)
{
	char dataset[ZFS_NAME_SIZE];
	int made;

	if (zfs_name(s, v, dataset, e) < 0)
		return -1;
	made = zfs_run(s, e, "create", dataset);
	return zfs_settle_new(s, v, dataset, made, e);
}

/* Mount points that the sh version spelled out become what the name says. */
static int
inherit_points(struct storage *s, const char *dataset, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i;

	if (zfs_list(s, &t, 1, e, "get", "-H", "-r", "-s", "local", "-o",
		"name", "mountpoint", dataset) < 0)
		return -1;
	for (i = 0; i < t.n; i++)
		if (zfs_run(s, e, "inherit", "mountpoint", zfs_cell(&t, i, 0)) <
		    0)
			return -1;
	return 0;
}

int
zfs_rename_pot(struct storage *s, const struct volume *v,
    const struct volume *to, struct err *e)
{
	char dataset[ZFS_NAME_SIZE], name[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0 || zfs_name(s, to, name, e) < 0)
		return -1;
	/* Asked first, for zfs(8) unmounts before it finds out. */
	if (zfs_is_there(s, name, e))
		return err_set(e, ERR_EXISTS, "%s: exists", name);
	/* The sh version's first: they would be made where they were. */
	if (err_is_set(e) || inherit_points(s, dataset, e) < 0 ||
	    zfs_move(s, dataset, name, e) < 0)
		return -1;
	zfs_remove_point(s, v);
	return 0;
}

struct check {
	const struct zfs_table *own;
	const char *top;
	char at[1024];
};

static int
check_mount(const char *point, void *arg, struct err *e)
{
	struct check *c = arg;
	size_t i, len = strlen(c->top);

	(void)e;
	if (strncmp(point, c->top, len) != 0 ||
	    (point[len] != '/' && point[len] != '\0'))
		return 0;
	for (i = 0; i < c->own->n; i++)
		if (str_eq(zfs_cell(c->own, i, 0), point))
			return 0;
	(void)str_copy(c->at, point, sizeof(c->at));
	return 1;
}

/* Something is mounted in the pot that none of its own datasets is. */
int
zfs_check_pot(struct storage *s, const struct volume *v, struct err *e)
{
	const struct platform_host_ops *host = s->platform->host;
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	auto_free char *path = zfs_path(s, v);
	struct check c = { .own = &t, .top = path };
	char dataset[ZFS_NAME_SIZE];

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (zfs_name(s, v, dataset, e) < 0 ||
	    zfs_list(s, &t, 1, e, "list", "-H", "-r", "-t", "filesystem", "-o",
		"mountpoint", dataset) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return storage_check_mounts(s, v->dir, v->name, e);
	}
	if (host == NULL || host->mounts_each == NULL)
		return 0;
	if (host->mounts_each(check_mount, &c, e) < 0)
		return -1;
	if (c.at[0] != '\0')
		return err_set(
		    e, ERR_BUSY, "a file system is mounted on %s", c.at);
	return 0;
}

/* What of others is mounted there is in the way; zfs(8) says "busy". */
static int
explain_busy(struct storage *s, const struct volume *v, struct err *e)
{
	struct err why = ERR_INIT;

	if (zfs_check_pot(s, v, &why) < 0 && why.code == ERR_BUSY)
		*e = why;
	return -1;
}

int
zfs_destroy(struct storage *s, const struct volume *v, struct err *e)
{
	char dataset[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0)
		return -1;
	if (zfs_destroy_tree(s, dataset, e) < 0)
		return explain_busy(s, v, e);
	zfs_remove_point(s, v);
	return 0;
}

/* With its configuration, and in one call: as the sh version does. */
int
zfs_snapshot_pot(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	char dataset[ZFS_NAME_SIZE], snapshot[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0 ||
	    zfs_snap_name(dataset, snap, snapshot, e) < 0)
		return -1;
	return zfs_run(s, e, "snapshot", "-r", snapshot);
}

/* The pot's datasets that have a snapshot of the name SNAP. */
static int
holders(struct storage *s, const char *dataset, const char *snap,
    struct strv *out, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i;

	if (zfs_list(s, &t, 1, e, "list", "-H", "-r", "-t", "snapshot", "-o",
		"name", dataset) < 0)
		return -1;
	for (i = 0; i < t.n; i++) {
		const char *name = zfs_cell(&t, i, 0);
		auto_free char *holder = xstrndup(name, strcspn(name, "@"));

		if (str_eq(zfs_snap_of(name), snap))
			strv_add(out, holder);
	}
	return 0;
}

int
zfs_snapshot_destroy_pot(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	char dataset[ZFS_NAME_SIZE], snapshot[ZFS_NAME_SIZE];
	auto_strv struct strv names = STRV_INIT;
	size_t i;

	if (zfs_name(s, v, dataset, e) < 0 ||
	    zfs_snap_name(dataset, snap, snapshot, e) < 0)
		return -1;
	if (zfs_run(s, e, "destroy", "-r", snapshot) == 0)
		return 0;
	/* A clone stands on one of them, or the topmost has none. */
	if (e->code != ERR_CHILD && e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	if (holders(s, dataset, snap, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++)
		if (zfs_destroy_snap(s, names.v[i], snap, e) < 0)
			return -1;
	return 0;
}

/* The pot's own dataset follows its volumes, if it has that snapshot. */
int
zfs_revert_pot(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	char dataset[ZFS_NAME_SIZE], snapshot[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0 ||
	    zfs_snap_name(dataset, snap, snapshot, e) < 0)
		return -1;
	return zfs_run(s, e, "rollback", "-r", snapshot) == 0 ?
	    0 :
	    err_pardon(e, ERR_NOT_FOUND);
}

/* lz4 where the pool has it (feature flags), else what it calls "on". */
static int
create_root(struct storage *s, struct err *e)
{
	static const char *const compressions[] = { "compression=lz4",
		"compression=on" };
	auto_free char *mountpoint = xasprintf("mountpoint=%s", s->fs_root);
	size_t i;

	for (i = 0; i < COUNT_OF(compressions); i++) {
		err_clear(e);
		if (zfs_run(s, e, "create", "-o", mountpoint, "-o",
			"canmount=off", "-o", compressions[i], "-o",
			"atime=off", s->zfs_root) == 0)
			return 0;
		if (e->code != ERR_CHILD)
			break;
	}
	return -1;
}

/* What lies right below the topmost, where that says. */
static const char *const tops[] = { "bases", "jails", "fscomp" };

/* Where it is mounted ("none" also counts); NULL: there is no such dataset. */
static const char *
find_top(struct storage *s, const struct zfs_table *t, const char *name)
{
	auto_free char *dataset = xasprintf("%s/%s", s->zfs_root, name);
	size_t i;

	for (i = 0; i < t->n; i++)
		if (str_eq(zfs_cell(t, i, 0), dataset))
			return zfs_cell(t, i, 1);
	return NULL;
}

/* Two installations below one dataset would take each other's pots for their
 * own. */
static int
check_top(struct storage *s, const char *name, const char *point, struct err *e)
{
	auto_free char *want = xasprintf("%s/%s", s->fs_root, name);
	struct stat a, b;

	if (point[0] != '/' || str_eq(point, want) ||
	    (stat(point, &a) == 0 && stat(want, &b) == 0 &&
		a.st_dev == b.st_dev && a.st_ino == b.st_ino))
		return 0;
	return err_set(e, ERR_STATE,
	    "%s/%s: belongs to another POT_FS_ROOT: it is mounted on %s, not "
	    "on %s (POT_ZFS_ROOT)",
	    s->zfs_root, name, point, want);
}

static int
create_cache(struct storage *s, const char *cache, struct err *e)
{
	auto_free char *dataset = xasprintf("%s/cache", s->zfs_root);
	auto_free char *point = xasprintf("mountpoint=%s", cache);

	return zfs_run(
	    s, e, "create", "-o", point, "-o", "compression=off", dataset);
}

int
zfs_init(struct storage *s, const char *cache, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i;

	if (zfs_list(s, &t, 2, e, "list", "-H", "-d", "1", "-t", "filesystem",
		"-o", "name,mountpoint", s->zfs_root) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		if (create_root(s, e) < 0)
			return -1;
	}
	for (i = 0; i < COUNT_OF(tops); i++) {
		auto_free char *dataset =
		    xasprintf("%s/%s", s->zfs_root, tops[i]);
		const char *point = find_top(s, &t, tops[i]);

		if (point == NULL ? zfs_run(s, e, "create", dataset) < 0 :
				    check_top(s, tops[i], point, e) < 0)
			return -1;
	}
	return cache == NULL || find_top(s, &t, "cache") != NULL ?
	    0 :
	    create_cache(s, cache, e);
}

int
zfs_fini(struct storage *s, struct err *e)
{
	return zfs_destroy_tree(s, s->zfs_root, e);
}
