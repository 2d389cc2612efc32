/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs create-fscomp and clone-fscomp.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "engine/fscomps.h"
#include "engine/verbs.h"
#include "model/name.h"

static const struct op_type op_fscomp = { .name = "change" };

static int
lock(struct call *c, const char *name, struct op *op, struct err *e)
{
	auto_free char *object = xasprintf("@fscomp-%s", name);

	op_init(op, c->g, &op_fscomp, object, c->log);
	return op_lock(op, false, e);
}

int
fscomp_lock(struct call *c, const char *name, struct op *op, struct err *e)
{
	auto_free char *volume = xasprintf("fscomp/%s", name);
	struct pot_name checked;
	struct storage *s;

	/* Looked at first, so that a wrong name does not leave a lock. */
	if (name_parse_existing("fscomp", name, &checked, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0 ||
	    (storage_exists(s, volume) && lock(c, name, op, e) < 0))
		return -1;
	if (!storage_exists(s, volume))
		return err_set(e, ERR_NOT_FOUND, "fscomp %s: not found", name);
	return 0;
}

/* An existing component is fine, and needs no root (reference 2.2). */
int
verb_create_fscomp(struct call *c, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_free char *volume = NULL;
	struct pot_name name;
	const char *text;
	struct storage *s;

	if (request_need(c->req, "fscomp", &text, e) < 0 ||
	    name_parse_existing("fscomp", text, &name, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0)
		return -1;
	volume = xasprintf("fscomp/%s", name.s);
	if (storage_exists(s, volume)) {
		log_info(c->log, "fscomp %s: exists already", name.s);
		return 0;
	}
	if (c->req->uid != 0)
		return err_set(
		    e, ERR_DENIED, "create-fscomp: needs to be run as root");
	if (name_parse_new("fscomp", text, &name, e) < 0 ||
	    lock(c, name.s, &op, e) < 0)
		return -1;
	if (storage_exists(s, volume)) /* by another command just now */
		return 0;
	return storage_create(s, volume, e);
}

/* By name, so that two clones across each other can't wait for each other. */
static int
lock_both(struct call *c, const char *a, struct op *op_a, const char *b,
    struct op *op_b, struct err *e)
{
	bool is_a_first = strcmp(a, b) < 0;

	if (lock(c, is_a_first ? a : b, is_a_first ? op_a : op_b, e) < 0)
		return -1;
	return lock(c, is_a_first ? b : a, is_a_first ? op_b : op_a, e);
}

int
verb_clone_fscomp(struct call *c, struct err *e)
{
	auto_op struct op op = { .type = NULL }, from_op = { .type = NULL };
	auto_free char *from_volume = NULL, *volume = NULL;
	auto_strv struct strv snaps = STRV_INIT;
	struct pot_name name, from;
	const char *text, *from_text;
	struct storage *s;

	if (request_need(c->req, "fscomp", &text, e) < 0 ||
	    request_need(c->req, "from", &from_text, e) < 0 ||
	    name_parse_new("fscomp", text, &name, e) < 0 ||
	    name_parse_existing("fscomp", from_text, &from, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0)
		return -1;
	volume = xasprintf("fscomp/%s", name.s);
	from_volume = xasprintf("fscomp/%s", from.s);
	if (storage_exists(s, volume))
		return err_set(
		    e, ERR_EXISTS, "fscomp %s: exists already", name.s);
	if (!storage_exists(s, from_volume))
		return err_set(
		    e, ERR_NOT_FOUND, "fscomp %s: not found", from.s);
	if (lock_both(c, name.s, &op, from.s, &from_op, e) < 0)
		return -1;
	if (storage_snapshots(s, from_volume, &snaps, e) < 0)
		return -1;
	if (snaps.n == 0)
		return err_set(e, ERR_NOT_FOUND,
		    "fscomp %s: has no snapshot (pot snapshot -f %s)", from.s,
		    from.s);
	return storage_clone(s, from_volume, snaps.v[snaps.n - 1], volume, e);
}
