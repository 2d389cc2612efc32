/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU masks: text to bits and back, and the least loaded choice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "platform/limit.h"

/* TEXT is accepted and formatted as WANT. */
static void
expect_list(const char *text, const char *want)
{
	struct cpu_mask m;
	struct err e = ERR_INIT;
	char out[LIMIT_CPU_LIST_SIZE];

	if (cpu_mask_parse(text, &m, &e) != 0)
		fail_msg("'%s': %s", text, e.text);
	cpu_mask_format(&m, out);
	assert_string_equal(out, want);
}

static void
test_parse_and_format(void **state)
{
	(void)state;
	expect_list("", "");
	expect_list("0", "0");
	expect_list("0-2,5", "0-2,5");
	expect_list("5,0-2", "0-2,5");
	expect_list("0,1,2,3", "0-3");
	expect_list("3-3", "3");
	expect_list("1,1,1-2", "1-2");
	expect_list("007", "7");
	expect_list("63,64,65", "63-65");
	expect_list("0-1023", "0-1023");
	expect_list("1023", "1023");
}

static void
test_parse_refuses(void **state)
{
	static const char *const bad[] = { ",", "1,", ",1", "1,,2", "-1", "1-",
		"2-1", "1-2-3", "a", "1 ", " 1", "1\n", "+1", "0x1", "1024",
		"0-1024", "18446744073709551616", "4294967296", "1.5",
		"0-2;5" };
	struct cpu_mask m, before;
	struct err e;

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		m = before;
		e = (struct err)ERR_INIT;
		if (cpu_mask_parse(bad[i], &m, &e) == 0)
			fail_msg("'%s' was accepted", bad[i]);
		assert_int_equal(e.code, ERR_INVALID);
		assert_memory_equal(&m, &before, sizeof(m));
	}
}

static void
test_bits(void **state)
{
	struct cpu_mask m = { .bits = { 0 } };

	(void)state;
	cpu_mask_add(&m, 0);
	cpu_mask_add(&m, 64);
	cpu_mask_add(&m, 1023);
	assert_true(cpu_mask_has(&m, 0));
	assert_false(cpu_mask_has(&m, 1));
	assert_true(cpu_mask_has(&m, 64));
	assert_false(cpu_mask_has(&m, 63));
	assert_true(cpu_mask_has(&m, 1023));
	assert_false(cpu_mask_has(&m, 1024));
	assert_false(cpu_mask_has(&m, UINT32_MAX));
}

/* The longest text a mask can have fits, and comes back the same. */
static void
test_longest(void **state)
{
	struct cpu_mask m = { .bits = { 0 } }, again;
	char out[LIMIT_CPU_LIST_SIZE];
	struct err e = ERR_INIT;

	(void)state;
	/* Pairs cost the most text for the processors they name. */
	for (unsigned cpu = 0; cpu < LIMIT_CPU_MAX; cpu++) {
		if (cpu % 3 != 2)
			cpu_mask_add(&m, cpu);
	}
	cpu_mask_format(&m, out);
	assert_true(strlen(out) > 2600);
	assert_int_equal(cpu_mask_parse(out, &again, &e), 0);
	assert_memory_equal(&m, &again, sizeof(m));
}

struct choice {
	unsigned n, ncpu;
	const char *pinned[5]; /* lists of running pots, up to NULL */
	const char *want;
};

static void
test_choose(void **state)
{
	static const struct choice rows[] = {
		{ 1, 4, { NULL }, "0" },
		{ 2, 4, { NULL }, "0-1" },
		{ 1, 4, { "0", NULL }, "1" },
		{ 2, 4, { "0", NULL }, "1-2" },
		{ 2, 4, { "0-2", NULL }, "0,3" },
		{ 1, 4, { "0-2", "3", "1-3", NULL }, "0" },
		{ 3, 4, { "0", "0", "1", NULL }, "1-3" },
		{ 1, 2, { "0", "1", NULL }, "0" },
		/* Not pinned, or pinned to what is not there any more. */
		{ 1, 2, { "", "", NULL }, "0" },
		{ 1, 2, { "0", "7", NULL }, "1" },
		{ 2, 2, { "0", NULL }, "" },
		{ 9, 2, { NULL }, "" },
		{ 0, 2, { NULL }, "" },
		{ 1, 1024, { "0-1022", NULL }, "1023" },
		{ 3, 5000, { "0-1020", NULL }, "1021-1023" },
		{ 1030, 5000, { NULL }, "0-1023" },
	};
	struct cpu_mask pinned[5], out;
	char text[LIMIT_CPU_LIST_SIZE];
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t n = 0;

		for (; rows[i].pinned[n] != NULL; n++)
			assert_int_equal(
			    cpu_mask_parse(rows[i].pinned[n], &pinned[n], &e),
			    0);
		memset(&out, 0xff, sizeof(out));
		cpu_choose(rows[i].n, rows[i].ncpu, pinned, n, &out);
		cpu_mask_format(&out, text);
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("row %zu: '%s', expected '%s'", i, text,
			    rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_and_format),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_choose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
