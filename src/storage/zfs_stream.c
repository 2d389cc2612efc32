/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pots as streams of zfs(8), "send -R" as the sh version's images have it.
 *
 * A dataset that is a clone is sent as what it differs in from its origin;
 * ZFS finds that again by its guid.  Our pots are clones of their base even
 * where the user never heard of a clone: then a copy that stands on nothing
 * is made first, and sent.
 *
 * Copies and pots that are being received have hidden names.  They last too
 * long to hold the store's lock, so they have one of their own, which says
 * to the sweep that somebody is at work.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"
#include "storage/zfs.h"

#define LOCK_NAME    ".storage.stream.lock"
#define LOCK_WAIT_MS 60000
#define WORK	     ZFS_HIDDEN "work."

bool
zfs_is_work(const char *leaf)
{
	return str_has_prefix(leaf, WORK);
}

bool
zfs_is_at_work(struct storage *s)
{
	auto_lock struct lock l = LOCK_INIT;
	struct err ignored = ERR_INIT;

	return lock_take(&l, s->rootfd, LOCK_NAME, LOCK_EXCLUSIVE, 0, "sweep",
		   &ignored) < 0;
}

static int
lock_work(struct storage *s, const char *who, struct lock *l, struct err *e)
{
	return lock_take(
	    l, s->rootfd, LOCK_NAME, LOCK_SHARED, LOCK_WAIT_MS, who, e);
}

/* Where it is built. */
static int
work_name(struct storage *s, char out[ZFS_NAME_SIZE], struct err *e)
{
	char id[32];

	zfs_hidden_name(id);
	if (str_fmt(out, ZFS_NAME_SIZE, "%s/jails/" WORK "%s", s->zfs_root,
		id + strlen(ZFS_HIDDEN)) >= ZFS_NAME_SIZE)
		return err_set(e, ERR_INVALID, "%s: too long", s->zfs_root);
	return 0;
}

/* Its failure is not what is reported. */
static void
give_up(struct storage *s, const char *dataset)
{
	struct err ignored = ERR_INIT;

	if (zfs_destroy_tree(s, dataset, &ignored) < 0)
		err_clear(&ignored);
}

static int
send_tree(struct storage *s, const char *dataset, const char *snap, int fd,
    struct err *e)
{
	char name[ZFS_NAME_SIZE];

	if (zfs_snap_name(dataset, snap, name, e) < 0)
		return -1;
	return zfs_stream(s,
	    (const char *const[]){ "zfs", "send", "-R", name, NULL }, -1, fd,
	    e);
}

/* The oldest snapshot of DATASET, which has SNAP. */
static int
first_snap(struct storage *s, const char *dataset, const char *snap,
    char out[ZFS_NAME_SIZE], struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i;

	if (zfs_list(s, &t, 1, e, "list", "-H", "-d", "1", "-t", "snapshot",
		"-s", "creation", "-o", "name", dataset) < 0)
		return -1;
	for (i = 0; i < t.n; i++)
		if (str_eq(zfs_snap_of(zfs_cell(&t, i, 0)), snap)) {
			(void)str_copy(out, zfs_cell(&t, 0, 0), ZFS_NAME_SIZE);
			return 0;
		}
	return err_set(
	    e, ERR_NOT_FOUND, "%s: has no snapshot %s", dataset, snap);
}

/* DATASET up to SNAP, without children and properties. */
static int
copy_dataset(struct storage *s, const char *dataset, const char *snap,
    const char *copy, struct err *e)
{
	const char *const sink[] = { "zfs", "receive", "-u", copy, NULL };
	char first[ZFS_NAME_SIZE], last[ZFS_NAME_SIZE];

	if (zfs_snap_name(dataset, snap, last, e) < 0 ||
	    first_snap(s, dataset, snap, first, e) < 0 ||
	    zfs_pipe(s, (const char *const[]){ "zfs", "send", first, NULL },
		sink, e) < 0)
		return -1;
	if (str_eq(first, last))
		return 0;
	return zfs_pipe(s,
	    (const char *const[]){ "zfs", "send", "-I", first, last, NULL },
	    sink, e);
}

static int
copy_all(struct storage *s, const struct zfs_table *t, const char *snap,
    const char *copy, struct err *e)
{
	size_t i, len = strlen(zfs_cell(t, 0, 0));

	for (i = 0; i < t->n; i++) {
		const char *dataset = zfs_cell(t, i, 0);
		auto_free char *name = xasprintf("%s%s", copy, dataset + len);

		if (copy_dataset(s, dataset, snap, name, e) < 0)
			return -1;
	}
	return 0;
}

