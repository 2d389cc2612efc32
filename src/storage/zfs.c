/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver on ZFS: a volume is a dataset, mounted where the sh version has
 * it, all the time: a pot gets its volumes by binds (nullfs), so no mount
 * point has to be changed at a start and put back at a stop (D9).
 */
#include "storage/zfs.h"

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

char *
zfs_path(const struct storage *s, const struct volume *v)
{
	return xasprintf("%s/%s/%s", s->fs_root, v->dir, v->name);
}

static bool
is_mount_root(int dirfd)
{
	struct stat st, above;

	return fstat(dirfd, &st) == 0 && fstatat(dirfd, "..", &above, 0) == 0 &&
	    st.st_dev != above.st_dev;
}

/*
 * Each dataset is a file system of its own, so this needs no program.  No
 * link is followed: what leads to a part of a base is the archive's.
 */
bool
zfs_is_point(struct storage *s, const char *path)
{
	auto_close int fd = -1;
	struct err ignored = ERR_INIT;

	return storage_open_dir(s->rootfd, path, &fd, &ignored) == 0 &&
	    is_mount_root(fd);
}

static bool
is_in_place(struct storage *s, const struct volume *v)
{
	auto_free char *path = xasprintf("%s/%s", v->dir, v->name);

	return zfs_is_point(s, path);
}

