/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runner of operations: steps forward, steps back, and the lock that
 * is dropped while a program of the user's runs.
 */
#include "engine/op.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "engine/op_destroy.h"
#include "engine/recover.h"

/* How long a cancelled hook may take to end after SIGTERM. */
#define HOOK_GRACE_MS 5000

#define USER_LOCK_SUFFIX ".user"

void
op_init(struct op *op, struct engine *g, const struct op_type *type,
    const char *object, const struct log *log)
{
	memset(op, 0, sizeof(*op));
	op->g = g;
	op->type = type;
	op->log = log;
	op->lock.fd = op->user_lock.fd = -1;
	op->journal.fd = op->journal.dirfd = -1;
	str_copy(op->object, object, sizeof(op->object));
}

void
op_fini(struct op *op)
{
	/* A request that was refused before op_init(): descriptor 0, which it
	 * seems to hold, is its caller's. */
	if (op->g == NULL)
		return;
	if (op->type != NULL && op->type->close != NULL)
		op->type->close(op);
	op->type = NULL;
	journal_close(&op->journal);
	strv_fini(&op->keys);
	strv_fini(&op->values);
	op_unlock(op);
}

void
op_set(struct op *op, const char *key, const char *value)
{
	strv_add(&op->keys, key);
	strv_add(&op->values, value);
}

void
op_set_u64(struct op *op, const char *key, uint64_t value)
{
	strv_add(&op->keys, key);
	strv_add_fmt(&op->values, "%" PRIu64, value);
}

const char *
op_get(const struct op *op, const char *key)
{
	for (size_t i = op->keys.n; i-- > 0;)
		if (str_eq(op->keys.v[i], key))
			return op->values.v[i];
	return NULL;
}

uint64_t
op_get_u64(const struct op *op, const char *key)
{
	const char *v = op_get(op, key);
	struct err ignored = ERR_INIT;
	uint64_t n = 0;

	if (v == NULL || str_u64(key, v, 0, UINT64_MAX, &n, &ignored) < 0)
		return 0;
	return n;
}

static int
take_lock(struct op *op, struct err *e)
{
	char who[300];
	int dir;

	if (op->is_lock_borrowed)
		return 0;
	if (engine_dir(op->g, DIR_RUN_LOCK, &dir, e) < 0)
		return -1;
	str_fmt(who, sizeof(who), "%s %s, pid %ld", op->type->name, op->object,
	    (long)getpid());
	return lock_take(
	    &op->lock, dir, op->object, LOCK_EXCLUSIVE, LOCK_WAIT_MS, who, e);
}

void
op_unlock(struct op *op)
{
	if (!op->is_lock_borrowed)
		lock_release(&op->lock);
	lock_release(&op->user_lock);
}

static int
take_user_lock(struct op *op, int timeout_ms, struct lock *out, struct err *e)
{
	char name[sizeof(op->object) + sizeof(USER_LOCK_SUFFIX)];
	int lockdir;

	if (engine_dir(op->g, DIR_RUN_LOCK, &lockdir, e) < 0)
		return -1;
	str_fmt(name, sizeof(name), "%s" USER_LOCK_SUFFIX, op->object);
	return lock_take(
	    out, lockdir, name, LOCK_EXCLUSIVE, timeout_ms, op->type->name, e);
}

/* 1 if nobody has it. */
static int
is_user_lock_free(struct op *op, int timeout_ms, struct err *e)
{
	struct lock user = LOCK_INIT;

	if (take_user_lock(op, timeout_ms, &user, e) == 0) {
		lock_release(&user);
		return 1;
	}
	if (e->code != ERR_BUSY)
		return -1;
	err_clear(e);
	return 0;
}

int
op_user_end_wait(struct op *op, struct err *e)
{
	int is_free = is_user_lock_free(op, 0, e), r = is_free;

	while (r == 0)
		r = is_user_lock_free(op, LOCK_WAIT_MS, e);
	return r < 0 ? -1 : !is_free;
}

/*
 * Does the owner of a journal live?  One that was killed lets go of its locks
 * before it is gone: it does nothing any more.
 */
static bool
has_owner(struct op *op, const struct journal_record *r)
{
	const struct platform_proc_ops *proc = op->g->platform->proc;

	return !r->is_torn && !r->is_left && proc->is_alive(&r->owner) &&
	    !proc->is_ending(&r->owner);
}

