/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each limit, on the kernel that runs: what the host has not is refused,
 * what is set works, is changed and is lifted.
 * pot-test: timeout=300
 */
#include "linux_cell.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

static const struct platform_limit_ops *const ops = &linux_limit_ops;

/* The host's limit is refused when VALUE is above it, in these words. */
static void
expect_refused(
    enum limit_id id, uint64_t value, enum err_code code, const char *words)
{
	struct group g = { .nchild = 0 };
	struct err e = ERR_INIT;

	group_limit(&g, id, value);
	if (ops->check(&g.limits, &e) == 0)
		fail_msg(
		    "limit %d: %ju was accepted", (int)id, (uintmax_t)value);
	if (strncmp(e.text, words, strlen(words)) != 0)
		fail_msg("'%s' does not begin with '%s'", e.text, words);
	assert_int_equal(e.code, code);
}

static void
expect_accepted(enum limit_id id, uint64_t value)
{
	struct group g = { .nchild = 0 };
	struct err e = ERR_INIT;

	group_limit(&g, id, value);
	assert_ok(ops->check(&g.limits, &e), &e);
}

static void
test_check(void **state)
{
	struct sysinfo si;
	uint64_t memory;
	char text[128];

	(void)state;
	assert_int_equal(sysinfo(&si), 0);
	memory = (uint64_t)si.totalram * si.mem_unit;
	expect_accepted(LIMIT_MEMORY, memory);
	expect_accepted(LIMIT_MEMORY_SOFT, 4096);
	expect_refused(LIMIT_MEMORY, memory + 1, ERR_LIMIT, "memory ");
	expect_refused(
	    LIMIT_MEMORY, MIB << 24, ERR_LIMIT, "memory 16T: the host has ");
	expect_refused(LIMIT_MEMORY_SOFT, UINT64_MAX, ERR_LIMIT,
	    "soft memory 16E: the host has ");
	expect_refused(LIMIT_MEMORY, 0, ERR_INVALID, "memory 0B: at least 4");
	expect_accepted(LIMIT_CPU_QUOTA, host_cpus() * 1000);
	(void)snprintf(text, sizeof(text), "cpu quota %ju.5: the host has %ju",
	    (uintmax_t)host_cpus(), (uintmax_t)host_cpus());
	expect_refused(
	    LIMIT_CPU_QUOTA, host_cpus() * 1000 + 500, ERR_LIMIT, text);
	expect_refused(
	    LIMIT_CPU_QUOTA, 9, ERR_INVALID, "cpu quota 0.009: at least 0.01");
	expect_accepted(LIMIT_CPU_WEIGHT, 1);
	expect_refused(LIMIT_CPU_WEIGHT, 10001, ERR_LIMIT,
	    "cpu weight 10001: at most 10000 here");
	expect_accepted(LIMIT_CPUS, host_cpus());
	(void)snprintf(text, sizeof(text), "cpus %ju: the host has %ju",
	    (uintmax_t)host_cpus() + 6, (uintmax_t)host_cpus());
	expect_refused(LIMIT_CPUS, host_cpus() + 6, ERR_LIMIT, text);
	expect_refused(LIMIT_CPUS, 0, ERR_INVALID, "cpus 0: at least 1");
	expect_accepted(LIMIT_PROCESSES, 1);
	expect_refused(
	    LIMIT_PROCESSES, 1 << 23, ERR_LIMIT, "processes 8388608: at most ");
	expect_accepted(LIMIT_IO_WRITE_BPS, UINT64_MAX);
	expect_refused(LIMIT_IO_WRITE_IOPS, (uint64_t)1 << 32, ERR_LIMIT,
	    "writes per second 4294967296: at most 4294967295 here");
	expect_refused(LIMIT_IO_READ_BPS, 0, ERR_INVALID,
	    "read bytes per second 0B: at least 1");
}

