/* SPDX-License-Identifier: BSD-2-Clause */
/* The framework's configuration: our parser, the shell's part, the cache. */
#include "unit.h"

#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "model/framework.h"
#include "model/framework_impl.h"

static void
framework_cleanup(struct framework **fp)
{
	framework_free(*fp);
}
#define auto_framework __attribute__((cleanup(framework_cleanup)))

/* What parsing TEXT gives: 0, 1 or -1, "NAME=VALUE|" for each in OUT, and
 * the line of a 1 behind it. */
static int
parse(const char *text, struct buf *out, struct err *e)
{
	auto_strv struct strv names = STRV_INIT, values = STRV_INIT;
	unsigned line = 0;
	int rc =
	    framework_parse("f", text, strlen(text), &names, &values, &line, e);

	assert_int_equal(names.n, values.n);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		buf_add_fmt(out, "%s=%s|", names.v[i], values.v[i]);
	if (rc == 1)
		buf_add_fmt(out, "%u", line);
	return rc;
}

static const char *const plain[][2] = {
	{ "", "" },
	{ "# only a comment", "" },
	{ "\n\n  \t\n", "" },
	{ "A=b", "A=b|" },
	{ "A=b\nC=d\n", "A=b|C=d|" },
	{ "  A=b   # comment\n", "A=b|" },
	{ "A=b#c\n", "A=b#c|" },
	{ "A=b C=d\n", "A=b|C=d|" },
	{ "A=1\nA=2\n", "A=2|" },
	{ "A=\n", "A=|" },
	{ "A='b c'\n", "A=b c|" },
	{ "A=\"b c\"\n", "A=b c|" },
	{ "A='b'\"c\"d\n", "A=bcd|" },
	{ "A='$X `x` \\ \"'\n", "A=$X `x` \\ \"|" },
	{ "A=\"\\$X \\\" \\\\ \\a '\"\n", "A=$X \" \\ \\a '|" },
	{ "A=b\\ c\\#\\$\n", "A=b c#$|" },
	{ "A=b\\\nc\n", "A=bc|" },
	{ "A=\"b\\\nc\"\n", "A=bc|" },
	{ "A=b \\\n C=d\n", "A=b|C=d|" },
	{ "A='b\nc'\nD=e\n", "A=b\nc|D=e|" },
	{ "A=b\nC=$A/x\nD=${A}y\n", "A=b|C=b/x|D=by|" },
	{ "A=b\nC=\"$A $A\"\n", "A=b|C=b b|" },
	{ "A='x  *'\nC=$A\n", "A=x  *|C=x  *|" },
	{ "A=$\nB=a$/b\n", "A=$|B=a$/b|" },
	{ "A=*?[x]{a,b}!%^~=:\n", "A=*?[x]{a,b}!%^~=:|" },
	{ "_a1=x\n", "_a1=x|" },
	{ "POT_EXTRA_EXTIF=\"em1 em2\"\nPOT_NETWORK_em1=10.0.0.0/8\n",
	    "POT_EXTRA_EXTIF=em1 em2|POT_NETWORK_em1=10.0.0.0/8|" },
};

static void
parses_assignments(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(plain); i++) {
		auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
		struct err e = ERR_INIT;

		assert_ok(parse(plain[i][0], &b, &e), &e);
		assert_string_equal(b.data, plain[i][1]);
	}
}

/* What sh would not take, or take otherwise, and we do. */
static void
is_tolerant(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "A=b\r\nC='d'\r\n", "A=b|C=d|" },
		{ "A=b\r", "A=b|" },
		/* D36: an interface may have a dot. */
		{ "POT_NETWORK_em0.20=10.0.0.0/8\n",
		    "POT_NETWORK_em0.20=10.0.0.0/8|" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
		struct err e = ERR_INIT;

		assert_ok(parse(rows[i][0], &b, &e), &e);
		assert_string_equal(b.data, rows[i][1]);
	}
}

