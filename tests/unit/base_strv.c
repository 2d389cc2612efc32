/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of strings. */
#include "unit.h"

#include "base/strv.h"
#include "base/xmalloc.h"

static void
always_terminated(void **state UNUSED)
{
	auto_strv struct strv l = STRV_INIT;

	assert_null(strv_argv(&l)[0]);
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(l.n, i);
		strv_add_fmt(&l, "s%zu", i);
		assert_null(l.v[l.n]);
		assert_null(strv_argv(&l)[l.n]);
	}
	assert_string_equal(l.v[99], "s99");
}

static void
adds_and_removes(void **state UNUSED)
{
	auto_strv struct strv l = STRV_INIT, m = STRV_INIT;

	strv_add(&l, "b");
	strv_add_take(&l, xstrdup("a"));
	strv_add(&l, "c");
	strv_add_all(&m, &l);
	strv_add_all(&m, &m);
	assert_int_equal(m.n, 6);
	assert_string_equal(m.v[5], "c");
	assert_true(strv_has(&l, "a"));
	assert_false(strv_has(&l, ""));
	strv_sort(&l);
	assert_string_equal(l.v[0], "a");
	strv_remove(&l, 1);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[1], "c");
	assert_null(l.v[2]);
	strv_remove(&l, 1);
	strv_remove(&l, 0);
	assert_int_equal(l.n, 0);
	strv_sort(&l);
	strv_fini(&m);
	strv_fini(&m);
	assert_null(strv_argv(&m)[0]);
}

/* By bytes, whatever the locale: capitals first, UTF-8 last. */
static void
sorts_by_bytes(void **state UNUSED)
{
	auto_strv struct strv l = STRV_INIT;

	strv_add_words(&l, "\xc3\xa4 b B _ a 1");
	strv_sort(&l);
	assert_string_equal(l.v[0], "1");
	assert_string_equal(l.v[1], "B");
	assert_string_equal(l.v[2], "_");
	assert_string_equal(l.v[5], "\xc3\xa4");
}

static void
splits_words(void **state UNUSED)
{
	auto_strv struct strv l = STRV_INIT;

	strv_add_words(&l, "");
	strv_add_words(&l, " \t ");
	assert_int_equal(l.n, 0);
	strv_add_words(&l, "\t one two  'three four'\n");
	assert_int_equal(l.n, 4);
	assert_string_equal(l.v[1], "two");
	assert_string_equal(l.v[2], "'three");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(always_terminated),
		cmocka_unit_test(adds_and_removes),
		cmocka_unit_test(sorts_by_bytes),
		cmocka_unit_test(splits_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
