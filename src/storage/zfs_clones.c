/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removing what clones stand on (D24): see zfs.h.  The first try is always
 * the plain one; only where ZFS refuses it all datasets are looked at.
 */
#include "storage/zfs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"

/* Of the new half of a swap: whose place it takes, what that is called then.
 * For zfs_sweep(), if a crash stops it. */
#define BECOMES	 ":pot.becomes"
#define REPLACES ":pot.replaces"

/* A zfs(8) whose pot was killed may still be at work on the same. */
#define DESTROY_TRIES 5

/* Every dataset and snapshot below ZROOT, in order of making. */
static int
list_all(struct storage *s, struct zfs_table *t, struct err *e)
{
	return zfs_list(s, t, 2, e, "list", "-H", "-r", "-t",
	    "filesystem,snapshot", "-o", "name,origin", s->zfs_root);
}

/* A clone of SNAP that is not within TOP (NULL: any), or NULL. */
static const char *
clone_of(const struct zfs_table *all, const char *snap, const char *top)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		const char *name = zfs_cell(all, i, 0);

		if (str_eq(zfs_cell(all, i, 1), snap) &&
		    (top == NULL || !zfs_is_within(name, top)))
			return name;
	}
	return NULL;
}

void
zfs_drop_hidden(struct storage *s, const char *snap)
{
	struct err ignored = ERR_INIT;

	/* Others may stand on it; the last of them takes it along. */
	if (zfs_is_hidden(zfs_snap_of(snap)) &&
	    zfs_run(s, &ignored, "destroy", snap) < 0)
		err_clear(&ignored);
}

static int
hide(struct storage *s, const char *dataset, const char *snap, struct err *e)
{
	char hidden[ZFS_NAME_SIZE], id[32];

	if (zfs_is_hidden(zfs_snap_of(snap)))
		return 0;
	zfs_hidden_name(id);
	if (zfs_snap_name(dataset, id, hidden, e) < 0)
		return -1;
	return zfs_run(s, e, "rename", snap, hidden);
}

/*
 * Nobody outside of TOP stands on DATASET any more.  Promoting the newest
 * snapshot's clone gives it the older ones, too, with their clones; those
 * without are dropped first, for they would be kept for nobody.
 */
static int
hand_over(struct storage *s, const struct zfs_table *all, const char *dataset,
    const char *top, struct err *e)
{
	const char *heir = NULL;
	size_t i, last = 0;

	for (i = 0; i < all->n; i++) {
		const char *name = zfs_cell(all, i, 0);
		const char *clone;

		if (zfs_snap_of(name) == NULL ||
		    strcspn(name, "@") != strlen(dataset) ||
		    !str_has_prefix(name, dataset))
			continue;
		clone = clone_of(all, name, top);
		if (clone != NULL) {
			heir = clone;
			last = i;
		}
	}
	if (heir == NULL)
		return 0;
	for (i = 0; i <= last; i++) {
		const char *name = zfs_cell(all, i, 0);

		if (zfs_snap_of(name) == NULL ||
		    strcspn(name, "@") != strlen(dataset) ||
		    !str_has_prefix(name, dataset))
			continue;
		if ((clone_of(all, name, NULL) == NULL ?
			    zfs_run(s, e, "destroy", name) :
			    hide(s, dataset, name, e)) < 0)
			return -1;
	}
	return zfs_run(s, e, "promote", heir);
}

static int
hand_over_all(struct storage *s, const char *top, struct err *e)
{
	auto_zfs_table struct zfs_table all = ZFS_TABLE_INIT;
	size_t i;

	if (list_all(s, &all, e) < 0)
		return -1;
	for (i = 0; i < all.n; i++) {
		const char *name = zfs_cell(&all, i, 0);

		if (zfs_snap_of(name) == NULL && zfs_is_within(name, top) &&
		    hand_over(s, &all, name, top, e) < 0)
			return -1;
	}
	return 0;
}

/* Those who may be the last to stand on a hidden snapshot. */
static int
origins(
    struct storage *s, const char *dataset, struct zfs_table *t, struct err *e)
{
	return zfs_list(s, t, 2, e, "list", "-H", "-r", "-t", "filesystem",
	    "-o", "name,origin", dataset);
}

