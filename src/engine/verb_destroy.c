/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb destroy (reference 2.3): pots, bases, components, bridges.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/op_destroy.h"
#include "engine/op_stop.h"
#include "engine/others.h"
#include "engine/verbs.h"

static int destroy_pot(struct call *c, const char *name, bool force,
    bool recursive, bool with_base, struct err *e);

/* Pots that were made from NAME (-P): with -r they go first. */
static int
destroy_children(
    struct call *c, const char *name, bool force, bool recursive, struct err *e)
{
	auto_strv struct strv users = STRV_INIT;

	if (others_with(c->g, OTHERS_POTBASE, name, &users, e) < 0)
		return -1;
	if (users.n > 0 && !recursive)
		return err_set(e, ERR_STATE,
		    "pot %s: %s was made from it (-r destroys both)", name,
		    users.v[0]);
	for (size_t i = 0; i < users.n; i++)
		if (destroy_pot(c, users.v[i], force, true, false, e) < 0)
			return -1;
	return 0;
}

/* Which pots lose a dependency: they are told, it is not in the way. */
static int
tell_dependents(struct call *c, const char *name, struct err *e)
{
	auto_strv struct strv users = STRV_INIT;

	if (others_with(c->g, OTHERS_DEPEND, name, &users, e) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++)
		log_info(c->log, "pot %s: depends on %s", users.v[i], name);
	return 0;
}

/* What can be checked of a pot that can be read. */
static int
check_pot(struct call *c, struct pot *p, bool force, bool recursive,
    bool with_base, struct err *e)
{
	if (p->config->type == POT_TYPE_MULTI && p->config->level == 0 &&
	    !with_base)
		return err_set(e, ERR_STATE,
		    "pot %s: of level 0 goes with its base (destroy -b)",
		    p->name.s);
	if (destroy_children(c, p->name.s, force, recursive, e) < 0)
		return -1;
	return tell_dependents(c, p->name.s, e);
}

static int
end_run(
    struct call *c, struct op *op, const char *name, bool force, struct err *e)
{
	struct run_state st;

	if (run_find(c->g, name, &st, e) < 0)
		return -1;
	if (st.is_alive && !force)
		return err_set(e, ERR_STATE,
		    "pot %s: is running (-F stops it first)", name);
	return st.has_run ? stop_locked(op, name, &st, e) : 0;
}

static int
destroy_pot(struct call *c, const char *name, bool force, bool recursive,
    bool with_base, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_pot struct pot *p = NULL;
	struct pot_name checked;
	int lockdir;

	if (name_parse_existing("pot", name, &checked, e) < 0)
		return -1;
	if (!pot_exists(c->g, name))
		return err_set(e, ERR_NOT_FOUND, "pot %s: not found", name);
	if (pot_open(c->g, name, &p, e) == 0) {
		if (check_pot(c, p, force, recursive, with_base, e) < 0)
			return -1;
	} else {
		/* Broken pots are destroyed by force alone. */
		if (e->code != ERR_CORRUPT || !force)
			return -1;
		log_info(c->log, "%s: destroying it forcibly", e->text);
		err_clear(e);
	}
	op_init(&op, c->g, &op_destroy, name, c->log);
	if (op_lock(&op, force, e) < 0 ||
	    engine_dir(c->g, DIR_RUN_LOCK, &lockdir, e) < 0)
		return -1;
	if (!pot_exists(c->g, name)) /* a recovery has finished it */
		return 0;
	if (end_run(c, &op, name, force, e) < 0 || op_run(&op, e) < 0)
		return -1;
	lock_release_remove(&op.lock, lockdir, name);
	return 0;
}

static int
destroy_fscomp(struct call *c, const char *name, struct err *e)
{
	struct pot_name checked;
	auto_free char *volume = NULL;
	struct storage *s;

	if (name_parse_existing("fscomp", name, &checked, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0)
		return -1;
	volume = xasprintf("fscomp/%s", name);
	if (!storage_exists(s, volume))
		return err_set(e, ERR_NOT_FOUND, "fscomp %s: not found", name);
	if (request_has(c->req, "force") || request_has(c->req, "recursive"))
		log_info(
		    c->log, "fscomp %s: -F and -r mean nothing here", name);
	return storage_destroy(s, volume, e);
}

/* The level-0 pot that create-base makes beside a base. */
static char *
companion(const char *base)
{
	char *name = xasprintf("base-%s", base);
	char *dot = strchr(name, '.');

	if (dot != NULL)
		*dot = '_';
	return name;
}

/*
 * The pots that need a base: multi pots, which mount it, and those whose
 * storage stands on it.  A single pot that was copied from it doesn't
 * (defect D24 of pot 0.16).
 */
static int
base_users(struct call *c, const char *base, const char *volume,
    struct strv *out, struct err *e)
{
	auto_strv struct strv named = STRV_INIT, volumes = STRV_INIT;
	struct storage *s;

	if (others_with(c->g, OTHERS_BASE, base, &named, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0 ||
	    storage_dependents(s, volume, &volumes, e) < 0)
		return -1;
	for (size_t i = 0; i < named.n; i++) {
		auto_pot struct pot *p = NULL;
		struct err ignored = ERR_INIT;

		if (pot_open(c->g, named.v[i], &p, &ignored) == 0 &&
		    p->config->type == POT_TYPE_MULTI)
			strv_add(out, named.v[i]);
	}
	for (size_t i = 0; i < volumes.n; i++) {
		auto_free char *name = NULL;
		const char *v = volumes.v[i];

		if (!str_has_prefix(v, "jails/"))
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
	bool recursive = request_has(c->req, "recursive");
	bool force = request_has(c->req, "force");
	auto_free char *level0 = companion(name);
	auto_free char *volume = NULL;
	auto_strv struct strv users = STRV_INIT;
	struct pot_name checked;
	struct storage *s;

	if (name_parse_existing("base", name, &checked, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0)
		return -1;
	volume = xasprintf("bases/%s", name);
	if (!storage_exists(s, volume))
		return err_set(e, ERR_NOT_FOUND, "base %s: not found", name);
	if (base_users(c, name, volume, &users, e) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++)
		if (!recursive && !str_eq(users.v[i], level0))
			return err_set(e, ERR_STATE,
			    "base %s: pot %s stands on it (-r destroys both)",
			    name, users.v[i]);
	/* Those that stand on others go with them, or are gone by then. */
	for (size_t i = 0; i < users.n; i++)
		if (pot_exists(c->g, users.v[i]) &&
		    destroy_pot(c, users.v[i], force, true, true, e) < 0)
			return -1;
	return storage_destroy(s, volume, e);
}

static int
destroy_bridge(struct call *c, const char *name, struct err *e)
{
	auto_strv struct strv users = STRV_INIT;
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
	if (others_with(c->g, OTHERS_BRIDGE, name, &users, e) < 0)
		return -1;
	if (users.n > 0)
		return err_set(e, ERR_STATE, "bridge %s: pot %s uses it", name,
		    users.v[0]);
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
		return destroy_pot(c, name, request_has(c->req, "force"),
		    request_has(c->req, "recursive"), false, e);
	if (kind == 1)
		return destroy_base(c, name, e);
	return kind == 2 ? destroy_fscomp(c, name, e) :
			   destroy_bridge(c, name, e);
}
