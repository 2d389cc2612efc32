/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract of storage.h, over every driver that works here.  A test is
 * named DRIVER: CASE.
 * pot-test: timeout=600
 */
#include "storage_fixture.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"

struct test {
	struct scratch *scratch;
	struct fixture f;
};

static const char files[] = "file a one\n"
			    "dir d\n"
			    "file d/b two\n"
			    "dir d/e\n"
			    "file d/e/c three\n"
			    "symlink d/b l\n"
			    "link a a2\n"
			    "fifo f\n"
			    "mode d 700\n"
			    "owner d/b 12\n"
			    "attr d colour red\n"
			    "attr d/b shape round\n"
			    "mode . 750\n";

static bool
has(struct test *t, const char *volume)
{
	return storage_exists(t->f.s, volume);
}

static void
make(struct test *t, const char *pot, const char *volume, const char *script)
{
	struct err e = ERR_INIT;

	fixture_pot(&t->f, pot);
	assert_ok(storage_create(t->f.s, volume, &e), &e);
	if (script != NULL)
		fixture_edit(&t->f, volume, script);
}

static void
snap(struct test *t, const char *volume, const char *name)
{
	struct err e = ERR_INIT;

	assert_ok(storage_snapshot(t->f.s, volume, name, false, &e), &e);
}

static void
copy(struct test *t, const char *from, const char *name, const char *pot,
    const char *volume)
{
	struct err e = ERR_INIT;

	fixture_pot(&t->f, pot);
	assert_ok(storage_clone(t->f.s, from, name, volume, &e), &e);
}

static void
drop(struct test *t, const char *volume)
{
	struct err e = ERR_INIT;

	assert_ok(storage_destroy(t->f.s, volume, &e), &e);
	assert_false(storage_exists(t->f.s, volume));
}

static void
back(struct test *t, const char *volume, const char *name)
{
	struct err e = ERR_INIT;

	assert_ok(storage_revert(t->f.s, volume, name, &e), &e);
}

/* A base as create-base leaves it: a plain directory. */
static void
make_base(struct test *t, const char *name, const char *script)
{
	auto_free char *volume = xasprintf("bases/%s", name);
	struct err e = ERR_INIT;

	assert_ok(storage_create(t->f.s, volume, &e), &e);
	fixture_edit(&t->f, volume, script);
}

static void
case_create(struct test *t)
{
	struct err e = ERR_INIT;
	auto_free char *list = NULL;

	make(t, "a", "jails/a/m", NULL);
	assert_true(has(t, "jails/a/m"));
	assert_false(has(t, "jails/a/n"));
	assert_false(has(t, "jails/b/m"));
	list = fixture_list(&t->f, "jails/a/m");
	assert_string_equal(list, ". 40755 0\n");
	fixture_edit(&t->f, "jails/a/m", files);
	free(take_ptr(&list));
	list = fixture_list(&t->f, "jails/a/m");
	assert_non_null(strstr(list,
	    t->f.has_attrs ? "\n/d 40700 0 user.colour=red\n" :
			     "\n/d 40700 0\n"));
	fixture_reopen(&t->f);
	fixture_check(&t->f, "jails/a/m", list);
	assert_err(storage_create(t->f.s, "jails/a/m", &e), &e, ERR_EXISTS);
	fixture_check(&t->f, "jails/a/m", list);
	assert_err(
	    storage_create(t->f.s, "jails/none/m", &e), &e, ERR_NOT_FOUND);
	fixture_sweep(&t->f, 0);
}

static void
case_names(struct test *t)
{
	static const char *const bad[] = { "", "/", "jails", "jails/a",
		"jails/a/", "jails//m", "jails/../m", "jails/a/..",
		"jails/a/m/x", "/jails/a/m", "jails/.a/m", "jails/a/.m",
		"jails/a/m\n", "jails/a\t/m", "etc/a", "fscomp/a/b",
		"bases/b/c/d", "bases/b/x..y", "bases/b/x.", "fscomp/.snap",
		"jails/a/@x" };
	static const char *const bad_snaps[] = { "", ".", "..", "a/b", ".x",
		"@x", "a b", "-1",
		("12345678901234567890123456789012345678901234567890"
		 "123456789012345") };
	auto_free char *longest = xmalloc(400);
	struct err e = ERR_INIT;
	size_t i;

	make(t, "a", "jails/a/m", NULL);
	for (i = 0; i < COUNT_OF(bad); i++) {
		assert_err(storage_create(t->f.s, bad[i], &e), &e, ERR_INVALID);
		assert_false(has(t, bad[i]));
		assert_err(
		    storage_destroy(t->f.s, bad[i], &e), &e, ERR_INVALID);
		assert_err(storage_clone(t->f.s, "jails/a/m", NULL, bad[i], &e),
		    &e, ERR_INVALID);
	}
	for (i = 0; i < COUNT_OF(bad_snaps); i++) {
		assert_err(storage_snapshot(
			       t->f.s, "jails/a/m", bad_snaps[i], false, &e),
		    &e, ERR_INVALID);
		assert_err(
		    storage_revert(t->f.s, "jails/a/m", bad_snaps[i], &e), &e,
		    ERR_INVALID);
	}
	(void)snprintf(longest, 400, "fscomp/%0300d", 0);
	assert_err(storage_create(t->f.s, longest, &e), &e, ERR_INVALID);
	/* A pot of the longest name; names which the sh version took. */
	(void)snprintf(longest, 400, "%0200d", 1);
	fixture_pot(&t->f, longest);
	(void)snprintf(longest, 400, "jails/%0200d/m", 1);
	assert_ok(storage_create(t->f.s, longest, &e), &e);
	fixture_edit(&t->f, longest, files);
	snap(t, longest, "1");
	fixture_edit(&t->f, longest, "remove a\n");
	if (str_eq(t->f.driver, "zfs"))
		assert_err(storage_create_pot(t->f.s, "jails/a b'$x", &e), &e,
		    ERR_INVALID);
	else
		make(t, "a b'$x", "jails/a b'$x/m", files);
}

