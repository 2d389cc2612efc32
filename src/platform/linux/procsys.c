/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc and /sys of a pot.  What the OCI runtimes mask or make read-only is
 * masked here, by descriptors of the very mounts that were just made: it
 * does not matter what the pot's image has at these places.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/linux/inside.h"
#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"

#define PROC_ATTR (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

enum cover { COVER_READONLY, COVER_FILE, COVER_DIR };

struct cover_row {
	const char *path;
	enum cover how;
};

static const struct cover_row proc_rows[] = {
	{ "bus", COVER_READONLY },
	{ "fs", COVER_READONLY },
	{ "irq", COVER_READONLY },
	{ "sys", COVER_READONLY },
	{ "sysrq-trigger", COVER_READONLY },
	{ "acpi", COVER_DIR },
	{ "asound", COVER_DIR },
	{ "scsi", COVER_DIR },
	{ "interrupts", COVER_FILE },
	{ "kcore", COVER_FILE },
	{ "keys", COVER_FILE },
	{ "latency_stats", COVER_FILE },
	{ "sched_debug", COVER_FILE },
	{ "timer_list", COVER_FILE },
	{ "timer_stats", COVER_FILE },
};

static const struct cover_row sys_rows[] = {
	{ "firmware", COVER_DIR },
	{ "devices/virtual/powercap", COVER_DIR },
};

/*
 * What lies over masked paths: copies of an empty directory and an empty
 * file on a read-only tmpfs.  A copy for which there was no path is kept
 * for the next.  Nothing is closed here: the process is about to close all
 * descriptors at once.
 */
struct covers {
	int fsfd;
	int spare[2];
};

static const char *const cover_names[2] = { "file", "dir" };

static int
covers_init(struct covers *c, struct err *e)
{
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_close int fsfd = -1;

	c->spare[0] = c->spare[1] = -1;
	if (fs_open("tmpfs", &fsfd, e) < 0 ||
	    fs_set(fsfd, "mask", "size", "4k", e) < 0 ||
	    fs_mount(fsfd, "mask", PROC_ATTR, &c->fsfd, e) < 0)
		return -1;
	if (mknodat(c->fsfd, cover_names[0], S_IFREG | 0444, 0) < 0 ||
	    mkdirat(c->fsfd, cover_names[1], 0555) < 0 ||
	    mount_setattr(c->fsfd, "", AT_EMPTY_PATH, &ro, sizeof(ro)) < 0)
		return err_sys(e, "mask");
	return 0;
}

/* A detached copy of PATH that can't be written to; ENOENT if it is not
 * there.  One call where the kernel has it (6.15), else two. */
static int
clone_readonly(int dirfd, const char *path)
{
	static bool has_no_attr;
	const unsigned flags =
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY | PROC_ATTR };
	int fd;

	if (!has_no_attr) {
		fd = sys_open_tree_attr(dirfd, path, flags, &ro);
		if (fd >= 0 || errno != ENOSYS)
			return fd;
		has_no_attr = true;
	}
	fd = open_tree(dirfd, path, flags);
	if (fd >= 0 &&
	    mount_setattr(
		fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &ro, sizeof(ro)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int
cover_readonly(int mntfd, const char *path)
{
	int fd = clone_readonly(mntfd, path);

	return fd < 0 ?
	    -1 :
	    move_mount(fd, "", mntfd, path, MOVE_MOUNT_F_EMPTY_PATH);
}

static int
cover_mask(struct covers *c, int mntfd, const char *path, bool is_dir)
{
	int *spare = &c->spare[is_dir];

	if (*spare < 0)
		*spare = open_tree(c->fsfd, cover_names[is_dir],
		    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (*spare < 0 ||
	    move_mount(*spare, "", mntfd, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	*spare = -1;
	return 0;
}

static int
cover_all(struct covers *c, int mntfd, const char *what,
    const struct cover_row *rows, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *path = rows[i].path;
		int rc = rows[i].how == COVER_READONLY ?
		    cover_readonly(mntfd, path) :
		    cover_mask(c, mntfd, path, rows[i].how == COVER_DIR);

		if (rc < 0 && errno != ENOENT)
			return err_sys(e, "%s/%s: mask", what, path);
	}
	return 0;
}

static int
kernfs_build(const char *type, uint64_t attr, int *fdp, struct err *e)
{
	auto_close int fsfd = -1;

	if (fs_open(type, &fsfd, e) < 0)
		return -1;
	return fs_mount(fsfd, type, attr, fdp, e);
}

/*
 * The pot's own part of the cgroup tree, read-only, where the host has the
 * unified hierarchy alone: programs look there for their limits.
 */
static int
cgroup_mount(int sysfd, struct err *e)
{
	auto_close int fd = -1;
	struct statfs fs;

	if (statfs("/sys/fs/cgroup", &fs) < 0 ||
	    (unsigned long)fs.f_type != CGROUP2_SUPER_MAGIC)
		return 0;
	if (kernfs_build("cgroup2", PROC_ATTR | MOUNT_ATTR_RDONLY, &fd, e) < 0)
		return -1;
	if (move_mount(fd, "", sysfd, "fs/cgroup", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(e, "/sys/fs/cgroup");
	return 0;
}

int
procsys_mount(int rootfd, int host_sysfd, struct err *e)
{
	auto_close int procfd = -1, sysfd = host_sysfd;
	struct covers c;

	if (covers_init(&c, e) < 0 ||
	    kernfs_build("proc", PROC_ATTR, &procfd, e) < 0 ||
	    attach_at(procfd, rootfd, "/proc", true, 0555, e) < 0 ||
	    cover_all(&c, procfd, "/proc", proc_rows, COUNT_OF(proc_rows), e) <
		0)
		return -1;
	if (sysfd < 0 &&
	    kernfs_build("sysfs", PROC_ATTR | MOUNT_ATTR_RDONLY, &sysfd, e) < 0)
		return -1;
	if (attach_at(sysfd, rootfd, "/sys", true, 0555, e) < 0 ||
	    cover_all(&c, sysfd, "/sys", sys_rows, COUNT_OF(sys_rows), e) < 0)
		return -1;
	return cgroup_mount(sysfd, e);
}
