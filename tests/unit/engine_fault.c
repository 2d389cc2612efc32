/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fault matrix: every verb is run with each of its platform calls
 * failing once.  Afterwards the pot is in the old or the new state, the
 * error names the call, nothing is left in the kernel or the journals, and
 * the same verb succeeds.
 */
#include "engine_rig.h"

#include "base/file.h"

struct row {
	const char *name;
	const char *before[4]; /* verbs that lead to the old state */
	const char *verb;
	const char *after[4]; /* verbs that clean up behind success */
};

static const struct row rows[] = {
	{ "create", { NULL }, "create pot=web type=single base=b1",
	    { "destroy pot=web" } },
	{ "destroy", { "create pot=web type=single base=b1" },
	    "destroy pot=web", { NULL } },
	{ "start",
	    { "create pot=web type=single base=b1",
		"set-cmd pot=web cmd=sleep" },
	    "start pot=web detach", { "destroy pot=web force" } },
	{ "stop",
	    { "create pot=web type=single base=b1", "set-cmd pot=web cmd=sleep",
		"start pot=web detach" },
	    "stop pot=web", { "destroy pot=web" } },
	{ "destroy running",
	    { "create pot=web type=single base=b1", "set-cmd pot=web cmd=sleep",
		"start pot=web detach" },
	    "destroy pot=web force", { NULL } },
	{ "clone", { "create pot=web type=single base=b1" },
	    "clone pot=two from=web force",
	    { "destroy pot=two", "destroy pot=web" } },
	{ "rename", { "create pot=web type=single base=b1" },
	    "rename pot=web to=two", { "destroy pot=two" } },
	{ "snapshot", { "create pot=web type=single base=b1" },
	    "snapshot pot=web", { "destroy pot=web" } },
	{ "revert",
	    { "create pot=web type=single base=b1", "snapshot pot=web" },
	    "revert pot=web", { "destroy pot=web" } },
	{ "snapshot in place of the oldest",
	    { "create pot=web type=single base=b1", "snapshot pot=web" },
	    "snapshot pot=web replace", { "destroy pot=web" } },
	{ "purge-snapshots",
	    { "create pot=web type=single base=b1", "snapshot pot=web",
		"snapshot pot=web" },
	    "purge-snapshots pot=web all", { "destroy pot=web" } },
	{ "set-rss running",
	    { "create pot=web type=single base=b1", "set-cmd pot=web cmd=sleep",
		"start pot=web detach" },
	    "set-rss pot=web memory=64M", { "destroy pot=web force" } },
	{ "signal",
	    { "create pot=web type=single base=b1", "set-cmd pot=web cmd=sleep",
		"start pot=web detach" },
	    "signal pot=web signal=TERM pid=1 force",
	    { "destroy pot=web force" } },
};

static void
run_all(struct rig *r, const char *const *verbs)
{
	for (size_t i = 0; i < 4 && verbs[i] != NULL; i++)
		rig_do(r, verbs[i]);
}

/* Does the verb, once more and without faults, lead to where it should?
 * The old state lets it succeed; in the new state it says so. */
static void
check_usable(struct rig *r, const struct row *row)
{
	struct err e = ERR_INIT;

	rig_reopen(r);
	rig_do(r, "recover");
	if (rig_call(r, row->verb, NULL, &e) < 0 && e.code != ERR_EXISTS &&
	    e.code != ERR_NOT_FOUND && e.code != ERR_STATE)
		fail_msg("%s: not usable afterwards: %s", row->name, e.text);
	run_all(r, row->after);
	rig_assert_clean(r, row->name);
}

/* The n-th call fails; false when the verb makes fewer. */
static bool
fault(struct rig *r, const struct row *row, unsigned n)
{
	struct err e = ERR_INIT;
	bool has_failed;
	int rc;

	run_all(r, row->before);
	fake_fail_at(n);
	rc = rig_call(r, row->verb, NULL, &e);
	has_failed = fake_has_failed();
	fake_fail_at(0);
	if (has_failed && rc < 0 && strstr(e.text, "injected fault") == NULL)
		fail_msg("%s: call %u: the error does not name it: %s",
		    row->name, n, e.text);
	if (!has_failed && rc < 0)
		fail_msg("%s: %s", row->name, e.text);
	if (has_failed) {
		check_usable(r, row);
	} else {
		run_all(r, row->after);
		rig_assert_clean(r, row->name);
	}
	return has_failed;
}

static void
test_faults(void **state)
{
	struct rig r;

	rig_init(&r, state);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unsigned n = 1;

		while (fault(&r, &rows[i], n))
			n++;
		/* A verb that never calls the platform proves nothing. */
		assert_true(n > 1 || strstr(rows[i].name, "rename"));
	}
	rig_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
