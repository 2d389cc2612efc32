/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits of cells that live, on the kernel that runs: all processes get a
 * limit that comes later, a change that can't be made leaves everything as
 * it was, and usage is what the processes use.
 * pot-test: timeout=300
 */
#include "linux_cell.h"

#include <sched.h>
#include <sys/prctl.h>

#include "platform/linux/handle.h"

static const struct platform_limit_ops *const ops = &linux_limit_ops;

/* A cell without limits gets them all while it lives. */
static void
test_change_living(void **state)
{
	struct group *g = *state;
	struct limit_set none = { .set = 0 };
	struct err e = ERR_INIT;
	cpu_set_t set;
	uint64_t n;
	pid_t idle;

	assert_ok(ops->prepare(&g->ref, &none, &e), &e);
	idle = group_spawn(g, child_idle);
	(void)group_spawn(g, child_idle);
	group_wait_ready(g, 2);
	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	group_limit(g, LIMIT_PROCESSES, 5);
	group_limit(g, LIMIT_CPU_QUOTA, 500);
	group_limit(g, LIMIT_CPU_WEIGHT, 10);
	group_limit(g, LIMIT_CPUS, 1);
	str_copy(g->limits.cpu_list, "1", sizeof(g->limits.cpu_list));
	assert_ok(ops->change(&g->ref, &none, &g->limits, &e), &e);

	n = strtoull(group_file(g, CGROUP_PIDS, "pids.current", "pids.current"),
	    NULL, 10);
	assert_int_equal(n, 2);
	assert_int_equal(sched_getaffinity(idle, sizeof(set), &set), 0);
	assert_int_equal(CPU_COUNT(&set), 1);
	assert_string_equal(memory_file(g), "67108864");
	assert_string_equal(
	    group_file(g, CGROUP_CPU, "cpu.max", "cpu.cfs_quota_us"),
	    ctl_is_v1(CGROUP_CPU) ? "50000" : "50000 100000");
	assert_int_equal(group_wait(g, group_spawn(g, child_fork)), 2);
	assert_ok(ops->change(&g->ref, &g->limits, &none, &e), &e);
	assert_int_equal(sched_getaffinity(idle, sizeof(set), &set), 0);
	assert_int_equal(CPU_COUNT(&set), (int)host_cpus());
}

/* A process that is another one all the time. */
static NO_RETURN void
chain(void)
{
	for (;;) {
		if (fork() != 0)
			_exit(0);
	}
}

/* Forks without end, in two ways; the kernel reaps what ends. */
static int
child_storm(struct group *g)
{
	pid_t pid;

	(void)signal(SIGCHLD, SIG_IGN);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 95;
	pid = fork();
	if (pid == 0)
		chain();
	group_say_ready(g);
	for (;;) {
		pid = fork();
		if (pid == 0)
			_exit(0);
	}
}

static int
count_pid(pid_t pid, void *arg, struct err *e)
{
	(void)pid;
	(void)e;
	++*(size_t *)arg;
	return 0;
}

/* Also against processes that fork all the time: nobody stays outside. */
static void
test_change_storm(void **state)
{
	struct group *g = *state;
	struct limit_set none = { .set = 0 };
	struct err e = ERR_INIT;
	struct cgroup_dir d;
	size_t all = 0, in = 0;
	bool is_v1;

	assert_ok(ops->prepare(&g->ref, &none, &e), &e);
	for (int i = 0; i < 4; i++)
		(void)group_spawn(g, child_storm);
	group_wait_ready(g, 4);
	group_limit(g, LIMIT_PROCESSES, 100);
	assert_ok(ops->change(&g->ref, &none, &g->limits, &e), &e);
	assert_string_equal(group_v2_file(g, "cgroup.freeze"), "0");

	assert_ok(cgroup_freeze(&g->ref, true, &e), &e);
	assert_ok(cgroup_pids(&g->ref, NULL, 0, &all, &e), &e);
	assert_ok(cgroup_of_ctl(CGROUP_PIDS, &g->ref, &d, &is_v1, &e), &e);
	assert_ok(cgroup_each_pid(&d, count_pid, &in, &e), &e);
	assert_true(all >= 4);
	assert_int_equal(in, all);
}

/* The last file refuses: what was written before is as it was. */
static void
test_change_fails(void **state)
{
	struct group *g = *state;
	struct limit_set to;
	struct err e = ERR_INIT;
	char list[LIMIT_CPU_LIST_SIZE];

	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	group_limit(g, LIMIT_CPU_WEIGHT, 50);
	group_limit(g, LIMIT_CPUS, 1);
	str_copy(g->limits.cpu_list, "1", sizeof(g->limits.cpu_list));
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	to = g->limits;
	to.value[LIMIT_MEMORY] = 128 * MIB;
	to.set &= ~(1U << LIMIT_CPU_WEIGHT);
	/* check() would have refused it. */
	str_copy(to.cpu_list, "1000000", sizeof(to.cpu_list));
	assert_int_equal(ops->change(&g->ref, &g->limits, &to, &e), -1);
	assert_non_null(strstr(e.text, "cpuset.cpus: write 1000000"));
	assert_string_equal(memory_file(g), "67108864");
	assert_string_equal(
	    group_file(g, CGROUP_CPU, "cpu.weight", "cpu.shares"),
	    ctl_is_v1(CGROUP_CPU) ? "512" : "50");
	err_clear(&e);
	assert_ok(ops->cpu_list(&g->ref, list, &e), &e);
	assert_string_equal(list, "1");
}

