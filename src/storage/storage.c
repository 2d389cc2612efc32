/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The face of all storage drivers: checks names, takes the store's lock,
 * and says what failed about which volume.
 */
#include "storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "storage/storage_impl.h"

#define LOCK_NAME    ".storage.lock"
#define LOCK_WAIT_MS 60000

static const struct storage_driver *
find_driver(const struct storage_options *o, struct err *e)
{
	const struct storage_driver *d = storage_driver_find(o->driver);
	auto_strv struct strv names = STRV_INIT;
	auto_buf struct buf list = BUF_INIT(256);
	size_t i;

	if (d != NULL)
		return d;
	storage_drivers(&names);
	for (i = 0; i < names.n; i++)
		buf_add_fmt(&list, "%s%s", i > 0 ? ", " : "", names.v[i]);
	(void)err_set(e, ERR_INVALID, "storage driver '%s': expected one of %s",
	    o->driver, list.data);
	return NULL;
}

void
storage_drivers(struct strv *out)
{
	const struct storage_driver *d;
	unsigned i;

	for (i = 0; (d = storage_driver_at(i)) != NULL; i++)
		strv_add(out, d->name);
}

int
storage_probe(const struct storage_options *o, struct err *e)
{
	const struct storage_driver *d = find_driver(o, e);

	if (d == NULL)
		return -1;
	if (d->probe != NULL && d->probe(o, e) < 0)
		return err_wrap(e, "storage driver %s", d->name);
	return 0;
}

int
storage_open(
    const struct storage_options *o, struct storage **out, struct err *e)
{
	const struct storage_driver *d = find_driver(o, e);
	auto_close int rootfd = -1;
	struct storage *s;
	size_t len;

	if (d == NULL)
		return -1;
	if (o->fs_root[0] != '/')
		return err_set(e, ERR_INVALID,
		    "storage root '%s': expected an absolute path", o->fs_root);
	rootfd = open(o->fs_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rootfd < 0)
		return err_sys(e, "storage root %s", o->fs_root);
	s = xcalloc(1, sizeof(*s));
	s->driver = d;
	s->platform = o->platform;
	len = strlen(o->fs_root);
	while (len > 0 && o->fs_root[len - 1] == '/')
		len--;
	s->fs_root = xstrndup(o->fs_root, len);
	s->zfs_root = xstrdup(o->zfs_root != NULL ? o->zfs_root : "");
	s->zfs_program =
	    xstrdup(o->zfs_program != NULL ? o->zfs_program : "zfs");
	s->rootfd = take_fd(&rootfd);
	s->layersfd = -1;
	s->is_synced = !o->no_sync;
	*out = s;
	return 0;
}

void
storage_close(struct storage *s)
{
	if (s == NULL)
		return;
	cleanup_close(&s->rootfd);
	cleanup_close(&s->layersfd);
	glance_fini(s);
	free(s->fs_root);
	free(s->zfs_root);
	free(s->zfs_program);
	free(s);
}

int
storage_lock(struct storage *s, enum lock_mode mode, const char *who,
    struct lock *l, struct err *e)
{
	if (lock_take(l, s->rootfd, LOCK_NAME, mode, LOCK_WAIT_MS, who, e) < 0)
		return err_wrap(e, "storage %s", s->fs_root);
	return 0;
}

/*
 * The lock for VERB on V.  Trees of bases may stand below pots' volumes, so
 * who takes one away (IS_REMOVING) keeps out those who put something on it.
 */
static int
lock_for(struct storage *s, const char *verb, const struct volume *v,
    bool is_removing, struct lock *l, struct err *e)
{
	bool is_base = v->kind == VOLUME_BASE || v->kind == VOLUME_BASE_PART;
	char who[VOLUME_SIZE + 32];

	glance_fini(s);
	str_fmt(who, sizeof(who), "%s %s", verb, v->path);
	return storage_lock(s,
	    is_removing && (is_base || s->driver->removes_alone) ?
		LOCK_EXCLUSIVE :
		LOCK_SHARED,
	    who, l, e);
}

/* Asked once: a store does not move. */
static bool
has_one_log(struct storage *s)
{
	static const char *const types[] = { "ext4", "xfs", "tmpfs" };
	const struct platform_host_ops *host = s->platform->host;
	struct err ignored = ERR_INIT;
	char type[32];
	size_t i;

	if (s->is_log_known)
		return s->has_one_log;
	s->is_log_known = true;
	if (host != NULL && host->fs_type != NULL &&
	    host->fs_type(s->rootfd, type, &ignored) == 0)
		for (i = 0; i < COUNT_OF(types); i++)
			s->has_one_log =
			    s->has_one_log || str_eq(type, types[i]);
	return s->has_one_log;
}

