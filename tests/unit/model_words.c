/* SPDX-License-Identifier: BSD-2-Clause */
/* Splitting by sh's rules, compared with what sh itself makes of it. */
#include "unit.h"

#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "model/words.h"

/* Words with a '|' after each. */
static void
join(const struct strv *l, struct buf *out)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_add_str(out, l->v[i]);
		buf_add_char(out, '|');
	}
}

static void
expect_plain(const char *text, const char *want)
{
	auto_strv struct strv l = STRV_INIT;
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;

	assert_ok(words_split_plain(text, &l, &e), &e);
	join(&l, &b);
	assert_string_equal(b.data, want);
}

static void
plain_lines(void **state UNUSED)
{
	expect_plain("", "");
	expect_plain("  \t ", "");
	expect_plain("# all of it 'is one", "");
	expect_plain("a b\tc", "a|b|c|");
	expect_plain(" a  b ", "a|b|");
	expect_plain("a 'b c' d", "a|b c|d|");
	expect_plain("a \"b c\" d # e", "a|b c|d|");
	expect_plain("a#b '#' \\#", "a#b|#|#|");
	expect_plain("'' \"\"", "||");
	expect_plain("a''b\"\"c", "abc|");
	expect_plain("'a\"b' \"a'b\"", "a\"b|a'b|");
	expect_plain("\"a\\\"b\\\\c\\d\\$e\"", "a\"b\\c\\d$e|");
	expect_plain("'a\\'", "a\\|");
	expect_plain("a\\ b", "a b|");
	expect_plain("a\\", "a\\|");
	expect_plain("-E A=$HOME;`x`|*", "-E|A=$HOME;`x`|*|");
	expect_plain("a\nb\v\r", "a|b\v\r|");
}

static void
open_quotes(void **state UNUSED)
{
	static const char *const bad[] = { "'", "\"", "a 'b", "a \"b",
		"\"a\\\"", "'a'b'", "\"'" };
	auto_strv struct strv l = STRV_INIT;
	struct err e = ERR_INIT;
	enum words_need need;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_err(words_split_plain(bad[i], &l, &e), &e, ERR_INVALID);
		assert_err(words_split_command(bad[i], &l, &need, &e), &e,
		    ERR_INVALID);
	}
	assert_int_equal(l.n, 0);
}

static const struct {
	const char *text;
	enum words_need need;
} commands[] = {
	{ "sh /etc/rc", WORDS_PLAIN },
	{ "nginx -g 'daemon off;'", WORDS_PLAIN },
	{ "nginx -g \"daemon off;\"", WORDS_PLAIN },
	{ "/usr/local/bin/cook", WORDS_PLAIN },
	{ "a --opt=b c=d", WORDS_PLAIN },
	{ "a '$X' '`x`' '*' \\$X \\* \\; \\#", WORDS_PLAIN },
	{ "a \"\\$X \\`b\\` ; | & < >\"", WORDS_PLAIN },
	{ "a b#c d~e ^ % ! @ ] }", WORDS_PLAIN },
	{ "a {b,c}", WORDS_EXPANDS }, /* where sh is bash */
	{ "a $", WORDS_PLAIN },
	{ "a b$ \"c$ d\"", WORDS_PLAIN },
	{ "a if then", WORDS_PLAIN },
	{ "  \t", WORDS_PLAIN },
	{ "a $X", WORDS_EXPANDS },
	{ "a \"$X\"", WORDS_EXPANDS },
	{ "$X a", WORDS_EXPANDS },
	{ "a *", WORDS_EXPANDS },
	{ "a [bc]", WORDS_EXPANDS },
	{ "a ?", WORDS_EXPANDS },
	{ "a ~/x", WORDS_EXPANDS },
	{ "a >b", WORDS_EXPANDS },
	{ "a <b 2>c", WORDS_EXPANDS },
	{ "a >b 2>&1", WORDS_EXPANDS },
	{ "a >&2", WORDS_EXPANDS },
	{ "a \\>&2", WORDS_COMPOUND },
	{ "a '>'&2", WORDS_COMPOUND },
	{ "a > &2", WORDS_COMPOUND },
	{ "a &", WORDS_COMPOUND },
	{ "a; b", WORDS_COMPOUND },
	{ "a && b", WORDS_COMPOUND },
	{ "a | b", WORDS_COMPOUND },
	{ "(a)", WORDS_COMPOUND },
	{ "a $(b 'c)", WORDS_COMPOUND },
	{ "a \"$(b \"c;d\")\"", WORDS_COMPOUND },
	{ "a `b`", WORDS_COMPOUND },
	{ "a \"`b`\"", WORDS_COMPOUND },
	{ "a ${X:-'}'}", WORDS_COMPOUND },
	{ "a $'x'", WORDS_COMPOUND },
	{ "X=1 a", WORDS_COMPOUND },
	{ "if a", WORDS_COMPOUND },
	{ "cd /x", WORDS_COMPOUND },
	{ "exec a", WORDS_COMPOUND },
	{ "'exit' 3", WORDS_COMPOUND },
	{ ". /x", WORDS_COMPOUND },
	{ "! a", WORDS_COMPOUND },
	{ "{ a", WORDS_COMPOUND },
	{ "# a", WORDS_COMPOUND },
	{ "a # b", WORDS_COMPOUND },
	{ "a\nb", WORDS_COMPOUND },
	{ "a \\\nb", WORDS_COMPOUND },
	{ "-x $A", WORDS_COMPOUND },
};

