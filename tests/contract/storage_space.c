/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disks that are full or read-only.  The disk is a tmpfs with few inodes,
 * so "full" can be any number of steps away: each operation is tried with
 * each number of free inodes, and either works or changes nothing, leaves
 * nothing, and says what it lacks.
 */
#include "storage_fixture.h"

#include <errno.h>
#include <sys/mount.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"

#define INODES 400

struct disk {
	struct fixture_plan at;
	struct scratch *scratch;
	char path[450]; /* where the tmpfs is mounted */
	struct fixture f;
	bool is_mounted;
};

static const char *const volumes[] = { "jails/a/m", "jails/b/m", "jails/c/m",
	"bases/b", "fscomp/f", "fscomp/g" };

struct op {
	const char *name;
	int (*act)(struct storage *s, struct err *e);
	int (*undo)(struct storage *s, struct err *e);
};

#define CALL(function, call)                                  \
	static int function(struct storage *s, struct err *e) \
	{                                                     \
		return call;                                  \
	}

CALL(create, storage_create(s, "jails/b/m", e))
CALL(clone_live, storage_clone(s, "jails/a/m", NULL, "jails/b/m", e))
CALL(clone_snap, storage_clone(s, "jails/a/m", "1", "jails/b/m", e))
CALL(clone_base, storage_clone(s, "bases/b", NULL, "jails/b/m", e))
CALL(destroy, storage_destroy(s, "jails/b/m", e))
CALL(snapshot, storage_snapshot(s, "jails/a/m", "7", false, e))
CALL(snapshot_live, storage_snapshot(s, "jails/a/m", "7", true, e))
CALL(purge, storage_snapshot_destroy(s, "jails/a/m", "7", e))
CALL(snapshot_base, storage_snapshot(s, "bases/b", "7", false, e))
CALL(purge_base, storage_snapshot_destroy(s, "bases/b", "7", e))
CALL(copy, storage_clone(s, "fscomp/f", NULL, "fscomp/g", e))
CALL(destroy_copy, storage_destroy(s, "fscomp/g", e))

static const struct op ops[] = {
	{ "create", create, destroy },
	{ "clone", clone_live, destroy },
	{ "clone of a snapshot", clone_snap, destroy },
	{ "clone of a base", clone_base, destroy },
	{ "snapshot", snapshot, purge },
	{ "snapshot, running", snapshot_live, purge },
	{ "snapshot of a base", snapshot_base, purge_base },
	{ "copy of a component", copy, destroy_copy },
};

static char *
describe(struct fixture *f)
{
	return fixture_describe(f, volumes, COUNT_OF(volumes));
}

static void
populate(struct disk *d)
{
	struct fixture *f = &d->f;
	struct err e = ERR_INIT;

	fixture_pot(f, "a");
	fixture_pot(f, "b");
	fixture_pot(f, "c");
	assert_ok(storage_create(f->s, "jails/a/m", &e), &e);
	fixture_edit(f, "jails/a/m", "file x 1\ndir d\nfile d/y 2\n");
	assert_ok(storage_snapshot(f->s, "jails/a/m", "1", false, &e), &e);
	fixture_edit(f, "jails/a/m", "remove d\nfile z 3\n");
	assert_ok(storage_create(f->s, "bases/b", &e), &e);
	fixture_edit(f, "bases/b", "file x 1\ndir e\nfile e/y 2\n");
	assert_ok(storage_create(f->s, "fscomp/f", &e), &e);
	fixture_edit(f, "fscomp/f", "file x 1\ndir e\nfile e/y 2\n");
}

/* Use up all inodes but FREE; returns how many files that took. */
static unsigned
fill(struct disk *d, unsigned leave)
{
	char name[500];
	unsigned n = 0, i;

	for (;; n++) {
		int fd;

		(void)snprintf(name, sizeof(name), "%s/fill%u", d->path, n);
		fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			break;
		(void)close(fd);
	}
	assert_int_equal(errno, ENOSPC);
	for (i = 0; i < leave && n > 0; i++) {
		(void)snprintf(name, sizeof(name), "%s/fill%u", d->path, --n);
		assert_int_equal(unlink(name), 0);
	}
	return n;
}

static void
unfill(struct disk *d, unsigned n)
{
	char name[500];

	while (n > 0) {
		(void)snprintf(name, sizeof(name), "%s/fill%u", d->path, --n);
		assert_int_equal(unlink(name), 0);
	}
}

