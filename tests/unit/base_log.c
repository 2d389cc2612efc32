/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages reach their sink, or are not even formatted. */
#include "unit.h"

#include "base/buf.h"
#include "base/log.h"

#include <errno.h>

static void
sink(void *arg, enum log_level level, const char *text)
{
	buf_add_fmt(arg, "%d %s\n", (int)level, text);
	errno = EIO;
}

static void
filters_by_level(void **state UNUSED)
{
	auto_buf struct buf out = BUF_INIT(1000);
	struct log l = { .fn = sink, .arg = &out, .max = LOG_LEVEL_INFO };

	errno = 0;
	log_error(&l, "e%d", 1);
	log_warn(&l, "w");
	log_info(&l, "i");
	log_debug(&l, "d");
	assert_string_equal(out.data, "0 e1\n1 w\n2 i\n");
	assert_int_equal(errno, 0);
	l.max = LOG_LEVEL_DEBUG;
	log_debug(&l, "d");
	assert_string_equal(out.data, "0 e1\n1 w\n2 i\n3 d\n");
	buf_clear(&out);
	log_info(&l, "%s", "a\n\033b");
	assert_string_equal(out.data, "2 a\\n\\x1bb\n");
}

static void
silent_without_sink(void **state UNUSED)
{
	struct log l = { .fn = NULL };

	log_error(&l, "x");
	log_error(NULL, "x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_by_level),
		cmocka_unit_test(silent_without_sink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