static void
tells_what_needs_a_shell(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		auto_strv struct strv l = STRV_INIT;
		struct err e = ERR_INIT;
		enum words_need need = WORDS_COMPOUND;

		assert_ok(
		    words_split_command(commands[i].text, &l, &need, &e), &e);
		if (need != commands[i].need)
			fail_msg("'%s': %d, expected %d", commands[i].text,
			    (int)need, (int)commands[i].need);
		if (need != WORDS_PLAIN)
			assert_int_equal(l.n, 0);
	}
}

/* The words /bin/sh gives to a command, by printf. */
static void
ask_sh(const char *text, struct buf *out)
{
	auto_buf struct buf script = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;
	int fds[2], status;
	pid_t pid;

	buf_add_fmt(&script, "[ $# = 0 ] || printf '%%s|' \"$@\"");
	assert_ok(io_pipe(fds, &e), &e);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		auto_buf struct buf line = BUF_INIT(BUF_TEXT_MAX);

		(void)dup2(fds[1], STDOUT_FILENO);
		buf_add_fmt(&line, "set -- %s\n%s", text, script.data);
		(void)execl("/bin/sh", "sh", "-c", line.data, (char *)NULL);
		_exit(99);
	}
	(void)close(fds[1]);
	assert_ok(io_read_all(fds[0], out, "sh", &e), &e);
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
splits_as_sh_does(void **state UNUSED)
{
	static const char *const more[] = { "'a b'c\"d e\"f\\ g",
		"\"\\a\\\\\\\"\\'\"", "a\\\\b '\\\\' \"\\\\\"", "''a '' \"\"",
		"\"'\" '\"' \\' \\\"", "a	b", "x\\y\\z" };

	for (size_t i = 0; i < COUNT_OF(commands) + COUNT_OF(more); i++) {
		const char *text = i < COUNT_OF(commands) ?
		    commands[i].text :
		    more[i - COUNT_OF(commands)];
		auto_strv struct strv l = STRV_INIT;
		auto_buf struct buf ours = BUF_INIT(BUF_TEXT_MAX);
		auto_buf struct buf theirs = BUF_INIT(BUF_TEXT_MAX);
		struct err e = ERR_INIT;
		enum words_need need;

		assert_ok(words_split_command(text, &l, &need, &e), &e);
		if (need != WORDS_PLAIN)
			continue;
		join(&l, &ours);
		ask_sh(text, &theirs);
		assert_string_equal(ours.data, theirs.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_lines),
		cmocka_unit_test(open_quotes),
		cmocka_unit_test(tells_what_needs_a_shell),
		cmocka_unit_test(splits_as_sh_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
