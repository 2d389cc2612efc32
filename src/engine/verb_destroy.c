/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb destroy (reference 2.3): pots, bases, components, bridges; and
 * prune, which destroys the pots that have done their work.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/bases.h"
#include "engine/destroy.h"
#include "engine/fscomps.h"
#include "engine/op_base.h"
#include "engine/others.h"
#include "engine/uses.h"
#include "engine/verbs.h"

static int
destroy_fscomp(struct call *c, const char *name, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_lock struct lock uses = LOCK_INIT;
	auto_free char *volume = xasprintf("fscomp/%s", name);
	struct storage *s;
	int lockdir;

	if (fscomp_lock(c, name, &op, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0 ||
	    engine_dir(c->g, DIR_RUN_LOCK, &lockdir, e) < 0)
		return -1;
	if (request_has(c->req, "force") || request_has(c->req, "recursive"))
		log_info(
		    c->log, "fscomp %s: -F and -r mean nothing here", name);
	if (uses_claim_alone(c->g, volume, &uses, e) < 0 ||
	    storage_destroy(s, volume, e) < 0)
		return -1;
	uses_forget(c->g, volume, &uses);
	lock_release_remove(&op.lock, lockdir, op.object);
	return 0;
}

/* Of a volume of a single pot. */
static bool
is_whole(const char *volume)
{
	const char *end = strrchr(volume, '/');

	return end != NULL && str_eq(end, "/m");
}

/*
 * The pots that need a base: multi pots, which mount it, also if only their
 * storage tells.  A single pot was copied or cloned from it and goes on
 * without, whatever the driver keeps for that (defect D24 of pot 0.16).
 */
static int
base_users(struct call *c, const char *base, const char *volume,
    struct strv *out, struct err *e)
{
	auto_others struct others named = OTHERS_INIT;
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;

	if (others_find(c->g, base, &named, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0 ||
	    storage_dependents(s, volume, &volumes, e) < 0)
		return -1;
	for (size_t i = 0; i < named.by[OTHERS_BASE].n; i++) {
		const char *pot = named.by[OTHERS_BASE].v[i];
		auto_pot struct pot *p = NULL;
		struct err ignored = ERR_INIT;

		if (pot_open(c->g, pot, &p, &ignored) == 0 &&
		    p->config->type == POT_TYPE_MULTI)
			strv_add(out, pot);
	}
	for (size_t i = 0; i < volumes.n; i++) {
		auto_free char *name = NULL;
		const char *v = volumes.v[i];

		if (!str_has_prefix(v, "jails/") || is_whole(v))
			continue;
		v += strlen("jails/");
		name = xstrndup(v, strcspn(v, "/"));
		if (!strv_has(out, name))
			strv_add(out, name);
	}
	return 0;
}

static int
destroy_base(struct call *c, const char *name, struct err *e)
{
	unsigned flags = DESTROY_F_RECURSIVE | DESTROY_F_BASE |
	    (request_has(c->req, "force") ? DESTROY_F_FORCE : 0U);
	auto_free char *level0 = base_companion(name);
	auto_free char *volume = NULL;
	auto_op struct op op = { .type = NULL };
	char object[256];
	auto_strv struct strv users = STRV_INIT;
	struct pot_name checked;
	struct storage *s;

	if (name_parse_existing("base", name, &checked, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0)
		return -1;
	/* Not while it is made or brought up to date. */
	if (base_check_idle(c->g, name, e) < 0)
		return -1;
	base_object(name, object);
	op_init(&op, c->g, &op_base, object, c->log);
	if (op_lock(&op, false, e) < 0)
		return -1;
	volume = xasprintf("bases/%s", name);
	if (!storage_exists(s, volume))
		return err_set(e, ERR_NOT_FOUND, "base %s: not found", name);
	if (base_users(c, name, volume, &users, e) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++)
		if (!request_has(c->req, "recursive") &&
		    !str_eq(users.v[i], level0))
			return err_set(e, ERR_STATE,
			    "base %s: pot %s stands on it (-r destroys both)",
			    name, users.v[i]);
	if (destroy_pots(c, &users, flags, e) < 0)
		return -1;
	return storage_destroy(s, volume, e);
}

static int
destroy_bridge(struct call *c, const char *name, struct err *e)
{
	auto_others struct others users = OTHERS_INIT;
	const struct strv *by = &users.by[OTHERS_BRIDGE];
	auto_close int dir = -1;
	struct pot_name checked;
	int root;

	if (name_parse_existing("bridge", name, &checked, e) < 0 ||
	    engine_dir(c->g, DIR_ROOT, &root, e) < 0)
		return -1;
	if (dir_open(root, "bridges", &dir, e) < 0 || !file_exists(dir, name)) {
		err_clear(e);
		return err_set(e, ERR_NOT_FOUND, "bridge %s: not found", name);
	}
	if (others_find(c->g, name, &users, e) < 0)
		return -1;
	if (by->n > 0)
		return err_set(
		    e, ERR_STATE, "bridge %s: pot %s uses it", name, by->v[0]);
	return file_remove(dir, name, e);
}

int
verb_destroy(struct call *c, struct err *e)
{
	static const char *const kinds[] = { "pot", "base", "fscomp",
		"bridge" };
	const char *name = NULL;
	size_t kind = 0, n = 0;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (!request_has(c->req, kinds[i]))
			continue;
		name = request_get(c->req, kinds[i]);
		kind = i;
		n++;
	}
	if (n != 1)
		return err_set(e, ERR_USAGE,
		    "destroy: exactly one of pot, base, fscomp and bridge is "
		    "needed");
	if (kind == 0)
		return destroy_pot(c, name,
		    (request_has(c->req, "force") ? DESTROY_F_FORCE : 0) |
			(request_has(c->req, "recursive") ?
				DESTROY_F_RECURSIVE :
				0),
		    e);
	if (kind == 1)
		return destroy_base(c, name, e);
	return kind == 2 ? destroy_fscomp(c, name, e) :
			   destroy_bridge(c, name, e);
}

static int
prune_one(struct call *c, const char *name, struct err *e)
{
	bool grace = request_has(c->req, "grace");
	auto_record struct record *r = NULL;
	int is;

	if ((is = destroy_is_due(c, name, grace, e)) <= 0)
		return is;
	log_info(c->log, "Pruning %s", name);
	if (!request_has(c->req, "dry") &&
	    destroy_pot(c, name,
		DESTROY_F_PRUNE | (grace ? DESTROY_F_GRACE : 0), e) < 0)
		return -1;
	r = record_new();
	record_str(r, "name", name);
	CALL_RECORD(c, r);
	return 0;
}

/* One that can't be destroyed does not keep the others (D23). */
int
verb_prune(struct call *c, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	if (pot_names(c->g, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct err one = ERR_INIT;

		if (prune_one(c, names.v[i], &one) == 0)
			continue;
		/* Another command was faster. */
		if (!pot_exists(c->g, names.v[i]))
			continue;
		log_error(c->log, "%s", one.text);
		c->status = 1;
	}
	return 0;
}
