/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pot-supervise and those who start it agree on.  One per running
 * pot, root, statically linked on base and platform.  It parses nothing
 * that comes from the guest.  It may be killed at any moment: the next pot
 * command that finds the pot alive and not supervised starts another one,
 * and no byte of output and no exit status is lost (ARCHITECTURE.md).
 *
 * argv: pot-supervise NAME GENERATION INSTANCE LOG_SIZE LOG_COUNT POT FLAGS
 *	LOG_SIZE  bytes at which the log is rotated; 0: never
 *	LOG_COUNT rotated logs that are kept, at most 99
 *	POT	  absolute path of pot, executed as "POT internal-after NAME
 *		  GENERATION" when the cell is dead, and in a persistent pot
 *		  also when the command has ended; it gets the environment of
 *		  pot-supervise.  It may come twice (a killed supervisor).
 *	FLAGS	  "p" the pot is persistent: the cell lives on when the
 *		  command has ended; "d" it is dead, and who started us cleans
 *		  up: no internal-after; "-" none
 *	The pot's CELL handle is read from the run directory.  If the cell is
 *	dead already, what was staged goes to the log, then internal-after.
 *
 * Exit status: 0 supervised to the end, or not needed (another one holds
 * the lock, the run directory is of another start); 1 an error, which is on
 * stderr.  SIGTERM ends it when what was staged is in the log.
 */
#ifndef POT_SUPERVISE_H
#define POT_SUPERVISE_H

/*
 * Inherited descriptors: the directories RUN/pot/NAME and LOG/NAME, and
 * what is closed where it is not wanted:
 *	OUT, ERR  raw output of a foreground start, written as fast as it is
 *		  taken, so that its reader holds the pot back.  Never blocks
 *		  us; the log has everything, too
 *	NOTIFY	  a pipe: "s" when the command has ended and the output it
 *		  wrote until then was passed on to OUT and ERR
 *	GATE	  RUN_GATE, open and locked by who starts it: closed as soon
 *		  as RUN_SUPERVISE is ours.  The lock is the open file's: the
 *		  starter closes his descriptor and does not unlock
 *	HELD	  the FIFOs, open: a pot that is its own first process does
 *		  not hold them, and one that ends at once would take what
 *		  is in them with it.  Closed when we have opened our own
 */
#define SUPERVISE_RUN_FD    3
#define SUPERVISE_LOG_FD    4
#define SUPERVISE_OUT_FD    5
#define SUPERVISE_ERR_FD    6
#define SUPERVISE_NOTIFY_FD 7
#define SUPERVISE_GATE_FD   8
#define SUPERVISE_HELD_FD   9 /* two: out, err */
#define SUPERVISE_FDS	    11

/* Files in the run directory of a pot (RUN/pot/NAME). */
#define RUN_CELL   "cell"   /* link: "GENERATION HANDLE" */
#define RUN_STATUS "status" /* pot-init's line */
#define RUN_IO	   "io"	    /* directory 0700 with the FIFOs */
#define RUN_IO_OUT "out"
#define RUN_IO_ERR "err"
#define RUN_STOP   "stop"   /* there, while a stop waits for the cell's end */
#define RUN_OOM	   "oom"    /* number of kills, text; missing: none */
#define RUN_LIMITS "limits" /* limits were changed; the supervisor takes it */

/*
 * Locks (base/lock.h).  Supervised means: a process holds RUN_SUPERVISE, its
 * own; the kernel tells which, so who waits for a pot can watch it, and who
 * finds that it was killed waits until it has let go.  Who starts one holds
 * RUN_GATE from before it looks until the new one has its lock: nobody sees
 * a moment without.  RUN_FOREGROUND is a foreground start's, which has the
 * descriptors a new supervisor needs: while it lives, it alone starts one.
 */
#define RUN_SUPERVISE  "supervise.lock"
#define RUN_GATE       "gate.lock"
#define RUN_FOREGROUND "foreground.lock" /* says "PID START" */

/* What RUN_IO becomes when the cell is dead and all output is in the log:
 * nothing is left for another supervisor. */
#define RUN_IO_DONE "io.done"

/* The supervisor's own, in a directory of their own: who watches the run
 * directory is not told of every write. */
#define RUN_STAGE_OUT "io/stage.out"
#define RUN_STAGE_ERR "io/stage.err"
#define RUN_STAGE     "io/stage.state"

/* Files in a pot's log directory (LOG/NAME): base/logfile.h. */

#endif
