/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Births into control groups that somebody has killed.  Linux 6.14 and later
 * kill a child of CLONE_INTO_CGROUP before its first instruction when
 * cgroup.kill was ever written in the caller's own group or in the child's
 * (linux.h).  A cell is made, and entered, all the same, and is in its group.
 */
#include "linux_pot.h"

static const struct platform_limit_ops *const limit = &linux_limit_ops;

/* Whose child the kernel may kill. */
static struct cell_ref caller;

static int
birth_setup(void **state)
{
	struct limit_set none = { .set = 0 };
	struct err e = ERR_INIT;
	struct pot *p;

	if (pot_setup(state) < 0)
		return -1;
	p = *state;
	/* Other runs of this test may be under way on the same kernel. */
	(void)snprintf(p->ref.instance, sizeof(p->ref.instance), "%08x",
	    (unsigned)str_hash(
		&(uint64_t){ clock_real_ns() }, sizeof(uint64_t)));
	caller = p->ref;
	(void)str_copy(caller.name, "caller", sizeof(caller.name));
	p->ref.generation = 1; /* what pot_create() will have */
	if (limit->prepare(&caller, &none, &e) < 0 ||
	    limit->prepare(&p->ref, &none, &e) < 0) {
		(void)fprintf(stderr, "prepare: %s\n", e.text);
		return -1;
	}
	p->ref.generation = 0;
	pot_command(p, "sleep", "1000", NULL);
	return 0;
}

static int
birth_teardown(void **state)
{
	struct pot *p = *state;
	struct cell_ref ref = p->ref;
	struct err e = ERR_INIT;
	int rc = 0;

	ref.generation = 1;
	if (ref.handle[0] != '\0' && cell->kill(&ref, &e) < 0)
		rc = -1;
	if (pot_teardown(state) < 0)
		rc = -1;
	if (limit->remove(&ref, &e) < 0 || limit->remove(&caller, &e) < 0) {
		(void)fprintf(stderr, "remove: %s\n", e.text);
		rc = -1;
	}
	return rc;
}

#define birth_test(f) \
	cmocka_unit_test_setup_teardown(f, birth_setup, birth_teardown)

/* Its first process, the command and a visitor, or what is missing. */
static const char *
live(struct pot *p)
{
	const char *const argv[] = { "sleep", "1000", NULL };
	struct cell_command c = { .fds = { -1, -1, -1 }, .is_detached = true };
	pid_t pids[8], pid;
	size_t n = 0;

	memcpy(&c.argv, &(const char *const *){ argv }, sizeof(c.argv));
	c.envp = strv_argv(&p->env);
	if (pot_create(p) < 0 || pot_release(p) < 0)
		return "create";
	if (cell->enter(&p->ref, &p->spec, &c, &pid, NULL, &p->e) < 0)
		return "enter";
	if (pid != 0)
		return "visitor";
	if (cgroup_pids(&p->ref, pids, COUNT_OF(pids), &n, &p->e) < 0)
		return "list";
	return n == 3 ? NULL : "its group has others";
}

/* The same in a child that is in the group CALLER. */
static void
live_in_caller(struct pot *p)
{
	pid_t pid = fork();
	const char *what;
	int status;

	if (pid == 0) {
		if (cgroup_join_v2(&caller, &p->e) < 0)
			what = "join";
		else
			what = live(p);
		if (what != NULL)
			(void)fprintf(stderr, "%s: %s\n", what, p->e.text);
		/* The cell ends with its creator's kill, not with it. */
		if (cell->kill(&p->ref, &p->e) < 0)
			what = "kill";
		while (waitpid(-1, NULL, 0) > 0)
			;
		_exit(what == NULL ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
callers_group_is_whole(void **state)
{
	live_in_caller(*state);
}

static void
callers_group_was_killed(void **state)
{
	struct err e = ERR_INIT;

	assert_ok(cgroup_kill(&caller, &e), &e);
	live_in_caller(*state);
}

static void
own_group_was_killed(void **state)
{
	struct pot *p = *state;
	struct cell_ref ref = p->ref;
	const char *what;

	ref.generation = 1;
	assert_ok(cgroup_kill(&ref, &p->e), &p->e);
	what = live(p);
	if (what != NULL)
		fail_msg("%s: %s", what, p->e.text);
}

static void
both_groups_were_killed(void **state)
{
	struct pot *p = *state;
	struct cell_ref ref = p->ref;

	ref.generation = 1;
	assert_ok(cgroup_kill(&ref, &p->e), &p->e);
	assert_ok(cgroup_kill(&caller, &p->e), &p->e);
	assert_ok(cgroup_kill(&caller, &p->e), &p->e);
	live_in_caller(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		birth_test(callers_group_is_whole),
		birth_test(callers_group_was_killed),
		birth_test(own_group_was_killed),
		birth_test(both_groups_were_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
