/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of the FreeBSD backend: handles of cells, uuids of jails. */
#include "unit.h"

#include "base/str.h"
#include "platform/freebsd/freebsd.h"
#include "platform/freebsd/osrelease.h"

static struct err e;

static struct cell_ref
ref_of(const char *handle)
{
	struct cell_ref r = { .name = "web", .generation = 3 };

	(void)str_copy(r.handle, handle, sizeof(r.handle));
	return r;
}

static void
test_handle(void **state)
{
	static const struct {
		struct handle h;
		const char *text;
	} rows[] = {
		{ { .jid = 7, .pid = 4711, .start = 123456789 },
		    "7:4711:123456789:-" },
		{ { .jid = 7, .pid = 4711, .start = 1, .is_own = true },
		    "7:4711:1:o" },
		{ { .jid = 999999, .is_foreign = true }, "999999:0:0:f" },
		{ { .jid = 1,
		      .pid = 2,
		      .start = UINT64_MAX,
		      .is_own = true,
		      .is_foreign = true },
		    "1:2:18446744073709551615:of" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct cell_ref r = ref_of("");
		struct handle h;

		handle_format(&rows[i].h, &r);
		assert_string_equal(r.handle, rows[i].text);
		assert_ok(handle_parse(&r, &h, &e), &e);
		assert_int_equal(h.jid, rows[i].h.jid);
		assert_int_equal(h.pid, rows[i].h.pid);
		assert_int_equal(h.start, rows[i].h.start);
		assert_int_equal(h.is_own, rows[i].h.is_own);
		assert_int_equal(h.is_foreign, rows[i].h.is_foreign);
	}
}

/* Its maker died before it could be noted. */
static void
test_empty_handle(void **state)
{
	struct cell_ref r = ref_of("");
	struct handle h = { .jid = 9 };

	(void)state;
	assert_ok(handle_parse(&r, &h, &e), &e);
	assert_int_equal(h.jid, 0);
	assert_int_equal(h.pid, 0);
}

static void
test_bad_handles(void **state)
{
	static const char *const texts[] = { "x", "7", "7:1", "7:1:2",
		"7:1:2:", "7:1:2:x", "7:1:2:-x", "7:1:2:ooooooooo", "-7:1:2:-",
		"7:-1:2:-", "7:1:-2:-", " 7:1:2:-", "7:1:2:- ",
		"7:1:99999999999999999999:-", "99999999999:1:2:-" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct cell_ref r = ref_of(texts[i]);
		struct handle h;

		if (handle_parse(&r, &h, &e) == 0)
			fail_msg("'%s' was taken", texts[i]);
		assert_int_equal(e.code, ERR_CORRUPT);
		err_clear(&e);
	}
}

static void
test_uuid(void **state)
{
	static const struct {
		const char *instance;
		uint64_t generation;
		const char *uuid;
	} rows[] = {
		{ "", 0, "706f7400-0000-8000-8000-000000000000" },
		{ "", 1, "706f7400-0000-8000-8000-000000000001" },
		{ "deadbeef", 0x123456789abcdef0,
		    "706f74de-adbe-8ef1-8234-56789abcdef0" },
		{ "deadbeef", UINT64_MAX,
		    "706f74de-adbe-8eff-8fff-ffffffffffff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char uuid[JAIL_UUID_SIZE];
		uint64_t generation = 5;

		jail_uuid_format(uuid, rows[i].instance, rows[i].generation);
		assert_string_equal(uuid, rows[i].uuid);
		assert_true(jail_uuid_is_pot(uuid));
		assert_true(
		    jail_uuid_is_of(uuid, rows[i].instance, &generation));
		assert_int_equal(generation, rows[i].generation);
		generation = 5;
		assert_false(jail_uuid_is_of(uuid, "00c0ffee", &generation));
		assert_int_equal(generation, 5);
	}
}

/* Instances that are no tags still have one each. */
static void
test_uuid_of_other_instances(void **state)
{
	char a[JAIL_UUID_SIZE], b[JAIL_UUID_SIZE];
	uint64_t generation;

	(void)state;
	jail_uuid_format(a, "a", 1);
	jail_uuid_format(b, "b", 1);
	assert_string_not_equal(a, b);
	assert_true(jail_uuid_is_of(a, "a", &generation));
	assert_false(jail_uuid_is_of(a, "b", &generation));
	assert_false(jail_uuid_is_of(a, "", &generation));
}

static void
test_uuids_of_others(void **state)
{
	static const char *const texts[] = { "",
		"00000000-0000-0000-0000-000000000000",
		"706f7400-0000-4000-8000-000000000001",
		"706f7400-0000-8000-9000-000000000001",
		"706f7400-0000-8000-8000-00000000000",
		"706f7400-0000-8000-8000-0000000000001",
		"706f7400-0000-8000-8000-00000000000g",
		"706F7400-0000-8000-8000-000000000001" };
	uint64_t generation = 5;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_false(jail_uuid_is_of(texts[i], "", &generation));
	assert_int_equal(generation, 5);
	assert_false(jail_uuid_is_pot(texts[0]));
	assert_false(jail_uuid_is_pot(texts[1]));
}

static void
test_osrelease(void **state)
{
	static const struct {
		const char *text;
		const char *wanted;
	} rows[] = {
		{ "#!/bin/sh\n\nUSERLAND_VERSION=\"14.1-RELEASE-p5\"\n",
		    "14.1-RELEASE-p5" },
		{ "\nUSERLAND_VERSION=\"15.0-CURRENT\"", "15.0-CURRENT" },
		{ "\nUSERLAND_VERSION=\"\"\n", NULL },
		{ "\nUSERLAND_VERSION=\"14.1\n", NULL },
		{ "\nUSERLAND_VERSION=\"14.1 RELEASE\"\n", NULL },
		{ "\nUSERLAND_VERSION=\"$(id)\"\n", NULL },
		{ "\nUSERLAND_VERSION=\"1234567890123456789012345678901\"\n",
		    "1234567890123456789012345678901" },
		{ "\nUSERLAND_VERSION=\"12345678901234567890123456789012\"\n",
		    NULL },
		{ "#!/bin/sh\necho 14.1-RELEASE\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char out[OSRELEASE_SIZE] = "";

		assert_int_equal(
		    osrelease_parse(rows[i].text, out), rows[i].wanted != NULL);
		assert_string_equal(
		    out, rows[i].wanted != NULL ? rows[i].wanted : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handle),
		cmocka_unit_test(test_empty_handle),
		cmocka_unit_test(test_bad_handles),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_uuid_of_other_instances),
		cmocka_unit_test(test_uuids_of_others),
		cmocka_unit_test(test_osrelease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
