/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits of the fake platform: a group per cell, figures that depend only
 * on it, and a host of fixed size (fake.h) to be above.
 */
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/fake/fake_impl.h"

struct fake_group *
fake_group_find(const struct cell_ref *ref)
{
	for (size_t i = 0; i < fake_state.ngroups; i++) {
		struct fake_group *g = &fake_state.groups[i];

		if (str_eq(g->name, ref->name) &&
		    str_eq(g->instance, ref->instance) &&
		    g->generation == ref->generation)
			return g;
	}
	return NULL;
}

#define begin(e, op, ref) \
	fake_begin(e, op, "%s.%" PRIu64, (ref)->name, (ref)->generation)

static int
above(const struct limit_set *l, enum limit_id id, const char *what,
    uint64_t host, struct err *e)
{
	if (!limit_is_set(l, id) || l->value[id] <= host)
		return 0;
	return err_set(e, ERR_LIMIT, "%s %" PRIu64 ": the host has %" PRIu64,
	    what, l->value[id], host);
}

static int
check(const struct limit_set *l, struct err *e)
{
	struct cpu_mask mask;

	if (above(l, LIMIT_MEMORY, "memory", FAKE_MEMORY_BYTES, e) < 0 ||
	    above(l, LIMIT_SWAP, "swap", FAKE_SWAP_BYTES, e) < 0 ||
	    above(l, LIMIT_CPUS, "cpus", FAKE_NCPU, e) < 0 ||
	    above(l, LIMIT_CPU_QUOTA, "cpu quota", UINT64_C(1000) * FAKE_NCPU,
		e) < 0)
		return -1;
	if (l->cpu_list[0] == '\0')
		return 0;
	if (cpu_mask_parse(l->cpu_list, &mask, e) < 0)
		return -1;
	for (unsigned cpu = FAKE_NCPU; cpu < LIMIT_CPU_MAX; cpu++) {
		if (cpu_mask_has(&mask, cpu))
			return err_set(e, ERR_LIMIT, "cpu %u: the host has %u",
			    cpu, FAKE_NCPU);
	}
	return 0;
}

/* A number of CPUs becomes a list of those with the fewest cells. */
static int
pin(struct fake_group *g, struct err *e)
{
	auto_free struct cpu_mask *pinned =
	    xcalloc(fake_state.ngroups, sizeof(*pinned));
	struct cpu_mask mine;
	size_t n = 0;

	if (g->limits.cpu_list[0] != '\0' ||
	    !limit_is_set(&g->limits, LIMIT_CPUS))
		return 0;
	for (size_t i = 0; i < fake_state.ngroups; i++) {
		const char *list = fake_state.groups[i].limits.cpu_list;

		if (*list != '\0' && cpu_mask_parse(list, &pinned[n++], e) < 0)
			return -1;
	}
	cpu_choose(
	    (unsigned)g->limits.value[LIMIT_CPUS], FAKE_NCPU, pinned, n, &mine);
	cpu_mask_format(&mine, g->limits.cpu_list);
	return 0;
}

static int
limit_check(const struct limit_set *l, struct err *e)
{
	if (fake_begin(e, "limit.check", "%" PRIx32, l->set) < 0)
		return -1;
	return fake_end(check(l, e));
}

static int
limit_prepare(
    const struct cell_ref *ref, const struct limit_set *l, struct err *e)
{
	struct fake_group *g;

	if (begin(e, "limit.prepare", ref) < 0)
		return -1;
	if (fake_group_find(ref) != NULL)
		return fake_end(err_set(
		    e, ERR_EXISTS, "limits of %s: exist already", ref->name));
	if (check(l, e) < 0)
		return fake_end(-1);
	g = fake_state_add_group(&fake_state);
	str_copy(g->name, ref->name, sizeof(g->name));
	str_copy(g->instance, ref->instance, sizeof(g->instance));
	g->generation = ref->generation;
	g->limits = *l;
	if (pin(g, e) == 0)
		return fake_end(0);
	fake_state_remove_group(&fake_state, fake_state.ngroups - 1);
	return fake_end(-1);
}

