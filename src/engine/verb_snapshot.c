/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs snapshot, revert, purge-snapshots and snapshots, of pots and of
 * file system components.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/fscomps.h"
#include "engine/snapshots.h"
#include "engine/uses.h"
#include "engine/verbs.h"
#include "engine/volumes.h"

/* Exactly one of pot and fscomp. */
static int
pick(struct call *c, const char **pot, const char **fscomp, struct err *e)
{
	*pot = request_get(c->req, "pot");
	*fscomp = request_get(c->req, "fscomp");
	if ((*pot == NULL) == (*fscomp == NULL))
		return err_set(e, ERR_USAGE,
		    "%s: exactly one of pot and fscomp is needed",
		    c->req->verb);
	return 0;
}

/* "fscomp/F" as a list of one, under its lock. */
static int
lock_fscomp(struct call *c, const char *name, struct op *op,
    struct strv *volume, struct err *e)
{
	if (fscomp_lock(c, name, op, e) < 0)
		return -1;
	strv_add_fmt(volume, "fscomp/%s", name);
	return 0;
}

static void
answer_name(struct call *c, const char *name)
{
	auto_record struct record *r = record_new();

	record_str(r, "name", name);
	CALL_RECORD(c, r);
}

static int
snapshot_fscomp(struct call *c, const char *name, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_strv struct strv volume = STRV_INIT, old = STRV_INIT;
	struct storage *s;
	char snap[32];

	if (lock_fscomp(c, name, &op, &volume, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0 ||
	    storage_glance(s, volume.v[0], e) < 0 ||
	    storage_snapshots(s, volume.v[0], &old, e) < 0)
		return -1;
	if (volumes_new_name(c->g, &volume, snap, e) < 0 ||
	    storage_snapshot(s, volume.v[0], snap, false, e) < 0)
		return -1;
	/* As with pots: never neither. */
	if (request_has(c->req, "replace") && old.n > 0 &&
	    storage_snapshot_destroy(s, volume.v[0], old.v[0], e) < 0)
		return -1;
	answer_name(c, snap);
	return 0;
}

int
verb_snapshot(struct call *c, struct err *e)
{
	const char *pot, *fscomp;
	char name[32];

	if (pick(c, &pot, &fscomp, e) < 0)
		return -1;
	if (fscomp != NULL)
		return snapshot_fscomp(c, fscomp, e);
	if (snapshot_pot(
		c->g, pot, request_has(c->req, "replace"), name, c->log, e) < 0)
		return -1;
	answer_name(c, name);
	return 0;
}

static int
revert_fscomp(struct call *c, const char *name, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_strv struct strv volume = STRV_INIT;
	auto_lock struct lock uses = LOCK_INIT;
	struct storage *s;

	if (lock_fscomp(c, name, &op, &volume, e) < 0 ||
	    uses_claim_alone(c->g, volume.v[0], &uses, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0)
		return -1;
	return storage_revert(
	    s, volume.v[0], request_get(c->req, "snapshot"), e);
}

/* Stopped, and with a snapshot to go back to. */
static int
check_revert(struct call *c, const char *pot, struct pot **p,
    const char *wanted, struct strv *names, struct err *e)
{
	struct run_state st;

	if (pot_open(c->g, pot, p, e) < 0 || run_find(c->g, pot, &st, e) < 0)
		return -1;
	if (st.is_alive)
		return err_set(e, ERR_STATE, "pot %s: is running", pot);
	if (volumes_common(*p, names, e) < 0)
		return -1;
	if (names->n == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "pot %s: has no snapshot", pot);
	if (wanted != NULL && !strv_has(names, wanted))
		return err_set(e, ERR_NOT_FOUND, "pot %s: has no snapshot %s",
		    pot, wanted);
	return 0;
}

int
verb_revert(struct call *c, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_strv struct strv names = STRV_INIT, volumes = STRV_INIT;
	auto_lock struct lock uses = LOCK_INIT;
	auto_free char *owner = NULL;
	auto_pot struct pot *p = NULL;
	const char *pot, *fscomp;
	const char *wanted = request_get(c->req, "snapshot");

	if (pick(c, &pot, &fscomp, e) < 0)
		return -1;
	if (fscomp != NULL)
		return revert_fscomp(c, fscomp, e);
	if (pot_need(c->g, pot, e) < 0)
		return -1;
	owner = xasprintf("jails/%s", pot);
	op_init(&op, c->g, &op_revert, pot, c->log);
	if (op_lock(&op, false, e) < 0 ||
	    check_revert(c, pot, &p, wanted, &names, e) < 0 ||
	    uses_claim_alone(c->g, owner, &uses, e) < 0)
		return -1;
	op_set(&op, "snapshot", wanted != NULL ? wanted : names.v[names.n - 1]);
	volumes_of(p, &volumes);
	for (size_t i = 0; i < volumes.n; i++)
		op_set(&op, "volume", volumes.v[i]);
	/* What is open on a file system that is rolled back goes stale. */
	pot_close(p);
	p = NULL;
	return op_run(&op, e);
}

static int
purge_fscomp(struct call *c, const char *name, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_strv struct strv volume = STRV_INIT, names = STRV_INIT;
	struct storage *s;

	if (lock_fscomp(c, name, &op, &volume, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0 ||
	    storage_snapshots(s, volume.v[0], &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if ((request_has(c->req, "all") || i + 1 < names.n) &&
		    storage_snapshot_destroy(s, volume.v[0], names.v[i], e) < 0)
			return -1;
	return 0;
}

int
verb_purge_snapshots(struct call *c, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_strv struct strv names = STRV_INIT;
	auto_pot struct pot *p = NULL;
	const char *pot, *fscomp;

	if (pick(c, &pot, &fscomp, e) < 0)
		return -1;
	if (fscomp != NULL)
		return purge_fscomp(c, fscomp, e);
	if (pot_need(c->g, pot, e) < 0)
		return -1;
	op_init(&op, c->g, &op_purge, pot, c->log);
	if (op_lock(&op, false, e) < 0 || pot_open(c->g, pot, &p, e) < 0 ||
	    volumes_snapshots(p, &names, e) < 0)
		return -1;
	if (!request_has(c->req, "all") && names.n > 0)
		strv_remove(&names, names.n - 1);
	if (snapshots_purge(&op, p, &names, e) < 0)
		return err_wrap(e, "pot %s", pot);
	return 0;
}

/* A tag is the second it was taken in. */
static void
answer_tag(struct call *c, const char *kind, const char *of, const char *tag)
{
	auto_record struct record *r = record_new();
	struct err ignored = ERR_INIT;
	uint64_t s;

	record_str(r, "name", tag);
	record_str(r, kind, of);
	if (str_u64("snapshot", tag, 0, INT64_MAX / 1000000000, &s, &ignored) ==
	    0)
		record_int(r, "time", (int64_t)s);
	else
		record_null(r, "time");
	CALL_RECORD(c, r);
}

int
verb_snapshots(struct call *c, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	auto_pot struct pot *p = NULL;
	const char *pot, *fscomp;
	struct storage *s;

	if (pick(c, &pot, &fscomp, e) < 0)
		return -1;
	if (pot != NULL) {
		if (pot_open(c->g, pot, &p, e) < 0 ||
		    volumes_snapshots(p, &names, e) < 0)
			return -1;
	} else {
		auto_free char *volume = xasprintf("fscomp/%s", fscomp);

		if (engine_storage(c->g, &s, e) < 0 ||
		    storage_snapshots(s, volume, &names, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < names.n; i++)
		answer_tag(c, pot != NULL ? "pot" : "fscomp",
		    pot != NULL ? pot : fscomp, names.v[i]);
	return 0;
}
