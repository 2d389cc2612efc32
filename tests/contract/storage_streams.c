/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pots as streams, over every driver that works here: what is sent arrives,
 * whole or as a difference, and what is not a pot leaves nothing.  Drivers
 * without streams say so.
 */
#include "storage_fixture.h"

#include <fcntl.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"

#define MANY 700 /* kilobytes that no compression makes small */

struct test {
	struct scratch *scratch;
	struct fixture f;
	int stream; /* a file */
};

static off_t
size_of(int fd)
{
	return lseek(fd, 0, SEEK_END);
}

static void
send_it(struct test *t, const char *pot, const char *snap, bool is_whole)
{
	struct err e = ERR_INIT;

	assert_int_equal(ftruncate(t->stream, 0), 0);
	assert_int_equal(lseek(t->stream, 0, SEEK_SET), 0);
	assert_ok(
	    storage_send_pot(t->f.s, pot, snap, is_whole, t->stream, &e), &e);
}

static int
receive_it(struct test *t, const char *pot, struct err *e)
{
	assert_int_equal(lseek(t->stream, 0, SEEK_SET), 0);
	return storage_receive_pot(t->f.s, pot, t->stream, e);
}

static void
freeze(struct test *t, const char *pot, const char *volume, const char *snap)
{
	auto_strv struct strv volumes = STRV_INIT;
	struct err e = ERR_INIT;

	strv_add(&volumes, volume);
	assert_ok(
	    storage_snapshot_pot(t->f.s, pot, &volumes, snap, false, &e), &e);
}

/* The pot a with its configuration and some content. */
static void
make_pot(struct test *t)
{
	auto_free char *conf = xasprintf("%s/jails/a/conf", t->f.root);
	struct err e = ERR_INIT;
	unsigned seed = 1;
	auto_buf struct buf script = BUF_INIT((size_t)MANY << 12);
	size_t i;

	fixture_pot(&t->f, "a");
	assert_int_equal(mkdir(conf, 0750), 0);
	assert_ok(storage_create(t->f.s, "jails/a/m", &e), &e);
	buf_add_str(&script, "file big ");
	for (i = 0; i < (size_t)MANY << 10; i++) {
		seed = seed * 1103515245U + 12345U;
		buf_add_char(&script, (char)('0' + (seed >> 16) % 75));
	}
	buf_add_str(&script, "\ndir d\nfile d/x one\nmode d 700\n");
	fixture_edit(&t->f, "jails/a/m", script.data);
	freeze(t, "jails/a", "jails/a/m", "1");
	fixture_edit(&t->f, "jails/a/m", "file d/x two\n");
	freeze(t, "jails/a", "jails/a/m", "2");
}

static void
clone_it(struct test *t, const char *snap)
{
	struct err e = ERR_INIT;

	fixture_pot(&t->f, "c");
	assert_ok(
	    storage_clone(t->f.s, "jails/a/m", snap, "jails/c/m", &e), &e);
	fixture_edit(&t->f, "jails/c/m", "file own three\n");
	freeze(t, "jails/c", "jails/c/m", "9");
}

static unsigned
entries(struct test *t, const char *dir)
{
	auto_free char *path = xasprintf("%s/%s", t->f.root, dir);
	auto_strv struct strv names = STRV_INIT;
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e = ERR_INIT;

	assert_true(fd >= 0);
	assert_ok(dir_list(fd, &names, &e), &e);
	return (unsigned)names.n;
}

static void
drop(struct test *t, const char *pot)
{
	struct err e = ERR_INIT;

	assert_ok(storage_destroy_pot(t->f.s, pot, &e), &e);
}

