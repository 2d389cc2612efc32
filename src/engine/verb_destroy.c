/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb destroy (reference 2.3): pots, bases, components, bridges; and
 * prune, which destroys the pots that have done their work.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/op_destroy.h"
#include "engine/op_stop.h"
#include "engine/others.h"
#include "engine/verbs.h"
#include "model/attributes.h"
#include "model/lastrun.h"

#define NS_PER_S       UINT64_C(1000000000)
#define PRUNE_GRACE_NS (60 * NS_PER_S)

enum destroy_flags {
	DESTROY_F_FORCE = 1 << 0,     /* also if it runs, also if broken */
	DESTROY_F_RECURSIVE = 1 << 1, /* and the pots made from it */
	DESTROY_F_BASE = 1 << 2,      /* with its base: level 0 as well */
	DESTROY_F_PRUNE = 1 << 3,     /* if it is to be pruned, else not */
	DESTROY_F_GRACE = 1 << 4,     /* and ended a minute ago */
};

static int destroy_pot(
    struct call *c, const char *name, unsigned flags, struct err *e);

/* Pots that were made from NAME (-P): with -r they go first. */
static int
destroy_children(
    struct call *c, const char *name, unsigned flags, struct err *e)
{
	bool recursive = (flags & DESTROY_F_RECURSIVE) != 0;
	auto_strv struct strv users = STRV_INIT;

	if (others_with(c->g, OTHERS_POTBASE, name, &users, e) < 0)
		return -1;
	if (users.n > 0 && !recursive)
		return err_set(e, ERR_STATE,
		    "pot %s: %s was made from it (-r destroys both)", name,
		    users.v[0]);
	for (size_t i = 0; i < users.n; i++)
		if (destroy_pot(c, users.v[i],
			flags & (DESTROY_F_FORCE | DESTROY_F_RECURSIVE), e) < 0)
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
check_pot(struct call *c, struct pot *p, unsigned flags, struct err *e)
{
	if (p->config->type == POT_TYPE_MULTI && p->config->level == 0 &&
	    (flags & DESTROY_F_BASE) == 0)
		return err_set(e, ERR_STATE,
		    "pot %s: of level 0 goes with its base (destroy -b)",
		    p->name.s);
	if (destroy_children(c, p->name.s, flags, e) < 0)
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

/* When the last run ended: pot 0.16 has left no more than its file's time. */
static uint64_t
ended_ns(struct pot *p)
{
	struct lastrun l;
	struct err ignored = ERR_INIT;
	struct stat st;

	if (lastrun_read(p->confdir, &l, &ignored) == 1 && l.ended_ns != 0)
		return l.ended_ns;
	if (fstatat(p->confdir, ".last_run_stats", &st, AT_SYMLINK_NOFOLLOW) <
	    0)
		return 0;
	return (uint64_t)st.st_mtim.tv_sec * NS_PER_S;
}

/* 1 if the pot has done its work, and a minute ago if GRACE says so. */
static int
is_finished(struct call *c, const char *name, bool grace, struct err *e)
{
	auto_pot struct pot *p = NULL;
	struct run_state st;

	if (pot_open(c->g, name, &p, e) < 0 || run_find(c->g, name, &st, e) < 0)
		return -1;
	if (st.is_alive || !attr_bool(p->conf, "prunable") ||
	    !attr_bool(p->conf, "to-be-pruned"))
		return 0;
	return !grace || ended_ns(p) + PRUNE_GRACE_NS <= clock_real_ns();
}

static int
destroy_pot(struct call *c, const char *name, unsigned flags, struct err *e)
{
	bool force = (flags & DESTROY_F_FORCE) != 0;
	auto_op struct op op = { .type = NULL };
	auto_pot struct pot *p = NULL;
	struct pot_name checked;
	int lockdir;

	if (name_parse_existing("pot", name, &checked, e) < 0)
		return -1;
	if (!pot_exists(c->g, name))
		return err_set(e, ERR_NOT_FOUND, "pot %s: not found", name);
	if (pot_open(c->g, name, &p, e) == 0) {
		if (check_pot(c, p, flags, e) < 0)
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
	if ((flags & DESTROY_F_PRUNE) != 0) {
		int is =
		    is_finished(c, name, (flags & DESTROY_F_GRACE) != 0, e);

		if (is <= 0)
			return is;
	}
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
	unsigned flags = request_has(c->req, "force") ? DESTROY_F_FORCE : 0;
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
		    destroy_pot(c, users.v[i],
			flags | DESTROY_F_RECURSIVE | DESTROY_F_BASE, e) < 0)
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

	if ((is = is_finished(c, name, grace, e)) <= 0)
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
