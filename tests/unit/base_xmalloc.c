/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocation: zero sizes, the checked product, texts. */
#include "unit.h"

#include "base/xmalloc.h"

static void
gives_memory(void **state UNUSED)
{
	char *p = xmalloc(0), *q = xcalloc(4, 8);
	static const char zero[32];

	assert_non_null(p);
	assert_memory_equal(q, zero, sizeof(zero));
	free(p);
	p = xreallocarray(NULL, 3, 5);
	memset(p, 'x', 15);
	p = xreallocarray(p, 300, 5);
	assert_memory_equal(p, "xxxxxxxxxxxxxxx", 15);
	p = xreallocarray(p, 0, 5);
	assert_non_null(p);
	free(p);
	free(q);
}

static void
gives_texts(void **state UNUSED)
{
	char *a = xstrdup("abc"), *b = xstrndup("abcdef", 4),
	     *c = xasprintf("%s-%d", a, 7);

	assert_string_equal(a, "abc");
	assert_string_equal(b, "abcd");
	assert_string_equal(c, "abc-7");
	free(a);
	free(b);
	free(c);
}

static void
product_that_wraps(void)
{
	volatile size_t many = SIZE_MAX / 2 + 2;

	free(xreallocarray(NULL, many, 2));
}

/* A product that wraps must not become a small allocation. */
static void
product_that_wraps_aborts(void **state UNUSED)
{
	assert_true(aborts(product_that_wraps));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_memory),
		cmocka_unit_test(gives_texts),
		cmocka_unit_test(product_that_wraps_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
