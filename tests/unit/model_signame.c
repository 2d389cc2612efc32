/* SPDX-License-Identifier: BSD-2-Clause */
/* Signal names and numbers. */
#include "unit.h"

#include <signal.h>

#include "base/str.h"
#include "base/strv.h"
#include "model/signame.h"

static void
parses(void **state UNUSED)
{
	static const struct {
		const char *text;
		int signo;
	} rows[] = {
		{ "TERM", SIGTERM },
		{ "SIGTERM", SIGTERM },
		{ "sigterm", SIGTERM },
		{ "Hup", SIGHUP },
		{ "15", SIGTERM },
		{ "9", SIGKILL },
		{ "IOT", SIGABRT },
		{ "USR1", SIGUSR1 },
	};
	struct err e = ERR_INIT;
	int signo;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_ok(signame_parse(rows[i].text, &signo, &e), &e);
		assert_int_equal(signo, rows[i].signo);
	}
	assert_ok(signame_parse("SIGRTMIN+2", &signo, &e), &e);
	assert_int_equal(signo, SIGRTMIN + 2);
	assert_ok(signame_parse("rtmax-1", &signo, &e), &e);
	assert_int_equal(signo, SIGRTMAX - 1);
	assert_ok(signame_parse("RTMIN", &signo, &e), &e);
	assert_int_equal(signo, SIGRTMIN);
}

static void
refuses(void **state UNUSED)
{
	static const char *const bad[] = { "", "SIG", "0", "-1", "999", "TER",
		"TERMX", "SIGSIGTERM", " TERM", "RTMIN-1", "RTMAX+1", "RTMIN+",
		"RTMIN+99", "RTMIN+1x", "SIGTERMSIGTERMSIGTERMSIGTERM",
		"99999999999999999999" };
	struct err e = ERR_INIT;
	int signo = 77;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_err(signame_parse(bad[i], &signo, &e), &e, ERR_INVALID);
		assert_int_equal(signo, 77);
	}
}

static void
comes_back_the_same(void **state UNUSED)
{
	char name[SIGNAME_SIZE];
	struct err e = ERR_INIT;
	int signo;

	for (int i = 1; i <= SIGRTMAX; i++) {
		assert_ok(
		    signame_parse(signame_format(name, i), &signo, &e), &e);
		assert_int_equal(signo, i);
	}
	assert_string_equal(signame_format(name, SIGABRT), "SIGABRT");
	assert_string_equal(signame_format(name, SIGRTMIN + 3), "SIGRTMIN+3");
	assert_string_equal(signame_format(name, 4242), "4242");
}

static void
lists_each_once(void **state UNUSED)
{
	auto_strv struct strv l = STRV_INIT;

	signame_list(&l);
	assert_true(strv_has(&l, "HUP") && strv_has(&l, "WINCH"));
	assert_false(strv_has(&l, "IOT"));
	assert_string_equal(l.v[0], "HUP");
	assert_string_equal(l.v[14], "TERM");
	for (size_t i = 0; i < l.n; i++)
		assert_false(str_has_prefix(l.v[i], "SIG"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(refuses),
		cmocka_unit_test(comes_back_the_same),
		cmocka_unit_test(lists_each_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
