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

/* What every kernel has comes last, so that no copy is left over. */
static const struct cover_row proc_rows[] = {
	{ "bus", COVER_READONLY },
	{ "fs", COVER_READONLY },
	{ "irq", COVER_READONLY },
	{ "sys", COVER_READONLY },
	{ "sysrq-trigger", COVER_READONLY },
	{ "acpi", COVER_DIR },
	{ "asound", COVER_DIR },
	{ "scsi", COVER_DIR },
	{ "kcore", COVER_FILE },
	{ "keys", COVER_FILE },
	{ "latency_stats", COVER_FILE },
	{ "sched_debug", COVER_FILE },
	{ "timer_list", COVER_FILE },
	{ "timer_stats", COVER_FILE },
	{ "interrupts", COVER_FILE },
};

static const struct cover_row sys_rows[] = {
	{ "devices/virtual/powercap", COVER_DIR },
	{ "firmware", COVER_DIR },
};

static int
kernfs_build(const char *type, uint64_t attr, int *fdp, struct err *e)
{
	int fsfd; /* inside.h: not closed one by one */

	if (fs_open(type, &fsfd, e) < 0)
		return -1;
	return fs_mount(fsfd, type, attr, fdp, e);
}

/*
 * What lies over masked paths: the host's null device over files, as the
 * OCI runtimes do it, and an empty read-only tmpfs over directories.  Each
 * place gets a copy, and one for which there was no place is kept for the
 * next: a mount that is closed without ever having been attached costs a
 * grace period of RCU.
 *
 * Nothing is closed here otherwise: the process is about to close all
 * descriptors at once.
 */
enum { OVER_FILE, OVER_DIR };

static int
covers_init(struct covers *c, struct err *e)
{
	*c = (struct covers){ .spare = { -1, -1 } };
	c->source[OVER_FILE] =
	    open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (c->source[OVER_FILE] < 0)
		return err_sys(e, "mask: the host's /dev/null");
	if (kernfs_build("tmpfs", PROC_ATTR | MOUNT_ATTR_RDONLY,
		&c->source[OVER_DIR], e) < 0)
		return -1;
	c->spare[OVER_DIR] = c->source[OVER_DIR];
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
cover_mask(struct covers *c, int mntfd, const char *path, int over)
{
	int *spare = &c->spare[over];

	if (*spare < 0)
		*spare = open_tree(c->source[over], "",
		    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
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
		    cover_mask(c, mntfd, path,
			rows[i].how == COVER_DIR ? OVER_DIR : OVER_FILE);

		if (rc < 0 && errno != ENOENT)
			return err_sys(e, "%s/%s: mask", what, path);
	}
	return 0;
}

/*
 * The pot's own part of the cgroup tree, read-only, where the host has the
 * unified hierarchy alone: programs look there for their limits.
 */
static int
cgroup_build(int *fdp, struct err *e)
{
	struct statfs fs;

	if (statfs("/sys/fs/cgroup", &fs) < 0 ||
	    (unsigned long)fs.f_type != CGROUP2_SUPER_MAGIC)
		return 0;
	return kernfs_build("cgroup2", PROC_ATTR | MOUNT_ATTR_RDONLY, fdp, e);
}

int
procsys_build(int host_sysfd, struct procsys *out, struct err *e)
{
	*out = (struct procsys){
		.procfd = -1, .sysfd = host_sysfd, .cgroupfd = -1
	};
	if (covers_init(&out->covers, e) < 0 ||
	    kernfs_build("proc", PROC_ATTR, &out->procfd, e) < 0)
		return -1;
	if (out->sysfd < 0 &&
	    kernfs_build(
		"sysfs", PROC_ATTR | MOUNT_ATTR_RDONLY, &out->sysfd, e) < 0)
		return -1;
	return cgroup_build(&out->cgroupfd, e);
}

int
procsys_attach(struct procsys *s, int rootfd, struct err *e)
{
	if (attach_at(s->procfd, rootfd, "/proc", true, 0555, e) < 0 ||
	    cover_all(&s->covers, s->procfd, "/proc", proc_rows,
		COUNT_OF(proc_rows), e) < 0)
		return -1;
	if (attach_at(s->sysfd, rootfd, "/sys", true, 0555, e) < 0 ||
	    cover_all(&s->covers, s->sysfd, "/sys", sys_rows,
		COUNT_OF(sys_rows), e) < 0)
		return -1;
	if (s->cgroupfd < 0)
		return 0;
	return attach_at(s->cgroupfd, s->sysfd, "/fs/cgroup", false, 0, e);
}
