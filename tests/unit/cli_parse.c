/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines of a made-up command, and what syslog would be told of them.
 */
#include "unit.h"

#include "base/str.h"
#include "cli/audit.h"
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_QUIET,
	OPTION_ROW_POT("the pot"),
	{ 'f', "force", OPTION_FLAG, NULL, "force", NAMES_NONE, "a flag" },
	{ 's', "size", OPTION_VALUE, "N", "size", NAMES_NONE, "a value" },
	{ 'i', "item", OPTION_LIST, "ITEM", "item", NAMES_NONE, "a list" },
	{ 'E', "env", OPTION_SECRET, "NAME=VALUE", "env", NAMES_NONE, "" },
	{ 'o', "own", OPTION_VALUE, "X", NULL, NAMES_NONE, "its own" },
	OPTION_ROW_FORMAT,
};

static struct command command = {
	.name = "try",
	.options = options,
	.noptions = COUNT_OF(options),
	.words = "[WORD ...]",
};

/* Parse LINE, its words between blanks ('_' is a blank in a word). */
static int
parse(struct cli *c, const char *line, struct err *e)
{
	auto_strv struct strv words = STRV_INIT;

	cli_init(c, &command);
	strv_add_words(&words, line);
	for (size_t i = 0; i < words.n; i++)
		for (char *p = words.v[i]; *p != '\0'; p++)
			if (*p == '_')
				*p = ' ';
	return cli_parse(c, (int)words.n, words.v, e);
}

/* "field=value ... | word ...": all fields of the request, then words. */
static char *
shown(const struct cli *c)
{
	struct buf b = BUF_INIT(BUF_TEXT_MAX);

	for (size_t i = 0; i < c->req.names.n; i++)
		buf_add_fmt(
		    &b, "%s=%s ", c->req.names.v[i], c->req.values.v[i]);
	buf_add_char(&b, '|');
	for (size_t i = 0; i < c->words.n; i++)
		buf_add_fmt(&b, " %s", c->words.v[i]);
	return buf_take(&b);
}

static void
check(const char *line, const char *wanted)
{
	struct err e = ERR_INIT;
	struct cli c;
	char *got;

	assert_ok(parse(&c, line, &e), &e);
	got = shown(&c);
	assert_string_equal(got, wanted);
	free(got);
	cli_fini(&c);
}

static void
check_error(const char *line, const char *wanted)
{
	struct err e = ERR_INIT;
	struct cli c;

	assert_int_equal(parse(&c, line, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(e.text, wanted);
	cli_fini(&c);
}

static void
test_letters(void **state)
{
	(void)state;
	check("", "|");
	check("-f", "force=1 |");
	check("-ff", "force=1 |");
	check("-p web", "pot=web |");
	check("-pweb", "pot=web |");
	check("-fpweb", "force=1 pot=web |");
	check("-vfp web", "force=1 pot=web |");
	check("-p -f", "pot=-f |");
	check("-p --", "pot=-- |");
	check("-s 1 -s 2", "size=2 |");
	check("-s 1 -f -s 2", "force=1 size=2 |");
	check("-i a -i b", "item=a item=b |");
	check("-i a_b", "item=a b |");
	check("-o x", "|");
}

static void
test_names(void **state)
{
	(void)state;
	check("--force", "force=1 |");
	check("--pot web", "pot=web |");
	check("--pot=web", "pot=web |");
	check("--pot=", "pot= |");
	check("--env=A=B", "env=A=B |");
	check("--size=1 -s 2 --size 3", "size=3 |");
}

static void
test_words(void **state)
{
	(void)state;
	check("a b", "| a b");
	check("a -f b", "force=1 | a b");
	check("-- -f", "| -f");
	check("-f -- --", "force=1 | --");
	check("- -f", "force=1 | -");
}

static void
test_rest(void **state)
{
	(void)state;
	command.flags = COMMAND_F_REST;
	check("-f a -f b", "force=1 | a -f b");
	check("-- a --", "| a --");
	command.flags = 0;
}

static void
test_lenient(void **state)
{
	(void)state;
	command.flags = COMMAND_F_LENIENT;
	check("-f -x -f a", "force=1 | -f a");
	check("-x a", "| a");
	check_error("--xyz", "try: unknown option --xyz");
	command.flags = 0;
}

static void
test_errors(void **state)
{
	(void)state;
	check_error("-x", "try: unknown option -x");
	check_error("-fx", "try: unknown option -x");
	check_error("-p", "try: -p needs a value");
	check_error("-fp", "try: -p needs a value");
	check_error("--nothing", "try: unknown option --nothing");
	check_error("--forc", "try: unknown option --forc");
	check_error("--force=1", "try: --force takes no value");
	check_error("--pot", "try: --pot needs a value");
	check_error("--=x", "try: unknown option --");
	check_error(
	    "--format yaml", "try: --format yaml: expected text or json");
}

static void
test_switches(void **state)
{
	struct err e = ERR_INIT;
	struct cli c;

	(void)state;
	assert_ok(
	    parse(&c, "-vv --verbose -q --format json -o a --own=b", &e), &e);
	assert_int_equal(c.verbosity, 4);
	assert_true(c.quiet);
	assert_true(c.json);
	assert_false(c.wants_help);
	assert_string_equal(cli_own(&c, "own"), "b");
	assert_null(cli_own(&c, "force"));
	cli_fini(&c);
	/* The rest is not looked at: "pot X -h" always helps. */
	assert_ok(parse(&c, "-f -h -x --y", &e), &e);
	assert_true(c.wants_help);
	cli_fini(&c);
}

static void
check_audit(const char *line, const char *wanted)
{
	struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;
	struct cli c;

	assert_ok(parse(&c, line, &e), &e);
	audit_format(&c, &b);
	assert_string_equal(b.data, wanted);
	buf_fini(&b);
	cli_fini(&c);
}

static void
test_audit(void **state)
{
	(void)state;
	check_audit("", "pot-try");
	check_audit("-fp web a", "pot-try -fp web a");
	check_audit("-E A=b", "pot-try -E A=");
	check_audit("-EA=b -f", "pot-try -EA= -f");
	check_audit("-fEA=b=c", "pot-try -fEA=");
	check_audit("--env A=b x=y", "pot-try --env A= x=y");
	check_audit("--env=A=b", "pot-try --env=A=");
	check_audit("-E A -E B=c", "pot-try -E A -E B=");
	check_audit("-s a\nb", "pot-try -s a b");
	check_audit("-- -E A=b", "pot-try -- -E A=b");
}

static void
test_audit_long(void **state)
{
	static char line[3 * AUDIT_MAX];
	struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;
	struct cli c;

	(void)state;
	memset(line, '\001', sizeof(line) - 1);
	assert_ok(parse(&c, line, &e), &e);
	audit_format(&c, &b);
	assert_true(b.len < 2 * AUDIT_MAX);
	for (size_t i = 0; i < b.len; i++)
		assert_true(chr_is_print(b.data[i]));
	buf_fini(&b);
	cli_fini(&c);
}

static void
test_facility(void **state)
{
	(void)state;
	assert_int_equal(audit_facility("local2"), 18 << 3);
	assert_int_equal(audit_facility("LOCAL7"), 23 << 3);
	assert_int_equal(audit_facility("daemon"), 3 << 3);
	assert_int_equal(audit_facility("nonsense"), 18 << 3);
	assert_int_equal(audit_facility(""), 18 << 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_lenient),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_audit),
		cmocka_unit_test(test_audit_long),
		cmocka_unit_test(test_facility),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