static void
case_clone(struct test *t)
{
	auto_free char *list = NULL, *changed = NULL;
	struct err e = ERR_INIT;

	make(t, "a", "jails/a/m", files);
	list = fixture_list(&t->f, "jails/a/m");
	copy(t, "jails/a/m", NULL, "b", "jails/b/m");
	fixture_check(&t->f, "jails/b/m", list);
	/* Neither sees what the other does. */
	fixture_edit(&t->f, "jails/b/m",
	    "remove d/b\nremove d/e\nfile d/e now\nappend a more\n"
	    "file n new\nremove f\ndir f\nmode . 711\n");
	fixture_check(&t->f, "jails/a/m", list);
	changed = fixture_list(&t->f, "jails/b/m");
	assert_null(strstr(changed, "/d/b "));
	assert_non_null(strstr(changed, "onemore"));
	fixture_edit(&t->f, "jails/a/m", "file z last\nremove d\n");
	fixture_check(&t->f, "jails/b/m", changed);
	assert_err(storage_clone(t->f.s, "jails/a/m", NULL, "jails/b/m", &e),
	    &e, ERR_EXISTS);
	assert_err(storage_clone(t->f.s, "jails/x/m", NULL, "jails/c/m", &e),
	    &e, ERR_NOT_FOUND);
	assert_err(storage_clone(t->f.s, "jails/a/m", "1", "jails/a/n", &e), &e,
	    ERR_NOT_FOUND);
	assert_err(storage_clone(t->f.s, "jails/a/m", NULL, "jails/no/m", &e),
	    &e, ERR_NOT_FOUND);
	fixture_check(&t->f, "jails/b/m", changed);
	fixture_sweep(&t->f, 0);
}

static void
case_snapshot(struct test *t)
{
	auto_free char *one = NULL, *two = NULL, *three = NULL;
	auto_strv struct strv names = STRV_INIT;
	struct err e = ERR_INIT;

	make(t, "a", "jails/a/m", files);
	assert_err(
	    storage_revert(t->f.s, "jails/a/m", NULL, &e), &e, ERR_NOT_FOUND);
	one = fixture_list(&t->f, "jails/a/m");
	snap(t, "jails/a/m", "99");
	fixture_check(&t->f, "jails/a/m", one);
	fixture_edit(&t->f, "jails/a/m", "remove d\nfile a ONE\nfile x y\n");
	two = fixture_list(&t->f, "jails/a/m");
	snap(t, "jails/a/m", "100");
	/* In one second. */
	assert_err(storage_snapshot(t->f.s, "jails/a/m", "100", false, &e), &e,
	    ERR_EXISTS);
	fixture_check(&t->f, "jails/a/m", two);
	fixture_edit(&t->f, "jails/a/m", "dir d\nfile d/new 1\nremove x\n");
	three = fixture_list(&t->f, "jails/a/m");
	snap(t, "jails/a/m", "101");
	fixture_edit(&t->f, "jails/a/m", "remove d\nremove a\n");

	assert_ok(storage_snapshots(t->f.s, "jails/a/m", &names, &e), &e);
	assert_int_equal(names.n, 3);
	assert_string_equal(names.v[0], "99");
	assert_string_equal(names.v[1], "100");
	assert_string_equal(names.v[2], "101");
	back(t, "jails/a/m", NULL);
	fixture_check(&t->f, "jails/a/m", three);
	assert_int_equal(fixture_snapshots(&t->f, "jails/a/m"), 3);
	back(t, "jails/a/m", "100");
	fixture_check(&t->f, "jails/a/m", two);
	assert_int_equal(fixture_snapshots(&t->f, "jails/a/m"), 2);
	back(t, "jails/a/m", "99");
	fixture_check(&t->f, "jails/a/m", one);
	assert_int_equal(fixture_snapshots(&t->f, "jails/a/m"), 1);
	assert_err(
	    storage_revert(t->f.s, "jails/a/m", "100", &e), &e, ERR_NOT_FOUND);
	fixture_check(&t->f, "jails/a/m", one);
	fixture_edit(&t->f, "jails/a/m", "remove d\n");
	back(t, "jails/a/m", NULL);
	fixture_check(&t->f, "jails/a/m", one);
	fixture_sweep(&t->f, 0);
	drop(t, "jails/a/m");
	assert_int_equal(fixture_layers(&t->f), 0);
	fixture_sweep(&t->f, 0);
}

