/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel in memory, for tests: platform_fake implements every operation
 * of platform/{platform,cell,mount,limit}.h without any right.  It records
 * each call, fails (or dies at) the n-th on request, and lists what still
 * exists, so that every path of the engine can be walked and its leftovers
 * counted.  It is strict where a real kernel is: a cell needs prepared
 * limits and attached mounts, a name is taken until its cell is dead.
 *
 * The state lives in memory, or in the file that the environment variable
 * POT_FAKE_STATE names (one kernel for several processes; it is read and
 * written under a lock around every operation).  POT_FAKE_FAIL="OP:N"
 * fails the N-th call of OP ("cell.create", or "any") in each process,
 * POT_FAKE_DIE="OP:N" kills the process before that call and
 * POT_FAKE_DIE_AFTER="OP:N" after it.
 *
 * The first word of a command, or of what "sh -c" is given, says what a
 * fake process does (program.c); a path before it does not matter:
 *	exit N, true, false	ends at once
 *	signal N		is killed by that signal at once
 *	sleep [N]		runs until a signal ends it
 *	stubborn		likewise, but only SIGKILL ends it
 *	shm			as sleep, and makes a shared memory object
 *	oom			is killed for want of memory
 *	missing, denied		cannot be executed
 *	echo, env, pwd, id	print their words, the environment, the
 *				working directory, the user
 *	cat			copies stdin to stdout (exec only)
 *	anything else		ends at once with status 0
 */
#ifndef POT_FAKE_H
#define POT_FAKE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include "platform/platform.h"

extern const struct platform platform_fake;

/* What its host has. */
#define FAKE_NCPU	  2
#define FAKE_MEMORY_BYTES ((uint64_t)4 << 30)
#define FAKE_SWAP_BYTES	  ((uint64_t)1 << 30)
#define FAKE_INTERFACE	  "fake0"
#define FAKE_TAKEN_ID	  2013265920	       /* a user's */
#define FAKE_EXE	  "/usr/local/bin/pot" /* or POT_FAKE_EXE says */

/* Forget everything: objects, calls, faults.  Ends entered processes. */
void fake_reset(void);

/* The n-th call from now on (1: the next) that can fail, fails once with
 * ERR_SYSTEM "OP: injected fault".  0: none will. */
void fake_fail_at(unsigned n);
/* The same for the n-th call of OP alone, with CODE. */
void fake_fail_op(const char *op, unsigned n, enum err_code code);
/* The process kills itself at the n-th call of OP ("any"): before it has
 * an effect, or after it. */
void fake_die_at(const char *op, unsigned n, bool after);
/* Did the fault that was asked for happen? */
bool fake_has_failed(void);

/* Calls since the last reset, one line each: "cell.create web.1". */
const struct strv *fake_calls(void);
/* How many of them were of OP. */
unsigned fake_count(const char *op);

/*
 * Every object that exists, a line each, sorted: "cell web.1 held",
 * "mount ROOT TARGET", "limit web.1", "shm web", "process PID".  Nothing
 * is left when it is empty.
 */
void fake_census(struct buf *out);

/* What the newest cell of that name was given, "key=value" lines in the
 * order of struct cell_spec ("arg=", "env=", "mount=..."), or NULL. */
const char *fake_cell_spec(const char *name);

/* A cell that we did not make (find_foreign), of pot 0.16 if its root is the
 * pot's. */
void fake_add_foreign(const char *name, const char *root);
/* The command of a living cell ends by itself with STATUS (128+n: by a
 * signal). */
void fake_end_command(const char *name, int status);
/* As a crash and reboot of the host: cells, mounts, groups and rules are
 * gone, the boot's identity is another one. */
void fake_reboot(void);
/* Everybody's watch descriptors become readable. */
void fake_watch_fire(void);

#endif
