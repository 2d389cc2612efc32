/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal of one operation: intent before effect.  A text file named
 * for the object it works on ("web", "base@bookworm"); whoever finds one
 * whose owner is dead knows which steps may have had an effect.
 *
 *	pot-journal 1
 *	op NAME				which operation (op.h)
 *	owner PID START			who works on it (proc_id)
 *	arg KEY VALUE			what its undo has to know
 *	step NAME			about to be done
 *	hook PID START			a hook or user's program runs; the
 *					lock is not held meanwhile
 *	work				it has ended
 *	cancel				another command wants it undone
 *	left				its owner gave up; who comes next
 *recovers
 *
 * Journals of operations that change storage are synced once, with their
 * arguments, before the first step: these name everything the undo has to
 * look at, so a step line lost in a power failure loses nothing.  The
 * others live in the run directory and are void after a reboot.
 */
#ifndef POT_JOURNAL_H
#define POT_JOURNAL_H

#include <stdbool.h>

#include "engine/engine_impl.h"

struct journal {
	int fd;	   /* -1: none */
	int dirfd; /* borrowed */
	char name[256];
};

#define JOURNAL_INIT                  \
	{                             \
		.fd = -1, .dirfd = -1 \
	}

/* A journal as read back. */
struct journal_record {
	char op[32];
	struct proc_id owner;
	struct strv keys, values; /* arguments */
	struct strv steps;	  /* in order */
	struct proc_id hook;	  /* pid 0: none runs */
	bool is_cancelled;
	bool is_left; /* the owner lives, but has given up */
	bool is_torn; /* not even its head is whole */
};

void journal_record_fini(struct journal_record *r);
#define auto_journal_record \
	__attribute__((cleanup(journal_record_fini), unused))

enum journal_sync {
	JOURNAL_UNSYNCED,
	JOURNAL_SYNCED,
	/* The file system has one log: who syncs a file syncs its name. */
	JOURNAL_ONE_LOG,
};

/*
 * Begin: the file must not exist (the caller holds the object's lock and
 * has recovered what was there).  KEYS and VALUES are of the same length;
 * no newlines, no blanks in keys.
 */
int journal_begin(struct journal *j, int dirfd, const char *name,
    const char *op, const struct platform *p, const struct strv *keys,
    const struct strv *values, enum journal_sync sync, struct err *e)
    MUST_CHECK;
/* Append a line: "step X", "hook PID START", "work". */
int journal_add(struct journal *j, const char *word, const char *text,
    struct err *e) MUST_CHECK;
/* The operation is over: remove the file. */
int journal_end(struct journal *j, bool is_synced, struct err *e) MUST_CHECK;
/* Close without removing (recovery will find it). */
void journal_close(struct journal *j);
/* Take over one that exists, to go on appending to it. */
int journal_reopen(
    struct journal *j, int dirfd, const char *name, struct err *e) MUST_CHECK;

/* 1 read, 0 there is none, -1. */
int journal_read(int dirfd, const char *name, struct journal_record *out,
    struct err *e) MUST_CHECK;
/* Ask the owner to undo what it does. */
int journal_cancel(int dirfd, const char *name, struct err *e) MUST_CHECK;

#endif