static void
case_snapshot_running(struct test *t)
{
	auto_free char *one = NULL, *two = NULL;
	struct err e = ERR_INIT;

	make(t, "a", "jails/a/m", files);
	snap(t, "jails/a/m", "1");
	fixture_edit(&t->f, "jails/a/m", "remove d/b\nfile d/x X\nremove l\n");
	one = fixture_list(&t->f, "jails/a/m");
	assert_ok(storage_snapshot(t->f.s, "jails/a/m", "2", true, &e), &e);
	assert_err(storage_snapshot(t->f.s, "jails/a/m", "2", true, &e), &e,
	    ERR_EXISTS);
	fixture_check(&t->f, "jails/a/m", one);
	fixture_edit(&t->f, "jails/a/m", "file d/b back\nremove d/e\n");
	two = fixture_list(&t->f, "jails/a/m");
	copy(t, "jails/a/m", "2", "b", "jails/b/m");
	fixture_check(&t->f, "jails/b/m", one);
	fixture_check(&t->f, "jails/a/m", two);
	back(t, "jails/a/m", "2");
	fixture_check(&t->f, "jails/a/m", one);
	drop(t, "jails/a/m");
	fixture_check(&t->f, "jails/b/m", one);
	drop(t, "jails/b/m");
	assert_int_equal(fixture_layers(&t->f), 0);
}

static void
case_snapshot_destroy(struct test *t)
{
	auto_free char *two = NULL;
	struct err e = ERR_INIT;

	make(t, "a", "jails/a/m", files);
	snap(t, "jails/a/m", "1");
	fixture_edit(&t->f, "jails/a/m", "remove d\nfile a 2\n");
	snap(t, "jails/a/m", "2");
	two = fixture_list(&t->f, "jails/a/m");
	fixture_edit(&t->f, "jails/a/m", "file a 3\n");
	assert_ok(storage_snapshot_destroy(t->f.s, "jails/a/m", "1", &e), &e);
	assert_err(storage_snapshot_destroy(t->f.s, "jails/a/m", "1", &e), &e,
	    ERR_NOT_FOUND);
	assert_int_equal(fixture_snapshots(&t->f, "jails/a/m"), 1);
	back(t, "jails/a/m", NULL);
	fixture_check(&t->f, "jails/a/m", two);
	assert_ok(storage_snapshot_destroy(t->f.s, "jails/a/m", "2", &e), &e);
	fixture_check(&t->f, "jails/a/m", two);
	/* The name is free again. */
	snap(t, "jails/a/m", "1");
	fixture_check(&t->f, "jails/a/m", two);
	fixture_sweep(&t->f, 0);
	drop(t, "jails/a/m");
	assert_int_equal(fixture_layers(&t->f), 0);
}

/* A clone of a clone of a snapshot, and everything it came from goes. */
static void
case_origin_goes(struct test *t)
{
	auto_free char *one = NULL, *two = NULL;

	make(t, "a", "jails/a/m", files);
	snap(t, "jails/a/m", "1");
	one = fixture_list(&t->f, "jails/a/m");
	fixture_edit(&t->f, "jails/a/m", "remove a\n");
	copy(t, "jails/a/m", "1", "b", "jails/b/m");
	fixture_check(&t->f, "jails/b/m", one);
	fixture_edit(&t->f, "jails/b/m", "remove d/e\nfile d/e file\n");
	two = fixture_list(&t->f, "jails/b/m");
	copy(t, "jails/b/m", NULL, "c", "jails/c/m");
	fixture_edit(&t->f, "jails/b/m", "remove d\n");
	drop(t, "jails/a/m");
	fixture_check(&t->f, "jails/c/m", two);
	drop(t, "jails/b/m");
	fixture_check(&t->f, "jails/c/m", two);
	fixture_sweep(&t->f, 0);
	/* The names can be used again. */
	make(t, "a", "jails/a/m", "file other thing\n");
	fixture_check(&t->f, "jails/c/m", two);
	drop(t, "jails/a/m");
	drop(t, "jails/c/m");
	assert_int_equal(fixture_layers(&t->f), 0);
	fixture_sweep(&t->f, 0);
}

