/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start: from a stopped pot to one whose command runs.
 */
#ifndef POT_OP_START_H
#define POT_OP_START_H

#include "engine/op.h"
#include "engine/supervisor.h"

extern const struct op_type op_start;

struct start_result {
	struct cell_ref ref;
	pid_t supervisor;
	/* Set: why the command of a persistent pot could not be executed.
	 * The pot lives, and the caller says it. */
	struct err command;
	struct lock foreground; /* the caller's, if its fds say notify */
};

/* Run OP (initialised for op_start, locked).  Nothing is left if it fails.
 * *P is the pot, opened under the lock, and is taken; or NULL. */
int start_locked(struct op *op, const struct supervisor_fds *fds,
    struct pot **p, struct start_result *out, struct err *e) MUST_CHECK;

/* Start NAME detached if it does not run, its dependencies first. */
int start_detached(struct engine *g, const char *name, const struct log *log,
    struct err *e) MUST_CHECK;

#endif