/*
 * The owner lives and runs a program of the user's.  Tell it to go back,
 * end that program, and wait until the owner has let go.  The lock is
 * dropped meanwhile, for the owner needs it to undo.
 */
static int
cancel_owner(
    struct op *op, int dir, const struct journal_record *r, struct err *e)
{
	int is_free;

	if (journal_cancel(dir, op->object, e) < 0)
		return -1;
	lock_release(&op->lock);
	for (int i = 0; i < 2; i++) {
		static const int signals[] = { SIGTERM, SIGKILL };

		/* It leads a session of its own (op_user_wait()). */
		if (r->hook.pid > 0 &&
		    op->g->platform->proc->is_alive(&r->hook))
			(void)kill(-r->hook.pid, signals[i]);
		if ((is_free = is_user_lock_free(op, HOOK_GRACE_MS, e)) < 0)
			return -1;
		if (is_free)
			return take_lock(op, e);
	}
	/* Stopped, or stuck in the kernel: what it did is in the journal,
	 * so it can be ended and undone by us. */
	if (op->g->platform->proc->is_alive(&r->owner))
		(void)kill(r->owner.pid, SIGKILL);
	if ((is_free = is_user_lock_free(op, HOOK_GRACE_MS, e)) < 0)
		return -1;
	return is_free ? take_lock(op, e) :
			 err_set(e, ERR_BUSY, "%s: %s, pid %ld, does not end",
			     op->object, r->op, (long)r->owner.pid);
}

/* One journal of the object: 1 there is none, 0 look again, -1. */
static int
settle(struct op *op, enum engine_dir which, bool is_winner, struct err *e)
{
	auto_journal_record struct journal_record r = { .op = "" };
	int dir, is;

	if (engine_dir(op->g, which, &dir, e) < 0)
		return -1;
	if ((is = journal_read(dir, op->object, &r, e)) <= 0)
		return is < 0 ? -1 : 1;
	if (!has_owner(op, &r))
		return recover_one(op->g, which, op->object, &r, op->log, e);
	if (!is_winner)
		return err_set(e, ERR_STATE, "%s: %s is under way, pid %ld",
		    op->object, r.op, (long)r.owner.pid);
	log_info(op->log, "%s: cancelling %s, pid %ld", op->object, r.op,
	    (long)r.owner.pid);
	return cancel_owner(op, dir, &r, e);
}