static void
leaves_the_rest_to_a_shell(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "A=b\nexport A\n", "2" },
		{ "A=b command\n", "1" },
		{ "POT_EXTRA_EXTIF=em1 em2\n", "1" },
		{ "A=b; C=d\n", "1" },
		{ "A=$(hostname)\n", "1" },
		{ "A=`hostname`\n", "1" },
		{ "A=\"`hostname`\"\n", "1" },
		{ "A=\"$(hostname)\"\n", "1" },
		{ "A=$UNKNOWN\n", "1" },
		{ "A=1\nB=${A:-x}\n", "2" },
		{ "A=${\n", "1" },
		{ "A=$1\n", "1" },
		{ "A=$?\n", "1" },
		{ "A=~/x\n", "1" },
		{ "A=x:~/x\n", "1" },
		{ "A=(b c)\n", "1" },
		{ "A=b|c\n", "1" },
		{ "A=b&\n", "1" },
		{ "A=b>c\n", "1" },
		{ "if true; then A=b; fi\n", "1" },
		{ ". /etc/rc.conf\n", "1" },
		{ "A.b=c\n", "1" },
		{ "1A=b\n", "1" },
		{ "A =b\n", "1" },
		{ "=b\n", "1" },
		{ "'A=b'\n", "1" },
		{ "\xef\xbb\xbf"
		  "A=b\n",
		    "1" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
		struct err e = ERR_INIT;
		int rc = parse(rows[i][0], &b, &e);

		if (rc != 1 || strcmp(b.data, rows[i][1]) != 0)
			fail_msg("'%s': %d, '%s' %s", rows[i][0], rc, b.data,
			    e.text);
	}
}

static void
refuses_what_no_shell_takes(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "A=1\nB='c\nd\n", "f:2: a quote is not closed" },
		{ "A=\"", "f:1: a quote is not closed" },
		{ "A=\"b\\\"", "f:1: a quote is not closed" },
	};
	auto_strv struct strv n = STRV_INIT, v = STRV_INIT;
	auto_buf struct buf many = BUF_INIT(FRAMEWORK_FILE_MAX + 1);
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;
	unsigned line = 0;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(parse(rows[i][0], &b, &e), -1);
		assert_int_equal(e.code, ERR_CORRUPT);
		assert_string_equal(e.text, rows[i][1]);
		err_clear(&e);
	}
	assert_int_equal(
	    framework_parse("f", "A=1\nB=\0\n", 8, &n, &v, &line, &e), -1);
	assert_string_equal(e.text, "f:2: a control character: not a text");
	err_clear(&e);

	/* A value that doubles with each line ends somewhere. */
	buf_add_str(&many, "A=0123456789\n");
	for (int i = 0; i < 60; i++)
		buf_add_str(&many, "A=$A$A\n");
	assert_err(parse(many.data, &b, &e), &e, ERR_LIMIT);
	buf_clear(&many);
	for (int i = 0; i <= (int)FRAMEWORK_ASSIGN_MAX; i++)
		buf_add_fmt(&many, "A%d=\n", i);
	assert_err(parse(many.data, &b, &e), &e, ERR_LIMIT);
	buf_clear(&many);
	while (!many.is_full)
		buf_add_str(&many, "#\n");
	assert_err(parse(many.data, &b, &e), &e, ERR_LIMIT);
}

/* A root of ours with a configuration. */
struct root {
	const char *prefix;
	struct platform platform;
	struct log log;
	int evaluations;
	char said[400];
};

static void
on_log(void *arg, enum log_level level, const char *text)
{
	struct root *r = arg;

	assert_int_equal(level, LOG_LEVEL_WARN);
	r->evaluations++;
	(void)snprintf(r->said, sizeof(r->said), "%s", text);
}

static void
root_init(struct root *r, const struct scratch *s)
{
	auto_free char *dir = xasprintf("%s/etc/pot", s->path);
	struct err e = ERR_INIT;

	memset(r, 0, sizeof(*r));
	r->prefix = s->path;
	assert_ok(dir_make_path(dir, 0755, &e), &e);
	r->platform.name = "test";
	r->platform.default_fs_root = "/var/lib/pot";
	r->platform.default_run_dir = s->path;
	r->platform.default_storage = "overlay";
	r->log = (struct log){
		.fn = on_log,
		.arg = r,
		.max = LOG_LEVEL_DEBUG,
	};
}

static void
put(const struct scratch *s, const char *name, const char *text)
{
	auto_close int dir = openat(s->fd, "etc/pot", O_RDONLY | O_DIRECTORY);
	struct err e = ERR_INIT;

	assert_true(dir >= 0);
	assert_ok(file_write(dir, name, text, strlen(text), 0644, 0, &e), &e);
}

static int
load(struct root *r, struct framework **out, struct err *e)
{
	return framework_load(r->prefix, &r->platform, &r->log, out, e);
}

