/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Laying out archives: what a good one becomes, and how each of the bad ones
 * of the fuzz target's corpus is refused, with nothing outside touched.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "unpack/unpack.h"

static char top[] = "/tmp/pot-unpack.XXXXXX";

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(top) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	return tree_remove(AT_FDCWD, top, &e);
}

/* Lay out the corpus's file NAME in a new directory DIR. */
static int
lay_out(
    const char *name, int dir, uint64_t max, struct buf *report, struct err *e)
{
	struct unpack_bound b = { .max = max, .space = { .fd = dir } };
	char path[1024];
	auto_close int fd = -1;
	struct archive *a;
	int rc;

	str_fmt(path, sizeof(path), "%s/tests/fuzz/corpus/unpack_extract/%s",
	    getenv("POT_TEST_TOP"), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	a = unpack_reader(fd, false, e);
	assert_non_null(a);
	rc = unpack_extract(a, dir, &b, report, e);
	(void)archive_read_free(a);
	return rc;
}

static int
new_dir(const char *name)
{
	auto_close int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e = ERR_INIT;
	int dir;

	assert_true(fd >= 0);
	assert_int_equal(dir_make_open(fd, name, 0700, &dir, &e), 0);
	return dir;
}

static void
good(void **state)
{
	auto_close int dir = new_dir("good");
	auto_buf struct buf report = BUF_INIT(IMAGE_REPORT_MAX);
	struct err e = ERR_INIT;
	struct image_report r;
	struct stat a, b;
	char target[16] = "";

	(void)state;
	if (geteuid() != 0)
		skip(); /* files get the image's owners */
	assert_int_equal(lay_out("plain", dir, 1 << 20, &report, &e), 0);
	assert_int_equal(
	    image_report_parse(report.data, report.len, &r, &e), 0);
	assert_string_equal(r.os, "Linux");
	assert_string_equal(r.snapshot, "1700000000");
	assert_int_equal(r.left_out, 1); /* the device */
	assert_non_null(r.file[IMAGE_POT_CONF].data);
	assert_int_equal(fstatat(dir, "bin/a", &a, 0), 0);
	assert_int_equal(fstatat(dir, "bin/b", &b, 0), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(a.st_size, 5);
	assert_int_equal(a.st_mtime, 1700000000);
	assert_int_equal(fstatat(dir, "bin", &a, 0), 0);
	assert_int_equal(a.st_mtime, 1700000000);
	assert_int_equal(fstatat(dir, "p", &a, 0), 0);
	assert_true(S_ISFIFO(a.st_mode));
	assert_int_equal(readlinkat(dir, "l", target, sizeof(target) - 1), 5);
	assert_string_equal(target, "bin/a");
	assert_int_equal(fstatat(dir, "dev", &a, 0), -1);
}

static void
bad(void **state)
{
	static const char *const names[] = { "dotdot", "absolute",
		"through-link", "hard-out", "hard-dotdot", "twice", "no-head",
		"no-tree", "conf-late", "conf-other", "conf-bad",
		"file-first" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		auto_close int dir = new_dir(names[i]);
		auto_buf struct buf report = BUF_INIT(IMAGE_REPORT_MAX);
		struct err e = ERR_INIT;

		assert_int_equal(
		    lay_out(names[i], dir, 1 << 20, &report, &e), -1);
		assert_true(str_has_prefix(e.text, "image"));
	}
	/* What the link of one pointed to. */
	assert_int_equal(access("/tmp/x", F_OK), -1);
}

static void
bounded(void **state)
{
	/* Root, directory, file, hard link, ...: of each place is taken. */
	static const uint64_t max[] = { 0, 4095, 4096, 3 * 4096 };

	(void)state;
	if (geteuid() != 0)
		skip(); /* files get the image's owners */
	for (size_t i = 0; i < COUNT_OF(max); i++) {
		char name[16];
		auto_close int dir = -1;
		auto_buf struct buf report = BUF_INIT(IMAGE_REPORT_MAX);
		struct err e = ERR_INIT;

		str_fmt(name, sizeof(name), "bound%zu", i);
		dir = new_dir(name);
		assert_int_equal(
		    lay_out("plain", dir, max[i], &report, &e), -1);
		assert_int_equal(e.code, ERR_LIMIT);
		assert_non_null(strstr(e.text, "POT_IMAGE_SIZE"));
		assert_int_equal(faccessat(dir, "bin", F_OK, 0),
		    max[i] < 2 * (uint64_t)4096 ? -1 : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
