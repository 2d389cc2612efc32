/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs, by argv; never a shell.  The child gets an environment that was
 * built for it, the descriptors named here and no others (closefrom), the
 * default signal dispositions and an empty mask.
 */
#ifndef POT_SPAWN_H
#define POT_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

#define SPAWN_FDS_MAX 16

struct spawn_opts {
	const char *path; /* absolute, or searched in a fixed PATH */
	char *const *argv;
	char *const *envp;	/* NULL: PATH and LC_ALL=C only */
	int dirfd;		/* working directory, or -1 for "/" */
	int fds[SPAWN_FDS_MAX]; /* descriptor i of the child is fds[i] */
	int nfds;		/* 0 to 2 missing or -1: /dev/null */
	bool new_session;	/* setsid */
	bool keep_signals;	/* what is ignored stays so: for a program of
				 * ours that sets what it needs */
	bool says_first;	/* spawn_run(): the first line of stderr is
				 * the reason, not the last: usage follows */
};

/* Start; the exec's failure is reported here (ERR_NO_COMMAND for ENOENT,
 * ERR_NOT_EXECUTABLE for EACCES and ENOEXEC). */
int spawn_start(const struct spawn_opts *o, pid_t *pid, struct err *e)
    MUST_CHECK;
/* Wait: exit status, or 128+signal. */
int spawn_wait(pid_t pid, int *status, struct err *e) MUST_CHECK;
/* Start with stdout into OUT (NULL: where the options say, else discarded),
 * stderr kept for the error, and wait until it and all who share its output
 * have ended; a status other than 0 is ERR_CHILD "PROGRAM: exit 3: last line of
 * its stderr". */
int spawn_run(const struct spawn_opts *o, struct buf *out, struct err *e)
    MUST_CHECK;
/* Absolute path of PROGRAM in the fixed PATH, or ERR_NOT_FOUND. */
int spawn_find(const char *program, char *path, size_t size, struct err *e)
    MUST_CHECK;

#endif