/* Who names a dataset wants it to be used. */
static void
a_dataset_is_a_driver(void **state)
{
	static const struct {
		const char *conf, *driver;
	} rows[] = {
		{ "", "overlay" },
		{ "POT_ZFS_ROOT=zroot/pot\n", "overlay" },
		{ "POT_ZFS_ROOT=tank/pot\n", "zfs" },
		{ "POT_ZFS_ROOT=tank/pot\nPOT_STORAGE=dir\n", "dir" },
	};
	struct root r;

	root_init(&r, *state);
	put(*state, "pot.default.conf", "POT_ZFS_ROOT=zroot/pot\n");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		auto_framework struct framework *f = NULL;
		struct err e = ERR_INIT;

		put(*state, "pot.conf", rows[i].conf);
		assert_ok(load(&r, &f, &e), &e);
		assert_string_equal(
		    framework_get(f, FW_STORAGE), rows[i].driver);
	}
}

static void
loads_both_files(void **state)
{
	auto_framework struct framework *f = NULL;
	struct root r;
	struct err e = ERR_INIT;
	auto_free char *flavours = NULL;

	root_init(&r, *state);
	put(*state, "pot.default.conf",
	    "# defaults\nPOT_FS_ROOT=/opt/pot/\nPOT_GROUP=\n"
	    "POT_EXTIF=em0\nPOT_CACHE=$POT_FS_ROOT/cache\n");
	put(*state, "pot.conf",
	    "POT_EXTIF='re0'\nPOT_EXTRA_EXTIF=\"em1 em2\"\n"
	    "POT_NETWORK_em1=192.168.0.0/24\nMINE=1\n");
	assert_ok(load(&r, &f, &e), &e);
	assert_int_equal(r.evaluations, 0);
	assert_string_equal(framework_get(f, FW_FS_ROOT), "/opt/pot");
	assert_string_equal(framework_get(f, FW_CACHE), "/opt/pot//cache");
	assert_string_equal(framework_get(f, FW_EXTIF), "re0");
	assert_string_equal(framework_get(f, FW_GROUP), "pot");
	assert_string_equal(framework_get(f, FW_EXTRA_EXTIF), "em1 em2");
	assert_string_equal(framework_get(f, FW_STORAGE), "overlay");
	assert_string_equal(framework_get(f, FW_RUN_DIR), r.prefix);
	assert_string_equal(framework_get(f, FW_HOSTNAME_MAX), "64");
	assert_string_equal(framework_get(f, FW_PUBKEY), "");
	assert_string_equal(
	    framework_other(f, "POT_NETWORK_em1"), "192.168.0.0/24");
	assert_string_equal(framework_other(f, "MINE"), "1");
	assert_null(framework_other(f, "POT_NETWORK_em2"));
	assert_null(framework_other(f, "POT_EXTIF"));
	flavours = xasprintf("%s/etc/pot/flavours", r.prefix);
	assert_string_equal(f->flavour_dir, flavours);
}

static void
has_defaults(void **state)
{
	auto_framework struct framework *f = NULL;
	struct root r;
	struct err e = ERR_INIT;

	root_init(&r, *state);
	put(*state, "pot.default.conf", "");
	assert_ok(load(&r, &f, &e), &e);
	assert_string_equal(framework_get(f, FW_FS_ROOT), "/var/lib/pot");
	assert_string_equal(framework_get(f, FW_NETWORK), "10.192.0.0/10");
	assert_string_equal(framework_get(f, FW_EXTIF), "");
	for (int i = 0; i < FW_COUNT; i++)
		assert_non_null(framework_get(f, (enum framework_var)i));
}

