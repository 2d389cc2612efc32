/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine's dealings with pot-supervise: start one, find that one is
 * missing, wait until one has passed on everything.
 */
#ifndef POT_ENGINE_SUPERVISOR_H
#define POT_ENGINE_SUPERVISOR_H

#include <sys/types.h>

#include "base/lock.h"
#include "engine/pot.h"

struct supervisor_fds {
	int out, err; /* raw output of a foreground start, or -1 */
	int notify;   /* write end of the notify pipe, or -1 */
};

#define SUPERVISOR_FDS_NONE                        \
	{                                          \
		.out = -1, .err = -1, .notify = -1 \
	}

/* Start the first one of a pot that is being started; IO are its FIFOs,
 * open; *pid is a child of ours (it is reaped by init if we end first). */
int supervisor_start(const struct pot *p, const struct cell_ref *ref,
    int rundir, const int io[2], const struct supervisor_fds *fds, pid_t *pid,
    struct err *e) MUST_CHECK;

/*
 * Replace one that was killed, if the pot runs; a foreground start replaces
 * its own, with its descriptors.  That there can be none (no log directory)
 * is told, and is no reason not to do what was asked for.
 */
void supervisor_ensure(
    struct engine *g, const char *name, const struct log *log);

/*
 * The same for many pots, of which some may not run: what takes time is done
 * by another process between begin and end, while the caller looks at them.
 */
struct supervisor_round {
	pid_t pid; /* of who asks; 0: nobody does */
	int fd;	   /* what it says */
};

#define SUPERVISOR_ROUND_INIT \
	{                     \
		.fd = -1      \
	}

void supervisor_round_begin(
    struct engine *g, const struct strv *names, struct supervisor_round *r);
void supervisor_round_end(struct engine *g, const struct strv *names,
    struct supervisor_round *r, const struct log *log);

/* The same for the foreground start: 1 and *pid if there is another one now,
 * 0 if none is needed. */
int supervisor_replace(struct engine *g, const char *name,
    const struct supervisor_fds *fds, pid_t *pid, struct err *e) MUST_CHECK;
/* A child PID of ours has ended: did something kill it?  One that ended by
 * itself would do it again. */
bool supervisor_was_killed(pid_t pid);

/* Who waits for a pot looks after its supervisor: without one, neither
 * output nor the end would come. */
struct supervisor_watch {
	int fd;	     /* readable: call supervisor_watch(); -1: nothing */
	pid_t child; /* 0: another's */
};

#define SUPERVISOR_WATCH_INIT \
	{                     \
		.fd = -1      \
	}

/* Ensure that there is one, and watch it. */
void supervisor_watch(struct engine *g, const char *name,
    struct supervisor_watch *w, const struct log *log);
void supervisor_watch_fini(struct supervisor_watch *w);
#define auto_supervisor_watch \
	__attribute__((cleanup(supervisor_watch_fini), unused))

/* Does somebody supervise, or begin to? */
bool supervisor_is_there(int rundir);

/* Declare that this process, in the foreground, starts the supervisors of
 * the pot that RUNDIR is for, as long as it holds that lock. */
int supervisor_claim(
    struct engine *g, int rundir, struct lock *l, struct err *e) MUST_CHECK;

/* The cell is dead, or never was: wait until nobody supervises it.  Bounded. */
int supervisor_await_end(struct engine *g, const char *name, struct err *e)
    MUST_CHECK;
/* The cell is dead: wait until all its output is in the log, with another
 * supervisor if need be.  Bounded. */
int supervisor_finish(struct engine *g, const char *name,
    const struct cell_ref *ref, int rundir, struct err *e) MUST_CHECK;

#endif
