/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host can mount, and what somebody else left mounted: pots on
 * Linux mount nothing in the host's namespace themselves.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "platform/linux/kernel.h"
#include "platform/linux/linux.h"
#include "platform/linux/mountinfo.h"
#include "platform/linux/tree.h"

static const char *const probe_dirs[] = { "lower", "upper", "work" };

/* Make an overlay of directories below DIR/NAME, and a file in it. */
static int
probe_overlay_at(int dirfd, const char *dir, const char *name, struct err *e)
{
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;
	struct mount_entry *m = mount_plan_add(&p, MOUNT_OVERLAY, "/");
	auto_close int top = -1, mnt = -1;

	top = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return err_sys(e, "%s/%s", dir, name);
	for (size_t i = 0; i < COUNT_OF(probe_dirs); i++) {
		if (mkdirat(top, probe_dirs[i], 0700) < 0)
			return err_sys(e, "%s/%s", dir, name);
	}
	strv_add_fmt(&m->lower, "%s/%s/lower", dir, name);
	m->upper = xasprintf("%s/%s/upper", dir, name);
	m->work = xasprintf("%s/%s/work", dir, name);
	if (tree_build_part(m, NULL, &mnt, e) < 0)
		return -1;
	if (mkdirat(mnt, "probe", 0700) < 0)
		return err_sys(e, "overlay on %s: write", dir);
	return 0;
}

static int
probe_overlay(const char *dir, struct err *e)
{
	struct err gone = ERR_INIT;
	auto_close int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[32];
	int rc;

	if (dirfd < 0)
		return err_sys(e, "%s", dir);
	str_fmt(name, sizeof(name), ".probe-%d", (int)getpid());
	if (mkdirat(dirfd, name, 0700) < 0)
		return err_sys(e, "%s/%s", dir, name);
	rc = probe_overlay_at(dirfd, dir, name, e);
	if (tree_remove(dirfd, name, &gone) < 0 && rc == 0) {
		*e = gone;
		return -1;
	}
	return rc;
}

static int
probe_tmpfs(const char *dir UNUSED, struct err *e)
{
	auto_close int fd = -1;

	return fs_open("tmpfs", &fd, e);
}

static int
probe_dataset(const char *dir UNUSED, struct err *e)
{
	return err_set(
	    e, ERR_UNSUPPORTED, "datasets: pots on Linux mount none yet");
}

typedef int probe_fn(const char *dir, struct err *e);

/* NULL: every kernel we run on can. */
static probe_fn *const probe_rows[] = {
	[MOUNT_BIND] = NULL,
	[MOUNT_OVERLAY] = probe_overlay,
	[MOUNT_TMPFS] = probe_tmpfs,
	[MOUNT_PROC] = NULL,
	[MOUNT_FDESCFS] = NULL,
	[MOUNT_DATASET] = probe_dataset,
};

static int
mount_probe(enum mount_kind kind, const char *dir, struct err *e)
{
	assert((size_t)kind < COUNT_OF(probe_rows));
	return probe_rows[kind] == NULL ? 0 : probe_rows[kind](dir, e);
}

struct sweep {
	const char *root;
	struct strv paths;
};

static int
sweep_one(const struct mountinfo *m, void *arg, struct err *e UNUSED)
{
	struct sweep *s = arg;

	if (path_is_below(m->path, s->root))
		strv_add(&s->paths, m->path);
	return 0;
}

/* The last one mounted goes first. */
static int
mount_sweep(const char *root, unsigned *count, struct err *e)
{
	struct sweep s = { .root = root, .paths = STRV_INIT };
	int rc = mountinfo_each(sweep_one, &s, e);

	*count = 0;
	for (size_t i = s.paths.n; rc == 0 && i > 0; i--) {
		const char *path = s.paths.v[i - 1];

		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			(*count)++;
		else if (errno != EINVAL && errno != ENOENT)
			rc = err_sys(e, "%s: unmount", path);
	}
	strv_fini(&s.paths);
	return rc;
}

const struct platform_mount_ops linux_mount_ops = {
	.view = mount_view,
	.probe = mount_probe,
	.sweep = mount_sweep,
};
