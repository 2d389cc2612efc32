/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stop: the end of a cell, whoever asked for it, and the clean-up behind
 * one that ended by itself.
 */
#ifndef POT_OP_STOP_H
#define POT_OP_STOP_H

#include "engine/op.h"

extern const struct op_type op_stop;

/*
 * End the cell ST->ref of pot P, whose lock LOCKED holds, or clean up
 * behind it if it is dead already.  Accepts that there is nothing.
 */
int stop_locked(struct op *locked, const char *name, const struct run_state *st,
    struct err *e) MUST_CHECK;

/* What the caller knows besides the run directory. */
struct stop_record {
	const struct run_status *known; /* if pot-init said nothing yet */
	bool was_stopped;		/* by a command */
};

/* Write conf/.last_run and conf/.last_run_stats from the run directory. */
int stop_record(struct engine *g, const char *name, const struct cell_ref *ref,
    int rundir, const struct stop_record *what, struct err *e) MUST_CHECK;

#endif
