/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of bases.  FreeBSD's usr.local and custom are datasets, as the sh
 * version has them.  What another family shares is most of the base (usr):
 * as datasets of their own a clone of the base would not bring them, so they
 * stay directories of the base, without snapshots, and a multi pot of
 * level 1 gets a copy.
 */
#include "storage/zfs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "model/family.h"

/* Directories that are datasets of their own in a base (reference 3.2). */
static const char *const parts[] = { "usr.local", "custom" };

static char *
part_path(const struct volume *v)
{
	return xasprintf("%s/%s", v->dir, v->name);
}

bool
zfs_is_plain_part(struct storage *s, const struct volume *v)
{
	auto_free char *path = part_path(v);
	auto_close int fd = -1;
	struct err ignored = ERR_INIT;
	char dataset[ZFS_NAME_SIZE];

	return v->kind == VOLUME_BASE_PART && !zfs_is_point(s, path) &&
	    storage_open_dir(s->rootfd, path, &fd, &ignored) == 0 &&
	    zfs_name(s, v, dataset, &ignored) == 0 &&
	    !zfs_is_there(s, dataset, &ignored) && !err_is_set(&ignored);
}

int
zfs_copy_plain_part(struct storage *s, const struct volume *from,
    const struct volume *v, struct err *e)
{
	auto_free char *source = part_path(from), *path = part_path(v);
	auto_close int in = -1, out = -1;
	struct err ignored = ERR_INIT;
	char dataset[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0 ||
	    storage_open_dir(s->rootfd, source, &in, e) < 0 ||
	    storage_zfs.create(s, v, e) < 0)
		return -1;
	if (storage_open_dir(s->rootfd, path, &out, e) == 0 &&
	    tree_copy(in, ".", out, ".", TREE_F_CONTENT, e) == 0)
		return 0;
	cleanup_close(&out);
	if (zfs_destroy_tree(s, dataset, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}

int
zfs_measure_plain_part(
    struct storage *s, const struct volume *v, uint64_t *bytes, struct err *e)
{
	auto_close int dir = -1;

	if (storage_open_dir(s->rootfd, v->dir, &dir, e) < 0)
		return -1;
	return tree_usage(dir, v->name, bytes, e);
}

/* A base that only single pots use has no parts. */
static int
make_part(struct storage *s, int from, const struct volume *v, const char *name,
    struct err *e)
{
	auto_free char *path = xasprintf("%s/%s", v->path, name);
	auto_close int fd = -1;
	struct err missing = ERR_INIT;
	struct volume part;

	if (volume_parse(path, &part, e) < 0)
		return -1;
	if (storage_open_dir(from, part.part, &fd, &missing) < 0) {
		err_clear(&missing);
		return 0;
	}
	return storage_zfs.create(s, &part, e);
}

static int
make_parts(struct storage *s, int from, const struct volume *v, struct err *e)
{
	const struct family *f = family_detect(from);
	size_t i;

	if (f->shared_name != NULL && !str_eq(f->shared_name, parts[0]))
		return 0;
	for (i = 0; i < COUNT_OF(parts); i++)
		if (make_part(s, from, v, parts[i], e) < 0)
			return -1;
	return 0;
}

/*
 * Its parts first, where ZFS mounts them; then what was unpacked is copied
 * in, each file to the dataset it belongs to.
 */
int
zfs_adopt(
    struct storage *s, const char *dir, const struct volume *v, struct err *e)
{
	auto_close int bases = -1, from = -1;
	struct err ignored = ERR_INIT;
	char dataset[ZFS_NAME_SIZE];

	if (zfs_name(s, v, dataset, e) < 0 ||
	    dir_open(s->rootfd, "bases", &bases, e) < 0 ||
	    dir_open(bases, dir, &from, e) < 0 ||
	    storage_zfs.create(s, v, e) < 0)
		return -1;
	if (make_parts(s, from, v, e) == 0 &&
	    tree_copy(bases, dir, bases, v->name, TREE_F_CONTENT, e) == 0)
		return tree_remove(bases, dir, e);
	if (zfs_destroy_tree(s, dataset, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}
