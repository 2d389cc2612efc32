/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Renaming a pot (reference 2.3).  The journal is the new name's: once the
 * pot has moved, whoever uses it finds what is left to do.  A rename that
 * crashed before the move never happened.
 */
#include "engine/op_rename.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/create.h"
#include "engine/ids.h"
#include "engine/others.h"
#include "engine/verbs.h"

static const char *
old_name(const struct op *op)
{
	return op_get(op, "from");
}

/* Where what a pot has is mounted, a crash may have left it unmounted, and so
 * out of sight, under either name. */
static int
reattach(struct op *op, const char *name, struct err *e)
{
	auto_free char *path = xasprintf("jails/%s", name);
	struct storage *s;
	int jails;
	bool is_new;

	if (engine_dir(op->g, DIR_JAILS, &jails, e) < 0 ||
	    engine_storage(op->g, &s, e) < 0)
		return -1;
	return storage_attach(s, path, &is_new, e) < 0 ?
	    err_pardon(e, ERR_NOT_FOUND) :
	    0;
}

static int
act_move(struct op *op, struct err *e)
{
	auto_free char *from = xasprintf("jails/%s", old_name(op));
	auto_free char *to = xasprintf("jails/%s", op->object);
	struct lock ids = LOCK_INIT;
	struct storage *s;
	int r, is;

	if (op->is_recovery &&
	    (reattach(op, old_name(op), e) < 0 ||
		reattach(op, op->object, e) < 0))
		return -1;
	if ((is = pot_look(op->g, old_name(op), e)) <= 0)
		return is; /* done before */
	if (op->is_recovery)
		return 0; /* it never happened; the rest finds nothing */
	if (engine_storage(op->g, &s, e) < 0 ||
	    ids_lock(op->g, "rename", old_name(op), &ids, e) < 0)
		return err_wrap(e, "pot %s", old_name(op));
	r = storage_rename(s, from, to, e);
	lock_release(&ids);
	return r < 0 ? err_wrap(e, "pot %s", old_name(op)) : 0;
}

/* Replace the datasets of OLD by those of NEW; true if there was one. */
static bool
rewrite_fscomp(struct op *op, struct pot *p)
{
	const char *zroot = framework_get(op->g->fw, FW_ZFS_ROOT);
	auto_free char *old = xasprintf("%s/jails/%s/", zroot, old_name(op));
	bool is_changed = false;

	for (size_t i = 0; i < p->fscomp.n; i++) {
		struct fscomp_entry *f = &p->fscomp.v[i];
		char *now;

		if (!str_has_prefix(f->source, old))
			continue;
		now = xasprintf("%s/jails/%s/%s", zroot, op->object,
		    f->source + strlen(old));
		free(f->source);
		f->source = now;
		is_changed = true;
	}
	return is_changed;
}

static bool
rewrite_key(struct op *op, struct pot *p, const char *key)
{
	if (!conf_remove_value(p->conf, key, old_name(op)))
		return false;
	conf_add(p->conf, key, op->object);
	return true;
}

static int
rewrite_pot(struct op *op, struct pot *p, struct err *e)
{
	bool is_conf = rewrite_key(op, p, "pot.potbase");

	is_conf |= rewrite_key(op, p, "pot.depend");
	if (str_eq(p->name.s, op->object) && op_get(op, "hostname") != NULL) {
		auto_free char *quoted =
		    xasprintf("\"%s\"", op_get(op, "hostname"));

		conf_set(p->conf, "host.hostname", quoted);
		is_conf = true;
	}
	if (rewrite_fscomp(op, p) &&
	    fscomp_write(&p->fscomp, p->confdir, FILE_F_SYNC, e) < 0)
		return -1;
	return is_conf ?
	    conf_write(p->conf, p->confdir, "pot.conf", FILE_F_SYNC, e) :
	    0;
}

/* The renamed one itself has a host name to change; of the others few have
 * anything. */