int
storage_barrier(struct storage *s, const int *fds, size_t n, struct err *e)
{
	size_t i;

	if (!s->is_synced || has_one_log(s))
		return 0;
	for (i = 0; i < n; i++)
		if (dir_sync(fds[i], e) < 0)
			return -1;
	return 0;
}

int
storage_sync(struct storage *s, int fd, struct err *e)
{
	return s->is_synced && !s->is_sync_left ? dir_sync(fd, e) : 0;
}

bool
storage_leave_sync(struct storage *s, int fd)
{
	auto_close int jails = -1;
	struct stat root, pots, there;

	s->is_sync_left = false;
	/* A driver's own mounts are other file systems. */
	if (fd < 0 || s->driver->create_pot != NULL || !has_one_log(s))
		return false;
	jails = openat(s->rootfd, "jails", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->is_sync_left = jails >= 0 && fstat(s->rootfd, &root) == 0 &&
	    fstat(jails, &pots) == 0 && fstat(fd, &there) == 0 &&
	    root.st_dev == there.st_dev && pots.st_dev == there.st_dev;
	return s->is_sync_left;
}

int
storage_open_dir(int dirfd, const char *path, int *fdp, struct err *e)
{
	auto_close int fd = -1;
	const char *p = path;

	do {
		size_t len = strcspn(p, "/");
		char name[NAME_MAX + 1];
		auto_close int parent = take_fd(&fd);

		if (len > NAME_MAX)
			return err_set(e, ERR_INVALID,
			    "%s: a name is longer than %d", path, NAME_MAX);
		memcpy(name, p, len);
		name[len] = '\0';
		fd = openat(parent < 0 ? dirfd : parent, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return err_sys(e, "%s", path);
		p += len;
	} while (*p++ == '/');
	*fdp = take_fd(&fd);
	return 0;
}

void
storage_undo_tree(int dirfd, const char *name)
{
	struct err ignored = ERR_INIT;

	if (tree_remove(dirfd, name, &ignored) < 0)
		err_clear(&ignored);
}

int
storage_remove_dir(int dirfd, const char *name, struct err *e)
{
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return tree_remove(dirfd, name, e);
}

int
storage_check_mounts(
    struct storage *s, const char *path, const char *name, struct err *e)
{
	const struct platform_host_ops *host = s->platform->host;
	auto_free char *full = xasprintf("%s/%s/%s", s->fs_root, path, name);
	char at[1024];
	bool found = false;

	if (host == NULL || host->mounts_below == NULL)
		return 0;
	if (host->mounts_below(full, at, sizeof(at), &found, e) < 0)
		return -1;
	if (found)
		return err_set(
		    e, ERR_BUSY, "a file system is mounted on %s", at);
	return 0;
}

static int
failed(const char *verb, const struct volume *v, struct err *e)
{
	return err_wrap(e, "%s %s", verb, v->path);
}

int
storage_create(struct storage *s, const char *volume, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume v;

	if (volume_parse(volume, &v, e) < 0 ||
	    lock_for(s, "create", &v, false, &l, e) < 0)
		return -1;
	if (s->driver->create(s, &v, e) < 0)
		return failed("create", &v, e);
	return 0;
}

int
storage_clone(struct storage *s, const char *from, const char *snap,
    const char *volume, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume f, v;

	if (volume_parse(from, &f, e) < 0 || volume_parse(volume, &v, e) < 0 ||
	    (snap != NULL && volume_check_snap(snap, e) < 0) ||
	    lock_for(s, "clone", &v, false, &l, e) < 0)
		return -1;
	if (s->driver->clone(s, &f, snap, &v, e) < 0)
		return err_wrap(e, "clone %s%s%s to %s", f.path,
		    snap != NULL ? "@" : "", snap != NULL ? snap : "", v.path);
	return 0;
}

int
storage_destroy(struct storage *s, const char *volume, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume v;

	if (volume_parse(volume, &v, e) < 0 ||
	    lock_for(s, "destroy", &v, true, &l, e) < 0)
		return -1;
	if (s->driver->destroy(s, &v, e) < 0)
		return failed("destroy", &v, e);
	return 0;
}

static int
check_pot(struct storage *s, const struct volume *v, struct err *e)
{
	return s->driver->check_pot != NULL ?
	    s->driver->check_pot(s, v, e) :
	    storage_check_mounts(s, "jails", v->name, e);
}

int
storage_check_pot(struct storage *s, const char *pot, struct err *e)
{
	struct volume v;

	if (volume_parse_pot(pot, &v, e) < 0)
		return -1;
	return check_pot(s, &v, e);
}

/* All of a pot's volumes at once: they lie in its directory. */
static int
rename_pot(
    struct storage *s, const struct volume *from, const char *to, struct err *e)
{
	auto_close int jails = -1;
	struct volume t;

	if (volume_parse_pot(to, &t, e) < 0 ||
	    dir_open(s->rootfd, "jails", &jails, e) < 0)
		return -1;
	if (!file_exists(jails, from->name))
		return err_set(e, ERR_NOT_FOUND, "there is no such pot");
	if (check_pot(s, from, e) < 0)
		return -1;
	if (s->driver->rename_pot != NULL)
		return s->driver->rename_pot(s, from, &t, e);
	if (file_rename(jails, from->name, jails, t.name, FILE_F_EXCL, e) < 0)
		return -1;
	return storage_sync(s, jails, e);
}

int
storage_rename(
    struct storage *s, const char *from, const char *to, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct err ignored = ERR_INIT;
	struct volume f, t;
	int r;

	if (volume_parse_pot(from, &f, &ignored) == 0) {
		r = lock_for(s, "rename", &f, true, &l, e) < 0 ?
		    -1 :
		    rename_pot(s, &f, to, e);
	} else {
		if (volume_parse(from, &f, e) < 0 ||
		    volume_parse(to, &t, e) < 0)
			return -1;
		if (f.kind != t.kind)
			return err_set(e, ERR_INVALID,
			    "rename %s: '%s' is not of its kind", from, to);
		r = lock_for(s, "rename", &f, true, &l, e) < 0 ?
		    -1 :
		    s->driver->rename(s, &f, &t, e);
	}
	return r < 0 ? err_wrap(e, "rename %s to %s", from, to) : 0;
}

bool
storage_exists(struct storage *s, const char *volume)
{
	struct err ignored = ERR_INIT;
	struct volume v;

	return volume_parse(volume, &v, &ignored) == 0 &&
	    s->driver->exists(s, &v);
}

int
storage_snapshot(struct storage *s, const char *volume, const char *snap,
    bool is_running, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume v;

	if (volume_parse(volume, &v, e) < 0 || volume_check_snap(snap, e) < 0 ||
	    lock_for(s, "snapshot", &v, false, &l, e) < 0)
		return -1;
	if (s->driver->snapshot(s, &v, snap, is_running, e) < 0)
		return err_wrap(e, "snapshot %s@%s", v.path, snap);
	return 0;
}

/*
 * Older first.  Names are numbers (the epoch's seconds), which are in order
 * by length and then by bytes; others sort after them.
 */
static int
snap_compare(const char *a, const char *b)
{
	bool is_a = str_is_digits(a), is_b = str_is_digits(b);

	if (is_a != is_b)
		return is_a ? -1 : 1;
	if (is_a && strlen(a) != strlen(b))
		return strlen(a) < strlen(b) ? -1 : 1;
	return strcmp(a, b);
}

static int
snap_compare_items(const void *a, const void *b)
{
	return snap_compare(*(char *const *)a, *(char *const *)b);
}

static int
snapshots_sorted(
    struct storage *s, const struct volume *v, struct strv *out, struct err *e)
{
	struct strv names = STRV_INIT;

	if ((glance_has(s, v) ? glance_snapshots(s, v, &names, e) :
				s->driver->snapshots(s, v, &names, e)) < 0) {
		strv_fini(&names);
		return err_wrap(e, "snapshots of %s", v->path);
	}
	if (names.n > 1)
		qsort(names.v, names.n, sizeof(names.v[0]), snap_compare_items);
	strv_add_all(out, &names);
	strv_fini(&names);
	return 0;
}

int
storage_snapshots(
    struct storage *s, const char *volume, struct strv *out, struct err *e)
{
	struct volume v;

	if (volume_parse(volume, &v, e) < 0)
		return -1;
	return snapshots_sorted(s, &v, out, e);
}

int
storage_snapshot_destroy(
    struct storage *s, const char *volume, const char *snap, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume v;

	if (volume_parse(volume, &v, e) < 0 || volume_check_snap(snap, e) < 0 ||
	    lock_for(s, "purge", &v, true, &l, e) < 0)
		return -1;
	if (s->driver->snapshot_destroy(s, &v, snap, e) < 0)
		return err_wrap(e, "snapshot %s@%s", v.path, snap);
	return 0;
}

/*
 * The content first, then the newer snapshots, newest first: whatever stops
 * this in the middle, doing it once more completes it.
 */
static int
revert(
    struct storage *s, const struct volume *v, const char *snap, struct err *e)
{
	auto_strv struct strv all = STRV_INIT;
	size_t i;

	if (snapshots_sorted(s, v, &all, e) < 0)
		return -1;
	if (snap == NULL && all.n > 0)
		snap = all.v[all.n - 1];
	if (snap == NULL)
		return err_set(e, ERR_NOT_FOUND, "there is no snapshot");
	if (!strv_has(&all, snap))
		return err_set(e, ERR_NOT_FOUND, "no snapshot %s", snap);
	if (s->driver->revert(s, v, snap, e) < 0)
		return -1;
	for (i = all.n; i-- > 0 && snap_compare(all.v[i], snap) > 0;)
		if (s->driver->snapshot_destroy(s, v, all.v[i], e) < 0) {
			if (e->code != ERR_NOT_FOUND)
				return err_wrap(
				    e, "newer snapshot %s", all.v[i]);
			err_clear(e); /* it went with the content */
		}
	return 0;
}

int
storage_revert(
    struct storage *s, const char *volume, const char *snap, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume v;

	if (volume_parse(volume, &v, e) < 0 ||
	    (snap != NULL && volume_check_snap(snap, e) < 0) ||
	    lock_for(s, "revert", &v, true, &l, e) < 0)
		return -1;
	if (revert(s, &v, snap, e) < 0)
		return failed("revert", &v, e);
	return 0;
}

int
storage_mount(struct storage *s, const char *volume, const char *target,
    bool is_readonly, struct mount_plan *plan, struct err *e)
{
	struct volume v;

	if (volume_parse(volume, &v, e) < 0)
		return -1;
	if (s->driver->mount(s, &v, target, is_readonly, plan, e) < 0)
		return failed("mount", &v, e);
	return 0;
}

int
storage_mount_snapshot(struct storage *s, const char *volume, const char *snap,
    const char *target, struct mount_plan *plan, struct err *e)
{
	struct volume v;

	if (volume_parse(volume, &v, e) < 0 || volume_check_snap(snap, e) < 0)
		return -1;
	if (s->driver->mount_snapshot == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "storage %s: its snapshots can't be mounted",
		    s->driver->name);
	if (s->driver->mount_snapshot(s, &v, snap, target, plan, e) < 0)
		return failed("mount snapshot", &v, e);
	return 0;
}

int
storage_usage(
    struct storage *s, const char *volume, uint64_t *bytes, struct err *e)
{
	struct volume v;

	if (volume_parse(volume, &v, e) < 0)
		return -1;
	if ((glance_has(s, &v) ? glance_usage(s, &v, bytes, e) :
				 s->driver->usage(s, &v, bytes, e)) < 0)
		return failed("usage", &v, e);
	return 0;
}

int
storage_dependents(
    struct storage *s, const char *volume, struct strv *out, struct err *e)
{
	struct volume v;

	if (volume_parse(volume, &v, e) < 0)
		return -1;
	if (s->driver->dependents(s, &v, out, e) < 0)
		return failed("dependents", &v, e);
	return 0;
}

static int
sweep(
    struct storage *s, bool is_dry, unsigned *count, int wait_ms, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;

	*count = 0;
	if (lock_take(&l, s->rootfd, LOCK_NAME, LOCK_EXCLUSIVE, wait_ms,
		"sweep", e) < 0)
		return err_wrap(e, "storage %s", s->fs_root);
	if (s->driver->sweep(s, is_dry, count, e) < 0)
		return err_wrap(e, "sweep");
	return 0;
}

int
storage_sweep(struct storage *s, bool is_dry, unsigned *count, struct err *e)
{
	return sweep(s, is_dry, count, LOCK_WAIT_MS, e);
}

int
storage_sweep_idle(struct storage *s, unsigned *count, struct err *e)
{
	if (sweep(s, false, count, 0, e) == 0)
		return 0;
	if (e->code != ERR_BUSY)
		return -1;
	err_clear(e);
	return 0;
}
