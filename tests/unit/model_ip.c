/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, alias words and hosts entries. */
#include "unit.h"

#include "base/cleanup.h"
#include "model/ip.h"

static void
families(void **state UNUSED)
{
	static const struct {
		const char *text;
		enum ip_family want;
	} rows[] = {
		{ "10.192.0.2", IP_V4 },
		{ "255.255.255.255", IP_V4 },
		{ "::", IP_V6 },
		{ "::1", IP_V6 },
		{ "2001:db8::1:2", IP_V6 },
		{ "::ffff:10.0.0.1", IP_V6 },
		{ "", IP_NONE },
		{ "10.0.0", IP_NONE },
		{ "10.0.0.256", IP_NONE },
		{ "10.0.0.1 ", IP_NONE },
		{ "0x7f.1", IP_NONE },
		{ "10.0.0.1/8", IP_NONE },
		{ "fe80::1%em0", IP_NONE },
		{ ":::1", IP_NONE },
		{ "1:2:3:4:5:6:7:8:9", IP_NONE },
		{ "host", IP_NONE },
		{ "1:2:3:4:5:6:7:8:1:2:3:4:5:6:7:8:1:2:3:4:5:6:7:8:9",
		    IP_NONE },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(ip_family(rows[i].text), rows[i].want);
}

static void
aliases(void **state UNUSED)
{
	static const char *const bad[] = { "", "em0|", "|10.0.0.1",
		"em0|em1|10.0.0.1", "em 0|10.0.0.1", "em0|10.0.0", "auto",
		"-x|10.0.0.1", "a123456789012345|::1", "em0;x|::1" };
	struct ip_alias a;
	struct err e = ERR_INIT;

	assert_ok(ip_alias_parse("10.0.0.1", &a, &e), &e);
	assert_string_equal(a.nic, "");
	assert_string_equal(a.address, "10.0.0.1");
	assert_int_equal(a.family, IP_V4);
	assert_ok(ip_alias_parse("em0.20|2001:db8::1", &a, &e), &e);
	assert_string_equal(a.nic, "em0.20");
	assert_string_equal(a.address, "2001:db8::1");
	assert_int_equal(a.family, IP_V6);
	assert_ok(ip_alias_parse("a12345678901234|::1", &a, &e), &e);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_err(ip_alias_parse(bad[i], &a, &e), &e, ERR_INVALID);
	assert_string_equal(a.address, "::1");
}

/* Row 25 of the reference. */
static void
hosts(void **state UNUSED)
{
	static const char *const bad[] = { "", "h:", ":1.2.3.4", "h", "h:1.2.3",
		"h 2:1.2.3.4", "h\n:1.2.3.4", "h:1.2.3.4\n", "h:1.2.3.4 x",
		"#h:1.2.3.4" };
	static const char *const good[][2] = {
		{ "h:1.2.3.4", "1.2.3.4 h" },
		{ "h:::1", "::1 h" },
		{ "my-host.example.org:2001:db8::1",
		    "2001:db8::1 my-host.example.org" },
	};
	struct err e = ERR_INIT;
	char *none = NULL;

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		auto_free char *stored = NULL;

		assert_ok(ip_host_parse(good[i][0], &stored, &e), &e);
		assert_string_equal(stored, good[i][1]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_err(ip_host_parse(bad[i], &none, &e), &e, ERR_INVALID);
		assert_null(none);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(families),
		cmocka_unit_test(aliases),
		cmocka_unit_test(hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