static void
refuses(void **state)
{
	struct scratch *s = *state;
	struct framework *f = NULL;
	struct root r;
	struct err e = ERR_INIT;

	root_init(&r, s);
	assert_int_equal(load(&r, &f, &e), -1);
	assert_non_null(strstr(e.text, "pot.default.conf"));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	err_clear(&e);
	put(s, "pot.default.conf", "POT_FS_ROOT=relative/path\n");
	assert_int_equal(load(&r, &f, &e), -1);
	assert_non_null(strstr(e.text, "POT_FS_ROOT 'relative/path'"));
	err_clear(&e);
	put(s, "pot.default.conf", "POT_LOG_DIR=//\n");
	assert_err(load(&r, &f, &e), &e, ERR_INVALID);
	put(s, "pot.default.conf", "");
	put(s, "pot.conf", "A=1\nB='\n");
	assert_int_equal(load(&r, &f, &e), -1);
	assert_non_null(strstr(e.text, "pot.conf:2: a quote"));
	err_clear(&e);
	put(s, "pot.conf",
	    "\x7f"
	    "ELF\x02");
	assert_err(load(&r, &f, &e), &e, ERR_CORRUPT);
	assert_int_equal(unlinkat(s->fd, "etc/pot/pot.conf", 0), 0);
	assert_int_equal(mkfifoat(s->fd, "etc/pot/pot.conf", 0600), 0);
	assert_err(load(&r, &f, &e), &e, ERR_CORRUPT);
	assert_null(f);
}

static void
asks_a_shell(void **state)
{
	auto_framework struct framework *f = NULL;
	struct root r;
	struct err e = ERR_INIT;

	root_init(&r, *state);
	put(*state, "pot.default.conf", "POT_FS_ROOT=/opt/pot\n");
	put(*state, "pot.conf",
	    "# comment\n"
	    "echo noise\n"
	    "if [ -n \"$POT_FS_ROOT\" ]; then\n"
	    "	POT_CACHE=$POT_FS_ROOT/c; fi\n"
	    "POT_EXTRA_EXTIF=\"$(printf 'em1\\nem2')\"\n"
	    "POT_NETWORK_em1='a b'\n"
	    "POT_TMP=${HOME:-/empty}\n");
	assert_ok(load(&r, &f, &e), &e);
	assert_string_equal(framework_get(f, FW_FS_ROOT), "/opt/pot");
	assert_string_equal(framework_get(f, FW_CACHE), "/opt/pot/c");
	assert_string_equal(framework_get(f, FW_EXTRA_EXTIF), "em1\nem2");
	assert_string_equal(framework_other(f, "POT_NETWORK_em1"), "a b");
	/* Nothing of the caller's environment. */
	assert_string_equal(framework_get(f, FW_TMP), "/empty");
	assert_int_equal(r.evaluations, 1);
	assert_non_null(strstr(r.said, "etc/pot/pot.conf:2: "));
	assert_non_null(strstr(r.said, "said: noise"));
}

static void
says_what_the_shell_said(void **state)
{
	struct framework *f = NULL;
	struct root r;
	struct err e = ERR_INIT;

	root_init(&r, *state);
	put(*state, "pot.default.conf", "");
	put(*state, "pot.conf", "A=1\nif true; then\n");
	assert_int_equal(load(&r, &f, &e), -1);
	assert_non_null(strstr(e.text, "pot.conf:2: "));
	assert_int_equal(e.code, ERR_CHILD);
	err_clear(&e);
	put(*state, "pot.conf", "exit 0\n");
	assert_int_equal(load(&r, &f, &e), -1);
	assert_non_null(strstr(e.text, "pot.conf:1: "));
	assert_null(f);
}

/* Nobody gets a command run as root by writing to a configuration. */
static void
asks_no_shell_for_a_stranger(void **state)
{
	struct scratch *s = *state;
	struct framework *f = NULL;
	struct root r;
	struct err e = ERR_INIT;

	root_init(&r, s);
	put(s, "pot.default.conf", "");
	put(s, "pot.conf", "true\n");
	assert_int_equal(fchmodat(s->fd, "etc/pot/pot.conf", 0664, 0), 0);
	assert_err(load(&r, &f, &e), &e, ERR_DENIED);
	assert_int_equal(fchmodat(s->fd, "etc/pot/pot.conf", 0646, 0), 0);
	assert_err(load(&r, &f, &e), &e, ERR_DENIED);
	assert_int_equal(fchmodat(s->fd, "etc/pot/pot.conf", 0644, 0), 0);
	if (geteuid() == 0) {
		assert_int_equal(
		    fchownat(s->fd, "etc/pot/pot.conf", 65534, 0, 0), 0);
		assert_err(load(&r, &f, &e), &e, ERR_DENIED);
		/* Plain assignments harm nobody. */
		put(s, "pot.conf", "POT_EXTIF=em9\n");
		assert_int_equal(
		    fchownat(s->fd, "etc/pot/pot.conf", 65534, 0, 0), 0);
		assert_ok(load(&r, &f, &e), &e);
		framework_free(f);
	}
}

