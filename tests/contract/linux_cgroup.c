/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control groups of cells, on the kernel that runs: made, listed, frozen,
 * killed and removed whatever is in them, also where the hierarchies are at
 * unusual places or not mounted at all, and by many at once.
 * pot-test: timeout=300
 */
#include "linux_cell.h"

#include <sched.h>

static const struct platform_limit_ops *const ops = &linux_limit_ops;

static void
test_prepare_and_remove(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	char path[300];

	assert_ok(ops->remove(&g->ref, &e), &e);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	/* The names are what other tools see, and census() finds. */
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/pot-%s/web-1.41",
	    access("/sys/fs/cgroup/unified", F_OK) == 0 ? "unified" : ".",
	    g->ref.instance);
	assert_int_equal(access(path, F_OK), 0);
	/* A second one of that name is refused, and harms nothing. */
	assert_err(ops->prepare(&g->ref, &g->limits, &e), &e, ERR_EXISTS);
	assert_int_equal(access(path, F_OK), 0);
	assert_ok(ops->remove(&g->ref, &e), &e);
	assert_int_equal(access(path, F_OK), -1);
	assert_ok(ops->remove(&g->ref, &e), &e);
	assert_false(group_left_something(g));
}

/* The default root has no instance: "pot". */
static void
test_no_instance(void **state)
{
	struct group *g = *state;
	struct cell_ref ref = g->ref;
	struct limit_set none = { .set = 0 };
	struct err e = ERR_INIT;
	auto_strv struct strv names = STRV_INIT;
	char name[300];

	str_copy(ref.name, ref.instance, sizeof(ref.name));
	ref.instance[0] = '\0';
	assert_ok(ops->prepare(&ref, &none, &e), &e);
	assert_ok(ops->census("", &names, &e), &e);
	assert_ok(ops->remove(&ref, &e), &e);
	(void)snprintf(name, sizeof(name), "%s.41", ref.name);
	assert_true(strv_has(&names, name));
}

static void
test_long_name(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;

	memset(g->ref.name, 'n', sizeof(g->ref.name) - 1);
	g->ref.generation = UINT64_MAX;
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_ok(ops->remove(&g->ref, &e), &e);
	str_copy(g->ref.name, "a/b", sizeof(g->ref.name));
	assert_err(ops->prepare(&g->ref, &g->limits, &e), &e, ERR_INVALID);
	str_copy(g->ref.name, "web-1", sizeof(g->ref.name));
}

/* Everything is fine with a cell that never had groups (linux.h). */
static void
test_no_groups(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	int fd = 77;
	size_t n = 77;

	assert_ok(cgroup_clone_fd(&g->ref, &fd, &e), &e);
	assert_int_equal(fd, -1);
	assert_ok(cgroup_join(&g->ref, &e), &e);
	assert_ok(cgroup_join_v2(&g->ref, &e), &e);
	assert_ok(cgroup_kill(&g->ref, &e), &e);
	assert_ok(cgroup_freeze(&g->ref, true, &e), &e);
	assert_ok(cgroup_freeze(&g->ref, false, &e), &e);
	assert_ok(cgroup_pids(&g->ref, NULL, 0, &n, &e), &e);
	assert_int_equal(n, 0);
}

