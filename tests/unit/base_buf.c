/* SPDX-License-Identifier: BSD-2-Clause */
/* The growing buffer: growth, the maximum, termination. */
#include "unit.h"

#include "base/buf.h"

static void
grows(void **state UNUSED)
{
	auto_buf struct buf b = BUF_INIT(10000);
	struct err e = ERR_INIT;

	assert_string_equal(b.data, "");
	for (int i = 0; i < 1000; i++)
		buf_add_fmt(&b, "%03d ", i);
	assert_int_equal(b.len, 4000);
	assert_memory_equal(b.data + 3996, "999 ", 5);
	buf_clear(&b);
	assert_string_equal(b.data, "");
	buf_add_str(&b, "abc");
	buf_add_char(&b, 'd');
	buf_add(&b, "e\0f", 3);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.data, "abcde\0f", 8);
	buf_consume(&b, 3);
	assert_memory_equal(b.data, "de\0f", 5);
	assert_ok(buf_check(&b, "x", &e), &e);
}

/* Every way in stops at the maximum, keeps what fitted, and says so. */
static void
stops_at_maximum(void **state UNUSED)
{
	struct err e = ERR_INIT;

	for (size_t max = 0; max < 140; max++) {
		auto_buf struct buf a = BUF_INIT(max), f = BUF_INIT(max),
				    exact = BUF_INIT(max);
		char text[201];

		memset(text, 'x', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		buf_add(&exact, text, max);
		assert_ok(buf_check(&exact, "t", &e), &e);
		assert_int_equal(exact.len, max);
		buf_add_char(&exact, 'y');
		assert_err(buf_check(&exact, "t", &e), &e, ERR_LIMIT);

		buf_add_str(&a, text);
		buf_add_fmt(&f, "%s", text);
		assert_int_equal(a.len, max);
		assert_int_equal(f.len, max);
		assert_int_equal(strlen(f.data), max);
		assert_true(a.is_full && f.is_full);
		buf_consume(&a, a.len);
		buf_add_str(&a, "z");
		assert_string_equal(a.data, ""); /* full stays full */
		buf_clear(&a);
		assert_false(a.is_full);
	}
}

static void
says_how_large(void **state UNUSED)
{
	auto_buf struct buf b = BUF_INIT(3);
	struct err e = ERR_INIT;

	buf_add_str(&b, "1234");
	assert_int_equal(buf_check(&b, "a.conf", &e), -1);
	assert_string_equal(e.text, "a.conf: larger than 3 bytes");
}

static void
reserves(void **state UNUSED)
{
	auto_buf struct buf b = BUF_INIT(100);
	char *p = buf_reserve(&b, 100);

	assert_non_null(p);
	memset(p, 'x', 100);
	b.len += 60;
	buf_add(&b, "", 0);
	assert_int_equal(strlen(b.data), 60);
	assert_null(buf_reserve(&b, 41));
	assert_true(b.is_full);
}

static void
gives_its_text(void **state UNUSED)
{
	struct buf b = BUF_INIT(10);
	char *empty = buf_take(&b), *text;

	assert_string_equal(empty, "");
	buf_add_str(&b, "abc");
	text = buf_take(&b);
	assert_string_equal(text, "abc");
	assert_string_equal(b.data, "");
	buf_fini(&b);
	buf_fini(&b);
	free(empty);
	free(text);
}

/* Formats that end exactly at the allocation's end. */
static void
formats_at_every_fill(void **state UNUSED)
{
	for (int n = 0; n < 200; n++) {
		auto_buf struct buf b = BUF_INIT(1000);

		for (int i = 0; i < n; i++)
			buf_add_char(&b, 'x');
		buf_add_fmt(&b, "%d", 12345);
		assert_int_equal(b.len, n + 5);
		assert_string_equal(b.data + n, "12345");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows),
		cmocka_unit_test(stops_at_maximum),
		cmocka_unit_test(says_how_large),
		cmocka_unit_test(reserves),
		cmocka_unit_test(gives_its_text),
		cmocka_unit_test(formats_at_every_fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
