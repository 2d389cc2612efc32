/* SPDX-License-Identifier: BSD-2-Clause */
/* key=value files: tolerant reading, canonical writing. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/xmalloc.h"
#include "model/conf.h"

/* TEXT parsed; the caller frees. */
static struct conf *
parse(const char *text)
{
	struct conf *c = NULL;
	struct err e = ERR_INIT;

	assert_ok(conf_parse("t", text, strlen(text), &c, &e), &e);
	return c;
}

static void
expect_text(const struct conf *c, const char *want)
{
	auto_buf struct buf b = BUF_INIT(CONF_FILE_MAX);

	conf_format(c, &b);
	assert_string_equal(b.data, want);
}

static void
expect_get(const struct conf *c, const char *key, const char *want)
{
	auto_free char *v = conf_get(c, key);

	if (want == NULL)
		assert_null(v);
	else
		assert_string_equal(v, want);
}

static void
reads_what_create_writes(void **state UNUSED)
{
	auto_conf struct conf *c = parse("pot.level=1\n"
					 "pot.type=multi\n"
					 "host.hostname=\"web.example.org\"\n"
					 "pot.cmd=nginx -g 'daemon off;'\n"
					 "pot.env=\"A=b=c\"\n"
					 "pot.env=\"D=\\\"e\\\"\"\n");
	auto_strv struct strv env = STRV_INIT;

	assert_string_equal(conf_raw(c, "pot.level"), "1");
	expect_get(c, "host.hostname", "web.example.org");
	assert_string_equal(
	    conf_raw(c, "host.hostname"), "\"web.example.org\"");
	expect_get(c, "pot.cmd", "nginx -g 'daemon off;'");
	expect_get(c, "pot.base", NULL);
	expect_get(c, "pot.leve", NULL);
	expect_get(c, "pot.level2", NULL);
	conf_all(c, "pot.env", &env);
	assert_int_equal(env.n, 2);
	assert_string_equal(env.v[0], "\"A=b=c\"");
	assert_string_equal(env.v[1], "\"D=\\\"e\\\"\"");
}

static void
is_tolerant(void **state UNUSED)
{
	auto_conf struct conf *c = parse("# a comment\r\n"
					 "\r\n"
					 "  pot.type =  \"single\" \r\n"
					 "pot.level=0\n"
					 "pot.level=1\n"
					 "pot.dns=\n"
					 "\t# another\n"
					 "pot.base=a \"b\" c\n"
					 "pot.odd=\"\n"
					 "ip=10.0.0.1");

	expect_get(c, "pot.type", "single");
	assert_string_equal(conf_raw(c, "pot.type"), "  \"single\" ");
	expect_get(c, "pot.level", "1");
	expect_get(c, "pot.dns", "");
	expect_get(c, "pot.base", "a \"b\" c");
	expect_get(c, "pot.odd", "\"");
	expect_get(c, "ip", "10.0.0.1");
	expect_text(c,
	    "# a comment\n\npot.type=  \"single\" \npot.level=0\n"
	    "pot.level=1\npot.dns=\n\t# another\npot.base=a \"b\" c\n"
	    "pot.odd=\"\nip=10.0.0.1\n");
}

static void
refuses_what_is_no_conf(void **state UNUSED)
{
	static const struct {
		const char *text;
		size_t len;
		const char *says;
	} rows[] = {
		{ "a=b\nhello\n", 10, "t:2: 'hello': expected key=value" },
		{ "=b\n", 3, "t:1: '=b': expected key=value" },
		{ " =b\n", 4, "t:1: ' =b': expected key=value" },
		{ "a=b\npot.attr.to-be-pr", 21, "t:2: 'pot.attr.to-be-pr'" },
		{ "a=b\n\nc=\0d\n", 10, "t:3: a NUL byte" },
		{ "\0", 1, "t:1: a NUL byte" },
		{ "\xef\xbb\xbfpot.level=1\n", 15,
		    "t:1: '\\xef\\xbb\\xbfpot.level=1'" },
		{ "a=1\n\x01\x02=\x03\n", 8, "t:2: '\\x01" },
		{ "\x7f"
		  "ELF\x02\x01",
		    6, "t:1: '\\x7fELF\\x02\\x01'" },
	};
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct conf *c = NULL;

		assert_int_equal(
		    conf_parse("t", rows[i].text, rows[i].len, &c, &e), -1);
		assert_null(c);
		assert_non_null(strstr(e.text, rows[i].says));
		assert_int_equal(e.code, ERR_CORRUPT);
		err_clear(&e);
	}
}

