/* SPDX-License-Identifier: BSD-2-Clause */
/* fscomp.conf: both formats, and what a rewrite makes of them. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/xmalloc.h"
#include "model/fscomp.h"

#define ROOT_M "/opt/pot/jails/web/m"

/* TEXT parsed and written again. */
static void
expect(const char *text, const char *want, bool want_old)
{
	auto_fscomp struct fscomp f = FSCOMP_INIT;
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;

	assert_ok(fscomp_parse("t", text, strlen(text), ROOT_M, &f, &e), &e);
	assert_int_equal(f.was_old, want_old);
	fscomp_format(&f, &b);
	assert_string_equal(b.data, want);
}

static void
reads_new_lines(void **state UNUSED)
{
	expect("", "", false);
	expect("zroot/pot/bases/13.1 / ro\n", "zroot/pot/bases/13.1 / ro\n",
	    false);
	expect("zroot/pot/jails/web/usr.local /usr/local zfs-remount\n"
	       "/data /mnt/data\n",
	    "zroot/pot/jails/web/usr.local /usr/local zfs-remount\n"
	    "/data /mnt/data\n",
	    false);
	expect("\n  \t\n# none\n/a\t/b   ro,noatime  # why\r\n\n/c /d",
	    "/a /b ro,noatime\n/c /d\n", false);
	expect("/a //b///c/ \n", "/a /b/c\n", false);
	expect("/a //\n", "/a /\n", false);
	expect("z/a..b/..c/d.. /x\n/a/../b /x\n",
	    "z/a..b/..c/d.. /x\n/a/../b /x\n", false);
}

/* Row 70: lines before 0.15.6. */
static void
converts_old_lines(void **state UNUSED)
{
	expect("zroot/pot/bases/12.1 " ROOT_M " ro\n"
	       "zroot/pot/jails/web/usr.local " ROOT_M
	       "/usr/local zfs-remount\n"
	       "/data " ROOT_M "//mnt/\n",
	    "zroot/pot/bases/12.1 / ro\n"
	    "zroot/pot/jails/web/usr.local /usr/local zfs-remount\n"
	    "/data /mnt\n",
	    true);
	/* Another pot's path, or a name that only begins like ours. */
	expect("/a " ROOT_M "x/y\n", "/a " ROOT_M "x/y\n", false);
	expect("/a /opt/pot/jails/web2/m/y\n", "/a /opt/pot/jails/web2/m/y\n",
	    false);
}

static void
keeps_odd_words(void **state UNUSED)
{
	auto_fscomp struct fscomp f = FSCOMP_INIT, again = FSCOMP_INIT;
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;

	fscomp_add(&f, "/my data\\x\n", "/a b\tc", "ro");
	fscomp_add(&f, "#x", "/#y", "");
	fscomp_add(&f, "/\\040", "/\\", NULL);
	fscomp_format(&f, &b);
	assert_string_equal(b.data,
	    "/my\\040data\\134x\\012 /a\\040b\\011c ro\n\\043x /#y\n"
	    "/\\134040 /\\134\n");
	assert_ok(fscomp_parse("t", b.data, b.len, ROOT_M, &again, &e), &e);
	assert_int_equal(again.n, f.n);
	for (size_t i = 0; i < f.n; i++) {
		assert_string_equal(again.v[i].source, f.v[i].source);
		assert_string_equal(again.v[i].target, f.v[i].target);
	}
	assert_string_equal(again.v[0].option, "ro");
	assert_null(again.v[1].option);
	/* A backslash that begins no octal number is one. */
	expect("/a\\b\\9 /\\000\\400\n", "/a\\134b\\1349 /\\134000\\134400\n",
	    false);
}

static void
refuses(void **state UNUSED)
{
	static const struct {
		const char *text;
		size_t len;
		const char *says;
	} rows[] = {
		{ "/a /b\n/c\n", 9, "t:2: '/c': expected SOURCE" },
		{ "/a b\n", 5, "t:1: '/a b'" },
		{ "/a /b ro more\n", 14, "t:1: " },
		{ "zroot/../../etc /b\n", 19, "t:1: " },
		{ ".. /b\n", 6, "t:1: " },
		{ "zroot/.. /b\n", 12, "t:1: " },
		{ "/my data /b\n", 12, "t:1: " },
		{ "/a /b\0 ro\n", 10, "t:1: " },
		{ "/a \0\n", 5, "t:1: " },
		{ "\x7f"
		  "ELF\x02",
		    5, "t:1: '\\x7fELF\\x02'" },
		{ "/a /b\n/opt/pot/jai", 18, "t:2: '/opt/pot/jai'" },
	};
	auto_fscomp struct fscomp f = FSCOMP_INIT;
	auto_free char *big = xcalloc(2, 1 << 20);
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(fscomp_parse("t", rows[i].text, rows[i].len,
				     ROOT_M, &f, &e),
		    -1);
		assert_int_equal(e.code, ERR_CORRUPT);
		assert_memory_equal(e.text, rows[i].says, strlen(rows[i].says));
		err_clear(&e);
	}
	assert_err(fscomp_parse("t", big, (1 << 20) + 1, ROOT_M, &f, &e), &e,
	    ERR_LIMIT);
	assert_int_equal(f.n, 0);
}

static void
finds_and_removes(void **state UNUSED)
{
	auto_fscomp struct fscomp f = FSCOMP_INIT;

	for (int i = 0; i < 20; i++) {
		auto_free char *target = xasprintf("/m%d", i);

		fscomp_add(&f, "/src", target, i % 2 ? "ro" : NULL);
	}
	assert_int_equal(fscomp_find_target(&f, "/m0"), 0);
	assert_int_equal(fscomp_find_target(&f, "//m19/"), 19);
	assert_int_equal(fscomp_find_target(&f, "/m"), -1);
	assert_int_equal(fscomp_find_target(&f, ""), -1);
	assert_int_equal(fscomp_find_target(&f, "m1"), -1);
	fscomp_remove(&f, 19);
	fscomp_remove(&f, 0);
	assert_int_equal(f.n, 18);
	assert_int_equal(fscomp_find_target(&f, "/m1"), 0);
	assert_int_equal(fscomp_find_target(&f, "/m19"), -1);
}

static void
goes_through_a_file(void **state)
{
	struct scratch *s = *state;
	auto_fscomp struct fscomp f = FSCOMP_INIT, again = FSCOMP_INIT;
	struct err e = ERR_INIT;

	assert_ok(fscomp_read(s->fd, "t", ROOT_M, &again, &e), &e);
	assert_int_equal(again.n, 0);
	fscomp_add(&f, "/a", "/b", "ro");
	assert_ok(fscomp_write(&f, s->fd, 0, &e), &e);
	assert_ok(fscomp_read(s->fd, "t", ROOT_M, &again, &e), &e);
	assert_int_equal(again.n, 1);
	assert_string_equal(again.v[0].option, "ro");

	assert_int_equal(unlinkat(s->fd, "fscomp.conf", 0), 0);
	assert_int_equal(symlinkat("/etc/fstab", s->fd, "fscomp.conf"), 0);
	fscomp_fini(&again);
	assert_int_equal(fscomp_read(s->fd, "t", ROOT_M, &again, &e), -1);
	assert_memory_equal(e.text, "t: ", 3);
	assert_int_equal(again.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_new_lines),
		cmocka_unit_test(converts_old_lines),
		cmocka_unit_test(keeps_odd_words),
		cmocka_unit_test(refuses),
		cmocka_unit_test(finds_and_removes),
		scratch_test(goes_through_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
