/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is mounted, by the kernel's table (getfsstat(2)), and unmounting.
 *
 * The kernel keeps with each mount the host's path of its mount point as it
 * was when it was mounted.  A guest may rename directories above it later,
 * so paths only select entries of the table; what is unmounted is named by
 * its file system id.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/freebsd/freebsd.h"

bool
path_is_within(const char *path, const char *root)
{
	size_t len = strlen(root);

	if (str_eq(root, "/"))
		return true;
	return strncmp(path, root, len) == 0 &&
	    (path[len] == '\0' || path[len] == '/');
}

int
mount_table(struct statfs **out, size_t *n, struct err *e)
{
	struct statfs *v = NULL;
	int got, room;

	for (;;) {
		room = getfsstat(NULL, 0, MNT_NOWAIT);
		if (room < 0)
			break;
		room += 16; /* some may be mounted until the next call */
		v = xreallocarray(v, (size_t)room, sizeof(*v));
		got =
		    getfsstat(v, (long)((size_t)room * sizeof(*v)), MNT_NOWAIT);
		if (got < 0)
			break;
		if (got < room) {
			*out = v;
			*n = (size_t)got;
			return 0;
		}
	}
	free(v);
	return err_sys(e, "getfsstat");
}

static int
unmount_one(const struct statfs *s, struct err *e)
{
	char id[64];

	str_fmt(
	    id, sizeof(id), "FSID:%d:%d", s->f_fsid.val[0], s->f_fsid.val[1]);
	/* Gone meanwhile: ENOENT, and EINVAL before 13. */
	if (unmount(id, MNT_BYFSID | MNT_FORCE) < 0 && errno != ENOENT &&
	    errno != EINVAL)
		return err_sys(
		    e, "%s: unmount %s", s->f_mntonname, s->f_fstypename);
	return 0;
}

/* Unmount, newest first, what SELECT takes. */
static int
unmount_if(bool (*select)(const struct statfs *s, const char *root),
    const char *root, unsigned *count, struct err *e)
{
	auto_free struct statfs *v = NULL;
	size_t n = 0;

	if (mount_table(&v, &n, e) < 0)
		return -1;
	while (n-- > 0) {
		if (!select(&v[n], root))
			continue;
		if (unmount_one(&v[n], e) < 0)
			return -1;
		++*count;
	}
	return 0;
}

/* All below a pot's root and on it, but for the dataset that is the root. */
static bool
is_of_pot(const struct statfs *s, const char *root)
{
	if (str_eq(s->f_mntonname, root) && str_eq(s->f_fstypename, "zfs"))
		return false;
	return path_is_within(s->f_mntonname, root);
}

static bool
is_system(const struct statfs *s, const char *root)
{
	static const char *const types[] = { "devfs", "fdescfs", "procfs",
		"linprocfs" };

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		if (str_eq(s->f_fstypename, types[i]))
			return is_of_pot(s, root);
	}
	return false;
}

static bool
is_at_or_on(const struct statfs *s, const char *path)
{
	return path_is_within(s->f_mntonname, path);
}

/* The root's path as the kernel has it; false if there is no such thing. */
static bool
root_path(const char *root, char out[PATH_MAX])
{
	return realpath(root, out) != NULL && !str_eq(out, "/");
}

int
mount_sweep(const char *root, unsigned *count, struct err *e)
{
	char path[PATH_MAX];

	*count = 0;
	if (!root_path(root, path))
		return 0;
	return unmount_if(is_of_pot, path, count, e);
}

int
unmount_system(const char *root, struct err *e)
{
	char path[PATH_MAX];
	unsigned count = 0;

	if (!root_path(root, path))
		return 0;
	return unmount_if(is_system, path, &count, e);
}

/* Is FD, whose path on the host is PATH, the top of what is mounted there?
 * A file is compared by path, since a guest can't rename what it is in while
 * the pot is stopped. */
static bool
is_mount_root(int fd, const struct statfs *s, const char *path)
{
	struct stat here, above;

	if (fstat(fd, &here) < 0)
		return false;
	if (!S_ISDIR(here.st_mode))
		return str_eq(s->f_mntonname, path);
	return fstatat(fd, "..", &above, 0) == 0 && here.st_dev != above.st_dev;
}

int
unmount_at(const char *root, const char *target, struct err *e)
{
	auto_close int rootfd = -1;
	auto_close int fd = -1;
	char top[PATH_MAX], inside[PATH_MAX], path[2 * PATH_MAX];
	unsigned count = 0;
	struct statfs s;

	if (!root_path(root, top))
		return err_set(e, ERR_NOT_FOUND, "%s: no such root", root);
	if (dir_open(AT_FDCWD, root, &rootfd, e) < 0 ||
	    beneath_realpath(rootfd, target, inside, sizeof(inside), e) < 0 ||
	    beneath_open(rootfd, target, O_RDONLY, 0, &fd, e) < 0)
		return -1;
	if (fstatfs(fd, &s) < 0)
		return err_sys(e, "%s", target);
	str_fmt(path, sizeof(path), "%s%s", top, inside);
	if (str_eq(s.f_mntonname, top) || !is_of_pot(&s, top) ||
	    !is_mount_root(fd, &s, path))
		return err_set(e, ERR_NOT_FOUND, "%s: is not mounted", target);
	cleanup_close(&fd);
	return unmount_if(is_at_or_on, s.f_mntonname, &count, e);
}
