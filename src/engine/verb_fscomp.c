/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs create-fscomp and clone-fscomp.
 */
#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "engine/verbs.h"
#include "model/name.h"

/* An existing component is fine, and needs no root (reference 2.2). */
int
verb_create_fscomp(struct call *c, struct err *e)
{
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
	if (name_parse_new("fscomp", text, &name, e) < 0)
		return -1;
	return storage_create(s, volume, e);
}

int
verb_clone_fscomp(struct call *c, struct err *e)
{
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
	if (storage_snapshots(s, from_volume, &snaps, e) < 0)
		return -1;
	if (snaps.n == 0)
		return err_set(e, ERR_NOT_FOUND,
		    "fscomp %s: has no snapshot (pot snapshot -f %s)", from.s,
		    from.s);
	return storage_clone(s, from_volume, snaps.v[snaps.n - 1], volume, e);
}
