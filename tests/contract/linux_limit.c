/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each limit, on the kernel that runs: what the host has not is refused,
 * what is set works, is changed and lifted while processes live, and a
 * change that can't be made leaves everything as it was.
 * pot-test: timeout=300
 */
#include "linux_cell.h"

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include "platform/linux/handle.h"

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

static uint64_t
host_cpus(void)
{
	return (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
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

static int
child_eat_16(struct group *g)
{
	eat(16);
	return child_idle(g);
}

static void
test_memory_kill(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	struct pollfd p = { .events = POLLIN };
	auto_close int fd = -1;
	char drained[4096];
	uint64_t n = 77;
	pid_t idle, eater;

	group_limit(g, LIMIT_MEMORY, 32 * MIB);
	group_limit(g, LIMIT_SWAP, 0);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_ok(ops->oom_kills(&g->ref, &n, &e), &e);
	assert_int_equal(n, 0);
	assert_ok(ops->oom_open(&g->ref, &fd, &e), &e);
	p.fd = fd;
	assert_int_equal(poll(&p, 1, 0), 0);

	idle = group_spawn(g, child_idle);
	group_wait_ready(g, 1);
	eater = group_spawn(g, child_eat_64);
	assert_int_equal(group_wait(g, eater), 128 + SIGKILL);
	assert_ok(ops->oom_kills(&g->ref, &n, &e), &e);
	assert_true(n >= 1);
	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_true(p.revents & POLLIN);
	assert_true(read(fd, drained, sizeof(drained)) > 0);
	assert_int_equal(read(fd, drained, sizeof(drained)), -1);
	assert_int_equal(errno, EAGAIN);
	/* In v2 the whole pot goes. */
	if (!ctl_is_v1(CGROUP_MEMORY))
		assert_int_equal(group_wait(g, idle), 128 + SIGKILL);
	/* The number is there until remove(), whoever lives. */
	group_kill_all(g);
	assert_ok(ops->oom_kills(&g->ref, &n, &e), &e);
	assert_true(n >= 1);
	assert_ok(ops->remove(&g->ref, &e), &e);
	assert_err(ops->oom_kills(&g->ref, &n, &e), &e, ERR_NOT_FOUND);
}

/* Without a limit nothing is counted, and nobody tells. */
static void
test_memory_not_limited(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	uint64_t n = 77;
	int fd = -1;

	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_ok(ops->oom_kills(&g->ref, &n, &e), &e);
	assert_int_equal(n, 0);
	if (ctl_is_v1(CGROUP_MEMORY)) {
		assert_err(
		    ops->oom_open(&g->ref, &fd, &e), &e, ERR_UNSUPPORTED);
		assert_int_equal(fd, -1);
	} else {
		assert_ok(ops->oom_open(&g->ref, &fd, &e), &e);
		(void)close(fd);
	}
}

static const char *
memory_file(const struct group *g)
{
	return group_file(
	    g, CGROUP_MEMORY, "memory.max", "memory.limit_in_bytes");
}

/* What v1 calls no limit depends on the size of a page and a long. */
static bool
is_unlimited(const char *text)
{
	return str_eq(text, "max") || strlen(text) >= 19;
}

/* Up and down, with swap, which v1 keeps as a sum that is never below. */
static void
test_memory_change(void **state)
{
	/* memory, swap; ~0: not set */
	static const uint64_t steps[][2] = { { 32, 0 }, { 128, 0 }, { 16, 0 },
		{ 64, ~UINT64_C(0) }, { 24, 0 }, { ~UINT64_C(0), ~UINT64_C(0) },
		{ 48, 0 } };
	struct group *g = *state;
	struct limit_set from = { .set = 0 }, to;
	struct err e = ERR_INIT;
	char want[32];

	assert_ok(ops->prepare(&g->ref, &from, &e), &e);
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		to = (struct limit_set){ .set = 0 };
		if (steps[i][0] != ~UINT64_C(0)) {
			to.set |= 1U << LIMIT_MEMORY;
			to.value[LIMIT_MEMORY] = steps[i][0] * MIB;
		}
		if (steps[i][1] != ~UINT64_C(0)) {
			to.set |= 1U << LIMIT_SWAP;
			to.value[LIMIT_SWAP] = steps[i][1] * MIB;
		}
		assert_ok(ops->change(&g->ref, &from, &to, &e), &e);
		if (steps[i][0] == ~UINT64_C(0)) {
			assert_true(is_unlimited(memory_file(g)));
		} else {
			(void)snprintf(want, sizeof(want), "%ju",
			    (uintmax_t)to.value[LIMIT_MEMORY]);
			assert_string_equal(memory_file(g), want);
		}
		if (steps[i][1] == ~UINT64_C(0))
			assert_true(is_unlimited(group_file(g, CGROUP_MEMORY,
			    "memory.swap.max", "memory.memsw.limit_in_bytes")));
		else
			assert_string_equal(
			    group_file(g, CGROUP_MEMORY, "memory.swap.max",
				"memory.memsw.limit_in_bytes"),
			    ctl_is_v1(CGROUP_MEMORY) ? want : "0");
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

/* How many processes can be made here, besides the first?  They are reaped:
 * a dead one that nobody waited for counts. */
static int
child_fork(struct group *g)
{
	pid_t pids[20];
	unsigned n;
	int error = 0;

	(void)g;
	for (n = 0; n < COUNT_OF(pids); n++) {
		pids[n] = fork();
		if (pids[n] == 0)
			idle();
		if (pids[n] < 0) {
			error = errno;
			break;
		}
	}
	for (unsigned i = 0; i < n; i++) {
		(void)kill(pids[i], SIGKILL);
		(void)waitpid(pids[i], NULL, 0);
	}
	return error == 0 || error == EAGAIN ? (int)n : 96;
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

/* "254:0" of a disk with I/O of its own, or NULL. */
static const char *
any_disk(void)
{
	static char dev[32];
	auto_closedir DIR *dir = opendir("/sys/block");
	struct cgroup_dir d = { .dirfd = AT_FDCWD };
	struct dirent *entry;
	char device[300];
	uint64_t size;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		(void)snprintf(
		    d.path, sizeof(d.path), "/sys/block/%.200s", entry->d_name);
		(void)snprintf(device, sizeof(device), "%.220s/device", d.path);
		if (entry->d_name[0] != '.' && access(device, F_OK) == 0 &&
		    cgroup_read_u64(&d, "size", &size) == 0 && size > 0 &&
		    cgroup_read(&d, "dev", dev, sizeof(dev)) > 0)
			return dev;
	}
	return NULL;
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

/* Forks without end; the children are reaped by the kernel. */
static int
child_storm(struct group *g)
{
	pid_t pid;

	(void)signal(SIGCHLD, SIG_IGN);
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
	assert_ok(handle_fill(&g->ref, pid, pidfd, true, &e), &e);
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
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_open_files),
		cmocka_unit_test(test_check_cpu_list),
		cmocka_unit_test(test_check_swap),
		group_test(test_memory_kill),
		group_test(test_memory_not_limited),
		group_test(test_memory_change),
		group_test(test_memory_soft),
		group_test(test_memory_below_use),
		group_test(test_cpu_quota),
		group_test(test_cpu_weight),
		group_test(test_cpus),
		group_test(test_cpus_all),
		group_test(test_processes),
		group_test(test_io),
		group_test(test_change_living),
		group_test(test_change_storm),
		group_test(test_change_fails),
		group_test(test_prepare_fails),
		group_test(test_usage),
		group_test(test_usage_limited),
		group_test(test_usage_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
