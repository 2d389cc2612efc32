/* SPDX-License-Identifier: BSD-2-Clause */
/* A pot's command line as argv. */
#include "unit.h"

#include "model/command.h"

static void
expect_argv(const char *cmd, size_t n, const char *const want[])
{
	auto_strv struct strv l = STRV_INIT;
	struct err e = ERR_INIT;

	assert_ok(command_argv(cmd, &l, &e), &e);
	assert_int_equal(l.n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(l.v[i], want[i]);
}

#define expect(cmd, ...)                                              \
	expect_argv(cmd, COUNT_OF(((const char *[]){ __VA_ARGS__ })), \
	    (const char *[]){ __VA_ARGS__ })

/* D16: quotes mean the same whatever attribute is set. */
static void
runs_simple_commands_directly(void **state UNUSED)
{
	expect("sh /etc/rc", "sh", "/etc/rc");
	expect("nginx -g 'daemon off;'", "nginx", "-g", "daemon off;");
	expect("a \"\" '*'", "a", "", "*");
}

static void
leaves_the_rest_to_sh(void **state UNUSED)
{
	expect(
	    "nginx -g \"$OPTS\"", "/bin/sh", "-c", "exec nginx -g \"$OPTS\"");
	expect("a >/x 2>&1", "/bin/sh", "-c", "exec a >/x 2>&1");
	expect("a && b", "/bin/sh", "-c", "a && b");
	expect("cd /x", "/bin/sh", "-c", "cd /x");
}

static void
refuses(void **state UNUSED)
{
	static const char *const bad[] = { "", "  \t", "a 'b", "\"" };
	auto_strv struct strv l = STRV_INIT;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_err(command_argv(bad[i], &l, &e), &e, ERR_INVALID);
	assert_int_equal(l.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_simple_commands_directly),
		cmocka_unit_test(leaves_the_rest_to_sh),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
