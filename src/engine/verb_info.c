/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs info, get-attribute and last-run-stats.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/answer.h"
#include "engine/environment.h"
#include "engine/ids.h"
#include "engine/supervisor.h"
#include "engine/verbs.h"
#include "model/attributes.h"
#include "model/lastrun.h"

/* Framework or jail attributes: the value, or the default. */
static void
add_attributes(
    const struct pot *p, struct record *r, const char *key, unsigned kind)
{
	struct record *sub = record_new();

	for (size_t i = 0; i < attr_count(); i++) {
		const struct attr *a = attr_at(i);
		auto_free char *value = NULL;

		if ((a->flags & ATTR_F_JAIL) != kind)
			continue;
		value = attr_value(p->conf, a, NULL);
		record_str(sub, a->name, value);
	}
	record_sub(r, key, sub);
}

static void
add_running(const struct pot *p, const struct run_state *st, struct record *r)
{
	auto_close int rundir = -1;
	struct err ignored = ERR_INIT;

	if (!st->is_alive || run_open(p->g, p->name.s, &rundir, &ignored) < 0) {
		record_null(r, "generation");
		record_bool(r, "supervised", false);
		record_int(r, "oom_kills", 0);
		return;
	}
	record_int(r, "generation", (int64_t)st->ref.generation);
	record_bool(r, "supervised", supervisor_is_there(rundir));
	record_int(r, "oom_kills", (int64_t)run_read_oom(rundir));
}

/* The host's ids of a pot with a user namespace. */
static int
add_ids(const struct pot *p, struct record *r, struct err *e)
{
	struct record *sub;
	struct id_range ids;
	int is = ids_read(p->dir, &ids, e);

	if (is < 0)
		return -1;
	if (is == 0 || !attr_bool(p->conf, "userns")) {
		record_null(r, "userns");
		return 0;
	}
	sub = record_new();
	record_int(sub, "first", ids.first);
	record_int(sub, "count", ids.count);
	record_sub(r, "userns", sub);
	return 0;
}

int
verb_info(struct call *c, struct err *e)
{
	auto_record struct record *r = record_new();
	auto_strv struct strv env = STRV_INIT;
	auto_pot struct pot *p = NULL;
	const struct pot_config *cfg;
	struct run_state st;
	const char *name;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    pot_open(c->g, name, &p, e) < 0 ||
	    run_find(c->g, name, &st, e) < 0 ||
	    answer_pot(p, &st, !request_has(c->req, "no-snapshots"), r, e) < 0)
		return -1;
	cfg = p->config;
	record_str(r, "bridge", cfg->bridge);
	record_str(r, "stack", pot_stack(p));
	record_str(r, "dns", pot_dns_word(cfg->dns));
	record_str(r, "cmd", cfg->cmd);
	record_strv(r, "args", &cfg->args);
	record_str(r, "hostname", cfg->hostname);
	record_strv(r, "ports", &cfg->ports);
	record_strv(r, "depends", &cfg->depends);
	record_strv(r, "env", &cfg->env);
	record_strv(r, "hosts", &cfg->hosts);
	add_attributes(p, r, "attributes", 0);
	add_attributes(p, r, "jail_attributes", ATTR_F_JAIL);
	environment_info(p, st.is_alive ? &st.ref : NULL, &env);
	record_strv(r, "environment", &env);
	add_running(p, &st, r);
	if (add_ids(p, r, e) < 0 || answer_limits(p, r, e) < 0 ||
	    answer_last_run(p, r, e) < 0)
		return -1;
	CALL_RECORD(c, r);
	return 0;
}

int
verb_get_attribute(struct call *c, struct err *e)
{
	auto_record struct record *r = record_new();
	auto_pot struct pot *p = NULL;
	auto_free char *value = NULL;
	const char *name, *attr;
	const struct attr *a;
	bool is_set;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    request_need(c->req, "attribute", &attr, e) < 0 ||
	    pot_open(c->g, name, &p, e) < 0)
		return -1;
	if ((a = attr_find(attr)) == NULL)
		return err_set(e, ERR_INVALID, "attribute %s: unknown", attr);
	value = attr_value(p->conf, a, &is_set);
	record_str(r, "name", a->name);
	record_bool(r, "is_set", is_set);
	record_str(r, "value", is_set ? value : NULL);
	record_str(r, "default", a->fallback);
	CALL_RECORD(c, r);
	return 0;
}

int
verb_last_run_stats(struct call *c, struct err *e)
{
	auto_record struct record *r = record_new();
	auto_pot struct pot *p = NULL;
	struct lastrun last;
	const char *name;
	int is;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    pot_open(c->g, name, &p, e) < 0 ||
	    (is = lastrun_read(p->confdir, &last, e)) < 0)
		return -1;
	record_str(r, "name", p->name.s);
	if (is == 0)
		record_null(r, "exit_code");
	else
		record_int(r, "exit_code", last.status);
	if (answer_last_run(p, r, e) < 0)
		return -1;
	CALL_RECORD(c, r);
	return 0;
}
