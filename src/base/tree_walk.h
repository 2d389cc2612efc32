/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk that removing, copying and measuring trees share.  It keeps one
 * directory open: it goes down by name and comes back by "..", checked by
 * device and inode, so neither depth nor width costs descriptors.  A
 * directory is read to its end before anything in it is visited, and all
 * its entries are visited before a sub-directory is entered.  Entries that
 * vanish meanwhile are left out: the tree may be in use.
 */
#ifndef POT_TREE_WALK_H
#define POT_TREE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "base/err.h"

struct tree_walk;

struct tree_entry {
	const struct tree_walk *walk;
	int dirfd;	  /* the directory it is in */
	const char *name; /* valid during the call */
	struct stat st;
	bool is_mount; /* something is mounted on it */
};

/* What to do with what is found; 0 or -1 but for visit.  A function may be
 * NULL.  ARG is their first argument. */
struct tree_visitor {
	/* An entry.  1: enter it, a directory that is no mount. */
	int (*visit)(void *arg, const struct tree_entry *en, struct err *e);
	/* The directory NAME was opened as FD, nothing in it was seen. */
	int (*enter)(void *arg, int fd, const char *name, struct err *e);
	/* All in the directory FD was visited; -1: it was moved away before
	 * that, and can't be found any more (accepts_moves). */
	int (*leave)(void *arg, int fd, struct err *e);
	/* The same directory seen from its parent, and not open any more. */
	int (*after)(void *arg, int dirfd, const char *name, struct err *e);
	/* A mount below the top is ERR_BUSY instead of being visited. */
	bool refuses_mounts;
	/* A directory on the way back that is not where it was is left as it
	 * is, instead of ERR_BUSY: the tree is in use. */
	bool accepts_moves;
	/* In a process whose directories have no ".." (Capsicum): the way back
	 * is down from the top, which takes longer. */
	bool is_confined;
	/* Of what is no directory only the type is needed: it is taken from
	 * the directory where that has it, and nothing else of en->st and
	 * en->is_mount is known. */
	bool wants_types_only;
	size_t depth_max; /* ERR_LIMIT below it; 0: none */
	void *arg;
};

/* Walk NAME in DIRFD, which may be of any type.  ERR_NOT_FOUND if it is not
 * there.  Errors from below begin with the directory's path. */
int tree_walk(int dirfd, const char *name, const struct tree_visitor *v,
    struct err *e) MUST_CHECK;

/* Path of NAME in the current directory, below the top ("" for the top).
 * The length, as snprintf. */
size_t tree_walk_path(
    const struct tree_walk *w, const char *name, char *out, size_t size);

#endif
