/* SPDX-License-Identifier: BSD-2-Clause */
/* Records: order, replacement, lists, JSON. */
#include "unit.h"

#include "model/record.h"

static void
expect_json(const struct record *r, const char *want)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct json j;

	json_init(&j, &b);
	record_to_json(r, &j, NULL);
	assert_string_equal(b.data, want);
}

static void
keeps_order_and_types(void **state UNUSED)
{
	auto_record struct record *r = record_new();
	auto_strv struct strv l = STRV_INIT;
	struct record *sub = record_new();

	strv_add(&l, "a");
	strv_add(&l, "b\"");
	record_str(r, "name", "web");
	record_int(r, "level", -1);
	record_bool(r, "active", true);
	record_null(r, "ip");
	record_str(r, "bridge", NULL);
	record_strv(r, "hosts", &l);
	record_list(r, "ports");
	record_int(sub, "x", INT64_MIN);
	record_sub(r, "sub", sub);
	expect_json(r,
	    "{\"name\":\"web\",\"level\":-1,\"active\":true,\"ip\":null,"
	    "\"bridge\":null,\"hosts\":[\"a\",\"b\\\"\"],\"ports\":[],"
	    "\"sub\":{\"x\":-9223372036854775808}}");
	assert_string_equal(record_get_str(r, "name"), "web");
	assert_int_equal(record_get_int(r, "level"), -1);
	assert_true(record_get_bool(r, "active"));
	assert_int_equal(record_find(r, "sub")->type, VALUE_RECORD);
	assert_null(record_find(r, "nam"));
}

static void
has_fallbacks(void **state UNUSED)
{
	auto_record struct record *r = record_new();

	record_int(r, "n", 7);
	record_null(r, "null");
	assert_string_equal(record_get_str(r, "none"), "");
	assert_string_equal(record_get_str(r, "n"), "");
	assert_string_equal(record_get_str(r, "null"), "");
	assert_int_equal(record_get_int(r, "none"), 0);
	assert_false(record_get_bool(r, "n"));
	expect_json(r, "{\"n\":7,\"null\":null}");
}

static void
replaces(void **state UNUSED)
{
	auto_record struct record *r = record_new();

	record_list_add(r, "a", record_new());
	record_int(r, "b", 1);
	record_str(r, "a", "text");
	record_str(r, "a", record_get_str(r, "a"));
	record_sub(r, "b", record_new());
	expect_json(r, "{\"a\":\"text\",\"b\":{}}");
	assert_int_equal(r->n, 2);
}

static void
grows(void **state UNUSED)
{
	auto_record struct record *r = record_new();
	auto_strv struct strv l = STRV_INIT;
	const struct value *v;

	for (int i = 0; i < 100; i++) {
		struct record *one = record_new();
		char key[8];

		(void)snprintf(key, sizeof(key), "k%d", i);
		record_int(r, key, i);
		record_int(one, "i", i);
		record_list_add(r, "list", one);
	}
	v = record_find(r, "list");
	assert_int_equal(v->type, VALUE_LIST);
	assert_int_equal(v->u.list.n, 100);
	assert_int_equal(record_get_int(v->u.list.v[99].u.record, "i"), 99);
	assert_int_equal(record_get_int(r, "k99"), 99);

	/* A list made of strings takes records too. */
	strv_add(&l, "a");
	strv_add(&l, "b");
	strv_add(&l, "c");
	record_strv(r, "mixed", &l);
	for (int i = 0; i < 20; i++)
		record_list_add(r, "mixed", record_new());
	assert_int_equal(record_find(r, "mixed")->u.list.n, 23);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order_and_types),
		cmocka_unit_test(has_fallbacks),
		cmocka_unit_test(replaces),
		cmocka_unit_test(grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
