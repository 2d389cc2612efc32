/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb set-status (reference 8.1).  The states of pot 0.16 were words in
 * a file; here they are what the kernel and the journal say, so a status can
 * be asked for, and not set.
 */
#include "base/str.h"
#include "engine/journal.h"
#include "engine/pot.h"
#include "engine/verbs.h"

/* To which status a pot could go from which; "none" and "stopped" are one:
 * nothing of a stopped pot is kept until the host restarts. */
static const struct {
	const char *from, *to;
} moves[] = {
	{ "stopped", "starting" },
	{ "stopped", "stopping" },
	{ "starting", "started" },
	{ "starting", "doa" },
	{ "started", "stopping" },
	{ "doa", "stopping" },
	{ "stopping", "stopped" },
};

static bool
is_status(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(moves); i++)
		if (str_eq(moves[i].to, word))
			return true;
	return false;
}

/* The present one: that of the operation under way, or of the cell. */
static int
find_status(struct call *c, const char *name, const char **out, struct err *e)
{
	auto_journal_record struct journal_record r = { .op = "" };
	struct run_state st;
	int dir, is;

	if (engine_dir(c->g, DIR_RUN_JOURNAL, &dir, e) < 0 ||
	    (is = journal_read(dir, name, &r, e)) < 0)
		return -1;
	if (is > 0 && c->g->platform->proc->is_alive(&r.owner)) {
		if (str_eq(r.op, "start")) {
			*out = "starting";
			return 0;
		}
		if (str_eq(r.op, "stop")) {
			*out = "stopping";
			return 0;
		}
	}
	if (run_find(c->g, name, &st, e) < 0)
		return -1;
	*out = st.is_alive ? "started" : st.has_run ? "doa" : "stopped";
	return 0;
}

int
verb_set_status(struct call *c, struct err *e)
{
	auto_record struct record *r = NULL;
	const char *name, *wanted, *now;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    request_need(c->req, "status", &wanted, e) < 0)
		return -1;
	if (!is_status(wanted))
		return err_set(
		    e, ERR_INVALID, "set-status: unknown status %s", wanted);
	if (pot_need(c->g, name, e) < 0)
		return -1;
	if (find_status(c, name, &now, e) < 0)
		return -1;
	r = record_new();
	record_str(r, "name", name);
	record_str(r, "status", now);
	CALL_RECORD(c, r);
	c->status = str_eq(now, wanted) ? 2 : 1;
	for (size_t i = 0; i < COUNT_OF(moves); i++)
		if (str_eq(moves[i].from, now) && str_eq(moves[i].to, wanted))
			c->status = 0;
	return 0;
}
