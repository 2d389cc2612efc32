/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations: an ordered table of steps, each with act and undo.
 *
 * The runner writes each step to the journal before its act.  An act that
 * fails has undone itself; the runner then walks back.  An undo accepts
 * that there is nothing to undo, and works from the names in the
 * operation's arguments alone, so that recovery can run it in another
 * process after a crash.
 *
 * An operation either goes back (OP_UNDO: start, create, clone) or, once
 * begun, has to go forward (OP_FINISH: stop, destroy, revert): its acts
 * accept that they were done before and recovery runs them all again.
 *
 * To add an operation: a struct op_type in a file op_X.c or steps_X.c, its
 * row in op_types.def, a case in the fault matrix (tests/unit/engine_fault).
 */
#ifndef POT_OP_H
#define POT_OP_H

#include "base/lock.h"
#include "base/spawn.h"
#include "engine/engine_impl.h"
#include "engine/journal.h"
#include "engine/pot.h"

struct op;

typedef int op_step_fn(struct op *op, struct err *e);

enum step_flags {
	/* The act runs a program of the user's (hook, flavour): the lock is
	 * dropped meanwhile, and cancellation is looked at afterwards. */
	STEP_F_USER = 1 << 0,
};

struct op_step {
	const char *name;
	op_step_fn *act;
	op_step_fn *undo; /* NULL: nothing to undo */
	unsigned flags;
};

enum op_direction { OP_UNDO, OP_FINISH };

struct op_type {
	const char *name; /* in the journal */
	const struct op_step *steps;
	size_t nsteps;
	enum op_direction direction;
	bool changes_storage; /* journal below POT_FS_ROOT, synced */
	bool frees_space;     /* a full disk may not be in its way */
	/* Fill op->data from the arguments; both for a fresh operation and
	 * for recovery.  NULL: nothing. */
	op_step_fn *open;
	void (*close)(struct op *op);
};

struct op {
	const struct op_type *type;
	struct engine *g;
	const struct log *log;
	char object[256];	  /* what is locked and journalled: "web" */
	struct strv keys, values; /* arguments, as in the journal */
	struct lock lock;
	struct lock user_lock; /* held from the first user's program on, so
				* that a canceller can wait for our end */
	bool is_lock_borrowed; /* the caller's operation holds it */
	struct journal journal;
	bool is_recovery;
	/* The end of the journal brings to the disk what was done before. */
	bool is_sync_left;
	const void *input; /* the type's, not journalled: descriptors */
	void *data;	   /* the type's own */
	struct err kept;   /* a failure that was not undone on request */
};

/* ARGS by op_set() before op_run(). */
void op_init(struct op *op, struct engine *g, const struct op_type *type,
    const char *object, const struct log *log);
void op_fini(struct op *op);
#define auto_op __attribute__((cleanup(op_fini), unused))
void op_set(struct op *op, const char *key, const char *value);
void op_set_u64(struct op *op, const char *key, uint64_t value);
const char *op_get(const struct op *op, const char *key);  /* or NULL */
uint64_t op_get_u64(const struct op *op, const char *key); /* or 0 */

/*
 * Take the object's lock and recover what a dead owner left.  With a live
 * owner whose lock is dropped (it runs a hook): ERR_STATE, or, if IS_WINNER
 * (stop, destroy -F), the other operation is cancelled and waited for.
 */
int op_lock(struct op *op, bool is_winner, struct err *e) MUST_CHECK;
/* After ERR_STATE: until the programs of that owner, and it, have let go,
 * however long.  1; 0 if there was nobody to wait for. */
int op_user_end_wait(struct op *op, struct err *e) MUST_CHECK;
void op_unlock(struct op *op);

/* Run the steps.  The lock is held (op_lock) or borrowed. */
int op_run(struct op *op, struct err *e) MUST_CHECK;

/*
 * Wait for PID, a program of the user's that the caller has started in a
 * session of its own, while the lock is dropped; *status is its exit
 * status.  ERR_CANCELLED if another command cancelled us meanwhile: the
 * program was killed.  It has ended when this returns, also on failure.
 */
int op_user_wait(struct op *op, pid_t pid, int *status, struct err *e)
    MUST_CHECK;

/* Undo or finish what dead owners left of any object (pot recover). */
int recover_all(struct engine *g, const struct log *log, struct err *e)
    MUST_CHECK;

#endif
