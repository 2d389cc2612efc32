/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and the rule of host names. */
#include "unit.h"

#include "model/name.h"

typedef int parse_fn(
    const char *what, const char *s, struct pot_name *out, struct err *e);

static void
expect(parse_fn *parse, const char *s, bool is_ok)
{
	struct pot_name n = { .s = "before" };
	struct err e = ERR_INIT;

	if (is_ok) {
		assert_ok(parse("pot", s, &n, &e), &e);
		assert_string_equal(n.s, s);
		return;
	}
	assert_int_equal(parse("pot", s, &n, &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
	assert_memory_equal(e.text, "pot name", 8);
	assert_null(strchr(e.text, '\n'));
	assert_string_equal(n.s, "before");
}

static void
a_name_of(char *out, size_t len)
{
	memset(out, 'n', len);
	out[len] = '\0';
}

static void
new_names(void **state UNUSED)
{
	static const char *const good[] = { "a", "web", "Web_1-x", "0a", "1-2",
		"task_3f2504e0-4f89-11d3-9a0c-0305e82c3301" };
	static const char *const bad[] = { "", ".", "..", "-a", "_a", "a.b",
		"a/b", "../a", "a b", "a\n", "a\tb", "1", "12345", "a$b", "a*",
		"\xc3\xa4", "a\x7f", "a\"b" };
	char s[302];

	for (size_t i = 0; i < COUNT_OF(good); i++)
		expect(name_parse_new, good[i], true);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		expect(name_parse_new, bad[i], false);
	a_name_of(s, 200);
	expect(name_parse_new, s, true);
	a_name_of(s, 201);
	expect(name_parse_new, s, false);
	a_name_of(s, 300);
	expect(name_parse_new, s, false);
}

static void
dotted_names(void **state UNUSED)
{
	static const char *const good[] = { "13.1", "12", "bookworm", "a..b" };
	static const char *const bad[] = { "", ".", "..", ".a", "-a", "a/b",
		"a b", "a\n", "a:b" };

	for (size_t i = 0; i < COUNT_OF(good); i++)
		expect(name_parse_new_dotted, good[i], true);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		expect(name_parse_new_dotted, bad[i], false);
}

static void
existing_names(void **state UNUSED)
{
	static const char *const good[] = { "a b", "1", "a.b", "_x", "a$b",
		"\xc3\xa4" };
	static const char *const bad[] = { "", ".", "..", ".hidden", "-p",
		"a/b", "/", "a\nb", "a\x7f", "\x01" };
	char s[302];

	for (size_t i = 0; i < COUNT_OF(good); i++)
		expect(name_parse_existing, good[i], true);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		expect(name_parse_existing, bad[i], false);
	a_name_of(s, 300);
	expect(name_parse_existing, s, false);
}

/* Row 49 of the reference: short, exactly max, longer, another max. */
static void
host_names(void **state UNUSED)
{
	static const struct {
		const char *name, *host;
		unsigned max;
		const char *want;
	} rows[] = {
		{ "web", "example.org", 64, "web.example.org" },
		{ "web", "example.org", 15, "web.example.org" },
		{ "web", "example.org", 14, "web" },
		{ "web", "example.org", 3, "web" },
		{ "web", "example.org", 2, "we" },
		{ "web", "", 64, "web" },
		{ "web", "h", 0, "" },
		{ "web", "h", 4000, "web.h" },
	};
	char out[256];
	struct pot_name n;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_ok(name_parse_new("pot", rows[i].name, &n, &e), &e);
		memset(out, 'x', sizeof(out));
		name_hostname(&n, rows[i].host, rows[i].max, out, sizeof(out));
		assert_string_equal(out, rows[i].want);
	}
	name_hostname(&n, "host", 64, out, 3);
	assert_string_equal(out, "we");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_names),
		cmocka_unit_test(dotted_names),
		cmocka_unit_test(existing_names),
		cmocka_unit_test(host_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
