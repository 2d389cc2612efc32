/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advisory locks on files of ours, of the open file (fcntl(2) F_OFD_SETLK,
 * flock(2) where there is none): they end with the process whatever kills
 * it, and a child which inherits the descriptor by mistake is excluded by
 * close-on-exec.  The holder writes who it is into the file: who waits can
 * say whom it waits for.  The lock file may be unlinked by its holder; a
 * waiter notices and starts over.  A descriptor that is given to a child on
 * purpose carries the lock with it.
 */
#ifndef POT_LOCK_H
#define POT_LOCK_H

#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"

struct lock {
	int fd; /* -1: not held */
};

#define LOCK_INIT        \
	{                \
		.fd = -1 \
	}

enum lock_mode { LOCK_SHARED, LOCK_EXCLUSIVE };

/*
 * Take the lock NAME in DIRFD (made 0600 if missing), waiting at most
 * TIMEOUT_MS (0: don't wait).  WHO is recorded ("stop web, pid 12").  While
 * it waits a child of ours exists; SIGCHLD should not be ignored.
 * ERR_BUSY after the wait: "lock web: held by start web, pid 10".
 */
int lock_take(struct lock *l, int dirfd, const char *name, enum lock_mode mode,
    int timeout_ms, const char *who, struct err *e) MUST_CHECK;
void lock_release(struct lock *l);
#define auto_lock __attribute__((cleanup(lock_release), unused))
/* Release; unlink the file first (the object is gone). */
void lock_release_remove(struct lock *l, int dirfd, const char *name);
/* 1 if it is held by another open file right now, 0 if not; takes nothing,
 * so that it never is in anybody's way. */
int lock_is_held(int dirfd, const char *name, struct err *e) MUST_CHECK;
/* What its last holder wrote into it; "" if nobody did. */
void lock_who(int dirfd, const char *name, char *who, size_t size);

/*
 * The other kind is a process's own (fcntl(2) F_SETLK): no child gets it,
 * and who asks learns the process, from the kernel.  It is lost when the
 * process closes NAME, whatever it had opened it for.  The two kinds exclude
 * each other.  It does not wait: ERR_BUSY.
 */
int lock_own(struct lock *l, int dirfd, const char *name, struct err *e)
    MUST_CHECK;
/* 1 if it is held, by the process *PID (0 if it is not to be known: of
 * another pid namespace, or a lock of the other kind); 0 if not.  Not for
 * the holder itself. */
int lock_owner(int dirfd, const char *name, pid_t *pid, struct err *e)
    MUST_CHECK;

#endif
