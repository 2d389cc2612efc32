/* SPDX-License-Identifier: BSD-2-Clause */
/* What names lead to; which are refused is in the contract suite. */
#include "unit.h"

#include "storage/volume.h"

static void
places(void **state)
{
	static const struct {
		const char *path, *dir, *name, *snaps;
		enum volume_kind kind;
	} rows[] = {
		{ "jails/web/m", "jails/web", "m", "jails/web/.snap/m",
		    VOLUME_POT },
		{ "jails/a b/usr.local", "jails/a b", "usr.local",
		    "jails/a b/.snap/usr.local", VOLUME_POT },
		{ "fscomp/data", "fscomp", "data", "fscomp/.snap/data",
		    VOLUME_FSCOMP },
		{ "bases/14.1", "bases", "14.1", "bases/.snap/14.1",
		    VOLUME_BASE },
		{ "bases/14.1/custom", "bases/14.1/opt", "custom",
		    "bases/.snap/14.1/@custom", VOLUME_BASE_PART },
		{ "bases/14.1/usr.local", "bases/14.1/usr", "local",
		    "bases/.snap/14.1/@usr.local", VOLUME_BASE_PART },
		{ "bases/bookworm/usr", "bases/bookworm", "usr",
		    "bases/.snap/bookworm/@usr", VOLUME_BASE_PART },
	};
	struct err e = ERR_INIT;
	struct volume v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		assert_ok(volume_parse(rows[i].path, &v, &e), &e);
		assert_int_equal(v.kind, rows[i].kind);
		assert_string_equal(v.path, rows[i].path);
		assert_string_equal(v.dir, rows[i].dir);
		assert_string_equal(v.name, rows[i].name);
		assert_string_equal(v.snaps, rows[i].snaps);
	}
	assert_string_equal(v.base, "bookworm");
	assert_string_equal(v.part, "usr");
	assert_ok(volume_parse_pot("jails/web", &v, &e), &e);
	assert_string_equal(v.dir, "jails");
	assert_string_equal(v.name, "web");
	assert_err(volume_parse_pot("bases/web", &v, &e), &e, ERR_INVALID);
	assert_err(volume_parse_pot("jails/web/m", &v, &e), &e, ERR_INVALID);
}

/* What an error quotes is one line. */
static void
quoted(void **state)
{
	struct err e = ERR_INIT;
	struct volume v;

	(void)state;
	assert_int_equal(volume_parse("jails/a\n/m\033", &v, &e), -1);
	assert_null(strchr(e.text, '\n'));
	assert_null(strchr(e.text, '\033'));
	assert_non_null(strstr(e.text, "jails/"));
}

static void
snapshots(void **state)
{
	static const char *const good[] = { "1", "1795356125", "a.b_c-d" };
	static const char *const bad[] = { "", "a/b", "..", ".a", "-a", "a b",
		"a\n", "@x" };
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(good); i++)
		assert_ok(volume_check_snap(good[i], &e), &e);
	for (i = 0; i < COUNT_OF(bad); i++)
		assert_err(volume_check_snap(bad[i], &e), &e, ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(quoted),
		cmocka_unit_test(snapshots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
