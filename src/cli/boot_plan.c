/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of pots that are started or stopped together. */
#include "cli/boot_plan.h"

#include <stdlib.h>

#include "base/str.h"
#include "base/xmalloc.h"

void
boot_plan_fini(struct boot_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		strv_fini(&p->v[i].before);
	}
	free(p->v);
	*p = (struct boot_plan)BOOT_PLAN_INIT;
}

struct boot_pot *
boot_plan_find(const struct boot_plan *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->v[i].name, name))
			return &p->v[i];
	return NULL;
}

struct boot_pot *
boot_plan_add(struct boot_plan *p, const char *name)
{
	struct boot_pot *pot = boot_plan_find(p, name);

	if (pot != NULL)
		return pot;
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 16 : 2 * p->cap;
		p->v = xreallocarray(p->v, p->cap, sizeof(*p->v));
	}
	pot = &p->v[p->n++];
	*pot = (struct boot_pot){ .name = xstrdup(name) };
	return pot;
}

void
boot_plan_reverse(struct boot_plan *p)
{
	struct strv *after = xcalloc(p->n + 1, sizeof(*after));

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->v[i].before.n; k++) {
			struct boot_pot *first =
			    boot_plan_find(p, p->v[i].before.v[k]);

			if (first != NULL)
				strv_add(&after[first - p->v], p->v[i].name);
		}
	for (size_t i = 0; i < p->n; i++) {
		strv_fini(&p->v[i].before);
		p->v[i].before = after[i];
	}
	free(after);
}

static bool
is_through(const struct boot_plan *p, const char *name)
{
	const struct boot_pot *pot = boot_plan_find(p, name);

	return pot == NULL || pot->state == BOOT_DONE ||
	    pot->state == BOOT_FAILED;
}

static bool
is_ready(const struct boot_plan *p, const struct boot_pot *pot)
{
	for (size_t i = 0; i < pot->before.n; i++)
		if (!str_eq(pot->before.v[i], pot->name) &&
		    !is_through(p, pot->before.v[i]))
			return false;
	return true;
}

struct boot_pot *
boot_plan_next(struct boot_plan *p)
{
	struct boot_pot *first = NULL;
	bool is_any_busy = false;

	for (size_t i = 0; i < p->n; i++) {
		struct boot_pot *pot = &p->v[i];

		is_any_busy |= pot->state == BOOT_BUSY;
		if (pot->state != BOOT_WAITING)
			continue;
		if (is_ready(p, pot))
			return pot;
		if (first == NULL)
			first = pot;
	}
	return is_any_busy ? NULL : first;
}

const char *
boot_plan_failed(const struct boot_plan *p, const struct boot_pot *pot)
{
	for (size_t i = 0; i < pot->before.n; i++) {
		const struct boot_pot *first =
		    boot_plan_find(p, pot->before.v[i]);

		if (first != NULL && first->state == BOOT_FAILED)
			return first->name;
	}
	return NULL;
}
