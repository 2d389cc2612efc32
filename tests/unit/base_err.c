/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors: filling, wrapping, cutting, the pipe. */
#include "unit.h"

#include <errno.h>

static void
sets_and_clears(void **state UNUSED)
{
	struct err e = ERR_INIT;

	assert_false(err_is_set(&e));
	assert_int_equal(err_set(&e, ERR_LIMIT, "blob %d", 7), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(e.sys, 0);
	assert_string_equal(e.text, "blob 7");
	assert_int_equal(err_wrap(&e, "pot %s", "web"), -1);
	assert_string_equal(e.text, "pot web: blob 7");
	assert_int_equal(err_recode(&e, ERR_CORRUPT), -1);
	assert_int_equal(e.code, ERR_CORRUPT);
	err_clear(&e);
	assert_false(err_is_set(&e));
	assert_string_equal(e.text, "");
}

static void
follows_errno(void **state UNUSED)
{
	static const struct {
		int sys;
		enum err_code code;
	} rows[] = { { ENOENT, ERR_NOT_FOUND }, { EACCES, ERR_DENIED },
		{ EPERM, ERR_DENIED }, { EROFS, ERR_DENIED },
		{ EEXIST, ERR_EXISTS }, { ENOSPC, ERR_NO_SPACE },
		{ EDQUOT, ERR_NO_SPACE }, { ENOSYS, ERR_UNSUPPORTED },
		{ EOPNOTSUPP, ERR_UNSUPPORTED }, { EIO, ERR_SYSTEM } };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err e = ERR_INIT;
		char want[200];

		errno = rows[i].sys;
		assert_int_equal(err_sys(&e, "x %d", 1), -1);
		assert_int_equal(e.code, rows[i].code);
		assert_int_equal(e.sys, rows[i].sys);
		assert_int_equal(errno, rows[i].sys);
		(void)snprintf(
		    want, sizeof(want), "x 1: %s", strerror(rows[i].sys));
		assert_string_equal(e.text, want);
	}
}

/* A text of exactly the size fits, one byte more is cut and marked. */
static void
cuts_long_texts(void **state UNUSED)
{
	struct err e = ERR_INIT;
	char s[ERR_TEXT_SIZE + 10];

	memset(s, 'x', sizeof(s));
	s[ERR_TEXT_SIZE - 1] = '\0';
	(void)err_set(&e, ERR_INVALID, "%s", s);
	assert_string_equal(e.text, s);
	(void)err_wrap(&e, "a");
	assert_int_equal(strlen(e.text), ERR_TEXT_SIZE - 1);
	assert_memory_equal(e.text, "a: xxx", 6);
	assert_string_equal(e.text + ERR_TEXT_SIZE - 4, "...");

	err_clear(&e);
	s[ERR_TEXT_SIZE - 1] = 'x';
	s[ERR_TEXT_SIZE] = '\0';
	errno = EIO;
	(void)err_sys(&e, "%s", s);
	assert_int_equal(strlen(e.text), ERR_TEXT_SIZE - 1);
	assert_string_equal(e.text + ERR_TEXT_SIZE - 4, "...");
}

