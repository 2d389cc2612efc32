/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bases: an unpacked root file system becomes one from which single and
 * multi pots can be made (model/family.h says of what it consists).
 */
#ifndef POT_STORAGE_BASE_H
#define POT_STORAGE_BASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "model/family.h"

/*
 * Turn the tree at DIRFD, of family F, into a multi base:
 *	- each moved directory (etc, root, var) goes to opt/custom, and a
 *	  relative link takes its place; relative links out of it are made to
 *	  lead to the same place as before;
 *	- the package database goes into the shared part, with a link in its
 *	  place;
 *	- the directories that pots mount on are there.
 * Done on a tree that nobody uses yet, before it is published by a rename;
 * a second call on the same tree completes what the first one did not.
 */
int base_prepare(int dirfd, const struct family *f, struct err *e) MUST_CHECK;

/*
 * The target TARGET of a symbolic link, which moves from a directory DEPTH
 * levels below the root (etc/ssl: 2), into opt/custom, two levels deeper.
 * MOVED go there too.  OUT gets the new target; false: it need not change.
 */
bool base_relink(const char *target, unsigned depth, const char *const *moved,
    char *out, size_t size);

#endif
