/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the zfs driver asks zfs(8) for, how often, and what it makes of the
 * answers: a program in its place writes down its arguments and says what
 * the test wants.
 */
#include "unit.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "storage/storage.h"

struct test {
	struct scratch *scratch;
	char *program, *calls;
	struct storage *s;
};

/* ANSWERS: the branches of a shell's case over all arguments. */
static void
answer(struct test *t, const char *answers)
{
	auto_free char *text = xasprintf("#!/bin/sh\n"
					 "echo \"$*\" >>%s\n"
					 "case \"$*\" in\n%s\nesac\n",
	    t->calls, answers);
	struct err e = ERR_INIT;

	assert_ok(
	    file_write(AT_FDCWD, t->program, text, strlen(text), 0755, 0, &e),
	    &e);
	(void)unlink(t->calls);
}

static void
expect_calls(struct test *t, const char *expected)
{
	auto_buf struct buf b = BUF_INIT(65536);
	struct err e = ERR_INIT;

	assert_ok(file_read(AT_FDCWD, t->calls, &b, &e), &e);
	assert_string_equal(b.data, expected);
}

/* The driver asks it for nothing here. */
static const struct platform none = { .name = "none" };

static int
setup(void **state)
{
	struct test *t = xcalloc(1, sizeof(*t));
	struct storage_options o = {
		.driver = "zfs", .zfs_root = "tank/pot", .platform = &none
	};
	struct err e = ERR_INIT;
	void *scratch;

	if (scratch_setup(&scratch) < 0)
		return -1;
	t->scratch = scratch;
	t->program = xasprintf("%s/zfs", t->scratch->path);
	t->calls = xasprintf("%s/calls", t->scratch->path);
	o.fs_root = t->scratch->path;
	o.zfs_program = t->program;
	*state = t;
	return storage_open(&o, &t->s, &e);
}

static int
teardown(void **state)
{
	struct test *t = *state;
	void *scratch = t->scratch;

	storage_close(t->s);
	free(t->program);
	free(t->calls);
	free(t);
	return scratch_teardown(&scratch);
}

/* One call where several would do. */
static void
snapshot_is_one_call(void **state)
{
	struct test *t = *state;
	struct strv volumes = STRV_INIT;
	struct err e = ERR_INIT;

	strv_add(&volumes, "jails/web/usr.local");
	strv_add(&volumes, "jails/web/custom");
	answer(t, "*) ;;");
	assert_ok(
	    storage_snapshot_pot(t->s, "jails/web", &volumes, "1", false, &e),
	    &e);
	expect_calls(t, "snapshot -r tank/pot/jails/web@1\n");
	answer(t, "*) ;;");
	assert_ok(
	    storage_snapshot_destroy_pot(t->s, "jails/web", &volumes, "1", &e),
	    &e);
	expect_calls(t, "destroy -r tank/pot/jails/web@1\n");
	strv_fini(&volumes);
}

static void
destroy_is_two_calls(void **state)
{
	struct test *t = *state;
	struct err e = ERR_INIT;

	answer(t,
	    "list*) printf 'tank/pot/jails/web\\t-\\n"
	    "tank/pot/jails/web/m\\ttank/pot/bases/b@1\\n' ;;");
	assert_ok(storage_destroy_pot(t->s, "jails/web", &e), &e);
	expect_calls(t,
	    "list -H -r -t filesystem -o name,origin tank/pot/jails/web\n"
	    "destroy -r tank/pot/jails/web\n");
}

/* The newest snapshot with a clone goes to it, with the older ones. */
static void
clones_are_given_what_they_need(void **state)
{
	struct test *t = *state;
	auto_buf struct buf b = BUF_INIT(65536);
	struct err e = ERR_INIT;

	answer(t,
	    "*snapshot*) printf 'tank/pot\\t-\\n"
	    "tank/pot/fscomp/a\\t-\\n"
	    "tank/pot/fscomp/a@1\\t-\\n"
	    "tank/pot/fscomp/a@pot:2\\t-\\n"
	    "tank/pot/fscomp/a@3\\t-\\n"
	    "tank/pot/fscomp/b\\ttank/pot/fscomp/a@pot:2\\n' ;;\n"
	    "list*) printf 'tank/pot/fscomp/a\\t-\\n' ;;\n"
	    "'destroy -r '*) grep -q promote \"${0%zfs}calls\" ||\n"
	    "{ echo 'has dependent clones' >&2; exit 1; } ;;");
	assert_ok(storage_destroy(t->s, "fscomp/a", &e), &e);
	assert_ok(file_read(AT_FDCWD, t->calls, &b, &e), &e);
	assert_non_null(strstr(b.data,
	    "\ndestroy tank/pot/fscomp/a@1\npromote tank/pot/fscomp/b\n"));
	assert_null(strstr(b.data, "a@3"));
}

static void
errors_have_their_kind(void **state)
{
	static const struct {
		const char *words;
		enum err_code code;
	} rows[] = {
		{ "cannot open 'x': dataset does not exist", ERR_NOT_FOUND },
		{ "cannot create 'x': dataset already exists", ERR_EXISTS },
		{ "cannot create 'x': out of space", ERR_NO_SPACE },
		{ "cannot create 'x': permission denied", ERR_DENIED },
		{ "internal error", ERR_CHILD },
	};
	struct test *t = *state;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		auto_free char *text =
		    xasprintf("*) echo \"%s\" >&2; exit 1 ;;", rows[i].words);

		answer(t, text);
		assert_int_equal(
		    storage_snapshot(t->s, "fscomp/a", "1", false, &e), -1);
		assert_int_equal(e.code, rows[i].code);
		assert_non_null(strstr(e.text, rows[i].words));
		err_clear(&e);
	}
}

static void
key_that_is_not_loaded(void **state)
{
	struct test *t = *state;
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;
	auto_free char *text = xasprintf(
	    "list*) printf '%s/fscomp/a\\tno\\n' ;;\n"
	    "mount*) echo \"cannot mount 'tank/pot/fscomp/a': encryption key "
	    "not loaded\" >&2; exit 1 ;;",
	    t->scratch->path);
	struct err e = ERR_INIT;

	answer(t, text);
	assert_int_equal(
	    storage_mount(t->s, "fscomp/a", "/data", false, &plan, &e), -1);
	assert_int_equal(e.code, ERR_STATE);
	assert_non_null(strstr(e.text, "zfs load-key tank/pot/fscomp/a first"));
}

static void
answers_are_read_strictly(void **state)
{
	static const char *const bad[] = { "a\\n", "a\\tb\\tc\\n", "a\\tb",
		"\\n" };
	struct test *t = *state;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < COUNT_OF(bad); i++) {
		auto_free char *text = xasprintf("*) printf '%s' ;;", bad[i]);

		answer(t, text);
		assert_int_equal(storage_destroy(t->s, "fscomp/a", &e), -1);
		assert_int_equal(e.code, ERR_CORRUPT);
		err_clear(&e);
	}
}

int
main(void)
{
#define row(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		row(snapshot_is_one_call),
		row(destroy_is_two_calls),
		row(clones_are_given_what_they_need),
		row(errors_have_their_kind),
		row(key_that_is_not_loaded),
		row(answers_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