static void
case_whole(struct test *t)
{
	auto_free char *list = NULL;
	auto_free char *conf = xasprintf("%s/jails/b/conf", t->f.root);
	struct err e = ERR_INIT;

	make_pot(t);
	list = fixture_list(&t->f, "jails/a/m");
	fixture_edit(&t->f, "jails/a/m", "file later x\n");
	send_it(t, "jails/a", "2", false);
	assert_ok(receive_it(t, "jails/b", &e), &e);
	/* First: on FreeBSD a view at the top unmounts all below it. */
	assert_int_equal(access(conf, F_OK), 0);
	fixture_check(&t->f, "jails/b/m", list);
	assert_int_equal(fixture_snapshots(&t->f, "jails/b/m"), 2);
	assert_int_equal(entries(t, "jails"), 2);
	fixture_sweep(&t->f, 0);
	/* They have nothing to do with each other. */
	drop(t, "jails/a");
	fixture_check(&t->f, "jails/b/m", list);
	assert_ok(storage_revert(t->f.s, "jails/b/m", "1", &e), &e);
	drop(t, "jails/b");
	assert_int_equal(entries(t, "jails"), 0);
}

/* A clone: what it differs in, for those who have its origin; or whole. */
static void
case_clone(struct test *t)
{
	auto_free char *list = NULL, *origin = NULL;
	struct err e = ERR_INIT;

	make_pot(t);
	clone_it(t, "1");
	list = fixture_list(&t->f, "jails/c/m");
	assert_ok(storage_origin(t->f.s, "jails/c/m", &origin, &e), &e);
	assert_string_equal(origin, "jails/a/m@1");
	send_it(t, "jails/c", "9", false);
	assert_true(size_of(t->stream) < MANY / 2 << 10);
	assert_ok(receive_it(t, "jails/b", &e), &e);
	fixture_check(&t->f, "jails/b/m", list);
	free(take_ptr(&origin));
	assert_ok(storage_origin(t->f.s, "jails/b/m", &origin, &e), &e);
	assert_string_equal(origin, "jails/a/m@1");
	send_it(t, "jails/c", "9", true);
	assert_true(size_of(t->stream) > MANY / 2 << 10);
	assert_int_equal(entries(t, "jails"), 3);
	fixture_sweep(&t->f, 0);
	drop(t, "jails/b");
	drop(t, "jails/c");
	drop(t, "jails/a");
	assert_ok(receive_it(t, "jails/d", &e), &e);
	fixture_check(&t->f, "jails/d/m", list);
	free(take_ptr(&origin));
	assert_ok(storage_origin(t->f.s, "jails/d/m", &origin, &e), &e);
	assert_null(origin);
	drop(t, "jails/d");
	fixture_sweep(&t->f, 0);
}

/* What it is a difference to is not there. */
static void
case_missing_origin(struct test *t)
{
	struct err e = ERR_INIT;

	make_pot(t);
	clone_it(t, "1");
	send_it(t, "jails/c", "9", false);
	drop(t, "jails/c");
	drop(t, "jails/a");
	assert_int_equal(receive_it(t, "jails/b", &e), -1);
	assert_int_equal(entries(t, "jails"), 0);
	assert_false(storage_exists(t->f.s, "jails/b/m"));
	fixture_sweep(&t->f, 0);
}

