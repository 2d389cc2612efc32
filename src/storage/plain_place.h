/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the directories of a plain volume are.  Beside its tree T there may
 * be, all of one operation that is under way or was cut off:
 *	.new.T	 a copy that is not complete
 *	.swap.T	 a complete copy that is about to take T's place
 *	.gone.T	 what T was, being removed
 * T missing while .swap.T is there is a revert which was cut off after its
 * decision; whoever comes next completes it.  T missing while .gone.T is
 * there is a volume being destroyed: its snapshots are to go, too.
 *
 * The part of a base has them in the directory of its snapshots instead:
 * beside its tree they would be seen in the base.
 */
#ifndef POT_STORAGE_PLAIN_PLACE_H
#define POT_STORAGE_PLAIN_PLACE_H

#include "storage/storage_impl.h"

#define PLAIN_NEW  ".new."
#define PLAIN_SWAP ".swap."
#define PLAIN_GONE ".gone."

struct place {
	const char *name; /* of the tree; the volume's */
	int dirfd;	  /* holds the tree */
	int tempfd;	  /* holds the temporary ones; -1: there are none */
};

#define PLACE_INIT                        \
	{                                 \
		.dirfd = -1, .tempfd = -1 \
	}

void place_close(struct place *p);
#define auto_place __attribute__((cleanup(place_close), unused))

/* Open V's place; there need not be a tree.  IS_MADE: with a directory for
 * temporary trees. */
int place_open(struct storage *s, const struct volume *v, bool is_made,
    struct place *p, struct err *e) MUST_CHECK;
/* As place_open; ERR_NOT_FOUND if there is no tree. */
int place_open_tree(struct storage *s, const struct volume *v, bool is_made,
    struct place *p, struct err *e) MUST_CHECK;
/* Is the tree there, or was it made to be by completing a revert? */
bool place_has_tree(const struct place *p);

/* "PREFIX.NAME" */
const char *place_temp(
    char out[NAME_MAX + 1], const char *prefix, const char *name);
/* Remove the temporary trees of operations on NAME that were cut off. */
int place_remove_temps(const struct place *p, struct err *e) MUST_CHECK;

/* The directory of V's snapshots; -1 in *FDP if it is missing. */
int place_open_snaps(struct storage *s, const struct volume *v, int *fdp,
    struct err *e) MUST_CHECK;
/* The same, made with all that leads to it. */
int place_make_snaps(struct storage *s, const struct volume *v, int *fdp,
    struct err *e) MUST_CHECK;
/* Remove the directories that led to it, as far as they are empty. */
void place_prune_snaps(struct storage *s, const struct volume *v);

#endif
