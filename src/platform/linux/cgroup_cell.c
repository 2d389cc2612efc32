/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a cell asks of its control groups: to be born in them, to be
 * frozen, killed and listed; and their end.  A cell that never had any
 * (linux.h) is not an error.
 */
#include "platform/linux/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "platform/linux/linux.h"

/* The last process may be dead for its parent a moment before the kernel
 * has taken it out of its group. */
#define EMPTY_MS  1000
#define FREEZE_MS 5000
#define DEPTH_MAX 64

int
cgroup_clone_fd(const struct cell_ref *ref, int *fdp, struct err *e)
{
	struct cgroup_dir d;
	bool has;
	int fd;

	if (cgroup_of(CGROUP_TREE_V2, ref, &d, &has, e) < 0)
		return -1;
	fd = cgroup_open(&d, NULL, O_PATH | O_DIRECTORY);
	if (fd < 0 && errno != ENOENT)
		return err_sys(e, "%s: open", d.path);
	*fdp = fd;
	return 0;
}

static int
join(const struct cell_ref *ref, bool is_birth, struct err *e)
{
	struct cgroup_dir d;
	bool has;

	for (unsigned tree = CGROUP_TREE_V1(0); tree < CGROUP_TREE_COUNT;
	     tree++) {
		if (is_birth && !cgroup_may_have(tree, ref))
			continue;
		if (cgroup_of(tree, ref, &d, &has, e) < 0)
			return -1;
		/* `tasks` moves one thread and needs no lock that waits for
		 * a grace period, as cgroup.procs does. */
		if (has && cgroup_write(&d, "tasks", "0") < 0 &&
		    errno != ENOENT)
			return err_sys(e, "%s/tasks: write", d.path);
	}
	return 0;
}

int
cgroup_join(const struct cell_ref *ref, struct err *e)
{
	return join(ref, false, e);
}

int
cgroup_join_born(const struct cell_ref *ref, struct err *e)
{
	return join(ref, true, e);
}

int
cgroup_join_v2(const struct cell_ref *ref, struct err *e)
{
	struct cgroup_dir d;
	bool has;

	if (cgroup_of(CGROUP_TREE_V2, ref, &d, &has, e) < 0)
		return -1;
	if (cgroup_write(&d, "cgroup.procs", "0") < 0 && errno != ENOENT)
		return err_sys(e, "%s/cgroup.procs: write", d.path);
	return 0;
}

int
cgroup_kill(const struct cell_ref *ref, struct err *e)
{
	struct cgroup_dir d;
	bool has;

	if (cgroup_of(CGROUP_TREE_V2, ref, &d, &has, e) < 0)
		return -1;
	if (cgroup_write(&d, "cgroup.kill", "1") < 0 && errno != ENOENT &&
	    errno != ENODEV)
		return err_sys(e, "%s/cgroup.kill: write", d.path);
	return 0;
}

int
cgroup_freeze(const struct cell_ref *ref, bool on, struct err *e)
{
	struct cgroup_dir d;
	bool has;
	int r;

	if (cgroup_of(CGROUP_TREE_V2, ref, &d, &has, e) < 0)
		return -1;
	if (cgroup_write(&d, "cgroup.freeze", on ? "1" : "0") < 0) {
		if (errno == ENOENT || errno == ENODEV)
			return 0;
		return err_sys(e, "%s/cgroup.freeze: write", d.path);
	}
	r = cgroup_wait(&d, "frozen", on, FREEZE_MS, e);
	if (r == 1)
		return 0;
	if (on && cgroup_write(&d, "cgroup.freeze", "0") < 0 && r == 0)
		return err_sys(e, "%s/cgroup.freeze: write", d.path);
	if (r < 0)
		return -1;
	return err_set(e, ERR_TIMEOUT, "%s: not %s after %d ms", d.path,
	    on ? "frozen" : "thawed", FREEZE_MS);
}

struct pid_store {
	pid_t *pids;
	size_t max, n;
};

static int
store_pid(pid_t pid, void *arg, struct err *e)
{
	struct pid_store *s = arg;

	(void)e;
	if (s->n < s->max)
		s->pids[s->n] = pid;
	s->n++;
	return 0;
}

