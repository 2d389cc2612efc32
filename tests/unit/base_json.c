/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON writer. */
#include "unit.h"

#include "base/json.h"

static void
nests(void **state UNUSED)
{
	auto_buf struct buf b = BUF_INIT(1000);
	struct json j;

	json_init(&j, &b);
	json_object(&j, NULL);
	json_str(&j, "s", "v");
	json_array(&j, "a");
	json_int(&j, NULL, INT64_MIN);
	json_object(&j, NULL);
	json_object_end(&j);
	json_array(&j, NULL);
	json_array_end(&j);
	json_array_end(&j);
	json_bool(&j, "t", true);
	json_bool(&j, "f", false);
	json_null(&j, "n");
	json_number(&j, "d", "12.345");
	json_object_end(&j);
	assert_string_equal(b.data,
	    "{\"s\":\"v\",\"a\":[-9223372036854775808,"
	    "{},[]],\"t\":true,\"f\":false,\"n\":null,\"d\":12.345}");
}

static void
goes_deep(void **state UNUSED)
{
	auto_buf struct buf b = BUF_INIT(1000);
	struct json j;

	json_init(&j, &b);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_array(&j, NULL);
	json_int(&j, NULL, 1);
	json_int(&j, NULL, 2);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_array_end(&j);
	assert_string_equal(b.data, "[[[[[[[[[[[[[[[[1,2]]]]]]]]]]]]]]]]");
}

#define BAD "\xef\xbf\xbd"

static void
strings(void **state UNUSED)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "a\"b\\c\n\r\t\x01\x1f\x7f/",
		    "a\\\"b\\\\c\\n\\r\\t\\u0001"
		    "\\u001f\x7f/" },
		{ "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
		    "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xff\xfe", BAD BAD },
		{ "a\xc3", "a" BAD }, /* cut short */
		{ "\xc3(", BAD "(" },
		{ "\xc0\x80", BAD BAD },		 /* overlong NUL */
		{ "\xe0\x80\x80", BAD BAD BAD },	 /* overlong */
		{ "\xed\xa0\x80", BAD BAD BAD },	 /* surrogate */
		{ "\xf4\x90\x80\x80", BAD BAD BAD BAD }, /* above 10FFFF */
		{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		{ "\xf8\x88\x80\x80\x80", BAD BAD BAD BAD BAD },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		auto_buf struct buf b = BUF_INIT(1000);
		char want[200];
		struct json j;

		(void)snprintf(want, sizeof(want), "{\"%s\":\"%s\"}",
		    rows[i].out, rows[i].out);
		json_init(&j, &b);
		json_object(&j, NULL);
		json_str(&j, rows[i].in, rows[i].in);
		json_object_end(&j);
		assert_string_equal(b.data, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nests),
		cmocka_unit_test(goes_deep),
		cmocka_unit_test(strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