static int
destroy_once(
    struct storage *s, const char *dataset, struct zfs_table *t, struct err *e)
{
	if (origins(s, dataset, t, e) < 0)
		return -1;
	if (zfs_run(s, e, "destroy", "-r", dataset) == 0)
		return 0;
	if (e->code != ERR_CHILD)
		return -1;
	err_clear(e);
	return hand_over_all(s, dataset, e) < 0 ||
		origins(s, dataset, t, e) < 0 ||
		zfs_run(s, e, "destroy", "-r", dataset) < 0 ?
	    -1 :
	    0;
}

int
zfs_destroy_tree(struct storage *s, const char *dataset, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	unsigned tries = DESTROY_TRIES;
	size_t i;

	while (destroy_once(s, dataset, &t, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		if (!zfs_is_there(s, dataset, e))
			return err_is_set(e) ? -1 : 0;
		if (--tries == 0)
			return err_set(e, ERR_BUSY,
			    "%s: what is in it comes and goes", dataset);
	}
	for (i = 0; i < t.n; i++) {
		const char *origin = zfs_cell(&t, i, 1);

		if (zfs_snap_of(origin) != NULL &&
		    !zfs_is_within(origin, dataset))
			zfs_drop_hidden(s, origin);
	}
	return 0;
}

int
zfs_destroy_snap(
    struct storage *s, const char *dataset, const char *snap, struct err *e)
{
	char name[ZFS_NAME_SIZE];

	if (zfs_snap_name(dataset, snap, name, e) < 0)
		return -1;
	if (zfs_run(s, e, "destroy", name) == 0)
		return 0;
	if (e->code != ERR_CHILD)
		return -1;
	err_clear(e);
	return hide(s, dataset, name, e); /* a clone stands on it */
}

/* "-o P=V" for what an administrator has set at DATASET (quota, ...). */
static int
add_properties(
    struct storage *s, const char *dataset, struct strv *argv, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i;

	if (zfs_list(s, &t, 2, e, "get", "-Hp", "-s", "local", "-o",
		"property,value", "all", dataset) < 0)
		return -1;
	for (i = 0; i < t.n; i++) {
		const char *name = zfs_cell(&t, i, 0);

		if (str_eq(name, "canmount") || str_has_prefix(name, "key"))
			continue;
		strv_add(argv, "-o");
		strv_add_fmt(argv, "%s=%s", name, zfs_cell(&t, i, 1));
	}
	return 0;
}

/* NAME in the place of DATASET's last component. */
static int
sibling(const char *dataset, const char *name, char out[ZFS_NAME_SIZE],
    struct err *e)
{
	int len = (int)(strrchr(dataset, '/') - dataset);

	if (str_fmt(out, ZFS_NAME_SIZE, "%.*s/%s", len, dataset, name) >=
	    ZFS_NAME_SIZE)
		return err_set(e, ERR_INVALID, "%s: name too long", dataset);
	return 0;
}

/* canmount=noauto would not do: older versions mount such a clone. */
static int
clone_unmounted(struct storage *s, const char *dataset, const char *snap,
    const char *new, const char *old, struct err *e)
{
	auto_strv struct strv argv = STRV_INIT;
	char snapshot[ZFS_NAME_SIZE];

	if (zfs_snap_name(dataset, snap, snapshot, e) < 0)
		return -1;
	strv_add(&argv, "zfs");
	strv_add(&argv, "clone");
	if (add_properties(s, dataset, &argv, e) < 0)
		return -1;
	strv_add(&argv, "-o");
	strv_add(&argv, "canmount=off");
	strv_add(&argv, "-o");
	strv_add_fmt(&argv, BECOMES "=%s", strrchr(dataset, '/') + 1);
	strv_add(&argv, "-o");
	strv_add_fmt(&argv, REPLACES "=%s", strrchr(old, '/') + 1);
	strv_add(&argv, snapshot);
	strv_add(&argv, new);
	return zfs_exec(s, (const char *const *)strv_argv(&argv), NULL, e);
}

static int
set_canmount(
    struct storage *s, const char *dataset, const char *value, struct err *e)
{
	auto_free char *property = xasprintf("canmount=%s", value);

	return zfs_run(s, e, "set", property, dataset);
}

static int
list_children(
    struct storage *s, const char *dataset, struct zfs_table *t, struct err *e)
{
	return zfs_list(s, t, 2, e, "list", "-H", "-d", "1", "-t", "filesystem",
	    "-o", "name,canmount", dataset);
}

/*
 * The datasets right below DATASET are the parts of a base.  A rename would
 * mount them where DATASET is not yet.
 */
static int
hold_children(struct storage *s, const char *dataset, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i;

	if (list_children(s, dataset, &t, e) < 0)
		return -1;
	for (i = 0; i < t.n; i++)
		if (!str_eq(zfs_cell(&t, i, 0), dataset) &&
		    str_eq(zfs_cell(&t, i, 1), "on") &&
		    set_canmount(s, zfs_cell(&t, i, 0), "noauto", e) < 0)
			return -1;
	return 0;
}

static int
move_children(
    struct storage *s, const char *old, const char *new, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i, len = strlen(old);

	if (list_children(s, old, &t, e) < 0)
		return -1;
	for (i = 0; i < t.n; i++) {
		const char *child = zfs_cell(&t, i, 0);
		auto_free char *name = xasprintf("%s%s", new, child + len);

		if (child[len] == '/' && zfs_move(s, child, name, e) < 0)
			return -1;
	}
	return 0;
}

int
zfs_mount_all(struct storage *s, const char *dataset, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i;

	if (zfs_list(s, &t, 3, e, "list", "-H", "-r", "-t", "filesystem", "-o",
		"mounted,canmount,name", dataset) < 0)
		return -1;
	for (i = 0; i < t.n; i++) {
		const char *name = zfs_cell(&t, i, 2);
		const char *canmount = zfs_cell(&t, i, 1);

		if ((str_eq(zfs_cell(&t, i, 0), "no") &&
			!str_eq(canmount, "off") &&
			zfs_mount(s, name, e) < 0) ||
		    (str_eq(canmount, "noauto") &&
			set_canmount(s, name, "on", e) < 0))
			return -1;
	}
	return 0;
}

/* NEW is DATASET from now on, which is called OLD. */
static int
become(struct storage *s, const char *new, const char *old, const char *dataset,
    struct err *e)
{
	/* Whatever comes between finds either a NEW that sweep knows or a
	 * DATASET that is like any other. */
	if (move_children(s, old, new, e) < 0 ||
	    set_canmount(s, new, "on", e) < 0 ||
	    zfs_move(s, new, dataset, e) < 0 ||
	    zfs_mount_all(s, dataset, e) < 0 ||
	    zfs_run(s, e, "inherit", BECOMES, dataset) < 0)
		return -1;
	return zfs_run(s, e, "inherit", REPLACES, dataset);
}

/*
 * Back to SNAP although others stand on newer snapshots: a clone of SNAP,
 * promoted, has all that the dataset had up to SNAP, and takes its place;
 * what was there goes, with the newer snapshots handed over.
 */
static int
swap(struct storage *s, const char *dataset, const char *snap, struct err *e)
{
	char new[ZFS_NAME_SIZE], old[ZFS_NAME_SIZE], id[32];
	struct err ignored = ERR_INIT;

	zfs_hidden_name(id);
	if (sibling(dataset, id, new, e) < 0)
		return -1;
	zfs_hidden_name(id);
	if (sibling(dataset, id, old, e) < 0 ||
	    clone_unmounted(s, dataset, snap, new, old, e) < 0)
		return -1;
	/* It is not to be seen under its other name; and whatever is in the
	 * way has to be found while nothing is changed. */
	if (hold_children(s, dataset, e) < 0 ||
	    zfs_unmount_tree(s, dataset, e) < 0 ||
	    zfs_run(s, e, "promote", new) < 0) {
		if (zfs_destroy_tree(s, new, &ignored) < 0)
			err_clear(&ignored);
		if (zfs_mount_all(s, dataset, &ignored) < 0)
			err_clear(&ignored);
		return -1;
	}
	if (zfs_run(s, e, "set", "mountpoint=none", dataset) < 0 ||
	    zfs_run(s, e, "rename", dataset, old) < 0 ||
	    become(s, new, old, dataset, e) < 0)
		return -1;
	return zfs_destroy_tree(s, old, e);
}

int
zfs_roll_back(
    struct storage *s, const char *dataset, const char *snap, struct err *e)
{
	char name[ZFS_NAME_SIZE];

	if (zfs_snap_name(dataset, snap, name, e) < 0)
		return -1;
	if (zfs_run(s, e, "rollback", "-r", name) == 0)
		return 0;
	if (e->code != ERR_CHILD)
		return -1;
	err_clear(e);
	return swap(s, dataset, snap, e);
}

int
zfs_dependents(
    struct storage *s, const struct volume *v, struct strv *out, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	auto_strv struct strv names = STRV_INIT;
	char dataset[ZFS_NAME_SIZE];
	size_t i, k, len = strlen(s->zfs_root) + 1;

	if (zfs_name(s, v, dataset, e) < 0 ||
	    origins(s, s->zfs_root, &t, e) < 0)
		return -1;
	strv_add(&names, dataset);
	for (k = 0; k < names.n; k++)
		for (i = 0; i < t.n; i++) {
			const char *origin = zfs_cell(&t, i, 1);

			if (strcspn(origin, "@") == strlen(names.v[k]) &&
			    str_has_prefix(origin, names.v[k]) &&
			    !strv_has(&names, zfs_cell(&t, i, 0)))
				strv_add(&names, zfs_cell(&t, i, 0));
		}
	for (k = 1; k < names.n; k++)
		strv_add(out, names.v[k] + len);
	return 0;
}

static bool
is_there(const struct zfs_table *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (str_eq(zfs_cell(all, i, 0), name))
			return true;
	return false;
}

/* The new half of a swap. */
static int
finish_swap(struct storage *s, const struct zfs_table *all, const char *new,
    const char *becomes, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	char place[ZFS_NAME_SIZE], old[ZFS_NAME_SIZE];

	if (sibling(new, becomes, place, e) < 0)
		return -1;
	if (is_there(all, place))
		return zfs_destroy_tree(s, new, e);
	if (zfs_list(s, &t, 1, e, "get", "-H", "-o", "value", REPLACES, new) <
	    0)
		return -1;
	if (t.n != 1 || sibling(new, zfs_cell(&t, 0, 0), old, e) < 0)
		return err_is_set(e) ?
		    -1 :
		    err_set(e, ERR_CORRUPT, "%s: has no " REPLACES, new);
	return become(s, new, old, place, e);
}

/* NAME is of a dataset that nobody is to see. */
static bool
is_hidden_set(const char *name)
{
	const char *leaf = strrchr(name, '/');

	return leaf != NULL && zfs_snap_of(name) == NULL &&
	    zfs_is_hidden(leaf + 1);
}

static bool
has_hidden_set(const struct zfs_table *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (is_hidden_set(zfs_cell(all, i, 0)))
			return true;
	return false;
}

/* The new halves first: they need something of the old ones. */
static int
sweep_swaps(struct storage *s, const struct zfs_table *all, bool is_dry,
    unsigned *count, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	size_t i;

	if (!has_hidden_set(all))
		return 0;
	if (zfs_list(s, &t, 2, e, "get", "-H", "-r", "-s", "local", "-o",
		"name,value", BECOMES, s->zfs_root) < 0)
		return -1;
	for (i = 0; i < t.n; i++) {
		const char *name = zfs_cell(&t, i, 0);

		if (!is_hidden_set(name))
			continue;
		(*count)++;
		if (!is_dry &&
		    finish_swap(s, all, name, zfs_cell(&t, i, 1), e) < 0)
			return -1;
	}
	return 0;
}

int
zfs_sweep(struct storage *s, bool is_dry, unsigned *count, struct err *e)
{
	auto_zfs_table struct zfs_table all = ZFS_TABLE_INIT;
	bool is_at_work;
	unsigned swaps = 0;
	size_t i;

	if (list_all(s, &all, e) < 0 ||
	    sweep_swaps(s, &all, is_dry, &swaps, e) < 0 ||
	    (swaps > 0 && list_all(s, &all, e) < 0))
		return -1;
	/* Asked after the list was made: who begins now is not in it. */
	is_at_work = zfs_is_at_work(s);
	*count += is_dry ? 0 : swaps;
	for (i = 0; i < all.n; i++) {
		const char *name = zfs_cell(&all, i, 0);
		const char *snap = zfs_snap_of(name);
		const char *leaf = strrchr(name, '/');

		if (is_hidden_set(name)) {
			if (zfs_is_work(leaf + 1) && is_at_work)
				continue;
			(*count)++;
			if (!is_dry && zfs_destroy_tree(s, name, e) < 0)
				return -1;
		} else if (snap != NULL && zfs_is_hidden(snap) &&
		    clone_of(&all, name, NULL) == NULL &&
		    strstr(name, "/" ZFS_HIDDEN) == NULL) {
			(*count)++;
			if (!is_dry)
				zfs_drop_hidden(s, name);
		}
	}
	return 0;
}