static bool
may_refer(const struct op *op, int jails, const char *pot)
{
	const char *old = old_name(op);
	auto_free char *volumes = xasprintf("jails/%s", old);

	return str_eq(pot, op->object) || strpbrk(old, " \t\\") != NULL ||
	    others_mention(jails, pot, "pot.conf", '=', old) ||
	    others_mention(jails, pot, "fscomp.conf", '/', volumes);
}

static int
act_references(struct op *op, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	int jails, is;

	if ((is = pot_look(op->g, op->object, e)) <= 0)
		return is;
	if (pot_names(op->g, &names, e) < 0 ||
	    engine_dir(op->g, DIR_JAILS, &jails, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_pot struct pot *p = NULL;
		struct err ignored = ERR_INIT;

		if (!may_refer(op, jails, names.v[i]))
			continue;
		if (pot_open(op->g, names.v[i], &p, &ignored) < 0)
			continue; /* a broken one refers to nothing */
		if (rewrite_pot(op, p, e) < 0)
			return err_wrap(e, "pot %s", names.v[i]);
	}
	return 0;
}

static int
act_logs(struct op *op, struct err *e)
{
	int logs, is;

	if ((is = pot_look(op->g, op->object, e)) <= 0)
		return is;
	if (engine_dir(op->g, DIR_LOG, &logs, e) < 0)
		return -1;
	if (!file_exists(logs, old_name(op)) || file_exists(logs, op->object))
		return 0;
	return file_rename(logs, old_name(op), logs, op->object, 0, e);
}

static const struct op_step rename_steps[] = {
	{ "move", act_move, NULL, 0 },
	{ "references", act_references, NULL, 0 },
	{ "logs", act_logs, NULL, 0 },
};

const struct op_type op_rename = {
	.name = "rename",
	.steps = rename_steps,
	.nsteps = COUNT_OF(rename_steps),
	.direction = OP_FINISH,
	.changes_storage = true,
};

static void
set_hostname(struct call *c, struct op *op)
{
	char hostname[HOSTNAME_SIZE];

	create_hostname(c->g, op->object, hostname);
	op_set(op, "hostname", hostname);
}

static int
check(struct call *c, const char *from, const char *to, struct err *e)
{
	auto_pot struct pot *p = NULL;
	struct run_state st;

	if (pot_open(c->g, from, &p, e) < 0 || run_find(c->g, from, &st, e) < 0)
		return -1;
	if (p->config->type == POT_TYPE_MULTI && p->config->level == 0)
		return err_set(e, ERR_STATE,
		    "pot %s: of level 0 has its base's name", from);
	if (st.is_alive)
		return err_set(e, ERR_STATE, "pot %s: is running", from);
	if (pot_exists(c->g, to))
		return err_set(e, ERR_EXISTS, "pot %s: exists already", to);
	return 0;
}

int
verb_rename(struct call *c, struct err *e)
{
	static const struct op_type op_source = { .name = "rename" };
	auto_op struct op op = { .type = NULL }, old = { .type = NULL };
	struct pot_name to;
	const char *from, *text;
	int lockdir;

	if (request_need(c->req, "pot", &from, e) < 0 ||
	    request_need(c->req, "to", &text, e) < 0 ||
	    name_parse_new("pot", text, &to, e) < 0)
		return -1;
	/* All else under the locks, which bring to an end what is half gone. */
	if (pot_need(c->g, from, e) < 0)
		return -1;
	if (str_eq(from, to.s)) /* one lock, not two */
		return err_set(e, ERR_EXISTS, "pot %s: exists already", to.s);
	op_init(&op, c->g, &op_rename, to.s, c->log);
	op_init(&old, c->g, &op_source, from, c->log);
	op_set(&op, "from", from);
	set_hostname(c, &op);
	/* By name, as clone does. */
	if (op_lock(strcmp(from, to.s) < 0 ? &old : &op, false, e) < 0 ||
	    op_lock(strcmp(from, to.s) < 0 ? &op : &old, false, e) < 0 ||
	    check(c, from, to.s, e) < 0 ||
	    engine_dir(c->g, DIR_RUN_LOCK, &lockdir, e) < 0 ||
	    op_run(&op, e) < 0)
		return -1;
	lock_release_remove(&old.lock, lockdir, from);
	return 0;
}
