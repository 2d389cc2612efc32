/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recovery.  An operation whose owner is dead is either walked back from
 * the last step its journal names, or all its steps are run again; both
 * kinds of functions accept that they find things half done.
 */
#include "engine/recover.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "engine/op_destroy.h"
#include "base/tree.h"
#include "storage/storage.h"

#define TEMPORARY_MARK ".tmp."

#define OP_TYPE(name) extern const struct op_type name;
#include "engine/op_types.def"
#undef OP_TYPE

static const struct op_type *const op_types[] = {
#define OP_TYPE(name) &name,
#include "engine/op_types.def"
#undef OP_TYPE
};

static const struct op_type *
type_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(op_types); i++)
		if (str_eq(op_types[i]->name, name))
			return op_types[i];
	return NULL;
}

/*
 * Number of steps up to and including the last that may have begun.  Of a
 * journal that is for the disk only the head is synced: a power failure can
 * take its last lines and leave what the steps did, so there all may have.
 */
static size_t
steps_begun(const struct op_type *t, const struct journal_record *r)
{
	if (t->changes_storage)
		return t->nsteps;
	if (r->steps.n == 0)
		return 0;
	for (size_t i = t->nsteps; i-- > 0;)
		if (str_eq(t->steps[i].name, r->steps.v[r->steps.n - 1]))
			return i + 1;
	return t->nsteps;
}

static int
go_back(struct op *op, const struct journal_record *r, struct err *e)
{
	for (size_t n = steps_begun(op->type, r); n-- > 0;) {
		const struct op_step *s = &op->type->steps[n];

		if (s->undo != NULL && s->undo(op, e) < 0)
			return err_wrap(e, "undo of %s", s->name);
	}
	return 0;
}

static int
go_on(struct op *op, const struct journal_record *r, struct err *e)
{
	/* Nothing had an effect yet: then it never happened. */
	if (steps_begun(op->type, r) == 0)
		return 0;
	for (size_t i = 0; i < op->type->nsteps; i++) {
		const struct op_step *s = &op->type->steps[i];

		/* The owner's programs had their chance. */
		if ((s->flags & STEP_F_USER) != 0)
			continue;
		if (s->act(op, e) < 0)
			return err_wrap(e, "%s", s->name);
	}
	return 0;
}

/* What an operation had in the making has no name but in the store. */
static void
sweep_storage(struct engine *g, const struct log *log)
{
	struct err why = ERR_INIT;
	struct storage *s;
	unsigned swept;

	if (engine_storage(g, &s, &why) < 0 ||
	    storage_sweep_idle(s, &swept, &why) < 0)
		log_debug(log, "%s", why.text);
	else if (swept > 0)
		log_debug(log, "storage: %u leftovers removed", swept);
}

int
recover_one(struct engine *g, enum engine_dir which, const char *object,
    const struct journal_record *r, const struct log *log, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	const struct op_type *t = r->is_torn ? NULL : type_find(r->op);
	int dir;

	if (engine_dir(g, which, &dir, e) < 0)
		return -1;
	if (t == NULL && !r->is_torn)
		return err_set(e, ERR_CORRUPT,
		    "%s: journal of an unknown operation %s", object, r->op);
	/* A hook or flavour script whose owner is gone works for nobody; it
	 * leads a session of its own. */
	if (r->hook.pid > 0 && g->platform->proc->is_alive(&r->hook))
		(void)kill(-r->hook.pid, SIGKILL);
	log_info(log, "%s: recovering from an interrupted %s", object,
	    t == NULL ? "operation" : t->name);
	if (t != NULL) {
		op_init(&op, g, t, object, log);
		op.is_recovery = op.is_lock_borrowed = true;
		strv_add_all(&op.keys, &r->keys);
		strv_add_all(&op.values, &r->values);
		if ((t->open != NULL && t->open(&op, e) < 0) ||
		    (t->direction == OP_UNDO ? go_back(&op, r, e) :
					       go_on(&op, r, e)) < 0)
			return err_wrap(e, "%s: recovery", object);
	}
	if (tree_remove(dir, object, e) < 0 ||
	    (which == DIR_JOURNAL && dir_sync(dir, e) < 0))
		return err_wrap(e, "%s: recovery", object);
	if (which == DIR_JOURNAL)
		sweep_storage(g, log);
	return 0;
}

static int
recover_dir(struct engine *g, enum engine_dir which, const struct log *log,
    struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	int dir, r = 0;

	if (engine_dir(g, which, &dir, e) < 0 || dir_remove_temps(dir, e) < 0 ||
	    dir_list(dir, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_journal_record struct journal_record j = { .op = "" };
		auto_op struct op op = { .type = NULL };
		struct err one = ERR_INIT;
		const struct op_type *t;
		int is;

		if (names.v[i][0] == '.' ||
		    strstr(names.v[i], TEMPORARY_MARK) != NULL)
			continue;
		is = journal_read(dir, names.v[i], &j, &one);
		if (is < 0) {
			log_error(log, "%s", one.text);
			r = -1;
		}
		if (is <= 0 ||
		    (!j.is_torn && !j.is_left &&
			g->platform->proc->is_alive(&j.owner)))
			continue;
		/* op_lock looks again under the lock, and recovers. */
		t = type_find(j.op);
		op_init(&op, g, t == NULL ? op_types[0] : t, names.v[i], log);
		if (op_lock(&op, false, &one) < 0 && one.code != ERR_STATE) {
			log_error(log, "%s", one.text);
			r = -1;
		}
		op.type = NULL; /* nothing was opened */
		op_unlock(&op);
	}
	if (r < 0)
		return err_set(e, ERR_SYSTEM,
		    "recovery: not everything could be recovered");
	return 0;
}

int
recover_all(struct engine *g, const struct log *log, struct err *e)
{
	if (recover_dir(g, DIR_JOURNAL, log, e) < 0 ||
	    recover_dir(g, DIR_RUN_JOURNAL, log, e) < 0)
		return -1;
	return destroy_finish_all(g, log, e);
}
