/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine's dealings with pot-supervise: start one, find that one is
 * missing, wait until one has passed on everything.
 */
#ifndef POT_ENGINE_SUPERVISOR_H
#define POT_ENGINE_SUPERVISOR_H

#include <sys/types.h>

#include "engine/pot.h"

struct supervisor_fds {
	int out, err; /* raw output of a foreground start, or -1 */
	int notify;   /* write end of the notify pipe, or -1 */
};

#define SUPERVISOR_FDS_NONE                        \
	{                                          \
		.out = -1, .err = -1, .notify = -1 \
	}

/* Start one for the pot; *pid is a child of ours (it is reaped by init if
 * we end first).  PID may be NULL. */
int supervisor_start(struct engine *g, const char *name,
    const struct cell_ref *ref, int rundir, bool is_persistent,
    const struct supervisor_fds *fds, pid_t *pid, struct err *e) MUST_CHECK;
/* Replace one that was killed, if the pot runs. */
int supervisor_ensure(struct engine *g, const char *name, const struct log *log,
    struct err *e) MUST_CHECK;
/* Of a cell that was just found alive. */
int supervisor_ensure_of(struct engine *g, const struct cell_ref *ref,
    const struct log *log, struct err *e) MUST_CHECK;
/* The cell is dead: wait until all its output is in the log, with another
 * supervisor if need be.  Bounded. */
int supervisor_finish(struct engine *g, const char *name,
    const struct cell_ref *ref, int rundir, struct err *e) MUST_CHECK;

#endif
