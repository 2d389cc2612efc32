/* SPDX-License-Identifier: BSD-2-Clause */
/* Text and numbers without locale. */
#include "unit.h"

#include "base/str.h"

static void
classes_are_ascii(void **state UNUSED)
{
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		bool lower = i >= 'a' && i <= 'z', upper = i >= 'A' && i <= 'Z';

		assert_int_equal(chr_is_digit(c), i >= '0' && i <= '9');
		assert_int_equal(chr_is_alpha(c), lower || upper);
		assert_int_equal(
		    chr_is_alnum(c), chr_is_digit(c) || lower || upper);
		assert_int_equal(chr_is_blank(c), i == ' ' || i == '\t');
		assert_int_equal(chr_is_space(c),
		    i != 0 && strchr(" \t\n\r\v\f", i) != NULL);
		assert_int_equal(chr_is_print(c), i >= 32 && i < 127);
		assert_int_equal(chr_lower(c), upper ? c + 32 : c);
	}
}

static void
compares(void **state UNUSED)
{
	assert_true(str_eq("", "") && !str_eq("a", "ab"));
	assert_true(str_ieq("YeS", "yEs"));
	assert_false(str_ieq("yes", "ye") || str_ieq("ye", "yes"));
	assert_true(str_has_prefix("abc", "ab") && str_has_prefix("a", ""));
	assert_false(str_has_prefix("a", "ab"));
	assert_true(str_has_suffix("abc", "bc") && str_has_suffix("a", ""));
	assert_false(str_has_suffix("c", "bc"));
	assert_true(str_is_digits("0123"));
	assert_false(str_is_digits("") || str_is_digits("1a"));
}

static void
whole_numbers(void **state UNUSED)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1",
		"1a", "101", "4", "18446744073709551616",
		"99999999999999999999999999" };
	struct err e = ERR_INIT;
	uint64_t v = 42;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_err(
		    str_u64("n", bad[i], 5, 100, &v, &e), &e, ERR_INVALID);
		assert_int_equal(v, 42);
	}
	assert_ok(str_u64("n", "5", 5, 100, &v, &e), &e);
	assert_int_equal(v, 5);
	assert_ok(str_u64("n", "0100", 5, 100, &v, &e), &e);
	assert_int_equal(v, 100);
	assert_ok(
	    str_u64("n", "18446744073709551615", 0, UINT64_MAX, &v, &e), &e);
	assert_true(v == UINT64_MAX);
	assert_ok(str_u64("n", "0", 0, 0, &v, &e), &e);
	assert_int_equal(v, 0);
	assert_int_equal(str_u64("port", "7\n", 1, 9, &v, &e), -1);
	assert_string_equal(
	    e.text, "port '7\\n': expected a number from 1 to 9");
}

static void
takes_numbers(void **state UNUSED)
{
	const char *p = "12:18446744073709551615x99";
	const char *at = p;
	uint64_t v = 7;

	assert_true(str_take_u64(&p, 12, &v));
	assert_true(v == 12 && *p == ':');
	assert_false(str_take_u64(&p, UINT64_MAX, &v));
	assert_ptr_equal(p, at + 2);
	p++;
	assert_true(str_take_u64(&p, UINT64_MAX, &v));
	assert_true(v == UINT64_MAX && *p == 'x');
	p++;
	assert_false(str_take_u64(&p, 98, &v));
	assert_true(v == UINT64_MAX && *p == '9');
	p = "18446744073709551616";
	assert_false(str_take_u64(&p, UINT64_MAX, &v));
	p = "";
	assert_false(str_take_u64(&p, UINT64_MAX, &v));
}

static void
formats_too_much(void)
{
	char out[6];

	str_fmt(out, sizeof(out), "%s", "123456");
}

static void
formats(void **state UNUSED)
{
	char out[6];

	assert_int_equal(str_fmt(out, sizeof(out), "%s-%d", "ab", 12), 5);
	assert_string_equal(out, "ab-12");
	assert_int_equal(str_fmt(out, sizeof(out), "%s", ""), 0);
	assert_string_equal(out, "");
	assert_true(aborts(formats_too_much));
}

static void
sizes(void **state UNUSED)
{
	static const struct {
		const char *s;
		uint64_t bytes; /* 0: refused */
	} rows[] = { { "1", 1 }, { "12b", 12 }, { "3k", 3072 }, { "3K", 3072 },
		{ "512M", UINT64_C(512) << 20 }, { "1g", 1 << 30 },
		{ "2T", UINT64_C(2) << 40 },
		{ "16777215t", UINT64_C(16777215) << 40 },
		{ "18446744073709551615", UINT64_MAX }, { "16777216t", 0 },
		{ "18446744073709551616", 0 }, { "0", 0 }, { "0k", 0 },
		{ "", 0 }, { "k", 0 }, { "1kb", 0 }, { "1 k", 0 },
		{ "1.5g", 0 }, { "-1", 0 }, { "1p", 0 }, { "+1", 0 },
		{ "1k ", 0 } };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err e = ERR_INIT;
		uint64_t v = 7;

		if (rows[i].bytes != 0) {
			assert_ok(str_size("s", rows[i].s, &v, &e), &e);
			assert_true(v == rows[i].bytes);
		} else {
			assert_err(
			    str_size("s", rows[i].s, &v, &e), &e, ERR_INVALID);
			assert_int_equal(v, 7);
		}
	}
}

