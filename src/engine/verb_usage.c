/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs show and get-rss: what pots use.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/answer.h"
#include "engine/spec.h"
#include "engine/verbs.h"
#include "engine/volumes.h"
#include "model/limits.h"

static int
add_usage(
    struct call *c, const struct run_state *st, struct record *r, struct err *e)
{
	struct cell_usage u;

	if (c->g->platform->limit->usage(&st->ref, &u, e) < 0)
		return -1;
	record_int(r, "memory_bytes", (int64_t)u.memory_bytes);
	record_int(r, "memory_peak_bytes", (int64_t)u.memory_peak_bytes);
	record_int(r, "virtual_bytes", (int64_t)u.virtual_bytes);
	record_int(r, "swap_bytes", (int64_t)u.swap_bytes);
	record_int(r, "cpu_ns", (int64_t)u.cpu_ns);
	record_int(r, "cpu_percent", (int64_t)u.cpu_percent);
	record_int(r, "processes", (int64_t)u.processes);
	record_int(r, "io_read_bytes", (int64_t)u.io_read_bytes);
	record_int(r, "io_write_bytes", (int64_t)u.io_write_bytes);
	record_int(r, "oom_kills", (int64_t)u.oom_kills);
	return 0;
}

/* Own volumes together, and every other volume that is mounted apart. */
static int
add_disk(struct pot *p, struct record *r, struct err *e)
{
	auto_strv struct strv own = STRV_INIT;
	struct storage *s;
	uint64_t total = 0, n;

	if (engine_storage(p->g, &s, e) < 0)
		return -1;
	volumes_of(p, &own);
	for (size_t i = 0; i < own.n; i++) {
		if (storage_usage(s, own.v[i], &n, e) < 0)
			return -1;
		total += n;
	}
	record_int(r, "disk_bytes", (int64_t)total);
	record_list(r, "volumes");
	for (size_t i = 0; i < p->fscomp.n; i++) {
		const char *v = spec_volume(p->g, p->fscomp.v[i].source);
		struct record *sub;

		if (v == NULL || strv_has(&own, v) || !storage_exists(s, v))
			continue;
		if (storage_usage(s, v, &n, e) < 0)
			return -1;
		sub = record_new();
		record_str(sub, "name", p->fscomp.v[i].source);
		record_int(sub, "bytes", (int64_t)n);
		record_list_add(r, "volumes", sub);
	}
	return 0;
}

static int
show_pot(struct call *c, const char *name, struct err *e)
{
	auto_record struct record *r = record_new();
	auto_pot struct pot *p = NULL;
	struct limit_set l;
	struct run_state st;

	if (pot_open(c->g, name, &p, e) < 0 || run_find(c->g, name, &st, e) < 0)
		return -1;
	record_str(r, "name", name);
	record_str(r, "type", pot_type_word(p->config->type));
	record_bool(r, "active", st.is_alive);
	if (limits_load(p->conf, &l, e) < 0 || add_disk(p, r, e) < 0)
		return -1;
	if (limit_is_set(&l, LIMIT_CPUS))
		record_int(r, "cpus_limit", (int64_t)l.value[LIMIT_CPUS]);
	else
		record_null(r, "cpus_limit");
	if (st.is_alive && c->req->uid == 0) {
		char list[LIMIT_CPU_LIST_SIZE];

		if (add_usage(c, &st, r, e) < 0 ||
		    c->g->platform->limit->cpu_list(&st.ref, list, e) < 0)
			return -1;
		record_str(r, "cpu_list", list[0] == '\0' ? NULL : list);
	}
	CALL_RECORD(c, r);
	return 0;
}

int
verb_show(struct call *c, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	const char *name = request_get(c->req, "pot");
	struct storage *s;

	if (name != NULL)
		return show_pot(c, name, e);
	if ((request_has(c->req, "all") ? pot_names(c->g, &names, e) :
					  run_names(c->g, &names, e)) < 0)
		return -1;
	/* Who may not look at them at once may not look at one. */
	if (names.n > 1 &&
	    (engine_storage(c->g, &s, e) < 0 || storage_glance(s, "", e) < 0) &&
	    err_pardon(e, ERR_DENIED) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (show_pot(c, names.v[i], e) == 0)
			continue;
		/* Stopped or destroyed while we looked. */
		log_warn(c->log, "%s", e->text);
		err_clear(e);
	}
	return 0;
}

int
verb_get_rss(struct call *c, struct err *e)
{
	auto_record struct record *r = record_new();
	auto_pot struct pot *p = NULL;
	struct run_state st;
	const char *name;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    pot_open(c->g, name, &p, e) < 0 || run_find(c->g, name, &st, e) < 0)
		return -1;
	if (!st.is_alive)
		return err_set(e, ERR_STATE, "pot %s: is not running", name);
	record_str(r, "name", name);
	record_int(r, "clock_mhz", c->g->platform->host->clock_mhz());
	if (add_usage(c, &st, r, e) < 0 || answer_limits(p, r, e) < 0)
		return -1;
	CALL_RECORD(c, r);
	return 0;
}