/* How often was the shell asked, by what the configuration itself did? */
static size_t
count_of_runs(const struct scratch *s)
{
	auto_buf struct buf b = BUF_INIT(1000);
	struct err e = ERR_INIT;

	assert_ok(file_read(s->fd, "runs", &b, &e), &e);
	return b.len;
}

static char *
cache_file(const struct scratch *s)
{
	auto_strv struct strv l = STRV_INIT;
	struct err e = ERR_INIT;

	assert_ok(dir_list(s->fd, &l, &e), &e);
	for (size_t i = 0; i < l.n; i++) {
		if (strncmp(l.v[i], "config.", 7) == 0)
			return xstrdup(l.v[i]);
	}
	return NULL;
}

static void
load_and_free(struct root *r)
{
	struct framework *f = NULL;
	struct err e = ERR_INIT;

	assert_ok(load(r, &f, &e), &e);
	assert_string_equal(framework_get(f, FW_EXTIF), "em7");
	framework_free(f);
}

static void
asks_the_shell_once(void **state)
{
	struct scratch *s = *state;
	auto_free char *text = NULL, *cache = NULL;
	struct root r;

	if (geteuid() != 0)
		skip();
	root_init(&r, s);
	put(s, "pot.default.conf", "");
	text =
	    xasprintf("printf x >>%s/runs\nPOT_EXTIF=$(echo em7)\n", s->path);
	put(s, "pot.conf", text);
	load_and_free(&r);
	load_and_free(&r);
	assert_int_equal(count_of_runs(s), 1);
	assert_int_equal(r.evaluations, 1);

	/* Another file, the same content. */
	put(s, "pot.conf", text);
	load_and_free(&r);
	load_and_free(&r);
	assert_int_equal(count_of_runs(s), 2);

	/* A cache that others could have written is none. */
	cache = cache_file(s);
	assert_non_null(cache);
	assert_int_equal(fchmodat(s->fd, cache, 0604, 0), 0);
	load_and_free(&r);
	assert_int_equal(count_of_runs(s), 3);
	assert_int_equal(fchownat(s->fd, cache, 65534, 0, 0), 0);
	load_and_free(&r);
	assert_int_equal(count_of_runs(s), 4);
	assert_int_equal(linkat(s->fd, cache, s->fd, "planted", 0), 0);
	load_and_free(&r);
	assert_int_equal(count_of_runs(s), 5);
	assert_int_equal(fchmod(s->fd, 0777), 0);
	load_and_free(&r);
	load_and_free(&r);
	assert_int_equal(count_of_runs(s), 7);
}

static void
cache_holds_only_for_its_files(void **state UNUSED)
{
	struct framework_file f[2] = {
		{ .what = (char[]){ "/a" }, .st = { .st_ino = 7 } },
		{ .what = (char[]){ "/b" }, .st = { .st_size = 9 } },
	};
	auto_strv struct strv n = STRV_INIT, v = STRV_INIT;
	auto_strv struct strv n2 = STRV_INIT, v2 = STRV_INIT;
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	framework_assign(&n, &v, "A", "1\n2");
	framework_assign(&n, &v, "B", "");
	framework_cache_encode(f, 2, &n, &v, &b);
	assert_int_equal(
	    framework_cache_decode(b.data, b.len, f, 2, &n2, &v2), 1);
	assert_int_equal(n2.n, 2);
	assert_string_equal(v2.v[0], "1\n2");
	assert_string_equal(v2.v[1], "");
	for (size_t len = 0; len < b.len; len++) {
		auto_strv struct strv n3 = STRV_INIT, v3 = STRV_INIT;
		int rc = framework_cache_decode(b.data, len, f, 2, &n3, &v3);

		/* Whole pairs are all that a cut file can have. */
		assert_true(rc == 0 || n3.n < 2);
	}
	assert_int_equal(
	    framework_cache_decode(b.data, b.len, f, 1, &n2, &v2), 0);
	f[1].st.st_size = 10;
	assert_int_equal(
	    framework_cache_decode(b.data, b.len, f, 2, &n2, &v2), 0);
	f[1].st.st_size = 9;
	f[0].st.st_ctim.tv_nsec = 1;
	assert_int_equal(
	    framework_cache_decode(b.data, b.len, f, 2, &n2, &v2), 0);
}

