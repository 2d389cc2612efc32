/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pot-init and those who start it agree on.
 *
 * pot-init is the first process of a pot: PID 1 on Linux, the command's
 * parent in a jail.  It reaps, forwards signals, writes how the command
 * ended to a file that was opened before, and in a persistent pot lives on
 * when the command has ended.  It needs nothing of the pot's files but the
 * command.  On Linux it uses no libc.
 *
 * It is also the last step of every other way into a pot (own-init, exec):
 * it becomes the command, so that what /proc/self/exe names until then is
 * never a program of the host that could be written to.
 *
 * argv: pot-init MODE UID GID GROUPS CWD COMMAND [ARG...]
 *	MODE	"-"	the command is a child; end when it ends
 *		"p"	likewise, but live on (persistent)
 *		"x"	become the command
 *		"d"	the command is a child; end when it was executed,
 *			which leaves it to the pot's first process
 *		with a "g" behind it: wait at a gate, until a byte comes on
 *		INIT_EXEC_FD; if that ends instead, so does pot-init
 *	GROUPS	comma list of at most INIT_GROUPS_MAX numbers, "-" for none
 *	COMMAND	is looked up in PATH of the environment it was given
 *
 * Bytes in a FIFO are gone with its last holder, and when the command of a
 * pot that is not persistent ends, nobody may be supervising.  So while its
 * descriptors 1 or 2 hold bytes that nobody else keeps (a FIFO, open for
 * reading and writing), pot-init does not end: it kills what is left of the
 * pot, and looks again at each signal.  The supervisor sends SIGCHLD when it
 * has taken everything.  It uses no timer.
 *
 * Who executes pot-init gives it default signal dispositions.  The command
 * gets descriptors 0 to 2, the environment, an empty signal mask and a
 * session of its own.
 */
#ifndef POT_INIT_H
#define POT_INIT_H

/* Status file, open for writing; one line, written once:
 *	"exited N\n", "signaled N\n" or "exec ERRNO\n" (never started).
 * In modes x and d only the last one is ever written; it may be closed. */
#define INIT_STATUS_FD 3
/* Pipe or socket: closed by a successful exec of the command; otherwise a
 * struct init_failure comes first. */
#define INIT_EXEC_FD 4

#define INIT_GROUPS_MAX 256

enum init_step {
	INIT_STEP_ARGS,	 /* it was called wrongly */
	INIT_STEP_SPAWN, /* no process for the command */
	INIT_STEP_USER,	 /* uid, gid, groups */
	INIT_STEP_CWD,	 /* ENOENT etc.; EXDEV: it is outside of the pot */
	INIT_STEP_EXEC,
};

struct init_failure {
	int step; /* enum init_step */
	int errnum;
};

/*
 * Every signal that arrives is forwarded to the command, but for SIGCHLD
 * and this one, queued (sigqueue, pidfd_send_signal) by the engine with a
 * value: bits 0-6 a signal, and what to do with it.
 */
#define INIT_SIGNAL	64    /* SIGRTMAX on Linux */
#define INIT_SIGNAL_BSD 126   /* SIGRTMAX on FreeBSD */
#define INIT_VALUE_ALL	0x100 /* send it to every process in the pot */
#define INIT_VALUE_STOP 0x200 /* likewise, and end when all have ended */
#define INIT_VALUE_LAST 0x400 /* those who are not its children have */
/* Value 0 | signal alone: to the command only. */

#endif
