/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work on a pot's tree in a child of its own: while the pot is stopped in a
 * private mount namespace that ends with the child, while it runs on the
 * tree it sees.  Also the mounts of a running pot.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "platform/linux/cell.h"
#include "platform/linux/kernel.h"
#include "platform/linux/linux.h"
#include "platform/linux/work.h"

static int
work_at(
    int dirfd, const char *path, mount_view_fn *fn, void *arg, struct err *e)
{
	auto_close int rootfd =
	    openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (rootfd < 0)
		return err_sys(e, "root");
	return fn(rootfd, arg, e);
}

struct view {
	const struct mount_plan *plan;
	const struct tree *tree;
	mount_view_fn *fn;
	void *arg;
};

static int
view_stopped(void *arg, struct err *e)
{
	const struct view *v = arg;

	if (tree_attach_root(v->tree, e) < 0 ||
	    tree_attach(v->plan, v->tree, false, e) < 0)
		return -1;
	return work_at(v->tree->rootfd, ".", v->fn, v->arg, e);
}

int
mount_view(const struct mount_plan *p, const char *root, mount_view_fn *fn,
    void *arg, struct err *e)
{
	auto_tree struct tree tree = TREE_INIT;
	struct view v = { .plan = p, .tree = &tree, .fn = fn, .arg = arg };

	if (tree_build(p, root, NULL, &tree, e) < 0)
		return -1;
	return work_in_child(CLONE_NEWNS, view_stopped, &v, e);
}

/* What is done in a living cell. */
struct job {
	int pidfd;
	bool has_userns;
	bool is_inside; /* as the cell's root, without our rights */
	struct idmap map;
	mount_view_fn *fn;
	void *arg;
};

/*
 * In the mount namespace of the cell.  What is made in a pot with its own
 * user namespace has to belong to its root: either we become that, or keep
 * our rights over what was opened on the host and have its ids for files
 * alone.
 */
static int
job_inside(void *arg, struct err *e)
{
	const struct job *j = arg;
	bool joins = j->has_userns && j->is_inside;

	if (setns(j->pidfd, CLONE_NEWNS | (joins ? CLONE_NEWUSER : 0)) < 0)
		return err_sys(e, "namespaces");
	if (joins && userns_become_root(e) < 0)
		return -1;
	if (j->has_userns && !joins && userns_take_fsids(j->map.first, e) < 0)
		return -1;
	return work_at(AT_FDCWD, "/", j->fn, j->arg, e);
}

static int
job_run(const struct cell_ref *ref, bool is_inside, mount_view_fn *fn,
    void *arg, struct err *e)
{
	auto_close int pidfd = -1;
	struct handle h;
	struct job j = {
		.is_inside = is_inside, .map = IDMAP_INIT, .fn = fn, .arg = arg
	};
	int rc;

	if (cell_open(ref, &h, &pidfd, e) < 0)
		return -1;
	j.pidfd = pidfd;
	j.has_userns = h.has_userns;
	if (h.has_userns && !is_inside && userns_of(h.pid, &j.map, e) < 0)
		return -1;
	rc = work_in_child(0, job_inside, &j, e);
	idmap_fini(&j.map);
	return rc;
}

int
cell_view(
    const struct cell_ref *ref, mount_view_fn *fn, void *arg, struct err *e)
{
	return job_run(ref, false, fn, arg, e);
}

/* The maps of ids that a living cell has. */
static int
ids_of(const struct cell_ref *ref, struct idmap *map, bool *has_userns,
    struct err *e)
{
	auto_close int pidfd = -1;
	struct handle h;

	if (cell_open(ref, &h, &pidfd, e) < 0)
		return -1;
	if (h.has_userns && userns_of(h.pid, map, e) < 0)
		return -1;
	/* Whose maps were that? */
	if (pidfd_is_dead(pidfd))
		return err_set(e, ERR_STATE, "not running");
	*has_userns = h.has_userns;
	return 0;
}

int
cell_ids(const struct cell_ref *ref, struct cell_ids *out, struct err *e)
{
	auto_idmap struct idmap map = IDMAP_INIT;
	bool has_userns;

	if (ids_of(ref, &map, &has_userns, e) < 0)
		return -1;
	*out = (struct cell_ids){ .first = map.first, .count = map.count };
	return 0;
}

struct live_mount {
	const struct mount_entry *entry;
	int part;
};

static int
attach_live(int rootfd, void *arg, struct err *e)
{
	const struct live_mount *m = arg;

	return tree_attach_part(m->entry, m->part, rootfd, true, e);
}

int
cell_mount(const struct cell_ref *ref, const char *root UNUSED,
    const struct mount_entry *m, struct err *e)
{
	auto_close int part = -1;
	auto_idmap struct idmap map = IDMAP_INIT;
	struct live_mount live = { .entry = m };
	bool has_userns;

	if (ids_of(ref, &map, &has_userns, e) < 0)
		return -1;
	if (tree_build_part(m, has_userns ? &map : NULL, &part, e) < 0)
		return -1;
	live.part = part;
	if (job_run(ref, true, attach_live, &live, e) < 0)
		return err_wrap(e, "mount %s", m->target);
	return 0;
}

/* Nothing is followed: the directory that holds it is opened below the
 * root, and what is unmounted is one name in it. */
static int
detach_live(int rootfd, void *arg, struct err *e)
{
	const char *target = arg;
	auto_close int dirfd = -1;
	char name[NAME_MAX + 1];
	struct statx st;

	if (beneath_parent(rootfd, target, &dirfd, name, e) < 0)
		return -1;
	if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) < 0)
		return err_sys(e, "stat");
	if ((st.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0)
		return err_set(e, ERR_NOT_FOUND, "nothing is mounted there");
	if (fchdir(dirfd) < 0 ||
	    umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return err_sys(e, "unmount");
	return 0;
}

int
cell_unmount(const struct cell_ref *ref, const char *root UNUSED,
    const char *target, struct err *e)
{
	char path[PATH_MAX];

	if (str_copy(path, target, sizeof(path)) >= sizeof(path))
		return err_set(e, ERR_INVALID, "unmount: path too long");
	if (job_run(ref, true, detach_live, path, e) < 0)
		return err_wrap(e, "unmount %s", target);
	return 0;
}