static int
find(const struct cell_ref *ref, struct fake_group **out, struct err *e)
{
	*out = fake_group_find(ref);
	if (*out == NULL)
		return err_set(
		    e, ERR_NOT_FOUND, "limits of %s: none", ref->name);
	return 0;
}

static int
limit_change(const struct cell_ref *ref, const struct limit_set *old UNUSED,
    const struct limit_set *new_set, struct err *e)
{
	struct fake_group *g;

	if (begin(e, "limit.change", ref) < 0)
		return -1;
	if (find(ref, &g, e) < 0 || check(new_set, e) < 0)
		return fake_end(-1);
	g->limits = *new_set;
	return fake_end(pin(g, e));
}

static int
limit_remove(const struct cell_ref *ref, struct err *e)
{
	if (begin(e, "limit.remove", ref) < 0)
		return -1;
	for (size_t i = fake_state.ngroups; i-- > 0;) {
		if (&fake_state.groups[i] == fake_group_find(ref))
			fake_state_remove_group(&fake_state, i);
	}
	return fake_end(0);
}

static int
limit_usage(const struct cell_ref *ref, struct cell_usage *out, struct err *e)
{
	struct fake_group *g;

	if (begin(e, "limit.usage", ref) < 0)
		return -1;
	if (find(ref, &g, e) < 0)
		return fake_end(-1);
	*out = (struct cell_usage){
		.cpu_ns = 1500000000,
		.cpu_percent = 25,
		.memory_bytes = (uint64_t)12 << 20,
		.memory_peak_bytes = (uint64_t)16 << 20,
		.virtual_bytes = (uint64_t)64 << 20,
		.processes = 2,
		.io_read_bytes = 4096,
		.io_write_bytes = 8192,
		.oom_kills = g->oom_kills,
	};
	return fake_end(0);
}

static int
limit_oom_kills(const struct cell_ref *ref, uint64_t *n, struct err *e)
{
	struct fake_group *g;

	if (begin(e, "limit.oom_kills", ref) < 0)
		return -1;
	if (find(ref, &g, e) < 0)
		return fake_end(-1);
	*n = g->oom_kills;
	return fake_end(0);
}

/* A fake cell runs out of memory at its start or never: nothing to tell. */
static int
limit_oom_open(
    const struct cell_ref *ref, struct oom_watch *out UNUSED, struct err *e)
{
	if (begin(e, "limit.oom_open", ref) < 0)
		return -1;
	return fake_end(err_set(
	    e, ERR_UNSUPPORTED, "limit.oom_open: not available on fake"));
}

static int
limit_cpu_list(
    const struct cell_ref *ref, char out[LIMIT_CPU_LIST_SIZE], struct err *e)
{
	struct fake_group *g;

	if (begin(e, "limit.cpu_list", ref) < 0)
		return -1;
	if (find(ref, &g, e) < 0)
		return fake_end(-1);
	str_copy(out, g->limits.cpu_list, LIMIT_CPU_LIST_SIZE);
	return fake_end(0);
}

static int
limit_census(const char *instance, struct strv *names, struct err *e)
{
	if (fake_begin(e, "limit.census", "%s", instance) < 0)
		return -1;
	for (size_t i = 0; i < fake_state.ngroups; i++) {
		const struct fake_group *g = &fake_state.groups[i];

		if (str_eq(g->instance, instance))
			strv_add_fmt(
			    names, "%s.%" PRIu64, g->name, g->generation);
	}
	return fake_end(0);
}

const struct platform_limit_ops fake_limit_ops = {
	.check = limit_check,
	.prepare = limit_prepare,
	.change = limit_change,
	.remove = limit_remove,
	.usage = limit_usage,
	.oom_kills = limit_oom_kills,
	.oom_open = limit_oom_open,
	.cpu_list = limit_cpu_list,
	.census = limit_census,
};