/* Our parser and sh agree on everything we parse ourselves. */
static void
agrees_with_sh(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(plain); i++) {
		struct framework_file f = {
			.what = (char[]){ "f" },
			.st = { .st_mode = S_IFREG | 0600,
			    .st_uid = geteuid() },
		};
		auto_strv struct strv names = STRV_INIT, values = STRV_INIT;
		auto_strv struct strv n2 = STRV_INIT, v2 = STRV_INIT;
		auto_buf struct buf text = BUF_INIT(BUF_TEXT_MAX);
		auto_free char *said = NULL;
		struct err e = ERR_INIT;
		unsigned line;

		/* Only POT_ names are asked for: copy each into one. */
		assert_ok(framework_parse("f", plain[i][0], strlen(plain[i][0]),
			      &names, &values, &line, &e),
		    &e);
		buf_add_str(&text, plain[i][0]);
		buf_add_str(&text, "\n");
		for (size_t k = 0; k < names.n; k++)
			buf_add_fmt(
			    &text, "POT_COPY_%zu=\"$%s\"\n", k, names.v[k]);
		f.text = text.data;
		f.len = text.len;
		assert_ok(framework_shell(&f, 1, &n2, &v2, &said, &e), &e);
		for (size_t k = 0; k < names.n; k++) {
			auto_free char *copy = xasprintf("POT_COPY_%zu", k);
			size_t at = 0;

			while (at < n2.n && strcmp(n2.v[at], copy) != 0)
				at++;
			assert_true(at < n2.n);
			assert_string_equal(v2.v[at], values.v[k]);
		}
	}
}

static int
exe_in_bin(char *out, size_t size, struct err *e UNUSED)
{
	(void)snprintf(out, size, "/opt/x/bin/pot");
	return 0;
}

static int
exe_at_root(char *out, size_t size, struct err *e UNUSED)
{
	(void)snprintf(out, size, "/pot");
	return 0;
}

static void
finds_the_prefix(void **state UNUSED)
{
	struct platform_host_ops host = { .exe_path = exe_in_bin };
	struct platform p = { .name = "test" };
	struct err e = ERR_INIT;
	char out[64] = "";

	assert_err(framework_find_prefix(&p, out, sizeof(out), &e), &e,
	    ERR_UNSUPPORTED);
	p.host = &host;
	assert_ok(framework_find_prefix(&p, out, sizeof(out), &e), &e);
	assert_string_equal(out, "/opt/x");
	assert_err(framework_find_prefix(&p, out, 4, &e), &e, ERR_LIMIT);
	host.exe_path = exe_at_root;
	assert_err(
	    framework_find_prefix(&p, out, sizeof(out), &e), &e, ERR_STATE);
}

/* PREFIX /usr: /etc/pot, wherever the two were moved to. */
static void
usr_has_etc_beside_it(void **state)
{
	auto_framework struct framework *f = NULL;
	const struct scratch *s = *state;
	auto_free char *usr = xasprintf("%s/usr", s->path);
	auto_free char *etc = xasprintf("%s/etc/pot", s->path);
	auto_free char *own = xasprintf("%s/usr/etc/pot", s->path);
	struct root r;
	struct err e = ERR_INIT;

	root_init(&r, s);
	put(s, "pot.default.conf", "POT_FS_ROOT=/x\n");
	r.prefix = usr;
	assert_ok(load(&r, &f, &e), &e);
	assert_string_equal(f->config_dir, etc);
	framework_free(f);
	f = NULL;
	/* One that was made for such a prefix has its own. */
	assert_ok(dir_make_path(own, 0755, &e), &e);
	assert_err(load(&r, &f, &e), &e, ERR_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_assignments),
		cmocka_unit_test(is_tolerant),
		cmocka_unit_test(leaves_the_rest_to_a_shell),
		cmocka_unit_test(refuses_what_no_shell_takes),
		scratch_test(a_dataset_is_a_driver),
		scratch_test(loads_both_files),
		scratch_test(has_defaults),
		scratch_test(refuses),
		scratch_test(asks_a_shell),
		scratch_test(says_what_the_shell_said),
		scratch_test(asks_no_shell_for_a_stranger),
		scratch_test(asks_the_shell_once),
		cmocka_unit_test(cache_holds_only_for_its_files),
		cmocka_unit_test(agrees_with_sh),
		cmocka_unit_test(finds_the_prefix),
		scratch_test(usr_has_etc_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