static void
case_rename(struct test *t)
{
	auto_free char *list = NULL, *one = NULL;
	struct err e = ERR_INIT;

	make(t, "a", "jails/a/m", files);
	snap(t, "jails/a/m", "1");
	one = fixture_list(&t->f, "jails/a/m");
	fixture_edit(&t->f, "jails/a/m", "remove d\n");
	list = fixture_list(&t->f, "jails/a/m");
	make(t, "b", "jails/b/m", "file of b\n");
	assert_err(storage_rename(t->f.s, "jails/a/m", "jails/b/m", &e), &e,
	    ERR_EXISTS);
	assert_err(storage_rename(t->f.s, "jails/a/m", "fscomp/m", &e), &e,
	    ERR_INVALID);
	assert_err(storage_rename(t->f.s, "jails/x/m", "jails/b/n", &e), &e,
	    ERR_NOT_FOUND);
	fixture_pot(&t->f, "c");
	assert_ok(storage_rename(t->f.s, "jails/a/m", "jails/c/m", &e), &e);
	assert_false(has(t, "jails/a/m"));
	fixture_check(&t->f, "jails/c/m", list);
	assert_int_equal(fixture_snapshots(&t->f, "jails/c/m"), 1);
	/* A whole pot. */
	assert_err(
	    storage_rename(t->f.s, "jails/c", "jails/b", &e), &e, ERR_EXISTS);
	assert_ok(storage_rename(t->f.s, "jails/c", "jails/d", &e), &e);
	fixture_check(&t->f, "jails/d/m", list);
	back(t, "jails/d/m", NULL);
	fixture_check(&t->f, "jails/d/m", one);
	fixture_sweep(&t->f, 0);
	drop(t, "jails/d/m");
	drop(t, "jails/b/m");
	assert_int_equal(fixture_layers(&t->f), 0);
}

static void
case_destroy(struct test *t)
{
	auto_free char *path = xasprintf("%s/jails/a", t->f.root);
	struct err e = ERR_INIT;

	assert_ok(storage_destroy(t->f.s, "jails/none/m", &e), &e);
	make(t, "a", "jails/a/m", files);
	make(t, "a", "jails/a/custom", files);
	snap(t, "jails/a/m", "1");
	drop(t, "jails/a/m");
	drop(t, "jails/a/m");
	assert_true(has(t, "jails/a/custom"));
	assert_err(storage_snapshot(t->f.s, "jails/a/m", "2", false, &e), &e,
	    ERR_NOT_FOUND);
	assert_err(
	    storage_revert(t->f.s, "jails/a/m", NULL, &e), &e, ERR_NOT_FOUND);
	drop(t, "jails/a/custom");
	/* Nothing of the driver's own is left in the pot's directory. */
	assert_ok(storage_destroy_pot(t->f.s, "jails/a", &e), &e);
	assert_true(rmdir(path) == 0 || errno == ENOENT);
	assert_int_equal(fixture_layers(&t->f), 0);
}

static void
case_base(struct test *t)
{
	auto_free char *list = NULL, *one = NULL;
	auto_strv struct strv who = STRV_INIT;
	struct err e = ERR_INIT;

	make_base(t, "b12", files);
	list = fixture_list(&t->f, "bases/b12");
	snap(t, "bases/b12", "1");
	fixture_edit(&t->f, "bases/b12", "remove a\n");
	copy(t, "bases/b12", "1", "p", "jails/p/m");
	fixture_check(&t->f, "jails/p/m", list);
	fixture_edit(&t->f, "jails/p/m", "remove d\nfile d gone\n");
	one = fixture_list(&t->f, "jails/p/m");
	copy(t, "bases/b12", NULL, "q", "jails/q/m");
	snap(t, "bases/b12", "2");
	fixture_sweep(&t->f, 0);

	/* The base goes, and another one takes its name. */
	drop(t, "bases/b12");
	fixture_check(&t->f, "jails/p/m", one);
	make_base(t, "b12", "file other base\n");
	assert_int_equal(fixture_snapshots(&t->f, "bases/b12"), 0);
	fixture_check(&t->f, "jails/p/m", one);
	copy(t, "bases/b12", NULL, "r", "jails/r/m");
	assert_ok(storage_dependents(t->f.s, "bases/b12", &who, &e), &e);
	assert_true(who.n == 0 || who.n == 1);
	if (who.n == 1)
		assert_string_equal(who.v[0], "jails/r/m");
	fixture_sweep(&t->f, 0);
	drop(t, "jails/q/m");
	drop(t, "jails/p/m");
	drop(t, "bases/b12");
	drop(t, "jails/r/m");
	assert_int_equal(fixture_layers(&t->f), 0);
	fixture_sweep(&t->f, 0);
}

/* A part of the base b: a directory (DIRS makes it), a dataset. */
static void
make_part(
    struct test *t, const char *volume, const char *dirs, const char *script)
{
	struct err e = ERR_INIT;

	if (str_eq(t->f.driver, "zfs"))
		assert_ok(storage_create(t->f.s, volume, &e), &e);
	else
		fixture_edit(&t->f, "bases/b", dirs);
	fixture_edit(&t->f, volume, script);
}

