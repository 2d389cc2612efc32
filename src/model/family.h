/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base families: what a base is made of, and which parts multi pots share.
 * A family is a row; a base is of the first family whose marks it has.
 *
 * In a multi base, each "moved" directory lives at opt/custom/<name> (with
 * a relative link in its place) and belongs to the pot; the "shared"
 * component belongs to level-1 pots and is read-only at level 2.
 */
#ifndef POT_FAMILY_H
#define POT_FAMILY_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"

struct family {
	const char *name;	  /* "freebsd", "debian", "other" */
	const char *os;		  /* "FreeBSD", "Linux"; "": any */
	const char *const *marks; /* all of these paths exist */
	const char *shared;	  /* "usr/local", "usr"; NULL: none */
	const char *shared_name;  /* PDIR/<name>: "usr.local", "usr" */
	const char *const *moved; /* etc, root, var */
	/* Package database, moved into the shared part: from, to. */
	const char *package_db, *package_db_to;
	const char *default_command; /* pot.cmd of a new pot */
	/* The flavour whose script brings a base up to date; NULL: none. */
	const char *update_flavour;
};

/* The family of the tree at DIRFD: "other" if it has no other's marks.
 * Links in the tree are followed below DIRFD only. */
const struct family *family_detect(int dirfd);
/* Is CMD the default command of some family? */
bool family_is_default(const char *cmd);
const struct family *family_find(const char *name); /* NULL if none */

#endif
