/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Detached mounts into the pot's mount namespace, and the way in: runs in
 * the pot's first process before anything of the guest does.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"

static int
move_to(int mntfd, int dirfd, const char *name)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH;

	if (name[0] == '\0')
		flags |= MOVE_MOUNT_T_EMPTY_PATH;
	return move_mount(mntfd, "", dirfd, name, flags);
}

/* Directory or empty file, whatever is to be mounted on it. */
static int
target_make(
    int mntfd, int rootfd, const char *target, mode_t mode, struct err *e)
{
	auto_close int fd = -1;
	auto_free char *dir = NULL;
	struct stat st;

	if (fstat(mntfd, &st) < 0)
		return err_sys(e, "stat of what is mounted");
	if (S_ISDIR(st.st_mode))
		return beneath_mkdirs(rootfd, target, mode, &fd, e);
	dir = xstrndup(target, (size_t)(strrchr(target, '/') - target));
	if (dir[0] != '\0' && beneath_mkdirs(rootfd, dir, 0755, &fd, e) < 0)
		return -1;
	cleanup_close(&fd);
	return beneath_open(rootfd, target,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode & 0666, &fd, e);
}

static int
target_open(int rootfd, const char *target)
{
	return sys_openat2(rootfd, target, O_PATH | O_CLOEXEC,
	    RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int
attach_at(int mntfd, int rootfd, const char *target, bool make, mode_t mode,
    struct err *e)
{
	const char *name = target + strspn(target, "/");
	auto_close int fd = -1;

	/* One component that is no link needs no descriptor: move_mount(2)
	 * follows none at the end of a path. */
	if (name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL &&
	    move_to(mntfd, rootfd, name) == 0)
		return 0;
	fd = target_open(rootfd, target);
	if (fd < 0 && errno == ENOENT && make && target[0] == '/') {
		if (target_make(mntfd, rootfd, target, mode, e) < 0)
			return err_wrap(e, "mount point %s", target);
		fd = target_open(rootfd, target);
	}
	if (fd < 0)
		return err_sys(e, "mount point %s", target);
	if (move_to(mntfd, fd, "") < 0)
		return err_sys(e, "mount point %s", target);
	return 0;
}

int
tree_attach_root(const struct tree *t, struct err *e)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };

	if (mount_setattr(
		AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof(private)) < 0)
		return err_sys(e, "mount namespace: make private");
	if (move_to(t->rootfd, AT_FDCWD, "/") < 0)
		return err_sys(e, "root: attach");
	return 0;
}

/*
 * The new root is mounted on "/".  pivot_root(2) stacks the old one on top
 * of it at ".", where it is taken off.  On a host whose root is the boot's
 * own rootfs, which can't be moved (EINVAL), the new root stays on top of it
 * as it does for the host's own switch_root(8).
 */
int
tree_enter(int rootfd, struct err *e)
{
	if (fchdir(rootfd) < 0)
		return err_sys(e, "root: chdir");
	if (sys_pivot_root(".", ".") == 0) {
		if (umount2(".", MNT_DETACH) < 0)
			return err_sys(e, "host's root: detach");
		return 0;
	}
	if (errno != EINVAL)
		return err_sys(e, "root: pivot_root");
	if (chroot(".") < 0)
		return err_sys(e, "root: chroot");
	return 0;
}