static int
setup(void **state)
{
	struct disk *d = *state;
	char options[64];
	void *scratch;

	if (scratch_setup(&scratch) < 0)
		return -1;
	d->scratch = scratch;
	(void)snprintf(d->path, sizeof(d->path), "%s/disk", d->scratch->path);
	(void)snprintf(
	    options, sizeof(options), "size=8m,nr_inodes=%d", INODES);
	if (mkdir(d->path, 0755) < 0 ||
	    mount("disk", d->path, "tmpfs", 0, options) < 0)
		return -1;
	d->is_mounted = true;
	fixture_open(&d->f, d->path, d->at.driver);
	return 0;
}

static int
teardown(void **state)
{
	struct disk *d = *state;
	void *scratch = d->scratch;

	fixture_close(&d->f);
	if (d->is_mounted && umount2(d->path, MNT_DETACH) < 0)
		return -1;
	return scratch_teardown(&scratch);
}

static void
try_op(struct disk *d, const struct op *op)
{
	auto_free char *old = describe(&d->f);
	unsigned layers = fixture_layers(&d->f), leave, failures = 0;
	struct err e = ERR_INIT;

	for (leave = 0;; leave++) {
		unsigned filled = fill(d, leave);
		auto_free char *now = NULL;
		bool worked = op->act(d->f.s, &e) == 0;

		unfill(d, filled);
		if (worked)
			break;
		if (e.code != ERR_NO_SPACE)
			fail_msg("%s with %u: %s", op->name, leave, e.text);
		err_clear(&e);
		failures++;
		now = describe(&d->f);
		assert_string_equal(now, old);
		/* A freeze may stay, but it stays in use. */
		if (fixture_layers(&d->f) > layers + 1)
			fail_msg("%s with %u: leaves layers", op->name, leave);
		layers = fixture_layers(&d->f);
		fixture_sweep(&d->f, 0);
	}
	assert_true(failures > 0);
	assert_ok(op->undo(d->f.s, &e), &e);
}

static void
full(void **state)
{
	struct disk *d = *state;
	size_t i;

	populate(d);
	for (i = 0; i < COUNT_OF(ops); i++)
		try_op(d, &ops[i]);
}

/* On a disk without one free inode things can be removed. */
static void
full_remove(void **state)
{
	struct disk *d = *state;
	struct err e = ERR_INIT;
	unsigned filled;
	size_t i;

	populate(d);
	assert_ok(storage_clone(d->f.s, "jails/a/m", "1", "jails/b/m", &e), &e);
	assert_ok(storage_snapshot(d->f.s, "fscomp/f", "1", false, &e), &e);
	filled = fill(d, 0);
	assert_ok(storage_snapshot_destroy(d->f.s, "jails/a/m", "1", &e), &e);
	for (i = 0; i < COUNT_OF(volumes); i++)
		assert_ok(storage_destroy(d->f.s, volumes[i], &e), &e);
	unfill(d, filled);
	fixture_sweep(&d->f, 0);
	assert_int_equal(fixture_layers(&d->f), 0);
}

static void
readonly(void **state)
{
	struct disk *d = *state;
	auto_free char *old = NULL, *now = NULL;
	struct err e = ERR_INIT;
	unsigned count;
	size_t i;

	populate(d);
	old = describe(&d->f);
	assert_int_equal(
	    mount(NULL, d->path, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	for (i = 0; i < COUNT_OF(ops); i++)
		assert_err(ops[i].act(d->f.s, &e), &e, ERR_DENIED);
	for (i = 0; i < COUNT_OF(volumes); i++)
		if (storage_exists(d->f.s, volumes[i]))
			assert_err(storage_destroy(d->f.s, volumes[i], &e), &e,
			    ERR_DENIED);
	assert_err(
	    storage_revert(d->f.s, "jails/a/m", "1", &e), &e, ERR_DENIED);
	assert_err(storage_sweep(d->f.s, false, &count, &e), &e, ERR_DENIED);
	assert_int_equal(mount(NULL, d->path, NULL, MS_REMOUNT, NULL), 0);
	now = describe(&d->f);
	assert_string_equal(now, old);
	fixture_sweep(&d->f, 0);
}

static const struct {
	const char *name;
	CMUnitTestFunction fn;
} cases[] = {
	{ "full disk", full },
	{ "removing from a full disk", full_remove },
	{ "read-only disk", readonly },
};

static void
run(void **state)
{
	const struct disk *d = *state;

	cases[d->at.index].fn(state);
}

static const char *
case_name(size_t i)
{
	return i < COUNT_OF(cases) ? cases[i].name : NULL;
}

int
main(int argc, char **argv)
{
	static const struct fixture_suite suite = {
		.name = "storage_space",
		.case_name = case_name,
		.state_size = sizeof(struct disk),
		.run = run,
		.setup = setup,
		.teardown = teardown,
	};

	return fixture_main(&suite, argc, argv);
}
