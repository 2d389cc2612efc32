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
 *		  command has ended; "-" none
 *	The pot's CELL handle is read from the run directory.  If the cell is
 *	dead already, what was staged goes to the log, then internal-after.
 *
 * Exit status: 0 supervised to the end, or not needed (another one holds
 * the lock, the run directory is of another start, SIGTERM); 1 an error,
 * which is on stderr.
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
 *	LOCK	  RUN_SUPERVISE, open and locked by who starts it, so that
 *		  there is no moment in which the pot looks unsupervised.  The
 *		  lock is the open file's: the starter closes his descriptor
 *		  and does not unlock
 */
#define SUPERVISE_RUN_FD    3
#define SUPERVISE_LOG_FD    4
#define SUPERVISE_OUT_FD    5
#define SUPERVISE_ERR_FD    6
#define SUPERVISE_NOTIFY_FD 7
#define SUPERVISE_LOCK_FD   8

/* Files in the run directory of a pot (RUN/pot/NAME). */
#define RUN_CELL      "cell"   /* link: "GENERATION HANDLE" */
#define RUN_STATUS    "status" /* pot-init's line */
#define RUN_IO	      "io"     /* directory 0700 with the FIFOs */
#define RUN_IO_OUT    "out"
#define RUN_IO_ERR    "err"
#define RUN_SUPERVISE "supervise.lock"
#define RUN_OOM	      "oom" /* number of kills, text; missing: none */

/* The supervisor's own, in a directory of their own: who watches the run
 * directory is not told of every write. */
#define RUN_STAGE_OUT "io/stage.out"
#define RUN_STAGE_ERR "io/stage.err"
#define RUN_STAGE     "io/stage.state"

/* Files in a pot's log directory (LOG/NAME): base/logfile.h. */

#endif
