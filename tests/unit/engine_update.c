/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * update-base where the parts of a base have snapshots, as create-base makes
 * them for a release of FreeBSD: pots of level 1 are made from the newest.
 */
#include "engine_rig.h"

#include "storage/storage.h"

#define UPDATE "update-base base=deb"

static struct storage *
open_storage(struct rig *r)
{
	auto_free char *root = xasprintf("%s/root", r->s->path);
	const struct storage_options o = {
		.driver = "dir", .fs_root = root, .platform = &platform_fake
	};
	struct err e = ERR_INIT;
	struct storage *s;

	assert_ok(storage_open(&o, &s, &e), &e);
	return s;
}

static void
freeze(struct rig *r, const char *name)
{
	static const char *const volumes[] = { "bases/deb", "bases/deb/usr",
		"bases/deb/custom" };
	struct storage *s = open_storage(r);
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(volumes); i++)
		assert_ok(storage_snapshot(s, volumes[i], name, false, &e), &e);
	storage_close(s);
}

/* Names of the snapshots of a part, each with a blank behind it. */
static char *
names(struct rig *r, const char *volume)
{
	struct storage *s = open_storage(r);
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	auto_strv struct strv found = STRV_INIT;
	struct err e = ERR_INIT;

	assert_ok(storage_snapshots(s, volume, &found, &e), &e);
	for (size_t i = 0; i < found.n; i++)
		buf_add_fmt(&b, "%s ", found.v[i]);
	storage_close(s);
	return buf_take(&b);
}

static size_t
count(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == ' ';
	return n;
}

/* Does a new pot of level 1 have TEXT in its /etc/file? */
static void
assert_new_has(struct rig *r, const char *text)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;

	rig_do(r, "create pot=web type=multi base=deb");
	assert_ok(
	    file_read(r->s->fd, "root/jails/web/custom/file", &b, &e), &e);
	assert_string_equal(b.data, text);
	rig_do(r, "destroy pot=web");
}

static void
test_parts(void **state)
{
	auto_free char *first = NULL, *second = NULL, *third = NULL;
	struct rig r;

	rig_init(&r, state);
	rig_put(&r, "root/bases/deb/opt/custom/file", "old");
	freeze(&r, "1000");
	/* As if the script had written it. */
	rig_put(&r, "root/bases/deb/opt/custom/file", "new");
	assert_new_has(&r, "old");
	rig_do(&r, UPDATE);
	assert_new_has(&r, "new");
	first = names(&r, "bases/deb/custom");
	assert_int_equal(count(first), 2);
	assert_int_equal(strncmp(first, "1000 ", 5), 0);
	rig_do(&r, UPDATE);
	second = names(&r, "bases/deb/custom");
	assert_int_equal(count(second), 2); /* that of the first is gone */
	assert_string_not_equal(first, second);

	rig_put(&r, "root/bases/deb/opt/custom/file", "newer");
	rig_reopen(&r);
	rig_do(&r, UPDATE " rollback");
	assert_new_has(&r, "new");
	third = names(&r, "bases/deb");
	assert_int_equal(count(third), 2); /* 1000, and one of now */
	assert_null(strstr(third, "update-"));
	rig_assert_clean(&r, "rollback");
	rig_fini(&r);
}

/* Without any, parts are copied as they are, and none is made. */
static void
test_no_parts(void **state)
{
	auto_free char *part = NULL, *base = NULL;
	struct rig r;

	rig_init(&r, state);
	rig_do(&r, UPDATE);
	part = names(&r, "bases/deb/custom");
	base = names(&r, "bases/deb");
	assert_int_equal(count(part), 0);
	assert_int_equal(count(base), 1);
	assert_int_equal(strncmp(base, "update-", 7), 0);
	rig_fini(&r);
}

/* A pot that has the name of the update's is somebody's. */
static void
test_name_taken(void **state)
{
	struct err e = ERR_INIT;
	struct rig r;

	rig_init(&r, state);
	rig_do(&r, "create pot=base-update-deb type=single base=b1");
	assert_int_equal(rig_call(&r, UPDATE, NULL, &e), -1);
	assert_int_equal(e.code, ERR_EXISTS);
	rig_do(&r, "info pot=base-update-deb");
	rig_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test_fast(test_parts),
		scratch_test_fast(test_no_parts),
		scratch_test_fast(test_name_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