static void
bounds_the_size(void **state UNUSED)
{
	auto_free char *text = xmalloc(CONF_FILE_MAX + 1);
	struct err e = ERR_INIT;
	struct conf *c = NULL;

	memset(text, 'x', CONF_FILE_MAX + 1);
	text[1] = '=';
	assert_ok(conf_parse("t", text, CONF_FILE_MAX, &c, &e), &e);
	assert_int_equal(strlen(conf_raw(c, "x")), CONF_FILE_MAX - 2);
	conf_free(c);
	c = NULL;
	assert_err(
	    conf_parse("t", text, CONF_FILE_MAX + 1, &c, &e), &e, ERR_LIMIT);
	assert_null(c);
}

static void
sets_in_place(void **state UNUSED)
{
	auto_conf struct conf *c = parse("a=1\n# c\nb=1\na=2\nx=y\na=3\n");

	conf_set(c, "a", "9");
	expect_text(c, "a=9\n# c\nb=1\nx=y\n");
	conf_set(c, "new", "1 = 2");
	expect_text(c, "a=9\n# c\nb=1\nx=y\nnew=1 = 2\n");
	conf_set(c, "a", conf_raw(c, "a"));
	expect_text(c, "a=9\n# c\nb=1\nx=y\nnew=1 = 2\n");
	conf_remove(c, "b");
	conf_remove(c, "none");
	expect_text(c, "a=9\n# c\nx=y\nnew=1 = 2\n");
}

static void
keeps_repeated_keys(void **state UNUSED)
{
	auto_conf struct conf *c = conf_new();
	auto_strv struct strv l = STRV_INIT;

	conf_add(c, "pot.depend", "a");
	conf_add(c, "pot.depend", "b");
	conf_add(c, "pot.depend", "a");
	assert_true(conf_remove_value(c, "pot.depend", "a"));
	assert_false(conf_remove_value(c, "pot.depend", "a"));
	conf_all(c, "pot.depend", &l);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.v[0], "b");
	conf_remove(c, "pot.depend");
	assert_null(conf_raw(c, "pot.depend"));
	expect_text(c, "");
}

static void
lists_lines(void **state UNUSED)
{
	auto_conf struct conf *c = parse("a=1\n# c\nb=2\n");
	const char *key, *value;

	assert_true(conf_line(c, 0, &key, &value));
	assert_string_equal(key, "a");
	assert_string_equal(value, "1");
	assert_true(conf_line(c, 1, &key, &value));
	assert_string_equal(key, "");
	assert_string_equal(value, "# c");
	assert_true(conf_line(c, 2, &key, &value));
	assert_string_equal(key, "b");
	assert_false(conf_line(c, 3, &key, &value));
}

static void
values_are_one_line(void **state UNUSED)
{
	assert_true(conf_value_is_ok(""));
	assert_true(conf_value_is_ok("a \t$`\\\" = b"));
	assert_false(conf_value_is_ok("a\nb"));
	assert_false(conf_value_is_ok("a\r"));
}

static void
goes_through_a_file(void **state)
{
	struct scratch *s = *state;
	auto_conf struct conf *c = parse("# c\na=\"b\"\n"), *again = NULL;
	struct err e = ERR_INIT;

	assert_ok(conf_write(c, s->fd, "pot.conf", 0, &e), &e);
	assert_ok(
	    conf_read(s->fd, "pot.conf", "pot t: pot.conf", &again, &e), &e);
	expect_text(again, "# c\na=\"b\"\n");
}

static void
names_the_file(void **state)
{
	struct scratch *s = *state;
	struct conf *c = NULL;
	struct err e = ERR_INIT;
	int fd;

	assert_int_equal(
	    conf_read(s->fd, "none", "pot t: pot.conf", &c, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(e.text, "pot t: pot.conf: not found");
	err_clear(&e);

	/* A FIFO is no file to wait for, a link is not followed. */
	assert_int_equal(mkfifoat(s->fd, "fifo", 0600), 0);
	assert_int_equal(
	    conf_read(s->fd, "fifo", "pot t: pot.conf", &c, &e), -1);
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_string_equal(e.text, "pot t: pot.conf: not a regular file");
	err_clear(&e);
	assert_int_equal(symlinkat("/etc/passwd", s->fd, "link"), 0);
	assert_int_equal(conf_read(s->fd, "link", "t", &c, &e), -1);
	err_clear(&e);

	fd = openat(s->fd, "huge", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(ftruncate(fd, (off_t)CONF_FILE_MAX + 1), 0);
	(void)close(fd);
	assert_err(conf_read(s->fd, "huge", "t", &c, &e), &e, ERR_LIMIT);
	assert_null(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_create_writes),
		cmocka_unit_test(is_tolerant),
		cmocka_unit_test(refuses_what_is_no_conf),
		cmocka_unit_test(bounds_the_size),
		cmocka_unit_test(sets_in_place),
		cmocka_unit_test(keeps_repeated_keys),
		cmocka_unit_test(lists_lines),
		cmocka_unit_test(values_are_one_line),
		scratch_test(goes_through_a_file),
		scratch_test(names_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
