/* SPDX-License-Identifier: BSD-2-Clause */
/* Time and its text. */
#include "unit.h"

#include "base/clock.h"

#include <time.h>

#define S   UINT64_C(1000000000)
#define NOW (UINT64_C(1800000000) * S + 5)

static void
clocks_advance(void **state UNUSED)
{
	uint64_t a = clock_mono_ns(), b = clock_mono_ns();
	int64_t s = (int64_t)time(NULL);

	assert_true(a > 0 && b >= a);
	assert_true(clock_mono_ms() >= a / 1000000);
	assert_true(clock_real_s() >= s);
	assert_true(clock_real_ns() / S >= (uint64_t)s);
}

static void
formats(void **state UNUSED)
{
	char out[CLOCK_RFC3339_SIZE];

	assert_string_equal(
	    clock_format_rfc3339(out, 0), "1970-01-01T00:00:00.000000000Z");
	assert_string_equal(
	    clock_format_rfc3339(out, UINT64_C(1795351235) * S + 123456789),
	    "2026-11-22T12:40:35.123456789Z");
	assert_string_equal(clock_format_rfc3339(out, UINT64_MAX),
	    "2554-07-21T23:34:33.709551615Z");
}

/* The calendar agrees with the C library's, day by day. */
static void
agrees_with_libc(void **state UNUSED)
{
	struct err e = ERR_INIT;

	for (time_t t = 86399; t < 17000000000; t += 86400 * 7 + 1) {
		char ours[CLOCK_RFC3339_SIZE], libc[32];
		struct tm tm;
		uint64_t back;

		assert_non_null(gmtime_r(&t, &tm));
		assert_true(strftime(libc, sizeof(libc),
				"%Y-%m-%dT%H:%M:%S.000000000Z", &tm) > 0);
		assert_string_equal(
		    clock_format_rfc3339(ours, (uint64_t)t * S), libc);
		assert_ok(clock_parse(ours, 0, &back, &e), &e);
		assert_true(back == (uint64_t)t * S);
	}
}

static void
parses(void **state UNUSED)
{
	static const struct {
		const char *s;
		uint64_t ns;
	} rows[] = {
		{ "2026-11-22T12:40:35Z", UINT64_C(1795351235) * S },
		{ "2026-11-22t12:40:35z", UINT64_C(1795351235) * S },
		{ "2026-11-22 14:10:35+01:30", UINT64_C(1795351235) * S },
		{ "2026-11-22T04:40:35-08:00", UINT64_C(1795351235) * S },
		{ "2026-11-22T12:40:35.5Z",
		    UINT64_C(1795351235) * S + 500000000 },
		{ "2026-11-22T12:40:35.1234567891Z",
		    UINT64_C(1795351235) * S + 123456789 },
		{ "2016-12-31T23:59:60Z", UINT64_C(1483228800) * S },
		{ "2024-02-29", UINT64_C(1709164800) * S },
		{ "1970-01-01T01:00:00+01:00", 0 },
		{ "@0", 0 },
		{ "@1700000000", UINT64_C(1700000000) * S },
		{ "@18446744073", UINT64_C(18446744073) * S },
		{ "0s", NOW },
		{ "90s", NOW - 90 * S },
		{ "10m", NOW - 600 * S },
		{ "3h", NOW - 10800 * S },
		{ "2d", NOW - 172800 * S },
		{ "99999999d", 0 },
		{ "1844674407370955160d", 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err e = ERR_INIT;
		uint64_t ns = 1;

		assert_ok(clock_parse(rows[i].s, NOW, &ns, &e), &e);
		if (ns != rows[i].ns)
			fail_msg("%s: %ju, not %ju", rows[i].s, (uintmax_t)ns,
			    (uintmax_t)rows[i].ns);
	}
}

static void
refuses(void **state UNUSED)
{
	static const char *const bad[] = { "", " ", "now", "10", "10x", "10mm",
		"-5m", "m", "@", "@-1", "@1.5", "@18446744074", "2026",
		"2026-11", "2026-11-", "2026-1-22", "2026-13-01", "2026-00-01",
		"2026-02-29", "2026-11-00", "2026-11-31", "1969-12-31",
		"2554-01-01", "2026-11-22T", "2026-11-22T12:40",
		"2026-11-22T12:40:35", "2026-11-22T24:00:00Z",
		"2026-11-22T12:60:35Z", "2026-11-22T12:40:61Z",
		"2026-11-22T12:40:35.Z", "2026-11-22T12:40:35+24:00",
		"2026-11-22T12:40:35+0100", "2026-11-22T12:40:35Zx",
		"1970-01-01T00:00:00+00:01", "2026-11-22x",
		"18446744073709551616s" };

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct err e = ERR_INIT;
		uint64_t ns = 1;

		if (clock_parse(bad[i], NOW, &ns, &e) == 0)
			fail_msg("%s was accepted", bad[i]);
		assert_int_equal(e.code, ERR_INVALID);
		assert_int_equal(ns, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_advance),
		cmocka_unit_test(formats),
		cmocka_unit_test(agrees_with_libc),
		cmocka_unit_test(parses),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