/* The parts of a multi base, and pots' volumes made of them. */
static void
case_base_parts(struct test *t)
{
	auto_free char *usr = NULL, *custom = NULL, *changed = NULL;
	struct err e = ERR_INIT;

	make_base(t, "b", "symlink opt/custom/etc etc\n");
	make_part(t, "bases/b/usr", "dir usr\n", "dir bin\nfile bin/sh x\n");
	make_part(t, "bases/b/usr.local", "dir usr/local\n", "file z z\n");
	make_part(t, "bases/b/custom", "dir opt\ndir opt/custom\n",
	    "dir etc\nfile etc/passwd root\n");
	assert_true(has(t, "bases/b/custom"));
	assert_true(has(t, "bases/b/usr"));
	assert_true(has(t, "bases/b/usr.local"));
	assert_false(has(t, "bases/b/var"));
	if (str_eq(t->f.driver, "zfs"))
		drop(t, "bases/b/usr.local"); /* it is mounted in the other */
	usr = fixture_list(&t->f, "bases/b/usr");
	custom = fixture_list(&t->f, "bases/b/custom");
	assert_non_null(strstr(custom, "/etc/passwd"));
	snap(t, "bases/b", "5");
	snap(t, "bases/b/usr", "5");
	snap(t, "bases/b/custom", "5");
	assert_int_equal(fixture_snapshots(&t->f, "bases/b"), 1);
	assert_int_equal(fixture_snapshots(&t->f, "bases/b/usr"), 1);
	fixture_edit(&t->f, "bases/b/usr", "file bin/sh y\n");
	changed = fixture_list(&t->f, "bases/b/usr");
	copy(t, "bases/b/usr", "5", "p", "jails/p/usr");
	copy(t, "bases/b/custom", "5", "p", "jails/p/custom");
	copy(t, "bases/b/usr", NULL, "q", "jails/q/usr");
	fixture_check(&t->f, "jails/p/usr", usr);
	fixture_check(&t->f, "jails/p/custom", custom);
	fixture_check(&t->f, "jails/q/usr", changed);
	fixture_edit(&t->f, "jails/p/custom", "remove etc/passwd\n");
	back(t, "bases/b/usr", NULL);
	fixture_check(&t->f, "bases/b/usr", usr);
	/* Others stand on a newer state: the parts stay where they are. */
	copy(t, "bases/b", NULL, "r", "jails/r/m");
	fixture_edit(&t->f, "bases/b", "file new x\n");
	back(t, "bases/b", "5");
	fixture_check(&t->f, "bases/b/usr", usr);
	fixture_check(&t->f, "bases/b/custom", custom);
	drop(t, "jails/r/m");
	assert_ok(storage_snapshot_destroy(t->f.s, "bases/b/usr", "5", &e), &e);
	assert_int_equal(fixture_snapshots(&t->f, "bases/b/usr"), 0);
	assert_int_equal(fixture_snapshots(&t->f, "bases/b/custom"), 1);
	fixture_check(&t->f, "jails/p/usr", usr);
	fixture_sweep(&t->f, 0);
	drop(t, "bases/b");
	assert_false(has(t, "bases/b/custom"));
	fixture_check(&t->f, "jails/p/usr", usr);
	drop(t, "jails/p/usr");
	drop(t, "jails/p/custom");
	drop(t, "jails/q/usr");
	assert_int_equal(fixture_layers(&t->f), 0);
	fixture_sweep(&t->f, 0);
}

/* A pot's link in a part of its base must not lead root to the host. */
static void
case_base_part_link(struct test *t)
{
	struct err e = ERR_INIT;

	make_base(t, "b", "dir opt\nsymlink /etc opt/custom\n");
	fixture_pot(&t->f, "p");
	assert_false(has(t, "bases/b/usr"));
	assert_int_equal(
	    storage_clone(t->f.s, "bases/b/custom", NULL, "jails/p/custom", &e),
	    -1);
	err_clear(&e);
	assert_false(has(t, "jails/p/custom"));
	fixture_edit(&t->f, "bases/b", "remove opt\nsymlink /usr opt\n");
	assert_int_equal(
	    storage_clone(t->f.s, "bases/b/opt.x", NULL, "jails/p/custom", &e),
	    -1);
	err_clear(&e);
	assert_int_equal(storage_create(t->f.s, "bases/b/opt.x", &e), -1);
	err_clear(&e);
}

static void
case_fscomp(struct test *t)
{
	auto_free char *list = NULL, *path = NULL;
	struct err e = ERR_INIT;

	assert_ok(storage_create(t->f.s, "fscomp/data", &e), &e);
	fixture_edit(&t->f, "fscomp/data", files);
	list = fixture_list(&t->f, "fscomp/data");
	snap(t, "fscomp/data", "1");
	fixture_edit(&t->f, "fscomp/data", "remove d\nfile a changed\n");
	assert_ok(
	    storage_clone(t->f.s, "fscomp/data", "1", "fscomp/copy", &e), &e);
	fixture_check(&t->f, "fscomp/copy", list);
	/* People may look at it. */
	path = xasprintf("%s/fscomp/copy/d/e/c", t->f.root);
	assert_int_equal(access(path, R_OK), 0);
	back(t, "fscomp/data", NULL);
	fixture_check(&t->f, "fscomp/data", list);
	assert_ok(storage_snapshot_destroy(t->f.s, "fscomp/data", "1", &e), &e);
	drop(t, "fscomp/data");
	fixture_check(&t->f, "fscomp/copy", list);
	drop(t, "fscomp/copy");
	fixture_sweep(&t->f, 0);
}

