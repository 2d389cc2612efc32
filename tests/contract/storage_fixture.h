/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the suites for storage drivers share: a store in a directory of its
 * own, scripts that change what a pot would see of a volume, and listings
 * of it.  Both go through the volume's mount plan, as a pot does.
 */
#ifndef POT_TEST_STORAGE_FIXTURE_H
#define POT_TEST_STORAGE_FIXTURE_H

#include "../unit/unit.h"

#include "storage/storage.h"

struct fixture {
	char top[400];	/* the test's directory */
	char root[420]; /* POT_FS_ROOT in it */
	const char *driver;
	struct storage *s;
	bool no_sync;	/* as in storage.h */
	bool has_attrs; /* files have attributes of users */
	char zfs_root[64];
};

/* Make POT_FS_ROOT in TOP with its directories, and open it.  F is zeroed,
 * but for no_sync. */
void fixture_open(struct fixture *f, const char *top, const char *driver);
void fixture_close(struct fixture *f);
/* Close and open again, as another command would. */
void fixture_reopen(struct fixture *f);

/* The directory of a pot, where its volumes go. */
void fixture_pot(struct fixture *f, const char *pot);

/*
 * Change a volume as a pot would, by lines (words separated by blanks):
 *	file PATH TEXT	write a file; append PATH TEXT; dir PATH
 *	remove PATH	with all below; move FROM TO; link OLD NEW
 *	symlink TO PATH; fifo PATH; mode PATH OCTAL; owner PATH UID
 *	attr PATH NAME VALUE (user.NAME); deep PATH LEVELS
 */
void fixture_edit(struct fixture *f, const char *volume, const char *script);
int fixture_try_edit(
    struct fixture *f, const char *volume, const char *script, struct err *e);

/* All of a volume as text, one sorted line each: path, type, mode, owner,
 * content or target, attributes, what it is a hard link to.  The caller
 * frees it. */
char *fixture_list(struct fixture *f, const char *volume);
void fixture_check(struct fixture *f, const char *volume, const char *listing);

/* The number of directories in layers/. */
unsigned fixture_layers(struct fixture *f);
/* The sweep finds COUNT, dry and real, and nothing after that. */
void fixture_sweep(struct fixture *f, unsigned count);
unsigned fixture_snapshots(struct fixture *f, const char *volume);

/* What was written is on the disk, so that usage is exact. */
void fixture_settle(struct fixture *f);

/* Those of the N VOLUMES that exist with their content as text, and in lines
 * with '@' their snapshots.  The caller frees it. */
char *fixture_describe(struct fixture *f, const char *const *volumes, size_t n);

/* The drivers that can work in DIR; others are said to be skipped.  With
 * POT_TEST_ZPOOL, the name of a pool, it is zfs alone. */
void fixture_drivers(const char *dir, struct strv *out);

/*
 * A suite: each case with each driver that works here.  A test's state is
 * STATE_SIZE bytes, zeroed, that begin with a fixture_plan.
 */
struct fixture_plan {
	const char *driver;
	size_t index; /* of the case */
};
struct fixture_suite {
	const char *name;
	const char *(*case_name)(size_t index); /* NULL behind the last */
	size_t state_size;
	CMUnitTestFunction run;
	CMFixtureFunction setup, teardown;
};
/* The number of tests that failed.  ARGV[1] chooses some: "overlay: c*". */
int fixture_main(const struct fixture_suite *suite, int argc, char **argv);

#endif