static void
has_word_and_status(void **state UNUSED)
{
	static const struct {
		enum err_code code;
		const char *word;
		int status;
	} rows[] = {
#define ERR_CODE(name, code_word, exit_status) \
	{ ERR_##name, code_word, exit_status },
#include "base/err_codes.def"
#undef ERR_CODE
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(rows[i].code, i);
		assert_string_equal(err_code_word(rows[i].code), rows[i].word);
		assert_int_equal(err_code_status(rows[i].code), rows[i].status);
	}
	assert_string_equal(err_code_word((enum err_code)1000), "system");
	assert_int_equal(err_code_status((enum err_code)1000), 1);
}

static void
crosses_a_pipe(void **state UNUSED)
{
	struct err e = ERR_INIT, got = ERR_INIT;
	int p[2];

	assert_return_code(pipe(p), 0);
	errno = ENOENT;
	(void)err_sys(&e, "etc/rc");
	assert_int_equal(err_send(p[1], &e), 0);
	(void)close(p[1]);
	assert_int_equal(err_recv(p[0], &got), 1);
	assert_memory_equal(&got, &e, sizeof(e));
	err_clear(&got);
	assert_int_equal(err_recv(p[0], &got), 0);
	assert_false(err_is_set(&got));
	(void)close(p[0]);
	assert_err(err_recv(p[0], &got), &got, ERR_SYSTEM);
}

/* What the writer sends is not trusted. */
static void
refuses_garbage(void **state UNUSED)
{
	struct err sound = { .code = ERR_LIMIT, .text = "x" }, bad[3], got;
	size_t len[] = { sizeof(sound), sizeof(sound), 100 };

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		bad[i] = sound;
	bad[0].code = (enum err_code)77;
	memset(bad[1].text, 'x', sizeof(bad[1].text));
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		int p[2];

		assert_return_code(pipe(p), 0);
		assert_int_equal(write(p[1], &bad[i], len[i]), len[i]);
		(void)close(p[1]);
		got = (struct err)ERR_INIT;
		assert_err(err_recv(p[0], &got), &got, ERR_CORRUPT);
		(void)close(p[0]);
	}
}

static void
set_twice(void)
{
	struct err e = ERR_INIT;

	(void)err_set(&e, ERR_LIMIT, "one");
	(void)err_set(&e, ERR_LIMIT, "two");
}

static void
sys_after_set(void)
{
	struct err e = ERR_INIT;

	(void)err_set(&e, ERR_LIMIT, "one");
	(void)err_sys(&e, "two");
}

static void
wrap_nothing(void)
{
	struct err e = ERR_INIT;

	(void)err_wrap(&e, "one");
}

static void
misuse_aborts(void **state UNUSED)
{
	assert_true(aborts(set_twice));
	assert_true(aborts(sys_after_set));
	assert_true(aborts(wrap_nothing));
}

static void
pardons_one_kind(void **state UNUSED)
{
	struct err e = ERR_INIT;

	assert_int_equal(err_set(&e, ERR_NOT_FOUND, "x"), -1);
	assert_int_equal(err_pardon(&e, ERR_EXISTS), -1);
	assert_string_equal(e.text, "x");
	assert_int_equal(err_pardon(&e, ERR_NOT_FOUND), 0);
	assert_false(err_is_set(&e));
}

/* A name with an escape sequence or a line of its own in it. */
static void
shows_control_characters(void **state UNUSED)
{
	struct err e = ERR_INIT;
	char many[ERR_TEXT_SIZE];

	err_set(&e, ERR_INVALID, "pot a\033[2Jb\nc: \xc3\xa9 \xc2\x9b'\\");
	assert_string_equal(
	    e.text, "pot a\\x1b[2Jb\\nc: \xc3\xa9 \\xc2\\x9b'\\");
	err_wrap(&e, "x\177");
	assert_memory_equal(e.text, "x\\x7f: pot a\\x1b[", 16);
	err_clear(&e);
	memset(many, '\a', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	err_set(&e, ERR_INVALID, "%s", many);
	assert_int_equal(strcmp(e.text + strlen(e.text) - 7, "\\x07..."), 0);
	assert_int_equal(strspn(e.text, "\\x07."), strlen(e.text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_and_clears),
		cmocka_unit_test(follows_errno),
		cmocka_unit_test(cuts_long_texts),
		cmocka_unit_test(has_word_and_status),
		cmocka_unit_test(crosses_a_pipe),
		cmocka_unit_test(refuses_garbage),
		cmocka_unit_test(misuse_aborts),
		cmocka_unit_test(pardons_one_kind),
		cmocka_unit_test(shows_control_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
