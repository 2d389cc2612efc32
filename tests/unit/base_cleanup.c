/* SPDX-License-Identifier: BSD-2-Clause */
/* Ownership that ends with the block. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"

#include <dirent.h>
#include <errno.h>

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int
open_null(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_return_code(fd, errno);
	return fd;
}

static void
block_closes(void **state UNUSED)
{
	int seen, kept = -1;

	{
		auto_close int fd = open_null();
		auto_close int none = -1;

		seen = fd;
		assert_true(is_open(seen));
		assert_int_equal(none, -1);
		errno = EIO;
	}
	assert_int_equal(errno, EIO);
	assert_false(is_open(seen));
	{
		auto_close int fd = open_null();

		kept = take_fd(&fd);
		assert_int_equal(fd, -1);
	}
	assert_true(is_open(kept));
	(void)close(kept);
}

static void
block_frees(void **state UNUSED)
{
	char *kept;

	{
		auto_free char *p = xstrdup("one");
		auto_free char *q = xstrdup("two"); /* a leak shows in ASan */
		auto_free char *none = NULL;

		assert_null(none);
		assert_string_equal(q, "two");
		kept = take_ptr(&p);
		assert_null(p);
	}
	assert_string_equal(kept, "one");
	free(kept);
}

static void
block_closes_directory(void **state UNUSED)
{
	int seen;

	{
		auto_closedir DIR *d = opendir("/");

		assert_non_null(d);
		seen = dirfd(d);
		assert_true(is_open(seen));
	}
	assert_false(is_open(seen));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(block_closes),
		cmocka_unit_test(block_frees),
		cmocka_unit_test(block_closes_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
