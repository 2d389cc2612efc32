/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handle of a cell: who its first process is, as text in cell_ref.
 *
 *	PID:START[:INODE][:FLAGS]
 *
 * START is the process's start in clock ticks since boot (0: not asked
 * for, when the inode tells enough), INODE that of its pidfd, which no
 * other process of this boot gets (6.9 and later).  FLAGS are letters: "o",
 * the first process is the pot's command and not pot-init; "u", the cell
 * has a user namespace of its own.
 */
#ifndef POT_LINUX_HANDLE_H
#define POT_LINUX_HANDLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/cell.h"

struct handle {
	pid_t pid;
	uint64_t start;
	uint64_t inode;
	bool is_own;
	bool has_userns;
};

/* Identity of the living process PIDFD refers to, into REF. */
int handle_fill(struct cell_ref *ref, pid_t pid, int pidfd, bool is_own,
    bool has_userns, struct err *e) MUST_CHECK;
int handle_parse(const struct cell_ref *ref, struct handle *h, struct err *e)
    MUST_CHECK;
/*
 * A pidfd of the cell's first process, verified to be that very process; it
 * may have ended (poll it).  ERR_STATE "not running" if there is no
 * such process any more.
 */
int handle_open(const struct cell_ref *ref, struct handle *h, int *pidfd,
    struct err *e) MUST_CHECK;
/* Is PIDFD, which may have ended but was not reaped, the process of H? */
bool handle_is(const struct handle *h, int pidfd);
/* Has the process of that pidfd ended? */
bool pidfd_is_dead(int pidfd);
/* Neither dead nor ending, told by one call; false may also mean that it is
 * not known. */
bool handle_is_running(const struct handle *h, int pidfd);
/* Or is it about to?  A first process does not end before all others of its
 * pid namespace were reaped, by whomever they are children of. */
bool handle_is_exiting(const struct handle *h, int pidfd);

/* What /proc says of a process; false if there is none. */
struct proc_stat {
	char state; /* Z: a zombie, X: dead */
	pid_t ppid;
	unsigned flags;	  /* PF_* of the kernel */
	uint64_t pending; /* signals, as a mask */
	uint64_t start;
	int exit_code; /* as wait status; 0 if we may not know */
};
bool proc_stat_read(pid_t pid, struct proc_stat *out);

#define PF_EXITING  0x4U   /* since it began to end */
#define PF_SIGNALED 0x400U /* a signal ended it */

#endif
