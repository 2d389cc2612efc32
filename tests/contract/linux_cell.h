/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes in the control groups of a cell, for tests of those alone: no
 * namespaces, no command, only functions of the test that run as children.
 * Everything is gone after group_teardown(), also when a test failed.
 */
#ifndef POT_TEST_LINUX_CELL_H
#define POT_TEST_LINUX_CELL_H

#include "../unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/strv.h"
#include "platform/linux/cgroup.h"
#include "platform/linux/kernel.h"
#include "platform/linux/linux.h"

#define MIB ((uint64_t)1 << 20)
/* Nothing here should take so long; a test that waits fails then. */
#define PATIENCE_MS 60000

#define GROUP_CHILDREN_MAX 32

struct group {
	struct cell_ref ref;
	struct limit_set limits;
	int ready[2]; /* a child writes a byte when it is where it should be */
	pid_t child[GROUP_CHILDREN_MAX];
	size_t nchild;
};

/* What a child does; its exit status. */
typedef int child_fn(struct group *g);

static UNUSED int
group_setup(void **state)
{
	struct group *g = calloc(1, sizeof(*g));

	if (g == NULL || pipe2(g->ready, O_CLOEXEC) < 0)
		return -1;
	/* Other runs of this test may be under way on the same kernel. */
	(void)snprintf(g->ref.instance, sizeof(g->ref.instance), "%08x",
	    (unsigned)str_hash(
		&(uint64_t){ clock_real_ns() }, sizeof(uint64_t)));
	str_copy(g->ref.name, "web-1", sizeof(g->ref.name));
	g->ref.generation = 41;
	*state = g;
	return 0;
}

static UNUSED void
group_limit(struct group *g, enum limit_id id, uint64_t value)
{
	g->limits.set |= 1U << id;
	g->limits.value[id] = value;
}

/* Fork a child that is born in the v2 group and joins those of v1. */
static UNUSED pid_t
group_spawn(struct group *g, child_fn *fn)
{
	struct err e = ERR_INIT;
	struct clone_args args = { .exit_signal = SIGCHLD };
	auto_close int fd = -1;
	long pid;

	assert_ok(cgroup_clone_fd(&g->ref, &fd, &e), &e);
	assert_true(fd >= 0);
	assert_true(g->nchild < GROUP_CHILDREN_MAX);
	args.flags = CLONE_INTO_CGROUP;
	args.cgroup = (unsigned)fd;
	pid = sys_clone3(&args);
	if (pid == 0) {
		if (cgroup_join(&g->ref, &e) < 0)
			_exit(99);
		_exit(fn(g));
	}
	assert_true(pid > 0);
	g->child[g->nchild++] = (pid_t)pid;
	return (pid_t)pid;
}

static UNUSED void
group_say_ready(const struct group *g)
{
	if (write(g->ready[1], "r", 1) != 1)
		_exit(98);
}

/* Wait until N children said that they are ready. */
static UNUSED void
group_wait_ready(const struct group *g, unsigned n)
{
	struct pollfd p = { .fd = g->ready[0], .events = POLLIN };
	char c;

	for (; n > 0; n--) {
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		assert_int_equal(read(g->ready[0], &c, 1), 1);
	}
}

