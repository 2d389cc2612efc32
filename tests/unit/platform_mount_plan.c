/* SPDX-License-Identifier: BSD-2-Clause */
/* Mount plans, and the answer of operations that a platform lacks. */
#include "unit.h"

#include "base/xmalloc.h"
#include "platform/platform.h"

static void
entries_keep_their_order_and_defaults(void **state UNUSED)
{
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;

	for (int i = 0; i < 100; i++) {
		char target[16];
		struct mount_entry *m;

		(void)snprintf(target, sizeof(target), "/t%d", i);
		m = mount_plan_add(&p, MOUNT_BIND, target);
		assert_string_equal(m->target, target);
		assert_null(m->source);
		assert_false(m->is_readonly);
		assert_int_equal(m->mode, 0755);
		m->source = xstrdup("/src");
		strv_add(&m->lower, "/lower");
	}
	assert_int_equal(p.n, 100);
	assert_string_equal(p.v[99].target, "/t99");
	assert_string_equal(p.v[0].lower.v[0], "/lower");
}

static void
fini_twice_is_harmless(void **state UNUSED)
{
	struct mount_plan p = MOUNT_PLAN_INIT;

	mount_plan_add(&p, MOUNT_OVERLAY, "/")->upper = xstrdup("/u");
	mount_plan_fini(&p);
	mount_plan_fini(&p);
	assert_int_equal(p.n, 0);
	assert_null(p.v);
}

static void
missing_names_operation_and_platform(void **state UNUSED)
{
	static const struct platform p = { .name = "nowhere" };
	struct err e = ERR_INIT;

	assert_int_equal(platform_missing(&p, "freeze", &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_string_equal(e.text, "freeze: not available on nowhere");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_keep_their_order_and_defaults),
		cmocka_unit_test(fini_twice_is_harmless),
		cmocka_unit_test(missing_names_operation_and_platform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