/* The same when a cell is prepared: nothing is there. */
static void
test_prepare_fails(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;

	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	group_limit(g, LIMIT_CPUS, 1);
	str_copy(g->limits.cpu_list, "1000000", sizeof(g->limits.cpu_list));
	assert_int_equal(ops->prepare(&g->ref, &g->limits, &e), -1);
	assert_false(group_left_something(g));
}

/* v1 refuses a limit that is already broken; v2 reclaims, and kills. */
static void
test_memory_below_use(void **state)
{
	struct group *g = *state;
	struct limit_set to;
	struct err e = ERR_INIT;
	pid_t eater;

	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	group_limit(g, LIMIT_SWAP, 0);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	eater = group_spawn(g, child_eat_16);
	group_wait_ready(g, 1);
	to = g->limits;
	to.value[LIMIT_MEMORY] = 4 * MIB;
	if (ctl_is_v1(CGROUP_MEMORY)) {
		assert_err(
		    ops->change(&g->ref, &g->limits, &to, &e), &e, ERR_BUSY);
		assert_string_equal(memory_file(g), "67108864");
	} else {
		assert_ok(ops->change(&g->ref, &g->limits, &to, &e), &e);
		assert_int_equal(group_wait(g, eater), 128 + SIGKILL);
	}
}

static int
child_write(struct group *g)
{
	static _Alignas(4096) char block[1 << 20];
	int fd = open("direct", O_CREAT | O_WRONLY | O_DIRECT | O_TRUNC, 0600);

	/* Not every file system can, nor is on a disk. */
	if (fd < 0)
		return 1;
	if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
		return 1;
	return g->nchild > 99;
}

static void
test_usage(void **state)
{
	struct group *g = *state;
	struct cell_usage u;
	struct err e = ERR_INIT;
	uint64_t start = 0;
	int status;

	assert_err(ops->usage(&g->ref, &u, &e), &e, ERR_NOT_FOUND);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_ok(ops->usage(&g->ref, &u, &e), &e);
	assert_int_equal(u.processes, 0);
	(void)group_spawn(g, child_idle);
	(void)group_spawn(g, child_eat_16);
	(void)group_spawn(g, child_spin);
	group_wait_ready(g, 3);
	do {
		assert_ok(ops->usage(&g->ref, &u, &e), &e);
		assert_true(wait_more(&start));
	} while (u.cpu_ns < 20 * 1000 * 1000);
	assert_int_equal(u.processes, 3);
	assert_true(u.memory_bytes >= 16 * MIB);
	assert_true(u.virtual_bytes >= 16 * MIB);
	assert_int_equal(u.oom_kills, 0);
	assert_int_equal(u.swap_bytes, 0);
	/* No first process: how long it lives is not known. */
	assert_int_equal(u.cpu_percent, 0);

	status = group_wait(g, group_spawn(g, child_write));
	(void)unlink("direct");
	assert_ok(ops->usage(&g->ref, &u, &e), &e);
	if (status == 0 && !ctl_is_v1(CGROUP_IO) && any_disk() != NULL)
		assert_true(u.io_write_bytes >= MIB);
}

/* The same from the controllers. */
static void
test_usage_limited(void **state)
{
	struct group *g = *state;
	struct cell_usage u;
	struct err e = ERR_INIT;
	const char *disk = any_disk();
	int status;

	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	group_limit(g, LIMIT_PROCESSES, 50);
	if (disk != NULL)
		group_limit(g, LIMIT_IO_WRITE_BPS, 1024 * MIB);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	(void)group_spawn(g, child_eat_16);
	group_wait_ready(g, 1);
	status = group_wait(g, group_spawn(g, child_write));
	(void)unlink("direct");
	assert_ok(ops->usage(&g->ref, &u, &e), &e);
	assert_int_equal(u.processes, 1);
	assert_true(u.memory_bytes >= 16 * MIB);
	assert_true(u.memory_bytes <= 64 * MIB);
	assert_true(
	    u.memory_peak_bytes == 0 || u.memory_peak_bytes >= u.memory_bytes);
	if (status == 0 && disk != NULL) {
		assert_true(u.io_write_bytes >= MIB);
		assert_true(u.io_write_bytes < 16 * MIB);
	}
}

/* With a first process the share of a processor is known. */
static void
test_usage_percent(void **state)
{
	struct group *g = *state;
	struct cell_usage u;
	struct err e = ERR_INIT;
	auto_close int pidfd = -1;
	uint64_t start = 0;
	pid_t pid;

	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	pid = group_spawn(g, child_spin);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_ok(handle_fill(&g->ref, pid, pidfd, true, false, &e), &e);
	do {
		assert_ok(ops->usage(&g->ref, &u, &e), &e);
		assert_true(wait_more(&start));
	} while (u.cpu_percent == 0);
	assert_true(u.cpu_percent <= 110);
	group_kill_all(g);
	assert_ok(ops->usage(&g->ref, &u, &e), &e);
	assert_int_equal(u.cpu_percent, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		group_test(test_change_living),
		group_test(test_change_storm),
		group_test(test_change_fails),
		group_test(test_prepare_fails),
		group_test(test_memory_below_use),
		group_test(test_usage),
		group_test(test_usage_limited),
		group_test(test_usage_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
