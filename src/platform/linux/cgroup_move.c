/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A living cell gets the directory of a v1 controller it was not in: all its
 * processes are moved there, and none may stay outside.
 */
#include "platform/linux/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/xmalloc.h"

#define TEXT_SIZE   32
#define MOVE_PASSES 32
#define FREEZE_PASS 4 /* from here on nothing may fork while we move */
#define FREEZE_MS   2000

struct pid_list {
	pid_t *v;
	size_t n, cap;
};

static void
pid_list_fini(struct pid_list *l)
{
	free(l->v);
}

static int
pid_list_add(pid_t pid, void *arg, struct err *e)
{
	struct pid_list *l = arg;

	(void)e;
	if (l->n == l->cap) {
		l->cap = l->cap != 0 ? 2 * l->cap : 64;
		l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = pid;
	return 0;
}

static int
pid_compare(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Move what is in FROM and was not in TO; counts them. */
static int
move_pass(const struct cgroup_dir *from, const struct cgroup_dir *to,
    size_t *moved, struct err *e)
{
	__attribute__((cleanup(pid_list_fini))) struct pid_list in = { 0 };
	__attribute__((cleanup(pid_list_fini))) struct pid_list all = { 0 };
	char text[TEXT_SIZE];

	*moved = 0;
	if (cgroup_each_pid(to, pid_list_add, &in, e) < 0 ||
	    cgroup_each_pid(from, pid_list_add, &all, e) < 0)
		return -1;
	if (in.n > 0)
		qsort(in.v, in.n, sizeof(*in.v), pid_compare);
	for (size_t i = 0; i < all.n; i++) {
		if (in.n > 0 &&
		    bsearch(&all.v[i], in.v, in.n, sizeof(*in.v),
			pid_compare) != NULL)
			continue;
		++*moved;
		str_fmt(text, sizeof(text), "%d", (int)all.v[i]);
		/* ESRCH: it ended meanwhile. */
		if (cgroup_write(to, "cgroup.procs", text) < 0 &&
		    errno != ESRCH)
			return err_sys(
			    e, "%s/cgroup.procs: write %s", to->path, text);
	}
	return 0;
}

static int
move_passes(const struct cgroup_dir *from, const struct cgroup_dir *to,
    bool *is_frozen, struct err *e)
{
	uint64_t frozen = 0;
	size_t moved;

	for (int pass = 0; pass < MOVE_PASSES; pass++) {
		if (pass == FREEZE_PASS &&
		    cgroup_read_u64(from, "cgroup.freeze", &frozen) == 0 &&
		    frozen == 0) {
			*is_frozen = true;
			if (cgroup_write(from, "cgroup.freeze", "1") < 0 ||
			    cgroup_wait(from, "frozen", 1, FREEZE_MS, e) < 0)
				return -1;
		}
		if (move_pass(from, to, &moved, e) < 0)
			return -1;
		if (moved == 0)
			return 0;
	}
	return err_set(e, ERR_BUSY,
	    "%s: processes appear faster than they can be moved", to->path);
}

/*
 * A living cell gets the directory of a v1 controller it was not in.  A
 * child is where its parent is, so when a pass finds nobody left outside,
 * all are in.  Against a storm of forks the cell is frozen, but only then:
 * if we were killed it would stay so.
 */
int
cgroup_move_in(
    const struct cell_ref *ref, const struct cgroup_dir *to, struct err *e)
{
	struct cgroup_dir from;
	bool has, is_frozen = false;
	int r;

	if (cgroup_of(CGROUP_TREE_V2, ref, &from, &has, e) < 0)
		return -1;
	r = move_passes(&from, to, &is_frozen, e);
	if (is_frozen && cgroup_write(&from, "cgroup.freeze", "0") < 0 &&
	    r == 0)
		return err_sys(e, "%s/cgroup.freeze: write 0", from.path);
	return r;
}
