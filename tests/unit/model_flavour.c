/* SPDX-License-Identifier: BSD-2-Clause */
/* Flavours: row 81 of the reference, with its defects mended. */
#include "unit.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/xmalloc.h"
#include "model/flavour.h"

/* "LINE[!]:VERB|ARG|...;" per step; "!" for one that is not known. */
static void
expect(const char *text, const char *want)
{
	auto_flavour struct flavour f = FLAVOUR_INIT;
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;

	assert_ok(flavour_parse("f", text, strlen(text), &f, &e), &e);
	for (size_t i = 0; i < f.n; i++) {
		buf_add_fmt(&b, "%u%s:%s", f.v[i].line,
		    f.v[i].is_known ? "" : "!", f.v[i].verb);
		for (size_t k = 0; k < f.v[i].args.n; k++)
			buf_add_fmt(&b, "|%s", f.v[i].args.v[k]);
		buf_add_char(&b, ';');
	}
	assert_string_equal(b.data, want);
}

static void
knows_its_verbs(void **state UNUSED)
{
	static const char *const good[] = { "add-dep", "set-attribute",
		"copy-in", "copy-in-flv", "mount-in", "set-rss", "export-ports",
		"set-env" };
	static const char *const bad[] = { "set-attr", "set-hosts", "set-hook",
		"copy-out", "mount-out", "start", "destroy", "pot", "SET-ENV",
		"set-en", "set-envx", "-p" };
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		auto_free char *text = xasprintf("%s -x y\n", good[i]);
		auto_free char *want = xasprintf("1:%s|-x|y;", good[i]);

		expect(text, want);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		auto_free char *text = xasprintf("%s -x y\n", bad[i]);
		auto_free char *want = xasprintf("1!:%s|-x|y;", bad[i]);

		expect(text, want);
	}
	while (flavour_verb_at(n) != NULL)
		n++;
	assert_int_equal(n, COUNT_OF(good) + 1);
}

static void
reads_lines(void **state UNUSED)
{
	expect("", "");
	expect("\n\n# a comment\n   \t\n  # another 'one\n", "");
	expect("set-attribute -A persistent -V OFF\n\nadd-dep -P db\n",
	    "1:set-attribute|-A|persistent|-V|OFF;3:add-dep|-P|db;");
	expect("set-env -E A=1", "1:set-env|-E|A=1;");
	expect("set-env -E A=1\r\nset-env -E B=2\r\n",
	    "1:set-env|-E|A=1;2:set-env|-E|B=2;");
	expect("  set-env\t-E   A=1  \n", "1:set-env|-E|A=1;");
	expect("set-env -E \"A=b c\" -E 'D=\"e\"' # why\n",
	    "1:set-env|-E|A=b c|-E|D=\"e\";");
	expect("set-env -E A=$HOME -E B=*\n", "1:set-env|-E|A=$HOME|-E|B=*;");
	expect("copy-in -s a\\ b -d /x\n", "1:copy-in|-s|a b|-d|/x;");
	expect("mount-in -d \"\" -m /y\n", "1:mount-in|-d||-m|/y;");
}

static void
takes_a_command_as_it_is(void **state UNUSED)
{
	expect("set-cmd -c nginx -g 'daemon off;'\n",
	    "1:set-cmd|-c|nginx -g 'daemon off;';");
	expect("set-cmd -c \"/usr/local/bin/cook\"\n",
	    "1:set-cmd|-c|\"/usr/local/bin/cook\";");
	expect("set-cmd -c a 'b # c\\  \n", "1:set-cmd|-c|a 'b # c\\;");
	expect("\tset-cmd  -c  a  b\r\n", "1:set-cmd|-c|a  b;");
	expect("set-cmdx -c a\n", "1!:set-cmdx|-c|a;");
}

static void
refuses(void **state UNUSED)
{
	static const struct {
		const char *text;
		size_t len;
		enum err_code code;
		const char *says;
	} rows[] = {
		{ "add-dep -P x\nset-cmd\n", 0, ERR_INVALID,
		    "f:2: expected set-cmd -c COMMAND" },
		{ "set-cmd x\n", 0, ERR_INVALID, "f:1: expected" },
		{ "set-cmd -c\n", 0, ERR_INVALID, "f:1: expected" },
		{ "set-cmd -c  \n", 0, ERR_INVALID, "f:1: expected" },
		{ "set-cmd -cx\n", 0, ERR_INVALID, "f:1: expected" },
		{ "set-cmd -p y -c x\n", 0, ERR_INVALID, "f:1: expected" },
		{ "'set-cmd' -c x\n", 0, ERR_INVALID, "f:1: expected" },
		{ "\nset-env -E 'A=b\n", 0, ERR_INVALID,
		    "f:2: a quote is not closed" },
		{ "add-dep\0x", 9, ERR_CORRUPT, "f:1: a NUL byte" },
	};
	auto_flavour struct flavour f = FLAVOUR_INIT;
	auto_free char *big = xcalloc(2, 1 << 20);
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t len =
		    rows[i].len != 0 ? rows[i].len : strlen(rows[i].text);

		assert_int_equal(
		    flavour_parse("f", rows[i].text, len, &f, &e), -1);
		assert_int_equal(e.code, rows[i].code);
		assert_memory_equal(e.text, rows[i].says, strlen(rows[i].says));
		err_clear(&e);
	}
	assert_err(
	    flavour_parse("f", big, (1 << 20) + 1, &f, &e), &e, ERR_LIMIT);
	assert_int_equal(f.n, 0);
}