int
cgroup_pids(const struct cell_ref *ref, pid_t *pids, size_t max, size_t *n,
    struct err *e)
{
	struct pid_store s = { .pids = pids, .max = max };
	struct cgroup_dir d;
	bool has;

	if (cgroup_of(CGROUP_TREE_V2, ref, &d, &has, e) < 0 ||
	    cgroup_each_pid(&d, store_pid, &s, e) < 0)
		return -1;
	*n = s.n;
	return 0;
}

/* A guest that may nest can have made groups of its own. */
static int
remove_below(
    const struct cgroup_dir *d, const char *name, void *arg, struct err *e)
{
	struct cgroup_dir sub = { .dirfd = d->dirfd };
	unsigned depth = *(unsigned *)arg + 1;

	str_copy(sub.path, name, sizeof(sub.path));
	if (depth > DEPTH_MAX)
		return err_set(e, ERR_LIMIT,
		    "control group %s: more than %d levels", name, DEPTH_MAX);
	if (cgroup_each_dir(&sub, remove_below, &depth, e) < 0)
		return -1;
	if (unlinkat(sub.dirfd, sub.path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(e, "control group %s: rmdir", name);
	return 0;
}

/* rmdir(2), with what is below; *was_there tells if there was something. */
static int
remove_dir(const struct cgroup_dir *d, const struct cgroup_dir *v2,
    bool *was_there, struct err *e)
{
	unsigned depth = 0;
	int r;

	*was_there = true;
	if (unlinkat(d->dirfd, d->path, AT_REMOVEDIR) == 0)
		return 0;
	if (errno == ENOENT) {
		*was_there = false;
		return 0;
	}
	if (errno != EBUSY && errno != ENOTEMPTY)
		return err_sys(e, "%s: rmdir", d->path);
	r = cgroup_wait(v2, "populated", 0, EMPTY_MS, e);
	if (r < 0)
		return -1;
	if (r == 0)
		return err_set(
		    e, ERR_BUSY, "%s: processes live in it", d->path);
	if (cgroup_each_dir(d, remove_below, &depth, e) < 0)
		return -1;
	if (unlinkat(d->dirfd, d->path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(e, "%s: rmdir", d->path);
	return 0;
}

/*
 * v2's comes last: as long as it is there, so is cgroup.events, which wakes
 * us when the last process is out of all hierarchies.
 */
int
cgroup_remove(const struct cell_ref *ref, struct err *e)
{
	struct cgroup_dir v2, d;
	bool has, was_there;

	if (cgroup_of(CGROUP_TREE_V2, ref, &v2, &has, e) < 0)
		return -1;
	for (unsigned tree = CGROUP_TREE_COUNT; tree-- > 0;) {
		if (cgroup_of(tree, ref, &d, &has, e) < 0)
			return -1;
		if (!has)
			continue;
		if (remove_dir(&d, &v2, &was_there, e) < 0)
			return -1;
		/* The last of an instance takes what is above with it; who
		 * makes one in it at this moment makes that again. */
		if (was_there) {
			if (cgroup_parent(tree, ref->instance, &d, &has, e) < 0)
				return -1;
			(void)unlinkat(d.dirfd, d.path, AT_REMOVEDIR);
		}
	}
	return 0;
}

/* "NAME.GENERATION", and not something that others put there? */
static bool
is_cell_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && dot != name && str_is_digits(dot + 1);
}

static int
take_name(
    const struct cgroup_dir *d, const char *name, void *arg, struct err *e)
{
	struct strv *names = arg;

	(void)d;
	(void)e;
	if (is_cell_name(name))
		strv_add(names, name);
	return 0;
}

int
cgroup_census(const char *instance, struct strv *names, struct err *e)
{
	auto_strv struct strv all = STRV_INIT;
	struct cgroup_dir d;
	bool has;

	for (unsigned tree = 0; tree < CGROUP_TREE_COUNT; tree++) {
		if (cgroup_parent(tree, instance, &d, &has, e) < 0)
			return -1;
		if (has && cgroup_each_dir(&d, take_name, &all, e) < 0)
			return -1;
	}
	/* A cell has a directory in several trees. */
	strv_sort(&all);
	for (size_t i = 0; i < all.n; i++) {
		if (i == 0 || !str_eq(all.v[i], all.v[i - 1]))
			strv_add(names, all.v[i]);
	}
	return 0;
}
