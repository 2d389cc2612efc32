/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of volumes, and where a plain one has its directories:
 *
 *	volume		tree			snapshots
 *	jails/P/V	jails/P/V		jails/P/.snap/V/S
 *	fscomp/F	fscomp/F		fscomp/.snap/F/S
 *	bases/B		bases/B			bases/.snap/B/S
 *	bases/B/custom	bases/B/opt/custom	bases/.snap/B/@custom/S
 *	bases/B/usr.local  bases/B/usr/local	bases/.snap/B/@usr.local/S
 *
 * The parts of a multi base lie inside the base's own tree, where a pot has
 * them mounted; other dots in their names stand for slashes, as in
 * "usr.local".  Names that begin with a dot are the drivers' own, so a
 * listing of bases/, fscomp/ or jails/P has to skip them.
 */
#ifndef POT_STORAGE_VOLUME_H
#define POT_STORAGE_VOLUME_H

#include <limits.h>

#include "base/compiler.h"
#include "base/err.h"

enum volume_kind { VOLUME_POT, VOLUME_BASE, VOLUME_BASE_PART, VOLUME_FSCOMP };

/* Room is left for what the drivers put before a name. */
#define VOLUME_NAME_MAX (NAME_MAX - 16)
#define VOLUME_SIZE	(2 * (size_t)NAME_MAX + 32)

struct volume {
	enum volume_kind kind;
	char path[VOLUME_SIZE];		/* as the caller named it */
	char dir[VOLUME_SIZE];		/* directory that holds the tree */
	char name[VOLUME_NAME_MAX + 1]; /* the tree in it */
	char snaps[VOLUME_SIZE];	/* directory that holds the snapshots */
	char base[VOLUME_NAME_MAX + 1]; /* of a base's part: B */
	char part[VOLUME_NAME_MAX +
	    1]; /* of a base's part: path below bases/B */
};

int volume_parse(const char *path, struct volume *v, struct err *e) MUST_CHECK;

/* "jails/P" alone: what storage_rename() takes besides volumes. */
int volume_parse_pot(const char *path, struct volume *v, struct err *e)
    MUST_CHECK;

/* A snapshot's name: one component of letters, digits, '.', '_', '-' that
 * begins with a letter or digit. */
int volume_check_snap(const char *snap, struct err *e) MUST_CHECK;

#endif
