/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which pots are started and stopped together. */
#include "unit.h"

#include "cli/boot_plan.h"

/* "a" comes before NAME, for each word of BEFORE. */
static void
add(struct boot_plan *p, const char *name, const char *before)
{
	struct boot_pot *pot = boot_plan_add(p, name);

	strv_add_words(&pot->before, before);
}

/* All that can go now, made busy. */
static void
expect_next(struct boot_plan *p, const char *wanted)
{
	auto_strv struct strv words = STRV_INIT;
	struct boot_pot *pot;

	strv_add_words(&words, wanted);
	for (size_t i = 0; i < words.n; i++) {
		pot = boot_plan_next(p);
		assert_non_null(pot);
		assert_string_equal(pot->name, words.v[i]);
		pot->state = BOOT_BUSY;
	}
	assert_null(boot_plan_next(p));
}

static void
done(struct boot_plan *p, const char *name)
{
	boot_plan_find(p, name)->state = BOOT_DONE;
}

static void
test_order(void **state UNUSED)
{
	auto_boot_plan struct boot_plan p = BOOT_PLAN_INIT;

	add(&p, "web", "db cache");
	add(&p, "db", "disk");
	add(&p, "cache", "");
	add(&p, "disk", "elsewhere");
	expect_next(&p, "cache disk");
	done(&p, "cache");
	expect_next(&p, "");
	done(&p, "disk");
	expect_next(&p, "db");
	done(&p, "db");
	expect_next(&p, "web");
	done(&p, "web");
	assert_null(boot_plan_next(&p));
}

static void
test_reverse(void **state UNUSED)
{
	auto_boot_plan struct boot_plan p = BOOT_PLAN_INIT;

	add(&p, "web", "db cache");
	add(&p, "db", "");
	add(&p, "cache", "");
	boot_plan_reverse(&p);
	expect_next(&p, "web");
	done(&p, "web");
	expect_next(&p, "db cache");
}

static void
test_circle(void **state UNUSED)
{
	auto_boot_plan struct boot_plan p = BOOT_PLAN_INIT;

	add(&p, "self", "self");
	add(&p, "a", "b");
	add(&p, "b", "a");
	expect_next(&p, "self");
	done(&p, "self");
	expect_next(&p, "a");
	done(&p, "a");
	expect_next(&p, "b");
}

static void
test_failure(void **state UNUSED)
{
	auto_boot_plan struct boot_plan p = BOOT_PLAN_INIT;

	add(&p, "a", "");
	add(&p, "b", "a");
	add(&p, "c", "");
	expect_next(&p, "a c");
	boot_plan_find(&p, "a")->state = BOOT_FAILED;
	assert_string_equal(boot_plan_failed(&p, boot_plan_find(&p, "b")), "a");
	assert_null(boot_plan_failed(&p, boot_plan_find(&p, "c")));
	expect_next(&p, "b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_reverse),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