static void
test_census(void **state)
{
	struct group *g = *state;
	struct cell_ref other = g->ref;
	struct cgroup_dir d;
	struct err e = ERR_INIT;
	auto_strv struct strv names = STRV_INIT;
	auto_strv struct strv again = STRV_INIT;
	bool has;

	assert_ok(ops->census(g->ref.instance, &names, &e), &e);
	assert_int_equal(names.n, 0);
	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	group_limit(g, LIMIT_PROCESSES, 64);
	str_copy(other.name, "a.b", sizeof(other.name));
	other.generation = 7;
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	assert_ok(ops->prepare(&other, &g->limits, &e), &e);
	/* What a crash in the middle of remove() leaves; not a cell's. */
	assert_ok(
	    cgroup_parent(CGROUP_TREE_V2, g->ref.instance, &d, &has, &e), &e);
	str_copy(d.path + strlen(d.path), "/notes", 64);
	assert_int_equal(mkdirat(d.dirfd, d.path, 0755), 0);
	assert_ok(ops->census(g->ref.instance, &names, &e), &e);
	assert_int_equal(unlinkat(d.dirfd, d.path, AT_REMOVEDIR), 0);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.v[0], "a.b.7");
	assert_string_equal(names.v[1], "web-1.41");

	assert_ok(cgroup_of(CGROUP_TREE_V2, &other, &d, &has, &e), &e);
	assert_int_equal(unlinkat(d.dirfd, d.path, AT_REMOVEDIR), 0);
	assert_ok(ops->census(g->ref.instance, &again, &e), &e);
	assert_int_equal(again.n, ctl_is_v1(CGROUP_PIDS) ? 2 : 1);
	assert_ok(ops->remove(&other, &e), &e);
}

static int
child_count(struct group *g)
{
	volatile unsigned *counter = (void *)(uintptr_t)g->limits.value[0];

	group_say_ready(g);
	for (;;)
		++*counter;
	return 0;
}

static void
test_freeze(void **state)
{
	struct group *g = *state;
	struct limit_set none = { .set = 0 };
	struct err e = ERR_INIT;
	uint64_t start = 0;
	unsigned seen;
	volatile unsigned *counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(counter != MAP_FAILED);
	g->limits.value[0] = (uintptr_t)counter;
	assert_ok(ops->prepare(&g->ref, &none, &e), &e);
	(void)group_spawn(g, child_count);
	group_wait_ready(g, 1);
	while (*counter == 0)
		assert_true(wait_more(&start));
	assert_ok(cgroup_freeze(&g->ref, true, &e), &e);
	seen = *counter;
	for (int i = 0; i < 20; i++)
		assert_true(wait_more(&start));
	assert_int_equal(*counter, seen);
	assert_ok(cgroup_freeze(&g->ref, false, &e), &e);
	start = 0;
	while (*counter == seen)
		assert_true(wait_more(&start));
	/* A frozen one can be killed. */
	assert_ok(cgroup_freeze(&g->ref, true, &e), &e);
	group_kill_all(g);
	(void)munmap((void *)(uintptr_t)counter, 4096);
}

/* A group of DEPTH levels below D, a process in the innermost. */
static void
nest(const struct group *g, const char *where, pid_t pid)
{
	struct cgroup_dir d;
	struct err e = ERR_INIT;
	char text[32];
	bool has;

	assert_ok(cgroup_of(CGROUP_TREE_V2, &g->ref, &d, &has, &e), &e);
	str_copy(d.path + strlen(d.path), where, 64);
	assert_int_equal(mkdirat(d.dirfd, d.path, 0755), 0);
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	assert_int_equal(cgroup_write(&d, "cgroup.procs", text), 0);
}

/* A guest with groups of its own: all of it is listed, killed, removed. */
static void
test_nested(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	pid_t pids[2] = { 0, 77 }, a, b;
	size_t n;

	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	a = group_spawn(g, child_idle);
	b = group_spawn(g, child_idle);
	(void)group_spawn(g, child_idle);
	group_wait_ready(g, 3);
	nest(g, "/x", a);
	nest(g, "/x/y", a);
	nest(g, "/z", b);
	assert_ok(cgroup_pids(&g->ref, pids, 1, &n, &e), &e);
	assert_int_equal(n, 3);
	assert_true(pids[0] > 0);
	assert_int_equal(pids[1], 77);
	/* Only when all are dead. */
	assert_err(ops->remove(&g->ref, &e), &e, ERR_BUSY);
	assert_ok(cgroup_kill(&g->ref, &e), &e);
	assert_int_equal(group_wait(g, b), 128 + SIGKILL);
	assert_int_equal(group_wait(g, a), 128 + SIGKILL);
	assert_ok(ops->remove(&g->ref, &e), &e);
	assert_false(group_left_something(g));
}