static void
case_usage(struct test *t)
{
	uint64_t empty, full, clone, both, after, seed = 1;
	auto_free char *script = xmalloc(70000);
	struct err e = ERR_INIT;
	size_t i, n;

	make(t, "a", "jails/a/m", NULL);
	assert_ok(storage_usage(t->f.s, "jails/a/m", &empty, &e), &e);
	n = (size_t)snprintf(script, 70000, "file big ");
	for (i = 0; i < 65536; i++) { /* no compression makes it smaller */
		seed = seed * 6364136223846793005U + 1442695040888963407U;
		script[n + i] = (char)('0' + (seed >> 58));
	}
	script[n + 65536] = '\0';
	fixture_edit(&t->f, "jails/a/m", script);
	fixture_settle(&t->f);
	assert_ok(storage_usage(t->f.s, "jails/a/m", &full, &e), &e);
	assert_in_range(full, empty + 65536, empty + 65536 + 16384);
	snap(t, "jails/a/m", "1");
	assert_ok(storage_usage(t->f.s, "jails/a/m", &both, &e), &e);
	assert_true(both >= full);
	copy(t, "jails/a/m", "1", "b", "jails/b/m");
	assert_ok(storage_usage(t->f.s, "jails/b/m", &clone, &e), &e);
	assert_ok(storage_usage(t->f.s, "jails/a/m", &after, &e), &e);
	/* Either they share, or each has all of it, or the first one is
	 * charged until it goes. */
	if (clone < 65536 && !str_eq(t->f.driver, "zfs"))
		assert_true(after < 65536);
	else
		assert_true(after >= 65536);
	drop(t, "jails/a/m");
	assert_ok(storage_usage(t->f.s, "jails/b/m", &clone, &e), &e);
	assert_true(clone >= 65536);
	assert_err(
	    storage_usage(t->f.s, "jails/a/m", &after, &e), &e, ERR_NOT_FOUND);
}

static void
case_dependents(struct test *t)
{
	auto_strv struct strv a = STRV_INIT, b = STRV_INIT, c = STRV_INIT;
	struct err e = ERR_INIT;

	make(t, "a", "jails/a/m", files);
	snap(t, "jails/a/m", "1");
	copy(t, "jails/a/m", "1", "b", "jails/b/m");
	copy(t, "jails/a/m", "1", "c", "jails/c/m");
	fixture_edit(&t->f, "jails/b/m", "file x y\n");
	copy(t, "jails/b/m", NULL, "d", "jails/d/m");
	assert_ok(storage_dependents(t->f.s, "jails/a/m", &a, &e), &e);
	assert_ok(storage_dependents(t->f.s, "jails/b/m", &b, &e), &e);
	assert_ok(storage_dependents(t->f.s, "jails/c/m", &c, &e), &e);
	assert_int_equal(c.n, 0);
	if (!str_eq(t->f.driver, "dir")) {
		assert_int_equal(a.n, 3);
		assert_int_equal(b.n, 1);
		assert_string_equal(b.v[0], "jails/d/m");
	} else {
		assert_int_equal(a.n, 0);
	}
}

static void
case_mount(struct test *t)
{
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;
	struct err e = ERR_INIT;
	size_t i, k;

	make(t, "a", "jails/a/m", files);
	assert_ok(storage_create(t->f.s, "fscomp/f", &e), &e);
	assert_ok(storage_mount(t->f.s, "jails/a/m", "/", false, &p, &e), &e);
	snap(t, "jails/a/m", "1");
	assert_ok(storage_mount(t->f.s, "jails/a/m", "/", true, &p, &e), &e);
	assert_ok(storage_mount(t->f.s, "jails/a/m", "/", false, &p, &e), &e);
	assert_ok(storage_mount(t->f.s, "fscomp/f", "/data", true, &p, &e), &e);
	assert_err(storage_mount(t->f.s, "jails/x/m", "/", false, &p, &e), &e,
	    ERR_NOT_FOUND);
	assert_int_equal(p.n, 4);
	assert_string_equal(p.v[3].target, "/data");
	assert_int_equal(p.v[3].kind, MOUNT_BIND);
	assert_true(p.v[3].is_readonly);
	for (i = 0; i < p.n; i++) {
		struct mount_entry *m = &p.v[i];

		if (m->kind == MOUNT_BIND)
			assert_true(m->source[0] == '/');
		assert_true(m->is_readonly == (i == 1 || i == 3));
		if (m->kind != MOUNT_OVERLAY)
			continue;
		assert_true((m->upper == NULL) == m->is_readonly);
		assert_true((m->work == NULL) == m->is_readonly);
		for (k = 0; k < m->lower.n; k++) {
			assert_true(m->lower.v[k][0] == '/');
			assert_int_equal(access(m->lower.v[k], R_OK), 0);
		}
	}
}