static void
put(const struct scratch *s, const char *name)
{
	int fd = openat(s->fd, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "add-dep -P x", 12), 12);
	(void)close(fd);
}

/* WANT: "COMMANDS SCRIPT" relative to the scratch directory, "-": none. */
static void
expect_find(const struct scratch *s, const char *name, const char *want)
{
	auto_flavour_files struct flavour_files f = { .commands = NULL };
	auto_free char *cwd = xasprintf("%s/cwd", s->path);
	auto_free char *dir = xasprintf("%s/flavours", s->path);
	auto_free char *got = NULL;
	size_t skip = strlen(s->path) + 1;
	struct err e = ERR_INIT;

	assert_ok(flavour_find(name, cwd, dir, &f, &e), &e);
	got = xasprintf("%s %s", f.commands == NULL ? "-" : f.commands + skip,
	    f.script == NULL ? "-" : f.script + skip);
	assert_string_equal(got, want);
}

static void
looks_up_names(void **state)
{
	struct scratch *s = *state;
	auto_flavour_files struct flavour_files f = { .commands = NULL };
	auto_free char *absolute = xasprintf("%s/cwd/sub/x", s->path);
	struct err e = ERR_INIT;

	assert_int_equal(mkdirat(s->fd, "cwd", 0755), 0);
	assert_int_equal(mkdirat(s->fd, "cwd/sub", 0755), 0);
	assert_int_equal(mkdirat(s->fd, "cwd/adir", 0755), 0);
	assert_int_equal(mkdirat(s->fd, "flavours", 0755), 0);
	put(s, "flavours/web");
	put(s, "flavours/web.sh");
	expect_find(s, "web", "flavours/web flavours/web.sh");
	put(s, "cwd/web");
	expect_find(s, "web", "cwd/web flavours/web.sh");
	expect_find(s, "./web", "cwd/./web flavours/./web.sh");
	put(s, "cwd/web.sh");
	expect_find(s, "web", "cwd/web cwd/web.sh");
	expect_find(s, "web.sh", "- cwd/web.sh");

	put(s, "flavours/only.sh");
	expect_find(s, "only", "- flavours/only.sh");
	put(s, "flavours/adir");
	expect_find(s, "adir", "flavours/adir -");
	put(s, "cwd/sub/x");
	put(s, "cwd/sub/x.sh.sh");
	expect_find(s, "sub/x", "cwd/sub/x -");
	expect_find(s, absolute, "cwd/sub/x -");
	expect_find(s, "sub/x.sh", "- cwd/sub/x.sh.sh");
	assert_int_equal(symlinkat("web", s->fd, "flavours/link"), 0);
	expect_find(s, "link", "flavours/link -");

	assert_err(flavour_find("none", s->path, "/nonexistent", &f, &e), &e,
	    ERR_NOT_FOUND);
	assert_err(
	    flavour_find("", s->path, s->path, &f, &e), &e, ERR_NOT_FOUND);
	assert_int_equal(mkfifoat(s->fd, "cwd/fifo", 0600), 0);
	assert_err(flavour_find("cwd/fifo", s->path, s->path, &f, &e), &e,
	    ERR_NOT_FOUND);
}

static void
reads_a_file(void **state)
{
	struct scratch *s = *state;
	auto_flavour struct flavour f = FLAVOUR_INIT;
	auto_free char *path = xasprintf("%s/web", s->path);
	struct err e = ERR_INIT;

	assert_err(flavour_read(path, &f, &e), &e, ERR_NOT_FOUND);
	put(s, "web");
	assert_ok(flavour_read(path, &f, &e), &e);
	assert_int_equal(f.n, 1);
	assert_string_equal(f.v[0].verb, "add-dep");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_verbs),
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(takes_a_command_as_it_is),
		cmocka_unit_test(refuses),
		scratch_test(looks_up_names),
		scratch_test(reads_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