/* A child that was born elsewhere can be put in. */
static int
child_join(struct group *g)
{
	struct err e = ERR_INIT;
	pid_t pids[4];
	size_t n;

	if (cgroup_join_v2(&g->ref, &e) < 0 || cgroup_join(&g->ref, &e) < 0 ||
	    cgroup_pids(&g->ref, pids, 4, &n, &e) < 0)
		return 1;
	return n == 1 && pids[0] == getpid() ? 0 : 2;
}

static void
test_join(void **state)
{
	struct group *g = *state;
	struct err e = ERR_INIT;
	pid_t pid;
	int status;

	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	pid = fork();
	if (pid == 0)
		_exit(child_join(g));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static size_t
open_files(void)
{
	auto_closedir DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	return n;
}

/* A thousand starts and stops leave no directory and no descriptor. */
static void
test_leaks(void **state)
{
	struct group *g = *state;
	struct limit_set none = { .set = 0 };
	struct err e = ERR_INIT;
	struct cell_usage u;
	size_t before;

	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	group_limit(g, LIMIT_PROCESSES, 64);
	group_limit(g, LIMIT_CPUS, 1);
	str_copy(g->limits.cpu_list, "0", sizeof(g->limits.cpu_list));
	before = open_files();
	for (unsigned i = 0; i < 1000; i++) {
		g->ref.generation = i;
		assert_ok(
		    ops->prepare(&g->ref, i % 2 == 0 ? &none : &g->limits, &e),
		    &e);
		assert_ok(ops->usage(&g->ref, &u, &e), &e);
		assert_ok(ops->remove(&g->ref, &e), &e);
	}
	assert_int_equal(open_files(), before);
	assert_false(group_left_something(g));
}

/* Starts and stops of different pots, each time the first and the last. */
static int
many_rounds(struct group *g, unsigned who)
{
	struct err e = ERR_INIT;

	(void)snprintf(g->ref.name, sizeof(g->ref.name), "pot%u", who);
	for (unsigned i = 0; i < 100; i++) {
		g->ref.generation = i;
		if (ops->prepare(&g->ref, &g->limits, &e) < 0 ||
		    ops->remove(&g->ref, &e) < 0) {
			print_error("%u: %s\n", i, e.text);
			return 1;
		}
	}
	return 0;
}

static void
test_many_at_once(void **state)
{
	struct group *g = *state;
	pid_t pids[4];
	int status;

	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	group_limit(g, LIMIT_CPUS, 1);
	str_copy(g->limits.cpu_list, "0", sizeof(g->limits.cpu_list));
	for (unsigned i = 0; i < COUNT_OF(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(many_rounds(g, i));
	}
	for (unsigned i = 0; i < COUNT_OF(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_false(group_left_something(g));
}

/*
 * Layouts.  Where the hierarchies are is found once in a process, so each
 * of these runs in a process of its own, in a mount namespace of its own.
 */

static void
private_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(80);
}

/* Nothing is mounted anywhere: a container that hides it. */
static void
layout_none(void)
{
	private_mounts();
	if (umount2("/sys/fs/cgroup", MNT_DETACH) < 0)
		_exit(81);
}

/* v1 hierarchies alone, as before there was v2. */
static void
layout_v1(void)
{
	private_mounts();
	if (umount2("/sys/fs/cgroup/unified", MNT_DETACH) < 0)
		_exit(82);
}

/* All of it somewhere else. */
static void
layout_moved(void)
{
	private_mounts();
	if (mount("none", "/mnt", "tmpfs", 0, NULL) < 0 ||
	    mkdir("/mnt/groups", 0755) < 0 ||
	    mount("/sys/fs/cgroup", "/mnt/groups", NULL, MS_BIND | MS_REC,
		NULL) < 0 ||
	    umount2("/sys/fs/cgroup", MNT_DETACH) < 0)
		_exit(83);
}

static const struct layout {
	const char *name;
	void (*make)(void);
	bool has_v1; /* where the host has any */
} layouts[] = {
	{ "none", layout_none, false },
	{ "v1", layout_v1, true },
	{ "moved", layout_moved, true },
};

/* A cell lives there, is limited where it can be, and leaves nothing. */
static void
use_layout(const struct layout *layout, bool host_has_v1)
{
	struct group *g;
	void *state = NULL;
	struct err e = ERR_INIT;
	struct limit_set none = { .set = 0 };
	size_t n;
	pid_t pid;

	assert_int_equal(group_setup(&state), 0);
	g = state;
	group_limit(g, LIMIT_MEMORY, 64 * MIB);
	if (host_has_v1 && !layout->has_v1) {
		assert_err(ops->check(&g->limits, &e), &e, ERR_UNSUPPORTED);
		assert_err(
		    ops->prepare(&g->ref, &g->limits, &e), &e, ERR_UNSUPPORTED);
		assert_false(group_left_something(g));
		g->limits = none;
	}
	assert_ok(ops->check(&g->limits, &e), &e);
	assert_ok(ops->prepare(&g->ref, &g->limits, &e), &e);
	if (g->limits.set != 0)
		assert_string_equal(group_file(g, CGROUP_MEMORY, "memory.max",
					"memory.limit_in_bytes"),
		    "67108864");
	pid = group_spawn(g, child_idle);
	group_wait_ready(g, 1);
	assert_ok(cgroup_pids(&g->ref, NULL, 0, &n, &e), &e);
	assert_int_equal(n, 1);
	assert_ok(cgroup_freeze(&g->ref, true, &e), &e);
	assert_ok(cgroup_kill(&g->ref, &e), &e);
	assert_int_equal(group_wait(g, pid), 128 + SIGKILL);
	assert_int_equal(group_teardown(&state), 0);
}

static void
test_layouts(void **state)
{
	bool host_has_v1 = ctl_is_v1(CGROUP_MEMORY);
	char self[] = "linux_cgroup";
	char name[32], v1[4];
	int status;
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(layouts); i++) {
		if (layouts[i].make == layout_v1 && !host_has_v1)
			continue;
		(void)snprintf(name, sizeof(name), "%s", layouts[i].name);
		(void)snprintf(v1, sizeof(v1), "%d", host_has_v1);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			(void)execv("/proc/self/exe",
			    (char *[]){ self, name, v1, NULL });
			_exit(127);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			fail_msg(
			    "layout %s: status %x", name, (unsigned)status);
	}
}

/* A test of its own, as the failures of cmocka need one. */
static const struct layout *the_layout;
static bool the_host_has_v1;

static void
test_one_layout(void **state)
{
	(void)state;
	the_layout->make();
	use_layout(the_layout, the_host_has_v1);
}

static int
run_layout(const char *name, const char *v1)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_layout),
	};

	for (size_t i = 0; i < COUNT_OF(layouts); i++) {
		if (str_eq(layouts[i].name, name))
			the_layout = &layouts[i];
	}
	the_host_has_v1 = str_eq(v1, "1");
	/* One plan on stdout is enough. */
	if (the_layout == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		group_test(test_prepare_and_remove),
		group_test(test_no_instance),
		group_test(test_long_name),
		group_test(test_no_groups),
		group_test(test_census),
		group_test(test_freeze),
		group_test(test_nested),
		group_test(test_join),
		group_test(test_leaks),
		group_test(test_many_at_once),
		cmocka_unit_test(test_layouts),
	};

	if (argc == 3)
		return run_layout(argv[1], argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