/* Whiteouts and opaque directories in every order over several layers. */
static void
case_layers(struct test *t)
{
	static const char *const steps[] = {
		"dir x\nfile x/1 1\nfile x/2 2\ndir y\nfile y/1 1\nfile z z\n",
		"remove x\n",
		"dir x\nfile x/3 3\nremove y/1\n",
		"remove z\ndir z\nfile z/1 1\nfile y/2 2\n",
		"remove z\nfile z file\nremove x\nfile x file\n",
		"remove x\ndir x\nfile x/4 4\nremove y\nsymlink x y\n",
		"remove y\ndir y\nfile y/5 5\nmode y 700\nattr y k v\n",
	};
	char *lists[COUNT_OF(steps)];
	struct err e = ERR_INIT;
	char name[32];
	size_t i;

	make(t, "a", "jails/a/m", files);
	for (i = 0; i < COUNT_OF(steps); i++) {
		fixture_edit(&t->f, "jails/a/m", steps[i]);
		lists[i] = fixture_list(&t->f, "jails/a/m");
		(void)snprintf(name, sizeof(name), "%zu", i);
		snap(t, "jails/a/m", name);
	}
	for (i = 0; i < COUNT_OF(steps); i++) {
		char pot[32], volume[64];

		(void)snprintf(name, sizeof(name), "%zu", i);
		(void)snprintf(pot, sizeof(pot), "c%zu", i);
		(void)snprintf(volume, sizeof(volume), "jails/c%zu/m", i);
		copy(t, "jails/a/m", name, pot, volume);
		fixture_check(&t->f, volume, lists[i]);
	}
	for (i = COUNT_OF(steps); i-- > 0;) {
		(void)snprintf(name, sizeof(name), "%zu", i);
		back(t, "jails/a/m", name);
		fixture_check(&t->f, "jails/a/m", lists[i]);
		if (i > 0)
			assert_ok(storage_snapshot_destroy(
				      t->f.s, "jails/a/m", name, &e),
			    &e);
	}
	for (i = 0; i < COUNT_OF(steps); i++)
		free(lists[i]);
	fixture_sweep(&t->f, 0);
}

/*
 * More snapshots than overlayfs likes layers: the chain is merged on the
 * way, and each of them still has its content.
 */
static void
case_hundred(struct test *t)
{
	enum { N = 130 };
	static char *lists[N];
	struct err e = ERR_INIT;
	char name[16];
	unsigned i;

	make_base(t, "b", files);
	copy(t, "bases/b", NULL, "a", "jails/a/m");
	for (i = 0; i < N; i++) {
		char script[256];

		(void)snprintf(script, sizeof(script),
		    "file f%u %u\nfile a %u\ndir g%u\nfile g%u/x %u\n"
		    "attr g%u n %u\n",
		    i % 7, i, i, i, i, i, i, i);
		fixture_edit(&t->f, "jails/a/m", script);
		/* What hides things of the base is merged, too. */
		if (i == 5)
			fixture_edit(&t->f, "jails/a/m",
			    "remove d\ndir d\nfile d/n 1\n");
		if (i == 9)
			fixture_edit(&t->f, "jails/a/m",
			    "remove f\nremove a2\ndir a2\nfile l x\n");
		if (i == 20)
			fixture_edit(
			    &t->f, "jails/a/m", "file d/n 2\nremove a2\n");
		(void)snprintf(script, sizeof(script),
		    "remove g%u\nremove f%u\n", i / 2, (i + 3) % 7);
		fixture_edit(&t->f, "jails/a/m", script);
		lists[i] = fixture_list(&t->f, "jails/a/m");
		(void)snprintf(name, sizeof(name), "%u", 1000 + i);
		snap(t, "jails/a/m", name);
		fixture_check(&t->f, "jails/a/m", lists[i]);
	}
	assert_int_equal(fixture_snapshots(&t->f, "jails/a/m"), N);
	for (i = N; i-- > 0;) {
		(void)snprintf(name, sizeof(name), "%u", 1000 + i);
		if (i % 10 == 3 || i > 100) {
			back(t, "jails/a/m", name);
			fixture_check(&t->f, "jails/a/m", lists[i]);
		}
	}
	for (i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "%u", 1000 + i);
		assert_ok(
		    storage_snapshot_destroy(t->f.s, "jails/a/m", name, &e),
		    &e);
	}
	for (i = 0; i < N; i++)
		free(lists[i]);
	fixture_sweep(&t->f, 0);
	drop(t, "jails/a/m");
	drop(t, "bases/b");
	assert_int_equal(fixture_layers(&t->f), 0);
}

/* A pot that is cloned, snapshotted and cloned again, many times over. */
static void
case_generations(struct test *t)
{
	enum { N = 90 };
	auto_free char *list = NULL;
	char from[32], to[32], pot[16], script[64];
	unsigned i;

	make(t, "p0", "jails/p0/m", files);
	for (i = 1; i <= N; i++) {
		(void)snprintf(from, sizeof(from), "jails/p%u/m", i - 1);
		(void)snprintf(to, sizeof(to), "jails/p%u/m", i);
		(void)snprintf(pot, sizeof(pot), "p%u", i);
		(void)snprintf(script, sizeof(script), "file gen%u %u\n", i, i);
		fixture_edit(&t->f, from, script);
		if (i % 2 == 0)
			snap(t, from, "1");
		copy(t, from, i % 2 == 0 ? "1" : NULL, pot, to);
		drop(t, from);
	}
	(void)snprintf(to, sizeof(to), "jails/p%d/m", N);
	list = fixture_list(&t->f, to);
	assert_non_null(strstr(list, "/gen1 "));
	assert_non_null(strstr(list, "/gen90 "));
	assert_non_null(strstr(list, "/d/e/c "));
	fixture_sweep(&t->f, 0);
	drop(t, to);
	assert_int_equal(fixture_layers(&t->f), 0);
}