/* Exit status of a child, 128 + N for a signal. */
static UNUSED int
group_wait(struct group *g, pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (size_t i = 0; i < g->nchild; i++) {
		if (g->child[i] == pid)
			g->child[i] = g->child[--g->nchild];
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static UNUSED void
group_kill_all(struct group *g)
{
	struct err e = ERR_INIT;

	if (cgroup_kill(&g->ref, &e) < 0)
		err_clear(&e);
	while (g->nchild > 0) {
		(void)kill(g->child[g->nchild - 1], SIGKILL);
		(void)waitpid(g->child[--g->nchild], NULL, 0);
	}
}

/* Is there anything of the instance in any hierarchy? */
static UNUSED bool
group_left_something(const struct group *g)
{
	struct cgroup_dir d;
	struct err e = ERR_INIT;
	bool has;

	for (unsigned tree = 0; tree < CGROUP_TREE_COUNT; tree++) {
		assert_ok(
		    cgroup_parent(tree, g->ref.instance, &d, &has, &e), &e);
		if (has && faccessat(d.dirfd, d.path, F_OK, 0) == 0) {
			print_error("left: %s\n", d.path);
			return true;
		}
	}
	return false;
}

static UNUSED int
group_teardown(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	int r = 0;

	group_kill_all(g);
	if (linux_limit_ops.remove(&g->ref, &e) < 0) {
		print_error("%s\n", e.text);
		r = -1;
	}
	if (group_left_something(g))
		r = -1;
	(void)close(g->ready[0]);
	(void)close(g->ready[1]);
	free(g);
	return r;
}

#define group_test(f) \
	cmocka_unit_test_setup_teardown(f, group_setup, group_teardown)

/* The content of a file of the controller. */
static UNUSED const char *
group_file(
    const struct group *g, enum cgroup_ctl ctl, const char *v2, const char *v1)
{
	static char text[4096];
	struct cgroup_dir d;
	struct err e = ERR_INIT;
	bool is_v1;

	assert_ok(cgroup_of_ctl(ctl, &g->ref, &d, &is_v1, &e), &e);
	if (cgroup_read(&d, is_v1 ? v1 : v2, text, sizeof(text)) < 0)
		return "no such file";
	return text;
}

/* The content of a file of the v2 group. */
static UNUSED const char *
group_v2_file(const struct group *g, const char *file)
{
	static char text[4096];
	struct cgroup_dir d;
	struct err e = ERR_INIT;
	bool has;

	assert_ok(cgroup_of(CGROUP_TREE_V2, &g->ref, &d, &has, &e), &e);
	if (cgroup_read(&d, file, text, sizeof(text)) < 0)
		return "no such file";
	return text;
}

static UNUSED bool
ctl_is_v1(enum cgroup_ctl ctl)
{
	struct err e = ERR_INIT;
	bool is_v1;

	assert_ok(cgroup_ctl_is_v1(ctl, &is_v1, &e), &e);
	return is_v1;
}

/* Wait a moment, for what the kernel does by and by; false after all of
 * PATIENCE_MS since *START (0: now). */
static UNUSED bool
wait_more(uint64_t *start)
{
	if (*start == 0)
		*start = clock_mono_ms();
	(void)poll(NULL, 0, 5);
	return clock_mono_ms() - *start < PATIENCE_MS;
}

/* Work for children. */

static NO_RETURN UNUSED void
idle(void)
{
	for (;;)
		pause();
}

static UNUSED int
child_idle(struct group *g)
{
	group_say_ready(g);
	idle();
}

static UNUSED int
child_spin(struct group *g)
{
	volatile bool on = true;

	group_say_ready(g);
	while (on)
		;
	return 0;
}

/* Use N mebibytes. */
static UNUSED void
eat(size_t n)
{
	char *p = mmap(NULL, n * MIB, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(97);
	for (size_t i = 0; i < n * MIB; i += 4096)
		((volatile char *)p)[i] = 1;
}

static UNUSED int
child_eat_16(struct group *g)
{
	eat(16);
	return child_idle(g);
}

/* How many processes can be made here, besides the first?  They are reaped:
 * a dead one that nobody waited for counts. */
static UNUSED int
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

/* What the tests see of the host. */

static UNUSED uint64_t
host_cpus(void)
{
	return (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
}

static UNUSED const char *
memory_file(const struct group *g)
{
	return group_file(
	    g, CGROUP_MEMORY, "memory.max", "memory.limit_in_bytes");
}

/* "254:0" of a disk with I/O of its own, or NULL. */
static UNUSED const char *
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

#endif