static void
shows_sizes(void **state UNUSED)
{
	static const struct {
		uint64_t bytes;
		const char *s;
	} rows[] = { { 0, "0B" }, { 1, "1B" }, { 1023, "1023B" },
		{ 1024, "1.0K" }, { 1536, "1.5K" }, { 10188, "9.9K" },
		{ 10239, "10K" }, { 812 * 1024, "812K" },
		{ 1023 * 1024, "1023K" }, { 1023 * 1024 + 511, "1023K" },
		{ 1023 * 1024 + 512, "1.0M" }, { 1 << 30, "1.0G" },
		{ UINT64_C(1610612736), "1.5G" }, { UINT64_C(1) << 60, "1.0E" },
		{ UINT64_MAX, "16E" } };
	char out[STR_SIZE_TEXT];

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_string_equal(
		    str_format_size(out, rows[i].bytes), rows[i].s);
	}
	for (unsigned shift = 0; shift < 64; shift++) {
		for (uint64_t d = 0; d < 4; d++) {
			assert_true(strlen(str_format_size(
					out, (UINT64_C(1) << shift) - d)) <= 7);
		}
	}
}

static void
booleans(void **state UNUSED)
{
	struct err e = ERR_INIT;
	bool b = false;

	assert_ok(str_bool("b", "YES", &b, &e), &e);
	assert_true(b);
	assert_ok(str_bool("b", "off", &b, &e), &e);
	assert_false(b);
	assert_ok(str_bool("b", "True", &b, &e), &e);
	assert_true(b);
	assert_err(str_bool("b", "1", &b, &e), &e, ERR_INVALID);
	assert_err(str_bool("b", "", &b, &e), &e, ERR_INVALID);
	assert_true(b);
}

static void
copies(void **state UNUSED)
{
	char out[4] = "zzz";

	assert_int_equal(str_copy(out, "abcdef", sizeof(out)), 6);
	assert_string_equal(out, "abc");
	assert_int_equal(str_copy(out, "", sizeof(out)), 0);
	assert_string_equal(out, "");
	assert_int_equal(str_copy(NULL, "abc", 0), 3);
}

static void
quotes(void **state UNUSED)
{
	char out[16];

	assert_string_equal(str_quote(out, sizeof(out), "a b"), "a b");
	assert_string_equal(
	    str_quote(out, sizeof(out), "\n\x1b[\xff"), "\\n\\x1b[\\xff");
	assert_string_equal(
	    str_quote(out, sizeof(out), "'\"\\"), "\\'\\\"\\\\");
	assert_string_equal(
	    str_quote(out, sizeof(out), "123456789012345"), "123456789012345");
	assert_string_equal(
	    str_quote(out, sizeof(out), "1234567890123456"), "123456789012...");
	/* An escape is never cut in two. */
	assert_string_equal(str_quote(out, sizeof(out), "1234567890\x01_____"),
	    "1234567890...");
	assert_string_equal(str_quote(out, 4, "abcd"), "...");
	assert_string_equal(str_quote(out, 4, "abc"), "abc");
}

static void
hashes(void **state UNUSED)
{
	assert_true(str_hash("", 0) == UINT64_C(0xcbf29ce484222325));
	assert_true(str_hash("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(str_hash("foobar", 6) == UINT64_C(0x85944171f73967e8));
}

static void
finds_words(void **state UNUSED)
{
	assert_true(str_has_word("one two  three", "one"));
	assert_true(str_has_word("one two  three", "two"));
	assert_true(str_has_word("one two  three", "three"));
	assert_false(str_has_word("one two  three", "thre"));
	assert_false(str_has_word("one two  three", "twoo"));
	assert_false(str_has_word("one two  three", ""));
	assert_false(str_has_word("", "one"));
	assert_false(str_has_word(NULL, "one"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_ascii),
		cmocka_unit_test(compares),
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(takes_numbers),
		cmocka_unit_test(formats),
		cmocka_unit_test(sizes),
		cmocka_unit_test(shows_sizes),
		cmocka_unit_test(booleans),
		cmocka_unit_test(copies),
		cmocka_unit_test(quotes),
		cmocka_unit_test(hashes),
		cmocka_unit_test(finds_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