static void
case_bad(struct test *t)
{
	struct err e = ERR_INIT;
	off_t size;

	make_pot(t);
	send_it(t, "jails/a", "2", false);
	size = size_of(t->stream);
	assert_int_equal(receive_it(t, "jails/a", &e), -1);
	assert_int_equal(e.code, ERR_EXISTS);
	err_clear(&e);
	/* Half of it, then bytes that are none. */
	assert_int_equal(ftruncate(t->stream, size / 2), 0);
	assert_int_equal(receive_it(t, "jails/b", &e), -1);
	err_clear(&e);
	assert_int_equal(ftruncate(t->stream, 0), 0);
	assert_int_equal(receive_it(t, "jails/b", &e), -1);
	err_clear(&e);
	assert_int_equal(pwrite(t->stream, "no stream\n", 10, 0), 10);
	assert_int_equal(receive_it(t, "jails/b", &e), -1);
	err_clear(&e);
	assert_int_equal(entries(t, "jails"), 1);
	assert_false(storage_exists(t->f.s, "jails/b/m"));
	fixture_sweep(&t->f, 0);
	assert_int_equal(
	    storage_send_pot(t->f.s, "jails/a", "7", true, t->stream, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	err_clear(&e);
	assert_int_equal(
	    storage_send_pot(t->f.s, "jails/x", "2", true, t->stream, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	err_clear(&e);
}

/* The reader has gone. */
static void
case_reader_ends(struct test *t)
{
	struct err e = ERR_INIT;
	int p[2];

	if (access("/dev/zfs", F_OK) < 0)
		skip(); /* zfs-fuse keeps the snapshot busy for good */
	make_pot(t);
	assert_int_equal(pipe(p), 0);
	(void)close(p[0]);
	assert_int_equal(
	    storage_send_pot(t->f.s, "jails/a", "2", false, p[1], &e), -1);
	(void)close(p[1]);
	assert_int_equal(e.code, ERR_CHILD);
	fixture_sweep(&t->f, 0);
}

static void
case_notes(struct test *t)
{
	auto_free char *value = NULL;
	struct err e = ERR_INIT;

	make_pot(t);
	assert_ok(storage_get_note(t->f.s, "jails/a", "tag", &value, &e), &e);
	assert_string_equal(value, "");
	assert_ok(storage_set_note(t->f.s, "jails/a", "tag", "1.0 =x", &e), &e);
	send_it(t, "jails/a", "2", false);
	assert_ok(receive_it(t, "jails/b", &e), &e);
	free(take_ptr(&value));
	assert_ok(storage_get_note(t->f.s, "jails/b", "tag", &value, &e), &e);
	assert_string_equal(value, "1.0 =x");
	assert_int_equal(
	    storage_set_note(t->f.s, "jails/a", "a=b", "1", &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
	err_clear(&e);
}

static const struct {
	const char *name;
	void (*fn)(struct test *t);
} cases[] = {
	{ "whole", case_whole },
	{ "a clone", case_clone },
	{ "a clone whose origin is missing", case_missing_origin },
	{ "half and bad streams", case_bad },
	{ "the reader ends", case_reader_ends },
	{ "notes", case_notes },
};

static void
none(struct test *t)
{
	struct err e = ERR_INIT;

	fixture_pot(&t->f, "a");
	assert_int_equal(
	    storage_send_pot(t->f.s, "jails/a", "1", true, t->stream, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	err_clear(&e);
	assert_int_equal(
	    storage_receive_pot(t->f.s, "jails/b", t->stream, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_non_null(strstr(e.text, t->f.driver));
	err_clear(&e);
}

struct plan {
	struct fixture_plan at;
	struct test test;
};

static int
setup(void **state)
{
	struct plan *p = *state;
	auto_free char *path = NULL;
	void *scratch;

	if (scratch_setup(&scratch) < 0)
		return -1;
	p->test.scratch = scratch;
	path = xasprintf("%s/stream", p->test.scratch->path);
	p->test.stream = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	fixture_open(&p->test.f, p->test.scratch->path, p->at.driver);
	return 0;
}

static int
teardown(void **state)
{
	struct plan *p = *state;
	void *scratch = p->test.scratch;

	(void)close(p->test.stream);
	fixture_close(&p->test.f);
	return scratch_teardown(&scratch);
}

/* A driver without streams says so, whatever is asked of it. */
static void
run(void **state)
{
	struct plan *p = *state;

	if (storage_has_streams(p->test.f.s))
		cases[p->at.index].fn(&p->test);
	else
		none(&p->test);
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
		.name = "streams",
		.case_name = case_name,
		.state_size = sizeof(struct plan),
		.run = run,
		.setup = setup,
		.teardown = teardown,
	};

	return fixture_main(&suite, argc, argv);
}
