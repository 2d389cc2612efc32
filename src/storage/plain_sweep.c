/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What crashes left of operations on plain volumes.  Only names that the
 * operations make are looked for, and only in directories of ours: a base
 * may have files of any name, so in bases only the places of its known
 * parts are looked at.
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

struct sweep {
	struct storage *s;
	bool is_dry;
	unsigned *count;
};

/* Directories that are not there hold nothing to sweep. */
static int
open_or_none(int dirfd, const char *path, int *fdp, struct err *e)
{
	if (storage_open_dir(dirfd, path, fdp, e) == 0)
		return 0;
	if (e->code != ERR_NOT_FOUND && e->sys != ENOTDIR && e->sys != ELOOP)
		return -1;
	err_clear(e);
	*fdp = -1;
	return 0;
}

/*
 * The temporary tree PREFIX.NAME of the volume at P.  What is gone with its
 * snapshots still there was being destroyed.
 */
static int
sweep_temp(const struct sweep *sw, const struct volume *v,
    const struct place *p, const char *prefix, struct err *e)
{
	char temp[NAME_MAX + 1];
	bool has_tree;

	if (!file_exists(p->tempfd, place_temp(temp, prefix, v->name)))
		return 0;
	(*sw->count)++;
	if (sw->is_dry)
		return 0;
	has_tree = place_has_tree(p); /* perhaps because of .swap */
	if (!has_tree && str_eq(prefix, PLAIN_GONE) &&
	    plain_remove_snaps(sw->s, v, e) < 0)
		return -1;
	return tree_remove(p->tempfd, temp, e);
}

static int
sweep_volume(const struct sweep *sw, const char *path, struct err *e)
{
	/* First what decides whether the tree is there. */
	static const char *const prefixes[] = { PLAIN_SWAP, PLAIN_GONE,
		PLAIN_NEW };
	auto_place struct place p = PLACE_INIT;
	struct volume v;
	size_t i;

	if (volume_parse(path, &v, e) < 0 ||
	    place_open(sw->s, &v, false, &p, e) < 0) {
		err_clear(e); /* not ours */
		return 0;
	}
	for (i = 0; i < COUNT_OF(prefixes) && p.tempfd >= 0; i++)
		if (sweep_temp(sw, &v, &p, prefixes[i], e) < 0)
			return -1;
	return 0;
}

/* The name behind PREFIX in a temporary name, or NULL. */
static const char *
temp_of(const char *name)
{
	static const char *const prefixes[] = { PLAIN_SWAP, PLAIN_GONE,
		PLAIN_NEW };
	size_t i;

	for (i = 0; i < COUNT_OF(prefixes); i++)
		if (str_has_prefix(name, prefixes[i]))
			return name + strlen(prefixes[i]);
	return NULL;
}

/* Half-made and half-removed snapshots in the directory DIRFD. */
static int
sweep_snaps(const struct sweep *sw, int dirfd, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	size_t i;

	if (dir_list(dirfd, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		if (temp_of(names.v[i]) == NULL)
			continue;
		(*sw->count)++;
		if (!sw->is_dry && tree_remove(dirfd, names.v[i], e) < 0)
			return -1;
	}
	return lent_sweep(sw->s, dirfd, sw->is_dry, sw->count, e);
}

/* The part NAME (without '@') of a base, which has snapshots in SNAPS. */
static int
sweep_part(const struct sweep *sw, const char *base, const char *name,
    int snaps, struct err *e)
{
	auto_free char *path = xasprintf("bases/%s/%s", base, name);

	if (sweep_volume(sw, path, e) < 0)
		return -1;
	return sweep_snaps(sw, snaps, e);
}

/* All snapshots of the volumes in DIR: DIR/.snap/NAME. */
static int
sweep_all_snaps(
    const struct sweep *sw, const char *dir, int dirfd, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	auto_close int all = -1;
	size_t i, k;

	if (open_or_none(dirfd, ".snap", &all, e) < 0)
		return -1;
	if (all < 0)
		return 0;
	if (dir_list(all, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		auto_strv struct strv parts = STRV_INIT;
		auto_close int snaps = -1;

		if (open_or_none(all, names.v[i], &snaps, e) < 0)
			return -1;
		if (snaps < 0)
			continue;
		if (sweep_snaps(sw, snaps, e) < 0 ||
		    dir_list(snaps, &parts, e) < 0)
			return -1;
		for (k = 0; k < parts.n; k++) {
			auto_close int part = -1;

			if (parts.v[k][0] != '@' || !str_eq(dir, "bases"))
				continue;
			if (open_or_none(snaps, parts.v[k], &part, e) < 0)
				return -1;
			if (part >= 0 &&
			    sweep_part(
				sw, names.v[i], parts.v[k] + 1, part, e) < 0)
				return -1;
		}
	}
	return 0;
}

/* DIR holds trees of volumes. */
static int
sweep_dir(const struct sweep *sw, const char *dir, struct err *e)
{
	auto_strv struct strv names = STRV_INIT, done = STRV_INIT;
	auto_close int dirfd = -1;
	size_t i;

	if (open_or_none(sw->s->rootfd, dir, &dirfd, e) < 0)
		return -1;
	if (dirfd < 0)
		return 0;
	if (dir_list(dirfd, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		const char *name = temp_of(names.v[i]);
		auto_free char *path = NULL;

		if (name == NULL || strv_has(&done, name))
			continue;
		strv_add(&done, name);
		path = xasprintf("%s/%s", dir, name);
		if (sweep_volume(sw, path, e) < 0)
			return -1;
	}
	if (sweep_all_snaps(sw, dir, dirfd, e) < 0)
		return -1;
	return lent_sweep(sw->s, dirfd, sw->is_dry, sw->count, e);
}

int
plain_sweep_shared(
    struct storage *s, bool is_dry, unsigned *count, struct err *e)
{
	const struct sweep sw = { s, is_dry, count };

	if (sweep_dir(&sw, "bases", e) < 0)
		return -1;
	return sweep_dir(&sw, "fscomp", e);
}

int
plain_sweep(struct storage *s, bool is_dry, unsigned *count, struct err *e)
{
	const struct sweep sw = { s, is_dry, count };
	auto_strv struct strv pots = STRV_INIT;
	auto_close int jails = -1;
	char dir[VOLUME_SIZE];
	size_t i;

	if (plain_sweep_shared(s, is_dry, count, e) < 0 ||
	    open_or_none(s->rootfd, "jails", &jails, e) < 0)
		return -1;
	if (jails < 0)
		return 0;
	if (dir_list(jails, &pots, e) < 0)
		return -1;
	for (i = 0; i < pots.n; i++) {
		if (pots.v[i][0] == '.' ||
		    snprintf(dir, sizeof(dir), "jails/%s", pots.v[i]) >=
			(int)sizeof(dir))
			continue;
		if (sweep_dir(&sw, dir, e) < 0)
			return -1;
	}
	return 0;
}
