/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The choice of CPUs (what potcpu did for the sh version).
 */
#include "engine/cpu.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/verbs.h"

int
cpu_assign(
    struct engine *g, const char *name, struct limit_set *l, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	auto_free struct cpu_mask *pinned = NULL;
	struct cpu_mask chosen;
	struct host_facts host;
	size_t n = 0;

	if (!limit_is_set(l, LIMIT_CPUS) || l->cpu_list[0] != '\0')
		return 0;
	if (g->platform->host->facts(&host, e) < 0 ||
	    run_names(g, &names, e) < 0)
		return -1;
	pinned = xcalloc(names.n + 1, sizeof(*pinned));
	for (size_t i = 0; i < names.n; i++) {
		char list[LIMIT_CPU_LIST_SIZE];
		struct err ignored = ERR_INIT;
		struct run_state st;

		if (str_eq(names.v[i], name) ||
		    run_find(g, names.v[i], &st, &ignored) < 0 ||
		    !st.is_alive ||
		    g->platform->limit->cpu_list(&st.ref, list, &ignored) < 0 ||
		    list[0] == '\0' ||
		    cpu_mask_parse(list, &pinned[n], &ignored) < 0)
			continue; /* it has just ended */
		n++;
	}
	cpu_choose(
	    (unsigned)l->value[LIMIT_CPUS], host.ncpu, pinned, n, &chosen);
	cpu_mask_format(&chosen, l->cpu_list);
	return 0;
}

int
verb_cpus(struct call *c, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	if (run_names(c->g, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_record struct record *r = record_new();
		char list[LIMIT_CPU_LIST_SIZE];
		struct err ignored = ERR_INIT;
		struct run_state st;

		if (run_find(c->g, names.v[i], &st, &ignored) < 0 ||
		    !st.is_alive ||
		    c->g->platform->limit->cpu_list(&st.ref, list, &ignored) <
			0)
			continue; /* it has just ended */
		record_str(r, "name", names.v[i]);
		record_str(r, "cpu_list", list[0] == '\0' ? NULL : list);
		CALL_RECORD(c, r);
	}
	return 0;
}