static int
send_copy(struct storage *s, const struct zfs_table *t, const char *snap,
    int fd, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	char copy[ZFS_NAME_SIZE];

	if (lock_work(s, "send", &l, e) < 0 || work_name(s, copy, e) < 0)
		return -1;
	if (copy_all(s, t, snap, copy, e) < 0 ||
	    send_tree(s, copy, snap, fd, e) < 0) {
		give_up(s, copy);
		return -1;
	}
	return zfs_destroy_tree(s, copy, e);
}

int
zfs_send_pot(struct storage *s, const struct volume *v, const char *snap,
    bool is_whole, int fd, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	char dataset[ZFS_NAME_SIZE];
	bool is_clone = false;
	size_t i;

	if (zfs_name(s, v, dataset, e) < 0 ||
	    zfs_list(s, &t, 2, e, "list", "-H", "-r", "-t", "filesystem", "-o",
		"name,origin", dataset) < 0)
		return -1;
	if (t.n == 0 || !str_eq(zfs_cell(&t, 0, 0), dataset))
		return err_set(e, ERR_CORRUPT, "%s: not listed", dataset);
	for (i = 0; i < t.n; i++)
		is_clone = is_clone || !str_eq(zfs_cell(&t, i, 1), "-");
	return is_whole && is_clone ? send_copy(s, &t, snap, fd, e) :
				      send_tree(s, dataset, snap, fd, e);
}

/* A stream has datasets below the pot's own that are its volumes. */
static int
check_received(struct storage *s, const struct volume *v, const char *dataset,
    struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i, len = strlen(dataset);

	if (zfs_list(s, &t, 2, e, "list", "-H", "-r", "-t", "filesystem,volume",
		"-o", "name,type", dataset) < 0)
		return -1;
	for (i = 0; i < t.n; i++) {
		const char *below = zfs_cell(&t, i, 0) + len;
		auto_free char *path = xasprintf("%s%s", v->path, below);
		struct err bad = ERR_INIT;
		struct volume ignored;

		if (str_eq(zfs_cell(&t, i, 1), "filesystem") &&
		    (below[0] == '\0' ||
			volume_parse(path, &ignored, &bad) == 0))
			continue;
		err_clear(&bad);
		return err_set(e, ERR_CORRUPT,
		    "the stream has a %s '%s', which is none of a pot's",
		    zfs_cell(&t, i, 1), below + (below[0] == '/'));
	}
	return 0;
}

/* What a stream may not decide; NULL: what the dataset above says. */
static const struct {
	const char *name, *value;
} guarded[] = {
	{ "mountpoint", NULL },
	{ "canmount", "canmount=on" }, /* can't be inherited */
	{ "sharenfs", NULL },
	{ "sharesmb", NULL },
	{ "jailed", NULL },
	{ "zoned", NULL },
	{ "readonly", NULL },
	{ "devices", NULL },
	{ "exec", NULL },
	{ "setuid", NULL },
};

static int
guard(struct storage *s, const char *dataset, const char *name, struct err *e)
{
	size_t i;

	for (i = 0; i < COUNT_OF(guarded); i++)
		if (str_eq(name, guarded[i].name))
			return guarded[i].value != NULL ?
			    zfs_run(s, e, "set", guarded[i].value, dataset) :
			    zfs_run(s, e, "inherit", name, dataset);
	return 0;
}

/* Properties of DATASET and all below, and where they come from.  A received
 * one is called a local one by older versions, and they do not know the
 * other word. */
static int
list_properties(
    struct storage *s, const char *dataset, struct zfs_table *t, struct err *e)
{
	return zfs_list(s, t, 3, e, "get", "-H", "-r", "-o",
	    "name,property,source", "all", dataset);
}

static int
drop_properties(struct storage *s, const char *dataset, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i;

	if (list_properties(s, dataset, &t, e) < 0)
		return -1;
	for (i = 0; i < t.n; i++)
		if (zfs_snap_of(zfs_cell(&t, i, 0)) == NULL &&
		    (str_eq(zfs_cell(&t, i, 2), "local") ||
			str_eq(zfs_cell(&t, i, 2), "received")) &&
		    guard(s, zfs_cell(&t, i, 0), zfs_cell(&t, i, 1), e) < 0)
			return -1;
	return 0;
}

/* zfs-fuse's "inherit" brings back what was received (as if by -S). */
static int
check_properties(struct storage *s, const char *dataset, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i, k;

	if (list_properties(s, dataset, &t, e) < 0)
		return -1;
	for (i = 0; i < t.n; i++)
		for (k = 0; k < COUNT_OF(guarded); k++)
			if (str_eq(zfs_cell(&t, i, 1), guarded[k].name) &&
			    str_eq(zfs_cell(&t, i, 2), "received"))
				return err_set(e, ERR_UNSUPPORTED,
				    "the stream sets the property %s, and "
				    "this version of ZFS does not let go of it",
				    guarded[k].name);
	return 0;
}