int
op_lock(struct op *op, bool is_winner, struct err *e)
{
	static const enum engine_dir where[] = { DIR_JOURNAL, DIR_RUN_JOURNAL };

	if (take_lock(op, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(where);) {
		int r = settle(op, where[i], is_winner, e);

		if (r < 0) {
			op_unlock(op);
			return -1;
		}
		if (r > 0)
			i++;
	}
	/* One whose journal a reboot took. */
	if (op->type->changes_storage && destroy_is_begun(op->g, op->object) &&
	    destroy_finish(op->g, op->object, op->log, e) < 0) {
		op_unlock(op);
		return -1;
	}
	return 0;
}

/* Steps leave it to the journal's end, in the directory FD, to sync what they
 * did to storage, where that can be; with -1 no longer. */
static void
leave_sync(struct op *op, int fd)
{
	struct err ignored = ERR_INIT; /* the step tells that wants it */
	struct storage *s;

	op->is_sync_left = engine_storage(op->g, &s, &ignored) == 0 &&
	    storage_leave_sync(s, fd);
}

static int
begin_in(struct op *op, enum engine_dir which, bool is_synced, struct err *e)
{
	int dir;

	/* Within another operation, whose lock it is: one like it that could
	 * not be finished has left its journal, and nobody has looked since. */
	if (op->is_lock_borrowed && settle(op, which, false, e) < 0)
		return -1;
	if (engine_dir(op->g, which, &dir, e) < 0)
		return -1;
	if (is_synced)
		leave_sync(op, dir);
	return journal_begin(&op->journal, dir, op->object, op->type->name,
	    op->g->platform, &op->keys, &op->values,
	    op->is_sync_left ? JOURNAL_ONE_LOG :
		is_synced    ? JOURNAL_SYNCED :
			       JOURNAL_UNSYNCED,
	    e);
}

static void
take_sync_back(struct op *op)
{
	if (op->is_sync_left)
		leave_sync(op, -1);
}

static int
begin(struct op *op, struct err *e)
{
	const struct op_type *t = op->type;

	if (!t->changes_storage)
		return begin_in(op, DIR_RUN_JOURNAL, false, e);
	if (begin_in(op, DIR_JOURNAL, true, e) == 0)
		return 0;
	take_sync_back(op);
	if (e->code != ERR_NO_SPACE || !t->frees_space)
		return -1;
	/* Removing is what makes space.  The other journal is lost with a
	 * reboot: then the same command goes on with what is left. */
	err_clear(e);
	return begin_in(op, DIR_RUN_JOURNAL, false, e);
}

static int
end(struct op *op, struct err *e)
{
	take_sync_back(op);
	return journal_end(&op->journal, op->type->changes_storage, e);
}

/* What is done stays, or could not be undone: the journal tells whoever
 * comes next. */
static int
leave(struct op *op, struct err *e)
{
	struct err ignored = ERR_INIT;

	take_sync_back(op);
	if (journal_add(&op->journal, "left", NULL, &ignored) < 0)
		log_error(op->log, "%s", ignored.text);
	journal_close(&op->journal);
	if (!err_is_set(e))
		return err_set(e, ERR_SYSTEM,
		    "%s: %s could not be undone completely", op->object,
		    op->type->name);
	return -1;
}

/* Walk back from step N - 1.  The journal stays if an undo fails: the next
 * command tries again. */
static int
walk_back(struct op *op, size_t n, struct err *e)
{
	bool is_clean = true;

	while (n-- > 0) {
		struct err undo_err = ERR_INIT;

		if (op->type->steps[n].undo == NULL ||
		    op->type->steps[n].undo(op, &undo_err) == 0)
			continue;
		is_clean = false;
		log_error(op->log, "%s: undo of %s: %s", op->object,
		    op->type->steps[n].name, undo_err.text);
	}
	if (is_clean) {
		struct err end_err = ERR_INIT;

		if (end(op, &end_err) < 0)
			log_error(op->log, "%s", end_err.text);
	}
	return is_clean ? -1 : leave(op, e);
}

int
op_run(struct op *op, struct err *e)
{
	const struct op_type *t = op->type;

	if (begin(op, e) < 0)
		return -1;
	if (t->open != NULL && t->open(op, e) < 0)
		return walk_back(op, 0, e);
	for (size_t i = 0; i < t->nsteps; i++) {
		if (journal_add(&op->journal, "step", t->steps[i].name, e) <
			0 ||
		    t->steps[i].act(op, e) < 0) {
			/* What has begun to be removed can't come back: the
			 * journal stays, the next command goes on. */
			if (t->direction == OP_FINISH && i > 0)
				return leave(op, e);
			return walk_back(
			    op, t->direction == OP_UNDO ? i : 0, e);
		}
	}
	return end(op, e);
}

/* Has another command asked for our undo? */
static int
look_cancelled(struct op *op, struct err *e)
{
	auto_journal_record struct journal_record r = { .op = "" };
	int is = journal_read(op->journal.dirfd, op->object, &r, e);

	if (is < 0)
		return -1;
	if (is == 0 || r.is_cancelled)
		return err_set(e, ERR_CANCELLED,
		    "%s: %s was cancelled by another command", op->object,
		    op->type->name);
	return 0;
}

/* Say in the journal who runs, then let go of the lock. */
static int
user_begin(struct op *op, pid_t pid, struct err *e)
{
	char text[48];
	struct proc_id id = { .pid = pid };

	if (op->user_lock.fd < 0 &&
	    take_user_lock(op, LOCK_WAIT_MS, &op->user_lock, e) < 0)
		return -1;
	if (op->g->platform->proc->identify(pid, &id, e) < 0)
		err_clear(e); /* it has ended already */
	str_fmt(text, sizeof(text), "%ld %" PRIu64, (long)id.pid, id.start);
	if (journal_add(&op->journal, "hook", text, e) < 0)
		return -1;
	if (!op->is_lock_borrowed)
		lock_release(&op->lock);
	return 0;
}

int
op_user_wait(struct op *op, pid_t pid, int *status, struct err *e)
{
	if (user_begin(op, pid, e) < 0) {
		struct err ignored = ERR_INIT;

		(void)kill(-pid, SIGKILL);
		if (spawn_wait(pid, status, &ignored) < 0)
			return -1;
		return -1;
	}
	if (spawn_wait(pid, status, e) < 0 || take_lock(op, e) < 0 ||
	    journal_add(&op->journal, "work", NULL, e) < 0)
		return -1;
	return look_cancelled(op, e);
}