/* ZFS would mount a part of a base where a link of the base leads. */
static int
check_way(struct storage *s, const struct volume *v, struct err *e)
{
	auto_close int fd = -1;

	if (v->kind != VOLUME_BASE_PART ||
	    storage_open_dir(s->rootfd, v->dir, &fd, e) == 0)
		return 0;
	if (e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	return 0;
}

/*
 * A pot that ran under the sh version when the host went down has volumes
 * whose mount points are inside of its root: they go back (D9).  An
 * administrator's own place for a component is left alone.
 */
static int
put_back(struct storage *s, const struct volume *v, const char *dataset,
    const char *path, struct err *e)
{
	auto_free char *at = NULL;

	if (v->kind != VOLUME_BASE_PART)
		return zfs_run(s, e, "inherit", "mountpoint", dataset);
	at = xasprintf("mountpoint=%s", path);
	return zfs_run(s, e, "set", at, dataset);
}

/* An administrator's place for a component. */
static int
mounted_elsewhere(const char *dataset, const char *at, struct err *e)
{
	auto_close int fd = -1;

	if (at[0] != '/')
		return err_set(
		    e, ERR_STATE, "%s: has the mount point %s", dataset, at);
	if (dir_open(AT_FDCWD, at, &fd, e) < 0)
		return -1;
	if (!is_mount_root(fd))
		return err_set(
		    e, ERR_STATE, "%s: is not mounted at %s", dataset, at);
	return 0;
}

int
zfs_mounted(
    struct storage *s, const struct volume *v, char **out, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	auto_free char *path = zfs_path(s, v);
	char dataset[ZFS_NAME_SIZE];
	const char *at;
	bool is_moved;

	if (is_in_place(s, v)) {
		*out = take_ptr(&path);
		return 0;
	}
	if (zfs_name(s, v, dataset, e) < 0 || check_way(s, v, e) < 0)
		return -1;
	if (zfs_list(s, &t, 2, e, "list", "-H", "-o", "mountpoint,mounted",
		dataset) < 0) {
		if (e->code != ERR_NOT_FOUND || !zfs_is_plain_part(s, v))
			return -1;
		err_clear(e);
		*out = take_ptr(&path);
		return 0;
	}
	if (t.n != 1)
		return err_set(
		    e, ERR_CORRUPT, "%s: listed %zu times", dataset, t.n);
	at = zfs_cell(&t, 0, 0);
	is_moved = !str_eq(at, path) && v->kind != VOLUME_FSCOMP;
	if (is_moved && put_back(s, v, dataset, path, e) < 0)
		return -1;
	if (!is_in_place(s, v) &&
	    (is_moved || str_eq(zfs_cell(&t, 0, 1), "no")) &&
	    zfs_mount(s, dataset, e) < 0)
		return -1;
	if (is_in_place(s, v)) {
		*out = take_ptr(&path);
		return 0;
	}
	if (is_moved || str_eq(at, path))
		return err_set(e, ERR_STATE, "%s: expected to be mounted at %s",
		    dataset, path);
	if (mounted_elsewhere(dataset, at, e) < 0)
		return -1;
	*out = xstrdup(at);
	return 0;
}

void
zfs_remove_point(struct storage *s, const struct volume *v)
{
	auto_free char *path = zfs_path(s, v);

	(void)rmdir(path);
}

static int
probe(const struct storage_options *o, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	struct storage *s;
	int r;

	if (o->zfs_root == NULL || o->zfs_root[0] == '\0')
		return err_set(e, ERR_INVALID, "POT_ZFS_ROOT is not set");
	if (storage_open(o, &s, e) < 0)
		return -1;
	r = zfs_list(s, &t, 1, e, "list", "-H", "-o", "name", o->zfs_root);
	storage_close(s);
	return r;
}

int
zfs_settle_new(struct storage *s, const struct volume *v, const char *dataset,
    int made, struct err *e)
{
	auto_free char *path = NULL;
	struct err ignored = ERR_INIT;

	if (made == 0 && zfs_mounted(s, v, &path, e) == 0)
		return 0;
	/* zfs(8) makes it and fails when it can't mount it. */
	if (e->code != ERR_EXISTS && e->code != ERR_NOT_FOUND &&
	    zfs_destroy_tree(s, dataset, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}

/* A part of a base has a place that its name does not tell. */
static char *
mountpoint_option(const struct storage *s, const struct volume *v)
{
	auto_free char *path = zfs_path(s, v);

	return v->kind == VOLUME_BASE_PART ? xasprintf("mountpoint=%s", path) :
					     xstrdup("canmount=on");
}

static int
zfs_create(struct storage *s, const struct volume *v, struct err *e)
{
	auto_free char *option = mountpoint_option(s, v);
	char dataset[ZFS_NAME_SIZE];
	int made;

	if (zfs_name(s, v, dataset, e) < 0 || check_way(s, v, e) < 0)
		return -1;
	made = zfs_run(s, e, "create", "-o", option, dataset);
	return zfs_settle_new(s, v, dataset, made, e);
}

/*
 * Parts of a base are datasets of their own, which a clone of the base does
 * not bring.  They are small (usr.local is empty, custom is etc, root and
 * var), and copied.
 */
static int
copy_part(struct storage *s, const char *dataset, const char *snap,
    const char *sub, const struct volume *v, struct err *e)
{
	auto_close int from = -1, to = -1;
	auto_free char *to_path = xasprintf("%s/%s/%s", v->dir, v->name, sub);
	auto_free char *point = NULL, *option = NULL;
	char temp[ZFS_NAME_SIZE], snapshot[ZFS_NAME_SIZE], id[32];
	struct err ignored = ERR_INIT;
	int r = -1;

	zfs_hidden_name(id);
	if (zfs_snap_name(dataset, snap, snapshot, e) < 0)
		return -1;
	if (str_fmt(temp, sizeof(temp), "%s/jails/%s", s->zfs_root, id) >=
	    sizeof(temp))
		return err_set(e, ERR_INVALID, "%s: too long", s->zfs_root);
	point = xasprintf("%s/jails/.%s", s->fs_root, id);
	option = xasprintf("mountpoint=%s", point);
	if (zfs_run(s, e, "clone", "-o", option, snapshot, temp) < 0)
		return -1;
	if (dir_open(AT_FDCWD, point, &from, e) == 0 &&
	    storage_open_dir(s->rootfd, to_path, &to, e) == 0)
		r = tree_copy(from, ".", to, ".", TREE_F_CONTENT, e);
	cleanup_close(&from);
	cleanup_close(&to);
	if (zfs_destroy_tree(s, temp, r < 0 ? &ignored : e) < 0) {
		err_clear(&ignored);
		r = -1;
	}
	(void)rmdir(point);
	return r;
}

static int
copy_parts(struct storage *s, const struct volume *from, const char *snap,
    const struct volume *v, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	auto_free char *path = zfs_path(s, from);
	char dataset[ZFS_NAME_SIZE];
	size_t i, len = strlen(path);

	if (zfs_name(s, from, dataset, e) < 0 ||
	    zfs_list(s, &t, 2, e, "list", "-H", "-r", "-t", "filesystem", "-o",
		"name,mountpoint", dataset) < 0)
		return -1;
	for (i = 0; i < t.n; i++) {
		const char *at = zfs_cell(&t, i, 1);
		char snapshot[ZFS_NAME_SIZE];

		if (str_eq(zfs_cell(&t, i, 0), dataset))
			continue;
		if (strncmp(at, path, len) != 0 || at[len] != '/')
			return err_set(e, ERR_STATE,
			    "%s: expected to be mounted below %s",
			    zfs_cell(&t, i, 0), path);
		if (copy_part(s, zfs_cell(&t, i, 0), snap, at + len + 1, v, e) <
			0 ||
		    zfs_snap_name(zfs_cell(&t, i, 0), snap, snapshot, e) < 0)
			return err_wrap(e, "%s", zfs_cell(&t, i, 0));
		if (zfs_is_hidden(snap))
			zfs_drop_hidden(s, snapshot); /* nobody's now */
	}
	return 0;
}

static int
clone_snap(struct storage *s, const struct volume *from, const char *snap,
    const struct volume *v, struct err *e)
{
	auto_free char *option = mountpoint_option(s, v);
	char source[ZFS_NAME_SIZE], snapshot[ZFS_NAME_SIZE];
	char dataset[ZFS_NAME_SIZE];
	struct err ignored = ERR_INIT;
	int made;

	if (zfs_name(s, from, source, e) < 0 ||
	    zfs_name(s, v, dataset, e) < 0 ||
	    zfs_snap_name(source, snap, snapshot, e) < 0)
		return -1;
	made = zfs_run(s, e, "clone", "-o", option, snapshot, dataset);
	if (zfs_settle_new(s, v, dataset, made, e) < 0)
		return -1;
	if (from->kind != VOLUME_BASE || copy_parts(s, from, snap, v, e) == 0)
		return 0;
	if (zfs_destroy_tree(s, dataset, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}

static int
zfs_clone(struct storage *s, const struct volume *from, const char *snap,
    const struct volume *v, struct err *e)
{
	char source[ZFS_NAME_SIZE], snapshot[ZFS_NAME_SIZE], hidden[32];
	struct err failure = ERR_INIT;

	if (snap != NULL)
		return clone_snap(s, from, snap, v, e);
	if (zfs_is_plain_part(s, from))
		return zfs_copy_plain_part(s, from, v, e);
	zfs_hidden_name(hidden);
	if (zfs_name(s, from, source, e) < 0 ||
	    zfs_snap_name(source, hidden, snapshot, e) < 0)
		return -1;
	/* -r: the parts of a base have to be of the same moment. */
	if ((from->kind == VOLUME_BASE ?
		    zfs_run(s, e, "snapshot", "-r", snapshot) :
		    zfs_run(s, e, "snapshot", snapshot)) < 0)
		return -1;
	if (clone_snap(s, from, hidden, v, &failure) == 0)
		return 0;
	if (from->kind == VOLUME_BASE) {
		struct err ignored = ERR_INIT;

		if (zfs_run(s, &ignored, "destroy", "-r", snapshot) < 0)
			err_clear(&ignored);
	} else {
		zfs_drop_hidden(s, snapshot);
	}
	*e = failure;
	return -1;
}

static bool
zfs_exists(struct storage *s, const struct volume *v)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	struct err ignored = ERR_INIT;
	char dataset[ZFS_NAME_SIZE];

	return zfs_name(s, v, dataset, &ignored) == 0 &&
	    (is_in_place(s, v) ||
		zfs_list(s, &t, 1, &ignored, "list", "-H", "-o", "name",
		    dataset) == 0 ||
		zfs_is_plain_part(s, v));
}

static int
zfs_rename(struct storage *s, const struct volume *from,
    const struct volume *to, struct err *e)
{
	char dataset[ZFS_NAME_SIZE], name[ZFS_NAME_SIZE];
	auto_free char *path = NULL;

	if (zfs_name(s, from, dataset, e) < 0 || zfs_name(s, to, name, e) < 0)
		return -1;
	/* A second try after a crash finds it moved already.  Asked first,
	 * for zfs(8) unmounts before it finds out. */
	if (zfs_exists(s, to)) {
		if (zfs_exists(s, from))
			return err_set(e, ERR_EXISTS, "%s: exists", name);
	} else if (zfs_move(s, dataset, name, e) < 0) {
		return -1;
	}
	zfs_remove_point(s, from);
	/* Clones of the sh version have their mount points spelled out. */
	return zfs_mounted(s, to, &path, e);
}

static int
zfs_snapshot(struct storage *s, const struct volume *v, const char *snap,
    bool is_running, struct err *e)
{
	char dataset[ZFS_NAME_SIZE], snapshot[ZFS_NAME_SIZE];

	(void)is_running; /* it is of one moment anyway */
	if (zfs_name(s, v, dataset, e) < 0 ||
	    zfs_snap_name(dataset, snap, snapshot, e) < 0)
		return -1;
	return zfs_run(s, e, "snapshot", snapshot);
}

static int
zfs_snapshots(
    struct storage *s, const struct volume *v, struct strv *out, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	char dataset[ZFS_NAME_SIZE];
	size_t i, len;

	if (zfs_name(s, v, dataset, e) < 0 ||
	    (zfs_list(s, &t, 1, e, "list", "-H", "-d", "1", "-t", "snapshot",
		 "-o", "name", dataset) < 0 &&
		!(e->code == ERR_NOT_FOUND && zfs_is_plain_part(s, v))))
		return -1;
	err_clear(e);
	len = strlen(dataset);
	for (i = 0; i < t.n; i++) {
		const char *name = zfs_cell(&t, i, 0);

		if (strncmp(name, dataset, len) == 0 && name[len] == '@' &&
		    !zfs_is_hidden(name + len + 1))
			strv_add(out, name + len + 1);
	}
	return 0;
}

static int
zfs_snapshot_destroy(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	char dataset[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0)
		return -1;
	return zfs_destroy_snap(s, dataset, snap, e);
}

static int
zfs_revert(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	char dataset[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0)
		return -1;
	return zfs_roll_back(s, dataset, snap, e);
}

static int
zfs_plan(struct storage *s, const struct volume *v, const char *target,
    bool is_readonly, struct mount_plan *plan, struct err *e)
{
	auto_free char *path = NULL;
	struct mount_entry *m;

	if (zfs_mounted(s, v, &path, e) < 0)
		return -1;
	m = mount_plan_add(plan, MOUNT_BIND, target);
	m->source = take_ptr(&path);
	m->is_readonly = is_readonly;
	return 0;
}

/* What zfs(8) says it is charged for, its snapshots included. */
static int
zfs_usage(
    struct storage *s, const struct volume *v, uint64_t *bytes, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	char dataset[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0)
		return -1;
	if (zfs_list(s, &t, 1, e, "get", "-Hp", "-o", "value", "used",
		dataset) < 0) {
		if (e->code != ERR_NOT_FOUND || !zfs_is_plain_part(s, v))
			return -1;
		err_clear(e);
		return zfs_measure_plain_part(s, v, bytes, e);
	}
	if (t.n != 1)
		return err_set(
		    e, ERR_CORRUPT, "%s: used: %zu values", dataset, t.n);
	return str_u64("used", zfs_cell(&t, 0, 0), 0, UINT64_MAX, bytes, e);
}

static int
zfs_glance(struct storage *s, const char *path, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	auto_free char *dataset =
	    xasprintf("%s%s%s", s->zfs_root, path[0] != '\0' ? "/" : "", path);
	size_t i, len = strlen(s->zfs_root);

	if (zfs_list(s, &t, 2, e, "get", "-Hpr", "-o", "name,value", "used",
		dataset) < 0)
		return -1;
	for (i = 0; i < t.n; i++) {
		const char *name = zfs_cell(&t, i, 0);
		const char *snap = zfs_snap_of(name);

		if (name[len] != '/' || (snap != NULL && zfs_is_hidden(snap)))
			continue;
		strv_add(&s->glance.names, name + len + 1);
		strv_add(&s->glance.used, zfs_cell(&t, i, 1));
	}
	return 0;
}

const struct storage_driver storage_zfs = {
	.name = "zfs",
	.probe = probe,
	.create = zfs_create,
	.clone = zfs_clone,
	.destroy = zfs_destroy,
	.rename = zfs_rename,
	.exists = zfs_exists,
	.snapshot = zfs_snapshot,
	.snapshots = zfs_snapshots,
	.snapshot_destroy = zfs_snapshot_destroy,
	.revert = zfs_revert,
	.mount = zfs_plan,
	.usage = zfs_usage,
	.glance = zfs_glance,
	.dependents = zfs_dependents,
	.sweep = zfs_sweep,
	.rename_pot = zfs_rename_pot,
	.check_pot = zfs_check_pot,
	.create_pot = zfs_create_pot,
	.destroy_pot = zfs_destroy,
	.snapshot_pot = zfs_snapshot_pot,
	.snapshot_destroy_pot = zfs_snapshot_destroy_pot,
	.revert_pot = zfs_revert_pot,
	.adopt = zfs_adopt,
	.is_plain_part = zfs_is_plain_part,
	.attach = zfs_attach,
	.send_pot = zfs_send_pot,
	.receive_pot = zfs_receive_pot,
	.resnap_pot = zfs_resnap_pot,
	.origin = zfs_origin,
	.set_note = zfs_set_note,
	.get_note = zfs_get_note,
	.init = zfs_init,
	.fini = zfs_fini,
	.removes_alone = true,
};
