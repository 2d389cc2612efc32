/* SPDX-License-Identifier: BSD-2-Clause */
/* Mount plans as data; what is done with them is each platform's. */
#include <stdlib.h>

#include "base/xmalloc.h"
#include "platform/mount.h"

static void
entry_fini(struct mount_entry *m)
{
	free(m->source);
	strv_fini(&m->lower);
	free(m->upper);
	free(m->work);
	free(m->target);
	free(m->options);
}

void
mount_plan_fini(struct mount_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		entry_fini(&p->v[i]);
	free(p->v);
	*p = (struct mount_plan)MOUNT_PLAN_INIT;
}

struct mount_entry *
mount_plan_add(struct mount_plan *p, enum mount_kind kind, const char *target)
{
	struct mount_entry *m;

	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 8 : p->cap * 2;
		p->v = xreallocarray(p->v, p->cap, sizeof(*p->v));
	}
	m = &p->v[p->n++];
	*m = (struct mount_entry){
		.kind = kind,
		.lower = STRV_INIT,
		.target = xstrdup(target),
		.mode = 0755,
	};
	return m;
}