/* Do datasets know encryption?  A stream without it is not taken below one
 * that has it unless that is said. */
static bool
knows_encryption(struct storage *s)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	struct err ignored = ERR_INIT;

	if (zfs_list(s, &t, 1, &ignored, "get", "-H", "-o", "value",
		"encryption", s->zfs_root) == 0)
		return true;
	err_clear(&ignored);
	return false;
}

static int
receive(struct storage *s, const char *dataset, int fd, struct err *e)
{
	auto_strv struct strv argv = STRV_INIT;

	strv_add(&argv, "zfs");
	strv_add(&argv, "receive");
	strv_add(&argv, "-u");
	if (knows_encryption(s)) {
		strv_add(&argv, "-x");
		strv_add(&argv, "encryption");
	}
	strv_add(&argv, dataset);
	return zfs_stream(s, (const char *const *)strv_argv(&argv), fd, -1, e);
}

/* It appears under its name by a rename. */
static int
publish(
    struct storage *s, const char *work, const struct volume *v, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	char dataset[ZFS_NAME_SIZE];

	if (storage_lock(s, LOCK_SHARED, "receive", &l, e) < 0 ||
	    zfs_name(s, v, dataset, e) < 0 || zfs_move(s, work, dataset, e) < 0)
		return -1;
	if (zfs_mount_all(s, dataset, e) == 0)
		return 0;
	give_up(s, dataset);
	return -1;
}

int
zfs_receive_pot(
    struct storage *s, const struct volume *v, int fd, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	char dataset[ZFS_NAME_SIZE], work[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0)
		return -1;
	if (zfs_is_there(s, dataset, e))
		return err_set(e, ERR_EXISTS, "%s: exists", dataset);
	if (err_is_set(e) || lock_work(s, "receive", &l, e) < 0 ||
	    work_name(s, work, e) < 0)
		return -1;
	if (receive(s, work, fd, e) == 0 &&
	    check_received(s, v, work, e) == 0 &&
	    drop_properties(s, work, e) == 0 &&
	    check_properties(s, work, e) == 0 && publish(s, work, v, e) == 0)
		return 0;
	give_up(s, work);
	return -1;
}

/* The names, not the number, are what others know of a snapshot of this
 * dataset: nobody clones it. */
int
zfs_resnap_pot(struct storage *s, const struct volume *v, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	char dataset[ZFS_NAME_SIZE];
	size_t i;

	if (zfs_name(s, v, dataset, e) < 0 ||
	    zfs_list(s, &t, 1, e, "list", "-H", "-d", "1", "-t", "snapshot",
		"-s", "creation", "-o", "name", dataset) < 0)
		return -1;
	for (i = 0; i < t.n; i++)
		if (zfs_run(s, e, "destroy", zfs_cell(&t, i, 0)) < 0 ||
		    zfs_run(s, e, "snapshot", zfs_cell(&t, i, 0)) < 0)
			return -1;
	return 0;
}

int
zfs_origin(
    struct storage *s, const struct volume *v, char **origin, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	char dataset[ZFS_NAME_SIZE];
	const char *found;

	if (zfs_name(s, v, dataset, e) < 0 ||
	    zfs_list(s, &t, 1, e, "list", "-H", "-o", "origin", dataset) < 0)
		return -1;
	found = t.n == 1 ? zfs_cell(&t, 0, 0) : "-";
	*origin = zfs_snap_of(found) != NULL &&
		!zfs_is_hidden(zfs_snap_of(found)) &&
		zfs_is_within(found, s->zfs_root) ?
	    xstrdup(found + strlen(s->zfs_root) + 1) :
	    NULL;
	return 0;
}

int
zfs_set_note(struct storage *s, const struct volume *v, const char *key,
    const char *value, struct err *e)
{
	auto_free char *property = xasprintf(":pot.%s=%s", key, value);
	char dataset[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0)
		return -1;
	return zfs_run(s, e, "set", property, dataset);
}

int
zfs_get_note(struct storage *s, const struct volume *v, const char *key,
    char **value, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	auto_free char *property = xasprintf(":pot.%s", key);
	char dataset[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0 ||
	    zfs_list(
		s, &t, 1, e, "get", "-H", "-o", "value", property, dataset) < 0)
		return -1;
	*value = xstrdup(t.n == 1 && !str_eq(zfs_cell(&t, 0, 0), "-") ?
		zfs_cell(&t, 0, 0) :
		"");
	return 0;
}