/* What may be asked for is what setrlimit(2) then takes. */
static void
test_check_open_files(void **state)
{
	struct err e = ERR_INIT;
	uint64_t max;
	struct rlimit r;
	pid_t pid;
	int status;

	(void)state;
	assert_ok(cgroup_max_open_files(&max, &e), &e);
	expect_accepted(LIMIT_OPEN_FILES, max);
	expect_refused(LIMIT_OPEN_FILES, max + 1, ERR_LIMIT, "open files ");
	pid = fork();
	if (pid == 0) {
		r = (struct rlimit){ max, max };
		_exit(setrlimit(RLIMIT_NOFILE, &r) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
test_check_cpu_list(void **state)
{
	struct limit_set l = { .set = 1U << LIMIT_CPUS };
	struct err e = ERR_INIT;

	(void)state;
	l.value[LIMIT_CPUS] = 1;
	str_copy(l.cpu_list, "0", sizeof(l.cpu_list));
	assert_ok(ops->check(&l, &e), &e);
	str_copy(l.cpu_list, "0,1000-1003", sizeof(l.cpu_list));
	assert_err(ops->check(&l, &e), &e, ERR_LIMIT);
	str_copy(l.cpu_list, "0-", sizeof(l.cpu_list));
	assert_err(ops->check(&l, &e), &e, ERR_INVALID);
}

/* Swap alone can be limited in v2 only. */
static void
test_check_swap(void **state)
{
	struct limit_set l = { .set = 1U << LIMIT_SWAP };
	struct err e = ERR_INIT;

	(void)state;
	if (ctl_is_v1(CGROUP_MEMORY))
		assert_err(ops->check(&l, &e), &e, ERR_UNSUPPORTED);
	else
		assert_ok(ops->check(&l, &e), &e);
	l.set |= 1U << LIMIT_MEMORY;
	l.value[LIMIT_MEMORY] = 64 * MIB;
	assert_ok(ops->check(&l, &e), &e);
	l.value[LIMIT_SWAP] = MIB << 24;
	assert_err(ops->check(&l, &e), &e, ERR_LIMIT);
}

static int
child_eat_64(struct group *g)
{
	eat(64);
	group_say_ready(g);
	return 0;
}

static void
test_memory_kill(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	struct oom_watch w = { .fd = -1 };
	struct pollfd p;
	char drained[4096];
	uint64_t n = 77;
	pid_t idle, eater;

	group_limit(g, LIMIT_MEMORY, 32 * MIB);
	group_limit(g, LIMIT_SWAP, 0);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_ok(ops->oom_kills(&g->ref, &n, &e), &e);
	assert_int_equal(n, 0);
	assert_ok(ops->oom_open(&g->ref, &w, &e), &e);
	assert_int_equal(w.is_early, ctl_is_v1(CGROUP_MEMORY));
	p = (struct pollfd){ .fd = w.fd, .events = w.events };
	assert_int_equal(poll(&p, 1, 0), 0);

	idle = group_spawn(g, child_idle);
	group_wait_ready(g, 1);
	eater = group_spawn(g, child_eat_64);
	assert_int_equal(group_wait(g, eater), 128 + SIGKILL);
	assert_ok(ops->oom_kills(&g->ref, &n, &e), &e);
	assert_true(n >= 1);
	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_true(p.revents & w.events);
	(void)lseek(w.fd, 0, SEEK_SET);
	assert_true(read(w.fd, drained, sizeof(drained)) > 0);
	assert_int_equal(poll(&p, 1, 0), 0);
	/* The whole pot goes, in v2 by itself. */
	if (ctl_is_v1(CGROUP_MEMORY))
		assert_ok(ops->oom_end(&g->ref, &e), &e);
	assert_int_equal(group_wait(g, idle), 128 + SIGKILL);
	/* The number is there until remove(), whoever lives. */
	group_kill_all(g);
	assert_ok(ops->oom_kills(&g->ref, &n, &e), &e);
	assert_true(n >= 1);
	assert_ok(ops->remove(&g->ref, &e), &e);
	assert_err(ops->oom_kills(&g->ref, &n, &e), &e, ERR_NOT_FOUND);
	/* It doesn't tell for ever of a group that is gone. */
	if (poll(&p, 1, 0) == 1 && !ctl_is_v1(CGROUP_MEMORY)) {
		(void)lseek(w.fd, 0, SEEK_SET);
		assert_true(read(w.fd, drained, sizeof(drained)) <= 0);
	}
	(void)close(w.fd);
}

/* Without a limit nothing is counted, and nobody tells. */
static void
test_memory_not_limited(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	struct oom_watch w = { .fd = -1 };
	uint64_t n = 77;
	pid_t idle;

	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_ok(ops->oom_kills(&g->ref, &n, &e), &e);
	assert_int_equal(n, 0);
	idle = group_spawn(g, child_idle);
	group_wait_ready(g, 1);
	assert_ok(ops->oom_end(&g->ref, &e), &e);
	assert_int_equal(waitpid(idle, NULL, WNOHANG), 0);
	if (ctl_is_v1(CGROUP_MEMORY)) {
		assert_err(ops->oom_open(&g->ref, &w, &e), &e, ERR_UNSUPPORTED);
		assert_int_equal(w.fd, -1);
	} else {
		assert_ok(ops->oom_open(&g->ref, &w, &e), &e);
		(void)close(w.fd);
	}
}

/* What v1 calls no limit depends on the size of a page and a long. */
static bool
is_unlimited(const char *text)
{
	return str_eq(text, "max") || strlen(text) >= 19;
}

#define NOT_SET UINT64_MAX

static void
expect_bytes(const struct group *g, uint64_t memory, uint64_t swap)
{
	char want[32];

	(void)snprintf(want, sizeof(want), "%ju", (uintmax_t)memory);
	if (memory == NOT_SET)
		assert_true(is_unlimited(memory_file(g)));
	else
		assert_string_equal(memory_file(g), want);
	/* v1 has the sum of the two. */
	if (swap != NOT_SET && ctl_is_v1(CGROUP_MEMORY))
		swap += memory;
	(void)snprintf(want, sizeof(want), "%ju", (uintmax_t)swap);
	if (swap == NOT_SET)
		assert_true(is_unlimited(group_file(g, CGROUP_MEMORY,
		    "memory.swap.max", "memory.memsw.limit_in_bytes")));
	else
		assert_string_equal(
		    group_file(g, CGROUP_MEMORY, "memory.swap.max",
			"memory.memsw.limit_in_bytes"),
		    want);
}

/* Up and down, each alone and both: in v1 the sum must never be below. */
static void
test_memory_change(void **state)
{
	static const struct {
		uint64_t memory, swap; /* MiB */
	} steps[] = { { 32, 0 }, { 128, 0 }, { 16, 8 }, { 64, 2 }, { 32, 48 },
		{ 16, 200 }, { 100, 20 }, { 64, NOT_SET }, { 24, 0 },
		{ NOT_SET, NOT_SET }, { 48, 1 } };
	struct group *g = *state;
	struct limit_set from = { .set = 0 }, to;
	struct err e = ERR_INIT;

	assert_ok(ops->prepare(&g->ref, &from, &e), &e);
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		uint64_t memory = steps[i].memory, swap = steps[i].swap;

		to = (struct limit_set){ .set = 0 };
		if (memory != NOT_SET) {
			memory *= MIB;
			to.set |= 1U << LIMIT_MEMORY;
			to.value[LIMIT_MEMORY] = memory;
		}
		if (swap != NOT_SET) {
			swap *= MIB;
			to.set |= 1U << LIMIT_SWAP;
			to.value[LIMIT_SWAP] = swap;
		}
		assert_ok(ops->change(&g->ref, &from, &to, &e), &e);
		expect_bytes(g, memory, swap);
		from = to;
	}
}

static void
test_memory_soft(void **state)
{
	struct group *g = *state;
	struct limit_set none = { .set = 0 };
	struct err e = ERR_INIT;

	group_limit(g, LIMIT_MEMORY_SOFT, 16 * MIB);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_string_equal(group_file(g, CGROUP_MEMORY, "memory.high",
				"memory.soft_limit_in_bytes"),
	    "16777216");
	assert_ok(ops->change(&g->ref, &g->limits, &none, &e), &e);
	assert_true(is_unlimited(group_file(
	    g, CGROUP_MEMORY, "memory.high", "memory.soft_limit_in_bytes")));
}

static uint64_t
throttled(const struct group *g)
{
	return cgroup_stat_value(
	    group_file(g, CGROUP_CPU, "cpu.stat", "cpu.stat"), "nr_throttled");
}

static void
test_cpu_quota(void **state)
{
	struct group *g = *state;
	struct limit_set less = { .set = 0 };
	struct err e = ERR_INIT;
	uint64_t start = 0;

	group_limit(g, LIMIT_CPU_QUOTA, 50);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_int_equal(throttled(g), 0);
	(void)group_spawn(g, child_spin);
	(void)group_spawn(g, child_spin);
	while (throttled(g) == 0) {
		if (!wait_more(&start))
			fail_msg("never throttled: %s",
			    group_file(g, CGROUP_CPU, "cpu.stat", "cpu.stat"));
	}
	assert_ok(ops->change(&g->ref, &g->limits, &less, &e), &e);
	assert_string_equal(
	    group_file(g, CGROUP_CPU, "cpu.max", "cpu.cfs_quota_us"),
	    ctl_is_v1(CGROUP_CPU) ? "-1" : "max 100000");
}

static void
test_cpu_weight(void **state)
{
	struct group *g = *state;
	struct limit_set none = { .set = 0 };
	struct err e = ERR_INIT;
	bool is_v1 = ctl_is_v1(CGROUP_CPU);

	group_limit(g, LIMIT_CPU_WEIGHT, 500);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_string_equal(
	    group_file(g, CGROUP_CPU, "cpu.weight", "cpu.shares"),
	    is_v1 ? "5120" : "500");
	assert_ok(ops->change(&g->ref, &g->limits, &none, &e), &e);
	assert_string_equal(
	    group_file(g, CGROUP_CPU, "cpu.weight", "cpu.shares"),
	    is_v1 ? "1024" : "100");
}

/* Bit N of the exit status: may run on processor N. */
static int
child_cpus(struct group *g)
{
	cpu_set_t set;
	int bits = 0;

	(void)g;
	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 99;
	for (unsigned i = 0; i < 6; i++)
		bits |= CPU_ISSET(i, &set) ? 1 << i : 0;
	return bits;
}

static void
test_cpus(void **state)
{
	struct group *g = *state;
	struct limit_set none = { .set = 0 };
	struct err e = ERR_INIT;
	char list[LIMIT_CPU_LIST_SIZE] = "x";
	cpu_set_t set;
	int all = child_cpus(g);
	pid_t idle;

	assert_true(host_cpus() >= 2);
	group_limit(g, LIMIT_CPUS, 1);
	str_copy(g->limits.cpu_list, "1", sizeof(g->limits.cpu_list));
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_ok(ops->cpu_list(&g->ref, list, &e), &e);
	assert_string_equal(list, "1");
	assert_int_equal(group_wait(g, group_spawn(g, child_cpus)), 1 << 1);
	idle = group_spawn(g, child_idle);
	group_wait_ready(g, 1);

	assert_ok(ops->change(&g->ref, &g->limits, &none, &e), &e);
	assert_ok(ops->cpu_list(&g->ref, list, &e), &e);
	assert_string_equal(list, "");
	assert_int_equal(group_wait(g, group_spawn(g, child_cpus)), all);
	assert_int_equal(sched_getaffinity(idle, sizeof(set), &set), 0);
	assert_true(CPU_ISSET(0, &set));

	str_copy(g->limits.cpu_list, "0", sizeof(g->limits.cpu_list));
	assert_ok(ops->change(&g->ref, &none, &g->limits, &e), &e);
	assert_int_equal(sched_getaffinity(idle, sizeof(set), &set), 0);
	assert_int_equal(CPU_COUNT(&set), 1);
	assert_true(CPU_ISSET(0, &set));
}

/* No list: any processor, nothing to do. */
static void
test_cpus_all(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	char list[LIMIT_CPU_LIST_SIZE] = "x";
	int all = child_cpus(g);

	group_limit(g, LIMIT_CPUS, host_cpus());
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_ok(ops->cpu_list(&g->ref, list, &e), &e);
	assert_string_equal(list, "");
	assert_int_equal(group_wait(g, group_spawn(g, child_cpus)), all);
}

static void
test_processes(void **state)
{
	struct group *g = *state;
	struct limit_set none = { .set = 0 }, more;
	struct err e = ERR_INIT;

	group_limit(g, LIMIT_PROCESSES, 4);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_int_equal(group_wait(g, group_spawn(g, child_fork)), 3);
	more = g->limits;
	more.value[LIMIT_PROCESSES] = 9;
	assert_ok(ops->change(&g->ref, &g->limits, &more, &e), &e);
	assert_int_equal(group_wait(g, group_spawn(g, child_fork)), 8);
	assert_ok(ops->change(&g->ref, &more, &none, &e), &e);
	assert_int_equal(group_wait(g, group_spawn(g, child_fork)), 20);
}

/* TEXT has a line "DISK VALUE"; with VALUE "" no line of DISK. */
static void
expect_disk(const char *text, const char *disk, const char *value)
{
	char want[128];

	(void)snprintf(want, sizeof(want), "%s %s", disk, value);
	if ((strstr(text, want) != NULL) != (value[0] != '\0'))
		fail_msg("'%s' is not '%s'", text, want);
}

/* What io.max says of DISK, and the same in two of v1's files. */
static void
expect_io(const struct group *g, const char *disk, const char *v2,
    const char *rbps, const char *wiops)
{
	if (!ctl_is_v1(CGROUP_IO)) {
		expect_disk(group_file(g, CGROUP_IO, "io.max", ""), disk, v2);
		return;
	}
	expect_disk(
	    group_file(g, CGROUP_IO, "", "blkio.throttle.read_bps_device"),
	    disk, rbps);
	expect_disk(
	    group_file(g, CGROUP_IO, "", "blkio.throttle.write_iops_device"),
	    disk, wiops);
}

static void
test_io(void **state)
{
	struct group *g = *state;
	struct limit_set to;
	struct err e = ERR_INIT;
	const char *disk = any_disk();

	group_limit(g, LIMIT_IO_READ_BPS, 5 * MIB);
	if (disk == NULL) {
		assert_err(
		    ops->prepare(&g->ref, &g->limits, &e), &e, ERR_UNSUPPORTED);
		return;
	}
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	expect_io(g, disk, "rbps=5242880 wbps=max riops=max wiops=max",
	    "5242880", "");
	to = g->limits;
	to.value[LIMIT_IO_READ_BPS] = MIB;
	to.set |= 1U << LIMIT_IO_WRITE_IOPS;
	to.value[LIMIT_IO_WRITE_IOPS] = 500;
	assert_ok(ops->change(&g->ref, &g->limits, &to, &e), &e);
	expect_io(g, disk, "rbps=1048576 wbps=max riops=max wiops=500",
	    "1048576", "500");
	g->limits = to;
	to.set &= ~(1U << LIMIT_IO_READ_BPS);
	assert_ok(ops->change(&g->ref, &g->limits, &to, &e), &e);
	expect_io(g, disk, "rbps=max wbps=max riops=max wiops=500", "", "500");
	g->limits = to;
	to.set = 0;
	assert_ok(ops->change(&g->ref, &g->limits, &to, &e), &e);
	expect_io(g, disk, "", "", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_open_files),
		cmocka_unit_test(test_check_cpu_list),
		cmocka_unit_test(test_check_swap),
		group_test(test_memory_kill),
		group_test(test_memory_not_limited),
		group_test(test_memory_change),
		group_test(test_memory_soft),
		group_test(test_cpu_quota),
		group_test(test_cpu_weight),
		group_test(test_cpus),
		group_test(test_cpus_all),
		group_test(test_processes),
		group_test(test_io),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
