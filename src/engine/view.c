/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of a pot: the living cell's, or its plan mounted for a moment.
 */
#include "engine/view.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "engine/spec.h"

int
view_run(struct pot *p, struct cell_ids *ids, mount_view_fn *fn, void *arg,
    struct err *e)
{
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;
	auto_free char *root = xasprintf("%s/m", p->path);
	struct run_state st;

	if (run_find(p->g, p->name.s, &st, e) < 0)
		return -1;
	if (ids != NULL)
		*ids = (struct cell_ids){ .count = 0 };
	if (ids != NULL && st.is_alive && p->g->platform->cell->ids != NULL &&
	    p->g->platform->cell->ids(&st.ref, ids, e) < 0)
		return -1;
	if (st.is_alive)
		return p->g->platform->cell->view(&st.ref, fn, arg, e);
	if (spec_plan(p, &plan, e) < 0)
		return -1;
	return p->g->platform->mount->view(&plan, root, fn, arg, e);
}
