/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destroying pots (reference 2.3).
 */
#include "engine/destroy.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/op_destroy.h"
#include "engine/op_stop.h"
#include "engine/others.h"
#include "engine/uses.h"
#include "model/attributes.h"
#include "model/lastrun.h"

#define NS_PER_S       UINT64_C(1000000000)
#define PRUNE_GRACE_NS (60 * NS_PER_S)

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

int
destroy_is_due(struct call *c, const char *name, bool grace, struct err *e)
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

/* What goes, in its order: found and checked before anything is touched. */
struct doom {
	unsigned flags; /* enum destroy_flags */
	struct strv seen, order;
};

static void
doom_fini(struct doom *d)
{
	strv_fini(&d->seen);
	strv_fini(&d->order);
}
#define auto_doom __attribute__((cleanup(doom_fini), unused))

static int doom_add(
    struct call *c, struct doom *d, const char *name, struct err *e);

static int
check_stopped(struct call *c, const char *name, bool force, struct err *e)
{
	struct run_state st;

	if (run_find(c->g, name, &st, e) < 0)
		return -1;
	if (st.is_alive && !force)
		return err_set(e, ERR_STATE,
		    "pot %s: is running (-F stops it first)", name);
	return 0;
}

/*
 * What can be checked of a pot that can be read.  Those that were made from
 * it (-P) go first.  Pots that lose a dependency are told of, they are not
 * in the way.
 */
static int
doom_check(struct call *c, struct doom *d, struct pot *p, struct err *e)
{
	auto_others struct others users = OTHERS_INIT;
	const struct strv *made = &users.by[OTHERS_POTBASE];

	if (p->config->type == POT_TYPE_MULTI && p->config->level == 0 &&
	    (d->flags & DESTROY_F_BASE) == 0)
		return err_set(e, ERR_STATE,
		    "pot %s: of level 0 goes with its base (destroy -b)",
		    p->name.s);
	if (others_find(c->g, p->name.s, &users, e) < 0)
		return -1;
	if (made->n > 0 && (d->flags & DESTROY_F_RECURSIVE) == 0)
		return err_set(e, ERR_STATE,
		    "pot %s: %s was made from it (-r destroys both)", p->name.s,
		    made->v[0]);
	for (size_t i = 0; i < made->n; i++)
		if (doom_add(c, d, made->v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < users.by[OTHERS_DEPEND].n; i++)
		log_info(c->log, "pot %s: depends on %s",
		    users.by[OTHERS_DEPEND].v[i], p->name.s);
	return 0;
}

static int
doom_add(struct call *c, struct doom *d, const char *name, struct err *e)
{
	bool force = (d->flags & DESTROY_F_FORCE) != 0;
	auto_pot struct pot *p = NULL;
	struct pot_name checked;

	/* Once, also where a configuration makes a circle. */
	if (strv_has(&d->seen, name))
		return 0;
	strv_add(&d->seen, name);
	if (name_parse_existing("pot", name, &checked, e) < 0)
		return -1;
	if (pot_need(c->g, name, e) < 0)
		return -1;
	/* Whether one is pruned is decided under its lock. */
	if ((d->flags & DESTROY_F_PRUNE) == 0 &&
	    check_stopped(c, name, force, e) < 0)
		return -1;
	if (pot_open(c->g, name, &p, e) == 0) {
		if (doom_check(c, d, p, e) < 0)
			return -1;
	} else if (e->code != ERR_CORRUPT ||
	    (!force && !destroy_is_begun(c->g, name))) {
		return -1; /* broken pots are destroyed by force alone */
	} else {
		log_info(c->log, "%s: destroying it forcibly", e->text);
		err_clear(e);
	}
	strv_add(&d->order, name);
	return 0;
}

static int
destroy_one(struct call *c, const char *name, unsigned flags, struct err *e)
{
	bool force = (flags & DESTROY_F_FORCE) != 0;
	auto_op struct op op = { .type = NULL };
	auto_lock struct lock uses = LOCK_INIT;
	auto_free char *owner = xasprintf("jails/%s", name);
	struct run_state st;
	int lockdir, is;

	op_init(&op, c->g, &op_destroy, name, c->log);
	if (op_lock(&op, force, e) < 0 ||
	    engine_dir(c->g, DIR_RUN_LOCK, &lockdir, e) < 0)
		return -1;
	if ((is = pot_look(c->g, name, e)) <= 0)
		return is; /* a recovery has finished it */
	if ((flags & DESTROY_F_PRUNE) != 0) {
		is = destroy_is_due(c, name, (flags & DESTROY_F_GRACE) != 0, e);
		if (is <= 0)
			return is;
	}
	if (check_stopped(c, name, force, e) < 0 ||
	    run_find(c->g, name, &st, e) < 0 ||
	    (st.has_run && stop_locked(&op, name, &st, e) < 0) ||
	    uses_claim_alone(c->g, owner, &uses, e) < 0 || op_run(&op, e) < 0)
		return -1;
	uses_forget(c->g, owner, &uses);
	lock_release_remove(&op.lock, lockdir, name);
	return 0;
}

int
destroy_pots(
    struct call *c, const struct strv *names, unsigned flags, struct err *e)
{
	auto_doom struct doom d = { .flags = flags };

	for (size_t i = 0; i < names->n; i++)
		if (doom_add(c, &d, names->v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < d.order.n; i++)
		if (destroy_one(c, d.order.v[i], flags, e) < 0)
			return -1;
	return 0;
}

int
destroy_pot(struct call *c, const char *name, unsigned flags, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	strv_add(&names, name);
	return destroy_pots(c, &names, flags, e);
}
