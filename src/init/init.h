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
 * argv: pot-init FLAGS UID GID GROUPS CWD COMMAND [ARG...]
 *	FLAGS	"p" persistent, "-" none
 *	GROUPS	comma list of numbers, "-" for none
 *	COMMAND	is looked up in PATH of the environment it was given
 *
 * Bytes in a FIFO die with its last holder, and nobody may be supervising
 * when the command ends.  So in a pot that is not persistent pot-init, having
 * written the status, looks at its descriptors 1 and 2 (FIONREAD): while one
 * of them is a FIFO with bytes in it, it kills what is left of the pot
 * (kill -1), reaps, and looks again at each signal.  The supervisor sends
 * SIGCHLD when it has taken everything.
 *
 * The command gets descriptors 0 to 2, the environment, an empty signal
 * mask, default dispositions, a session of its own.
 */
#ifndef POT_INIT_H
#define POT_INIT_H

/* Status file, open for writing; one line, written once:
 *	"exited N\n", "signaled N\n" or "exec ERRNO\n" (never started) */
#define INIT_STATUS_FD 3
/* Pipe: closed by a successful exec of the command; otherwise 4 bytes, the
 * errno in host order, come first. */
#define INIT_EXEC_FD 4

/*
 * Every signal that arrives is forwarded to the command, but for SIGCHLD
 * and this one, queued (sigqueue, pidfd_send_signal) by the engine with a
 * value: bits 0-6 a signal, and what to do with it.
 */
#define INIT_SIGNAL	64    /* SIGRTMAX on Linux */
#define INIT_SIGNAL_BSD 126   /* SIGRTMAX on FreeBSD */
#define INIT_VALUE_ALL	0x100 /* send it to every process in the pot */
#define INIT_VALUE_STOP 0x200 /* likewise, and end when all have ended */
/* Value 0 | signal alone: to the command only. */

#endif
