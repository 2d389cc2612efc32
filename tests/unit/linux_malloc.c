/* SPDX-License-Identifier: BSD-2-Clause */
/* The allocator of the programs that are linked with musl, beside the one of
 * the C library that this test has. */
#include "unit.h"

#define malloc	ours_malloc
#define free	ours_free
#define calloc	ours_calloc
#define realloc ours_realloc
void *ours_malloc(size_t size);
void ours_free(void *p);
void *ours_calloc(size_t n, size_t size);
void *ours_realloc(void *p, size_t size);
#include "../../src/platform/linux/musl/malloc.c"

/* Opaque, so that nobody knows the result at compile time. */
static volatile size_t too_much = SIZE_MAX;

static void
gives_memory(void **state UNUSED)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 1000, 4096, 65519,
		65520, 65521, 200000 };
	char *p[COUNT_OF(sizes)];

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		p[i] = malloc(sizes[i]);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % alignof(max_align_t), 0);
		memset(p[i], (int)i, sizes[i]);
	}
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(p[i][k], i);
		free(p[i]);
	}
	free(NULL);
}

static void
takes_back(void **state UNUSED)
{
	char *p = malloc(100), *q;

	free(p);
	q = malloc(90);
	assert_ptr_equal(p, q);
	memset(q, 'x', 90);
	free(q);
	p = calloc(9, 10);
	assert_ptr_equal(p, q);
	for (size_t i = 0; i < 90; i++)
		assert_int_equal(p[i], 0);
	free(p);
}

static void
refuses_too_much(void **state UNUSED)
{
	char *p = malloc(10);

	errno = 0;
	assert_null(malloc(too_much));
	assert_int_equal(errno, ENOMEM);
	errno = 0;
	assert_null(calloc(too_much / 2, 3));
	assert_int_equal(errno, ENOMEM);
	memcpy(p, "123456789", 10);
	assert_null(realloc(p, too_much - 100));
	assert_string_equal(p, "123456789");
	errno = EXDEV;
	free(p);
	assert_int_equal(errno, EXDEV);
}

static void
grows(void **state UNUSED)
{
	unsigned char *p = NULL;
	size_t n = 0;

	for (size_t size = 1; size < 300000; size = size * 3 / 2 + 1) {
		p = realloc(p, size);
		assert_non_null(p);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], i % 251);
		for (; n < size; n++)
			p[n] = (unsigned char)(n % 251);
	}
	assert_ptr_equal(realloc(p, 10), p);
	free(p);
}

#define SLOTS 256

/* No block ever overlaps another, over more than one arena. */
static void
keeps_apart(void **state UNUSED)
{
	static unsigned char *p[SLOTS];
	static size_t size[SLOTS];
	uint32_t seed = 1;

	for (unsigned round = 0; round < 20000; round++) {
		seed = seed * 1664525 + 1013904223;
		size_t i = (seed >> 8) % SLOTS;

		for (size_t k = 0; k < size[i]; k++)
			assert_int_equal(p[i][k], i);
		free(p[i]);
		size[i] = (seed >> 16) % 3000;
		p[i] = malloc(size[i]);
		memset(p[i], (int)i, size[i]);
	}
	for (size_t i = 0; i < SLOTS; i++)
		free(p[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_memory),
		cmocka_unit_test(takes_back),
		cmocka_unit_test(refuses_too_much),
		cmocka_unit_test(grows),
		cmocka_unit_test(keeps_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