static void
case_deep(struct test *t)
{
	auto_free char *list = NULL;

	make(t, "a", "jails/a/m", "deep n 600\n");
	list = fixture_list(&t->f, "jails/a/m");
	snap(t, "jails/a/m", "1");
	fixture_edit(&t->f, "jails/a/m", "file n/x y\n");
	copy(t, "jails/a/m", "1", "b", "jails/b/m");
	fixture_check(&t->f, "jails/b/m", list);
	back(t, "jails/a/m", "1");
	fixture_check(&t->f, "jails/a/m", list);
	drop(t, "jails/b/m");
	drop(t, "jails/a/m");
	assert_int_equal(fixture_layers(&t->f), 0);
}

/* Clones of a volume that nobody writes to don't make its chain longer. */
static void
case_template(struct test *t)
{
	auto_free char *list = NULL;
	char pot[16], volume[32];
	unsigned i, before;

	make(t, "a", "jails/a/m", files);
	list = fixture_list(&t->f, "jails/a/m");
	copy(t, "jails/a/m", NULL, "c", "jails/c/m");
	before = fixture_layers(&t->f);
	for (i = 0; i < 20; i++) {
		(void)snprintf(pot, sizeof(pot), "c%u", i);
		(void)snprintf(volume, sizeof(volume), "jails/c%u/m", i);
		copy(t, "jails/a/m", NULL, pot, volume);
	}
	if (before > 0)
		assert_int_equal(fixture_layers(&t->f), before + 20);
	fixture_check(&t->f, volume, list);
	/* Nothing but an attribute of the root has changed. */
	fixture_edit(&t->f, "jails/a/m", "attr . k v\n");
	copy(t, "jails/a/m", NULL, "y", "jails/y/m");
	fixture_edit(&t->f, "jails/a/m", "mode . 711\n");
	copy(t, "jails/a/m", NULL, "z", "jails/z/m");
	free(take_ptr(&list));
	list = fixture_list(&t->f, "jails/a/m");
	assert_true(str_has_prefix(
	    list, t->f.has_attrs ? ". 40711 0 user.k=v\n" : ". 40711 0\n"));
	fixture_check(&t->f, "jails/z/m", list);
	free(take_ptr(&list));
	list = fixture_list(&t->f, "jails/y/m");
	assert_true(str_has_prefix(
	    list, t->f.has_attrs ? ". 40750 0 user.k=v\n" : ". 40750 0\n"));
}

static const struct {
	const char *name;
	void (*fn)(struct test *t);
	bool no_sync; /* so many operations that it would take long */
} cases[] = {
	{ "create", case_create, false },
	{ "names", case_names, false },
	{ "clone", case_clone, false },
	{ "snapshot, revert", case_snapshot, false },
	{ "snapshot of a running pot", case_snapshot_running, false },
	{ "purge", case_snapshot_destroy, false },
	{ "the origin of clones goes", case_origin_goes, false },
	{ "rename", case_rename, false },
	{ "destroy", case_destroy, false },
	{ "bases", case_base, false },
	{ "parts of a base", case_base_parts, false },
	{ "a link for a part of a base", case_base_part_link, false },
	{ "components", case_fscomp, false },
	{ "usage", case_usage, false },
	{ "dependents", case_dependents, false },
	{ "mount", case_mount, false },
	{ "whiteouts and opaque directories", case_layers, true },
	{ "130 snapshots", case_hundred, true },
	{ "90 generations of clones", case_generations, true },
	{ "deep trees", case_deep, true },
	{ "a template", case_template, true },
};

/* What cmocka hands on: which case, on which driver. */
struct plan {
	struct fixture_plan at;
	struct test test;
};

static int
setup(void **state)
{
	struct plan *p = *state;
	void *scratch;

	if (scratch_setup(&scratch) < 0)
		return -1;
	p->test.scratch = scratch;
	p->test.f.no_sync = cases[p->at.index].no_sync;
	fixture_open(&p->test.f, p->test.scratch->path, p->at.driver);
	return 0;
}

static int
teardown(void **state)
{
	struct plan *p = *state;
	void *scratch = p->test.scratch;

	fixture_close(&p->test.f);
	return scratch_teardown(&scratch);
}

static void
run(void **state)
{
	struct plan *p = *state;

	cases[p->at.index].fn(&p->test);
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
		.name = "storage",
		.case_name = case_name,
		.state_size = sizeof(struct plan),
		.run = run,
		.setup = setup,
		.teardown = teardown,
	};

	return fixture_main(&suite, argc, argv);
}
