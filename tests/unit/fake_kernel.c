/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake kernel's own promises: calls, faults, census, state file. */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "platform/fake/fake.h"

static struct err e;
static char *envp[] = { NULL };

static struct cell_ref
ref_of(const char *name, uint64_t generation)
{
	struct cell_ref r = { .generation = generation };

	(void)str_copy(r.name, name, sizeof(r.name));
	return r;
}

static struct cell_spec
spec_of(const struct scratch *s, const struct mount_plan *plan, char **argv)
{
	return (struct cell_spec){ .root = s->path,
		.plan = plan,
		.attrs = { .devfs_ruleset = 4 },
		.command = { .argv = argv,
		    .envp = envp,
		    .fds = { -1, -1, -1 } },
		.own_init = true,
		.init_fd = -1,
		.status_fd = -1 };
}

static int
make(const struct scratch *s, struct cell_ref *ref, int *gate)
{
	static const struct mount_plan plan = MOUNT_PLAN_INIT;
	static const struct limit_set limits = { .set = 0 };
	char word[] = "sleep";
	char *argv[] = { word, NULL };
	struct cell_spec spec = spec_of(s, &plan, argv);

	if (platform_fake.limit->prepare(ref, &limits, &e) < 0)
		return -1;
	return platform_fake.cell->create(ref, &spec, gate, &e);
}

static void
run(const struct scratch *s, struct cell_ref *ref)
{
	int gate = -1;

	assert_ok(make(s, ref, &gate), &e);
	assert_ok(platform_fake.cell->release(ref, gate, &e), &e);
}

static void
assert_census(const char *want)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	fake_census(&b);
	assert_string_equal(b.data, want);
}

static int
setup(void **state)
{
	fake_reset();
	return scratch_setup(state);
}

static int
teardown(void **state)
{
	fake_reset();
	unsetenv("POT_FAKE_STATE");
	fake_reset();
	err_clear(&e);
	return scratch_teardown(state);
}

/* --- calls and faults --- */

static void
test_calls_are_recorded(void **state)
{
	struct cell_ref ref = ref_of("web", 3);

	run(*state, &ref);
	assert_true(platform_fake.cell->is_alive(&ref));
	assert_int_equal(fake_calls()->n, 4);
	assert_string_equal(fake_calls()->v[0], "limit.prepare web.3");
	assert_string_equal(fake_calls()->v[1], "cell.create web.3");
	assert_string_equal(fake_calls()->v[2], "cell.release web.3");
	assert_string_equal(fake_calls()->v[3], "cell.is_alive web.3");
	assert_int_equal(fake_count("cell.create"), 1);
	assert_int_equal(fake_count("cell"), 0);
	fake_reset();
	assert_int_equal(fake_calls()->n, 0);
}

static void
test_nth_call_fails(void **state)
{
	struct cell_ref ref = ref_of("web", 3);
	int gate = -1;

	fake_fail_at(2);
	assert_false(fake_has_failed());
	assert_int_equal(make(*state, &ref, &gate), -1);
	assert_int_equal(e.code, ERR_SYSTEM);
	assert_string_equal(e.text, "cell.create: injected fault");
	err_clear(&e);
	assert_true(fake_has_failed());
	assert_census("limit web.3\n");
	/* Once. */
	assert_ok(platform_fake.limit->remove(&ref, &e), &e);
	assert_ok(make(*state, &ref, &gate), &e);
	(void)close(gate);
}

static void
test_nth_call_of_an_op_fails(void **state)
{
	struct cell_ref ref = ref_of("web", 3);
	char boot[64];

	fake_fail_op("proc.boot_id", 2, ERR_DENIED);
	assert_ok(platform_fake.proc->boot_id(boot, &e), &e);
	run(*state, &ref);
	assert_err(platform_fake.proc->boot_id(boot, &e), &e, ERR_DENIED);
	assert_ok(platform_fake.proc->boot_id(boot, &e), &e);
}

/* Calls that can't fail are not counted. */
static void
test_sure_calls_do_not_fail(void **state)
{
	struct cell_ref ref = ref_of("web", 3);
	char boot[64];

	(void)state;
	fake_fail_at(1);
	assert_false(platform_fake.cell->is_alive(&ref));
	assert_false(platform_fake.host->has_interface("none0"));
	assert_false(fake_has_failed());
	assert_err(platform_fake.proc->boot_id(boot, &e), &e, ERR_SYSTEM);
}

static int
in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(9);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
die_before(void)
{
	fake_die_at("host.make_group", 1, false);
	(void)platform_fake.host->make_group("pot", &e);
}

static void
die_after(void)
{
	fake_die_at("limit.prepare", 1, true);
	(void)platform_fake.limit->prepare(&(struct cell_ref){ .name = "web" },
	    &(struct limit_set){ .set = 0 }, &e);
}

static void
die_asked_by_environment(void)
{
	struct err ignored = ERR_INIT;
	char boot[64];

	if (platform_fake.proc->boot_id(boot, &ignored) == 0)
		(void)platform_fake.proc->boot_id(boot, &ignored);
}

static void
test_dies_at_a_call(void **state)
{
	struct scratch *s = *state;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/kernel", s->path);
	setenv("POT_FAKE_STATE", path, 1);
	assert_int_equal(in_child(die_before), SIGKILL);
	assert_census("");
	assert_int_equal(in_child(die_after), SIGKILL);
	assert_census("limit web.0\n");
}

static void
fail_asked_by_environment(void)
{
	char boot[64];

	if (platform_fake.proc->boot_id(boot, &e) == 0 &&
	    platform_fake.proc->boot_id(boot, &e) < 0 &&
	    str_eq(e.text, "proc.boot_id: injected fault"))
		kill(getpid(), SIGUSR1);
}

/* It is read by a process when it makes its first call: by a new program,
 * which this one becomes. */
static void
test_faults_of_the_environment(void **state)
{
	static const struct {
		const char *variable, *value, *mode;
		int signo;
	} rows[] = {
		{ "POT_FAKE_FAIL", "proc.boot_id:2", "fail", SIGUSR1 },
		{ "POT_FAKE_FAIL", "any:2", "fail", SIGUSR1 },
		{ "POT_FAKE_DIE", "proc.boot_id:2", "die", SIGKILL },
		{ "POT_FAKE_DIE_AFTER", "any:2", "die", SIGKILL },
		{ "POT_FAKE_FAIL", "proc.boot_id", "die", SIGABRT },
		{ "POT_FAKE_FAIL", "proc.boot_id:x", "die", SIGABRT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			setenv(rows[i].variable, rows[i].value, 1);
			setenv("FAKE_KERNEL_MODE", rows[i].mode, 1);
			(void)close(STDERR_FILENO);
			execl("/proc/self/exe", "fake_kernel", (char *)NULL);
			_exit(9);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), rows[i].signo);
	}
}

/* --- census and strictness --- */

static void
test_census(void **state)
{
	struct cell_ref web = ref_of("web", 3), db = ref_of("db", 9);
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;
	struct scratch *s = *state;
	char want[512];
	int gate = -1;

	assert_census("");
	(void)mount_plan_add(&plan, MOUNT_TMPFS, "/tmp");
	assert_ok(platform_fake.mount->attach(&plan, s->path, &e), &e);
	assert_err(
	    platform_fake.mount->attach(&plan, s->path, &e), &e, ERR_BUSY);
	run(s, &web);
	assert_ok(make(s, &db, &gate), &e);
	assert_ok(platform_fake.cell->freeze(&web, true, &e), &e);
	fake_add_foreign("old", "/r");
	(void)snprintf(want, sizeof(want),
	    "cell db.9 held\ncell old.0 foreign\ncell web.3 frozen\n"
	    "limit db.9\nlimit web.3\nmount %s /tmp\n",
	    s->path);
	assert_census(want);
	fake_reboot();
	assert_census("");
	(void)close(gate);
}

static void
test_reboot_changes_identity(void **state)
{
	char before[64], after[64];
	struct proc_id self;

	(void)state;
	assert_ok(platform_fake.proc->boot_id(before, &e), &e);
	assert_ok(platform_fake.proc->identify(getpid(), &self, &e), &e);
	fake_reboot();
	assert_ok(platform_fake.proc->boot_id(after, &e), &e);
	assert_string_not_equal(before, after);
	assert_false(platform_fake.proc->is_alive(&self));
}

static void
test_shared_memory_is_left_until_purged(void **state)
{
	static const struct mount_plan plan = MOUNT_PLAN_INIT;
	static const struct limit_set limits = { .set = 0 };
	struct cell_ref ref = ref_of("web", 3);
	struct scratch *s = *state;
	char word[] = "shm";
	char *argv[] = { word, NULL };
	struct cell_spec spec = spec_of(s, &plan, argv);
	int gate = -1;

	assert_ok(platform_fake.limit->prepare(&ref, &limits, &e), &e);
	assert_ok(platform_fake.cell->create(&ref, &spec, &gate, &e), &e);
	assert_ok(platform_fake.cell->release(&ref, gate, &e), &e);
	assert_err(platform_fake.cell->purge(&ref, s->path, &e), &e, ERR_STATE);
	assert_ok(platform_fake.cell->kill(&ref, &e), &e);
	assert_ok(platform_fake.limit->remove(&ref, &e), &e);
	assert_census("shm web.3\n");
	assert_ok(platform_fake.cell->purge(&ref, s->path, &e), &e);
	assert_census("");
}

static void
test_out_of_memory(void **state)
{
	static const struct mount_plan plan = MOUNT_PLAN_INIT;
	static const struct limit_set limits = { .set = 0 };
	struct cell_ref ref = ref_of("web", 3);
	struct scratch *s = *state;
	char word[] = "oom";
	char *argv[] = { word, NULL };
	struct cell_spec spec = spec_of(s, &plan, argv);
	struct cell_usage usage;
	int gate = -1;
	uint64_t n = 0;

	assert_ok(platform_fake.limit->prepare(&ref, &limits, &e), &e);
	assert_ok(platform_fake.cell->create(&ref, &spec, &gate, &e), &e);
	assert_ok(platform_fake.cell->release(&ref, gate, &e), &e);
	assert_false(platform_fake.cell->is_alive(&ref));
	assert_ok(platform_fake.limit->oom_kills(&ref, &n, &e), &e);
	assert_int_equal(n, 1);
	assert_ok(platform_fake.limit->usage(&ref, &usage, &e), &e);
	assert_int_equal(usage.oom_kills, 1);
}

static void
test_is_strict(void **state)
{
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;
	static const struct limit_set limits = { .set = 0 };
	struct cell_ref ref = ref_of("web", 3);
	char word[] = "sleep";
	char *argv[] = { word, NULL };
	struct cell_spec spec = spec_of(*state, &plan, argv);
	int gate = -1;

	(void)mount_plan_add(&plan, MOUNT_TMPFS, "/tmp");
	assert_err(platform_fake.cell->create(&ref, &spec, &gate, &e), &e,
	    ERR_STATE); /* limits */
	assert_ok(platform_fake.limit->prepare(&ref, &limits, &e), &e);
	assert_err(
	    platform_fake.limit->prepare(&ref, &limits, &e), &e, ERR_EXISTS);
	assert_err(platform_fake.cell->create(&ref, &spec, &gate, &e), &e,
	    ERR_STATE); /* mounts */
	assert_ok(platform_fake.mount->attach(&plan, spec.root, &e), &e);
	assert_ok(platform_fake.cell->create(&ref, &spec, &gate, &e), &e);
	ref.generation = 4;
	assert_ok(platform_fake.limit->prepare(&ref, &limits, &e), &e);
	assert_err(
	    platform_fake.cell->create(&ref, &spec, &gate, &e), &e, ERR_EXISTS);
	(void)close(gate);
}

static void
test_foreign_cell(void **state)
{
	struct cell_ref web = { .name = "web" }, old = { .name = "old" };
	enum cell_foreign kind = CELL_FOREIGN_OTHER;

	run(*state, &(struct cell_ref){ .name = "web", .generation = 3 });
	assert_ok(platform_fake.cell->find_foreign(&web, "/r", &kind, &e), &e);
	assert_int_equal(kind, CELL_FOREIGN_NONE);
	fake_add_foreign("old", "/r");
	assert_ok(platform_fake.cell->find_foreign(&old, "/s", &kind, &e), &e);
	assert_int_equal(kind, CELL_FOREIGN_OTHER);
	assert_string_equal(old.handle, "");
	assert_ok(platform_fake.cell->find_foreign(&old, "/r", &kind, &e), &e);
	assert_int_equal(kind, CELL_FOREIGN_SH);
	assert_true(platform_fake.cell->is_alive(&old));
	assert_ok(platform_fake.cell->kill(&old, &e), &e);
	assert_ok(platform_fake.cell->find_foreign(&old, "/r", &kind, &e), &e);
	assert_int_equal(kind, CELL_FOREIGN_NONE);
}

static void
test_spec_can_be_asked(void **state)
{
	struct cell_ref ref = ref_of("web", 3);
	const char *text;

	assert_null(fake_cell_spec("web"));
	run(*state, &ref);
	text = fake_cell_spec("web");
	assert_non_null(text);
	assert_non_null(strstr(text, "\narg=sleep\n"));
	assert_non_null(strstr(text, "\ndevfs_ruleset=4\n"));
	assert_non_null(strstr(text, "\nown_init=1\n"));
}

static void
test_command_ends_when_told(void **state)
{
	struct cell_ref ref = ref_of("web", 3);
	auto_close int dead = -1;
	int status = -1;

	run(*state, &ref);
	assert_ok(platform_fake.cell->wait_open(&ref, &dead, &e), &e);
	assert_int_equal(io_wait_readable(dead, 0), 0);
	fake_end_command("web", 4);
	assert_int_equal(io_wait_readable(dead, 0), 1);
	assert_ok(platform_fake.cell->exit_status(&ref, dead, &status, &e), &e);
	assert_int_equal(status, 4);
	assert_err(platform_fake.cell->exit_status(&ref, -1, &status, &e), &e,
	    ERR_UNSUPPORTED);
}

/* --- the least loaded CPUs --- */

static void
test_cpus(void **state)
{
	struct limit_set one = { .set = 1U << LIMIT_CPUS };
	struct limit_set none = { .set = 0 };
	struct cell_ref a = ref_of("a", 1), b = ref_of("b", 1);
	char list[LIMIT_CPU_LIST_SIZE];

	(void)state;
	one.value[LIMIT_CPUS] = 1;
	assert_ok(platform_fake.limit->prepare(&a, &one, &e), &e);
	assert_ok(platform_fake.limit->prepare(&b, &one, &e), &e);
	assert_ok(platform_fake.limit->cpu_list(&a, list, &e), &e);
	assert_string_equal(list, "0");
	assert_ok(platform_fake.limit->cpu_list(&b, list, &e), &e);
	assert_string_equal(list, "1");
	assert_ok(platform_fake.limit->change(&a, &one, &none, &e), &e);
	assert_ok(platform_fake.limit->cpu_list(&a, list, &e), &e);
	assert_string_equal(list, "");
}

/* --- one kernel for several processes --- */

static char child_path[400];

static void
start_in_child(void)
{
	struct scratch s = { .fd = -1 };
	struct cell_ref ref = ref_of("w\ta\\b", 3);
	int gate = -1;

	(void)str_copy(s.path, child_path, sizeof(s.path));
	if (make(&s, &ref, &gate) == 0 &&
	    platform_fake.cell->release(&ref, gate, &e) == 0)
		kill(getpid(), SIGUSR1);
}

static void
hold_in_child(void)
{
	struct scratch s = { .fd = -1 };
	struct cell_ref ref = ref_of("held", 1);
	int gate = -1;

	(void)str_copy(s.path, child_path, sizeof(s.path));
	if (make(&s, &ref, &gate) == 0)
		kill(getpid(), SIGUSR1);
}

static void
kill_in_child(void)
{
	struct cell_ref ref = ref_of("w\ta\\b", 3);

	if (platform_fake.cell->kill(&ref, &e) == 0)
		kill(getpid(), SIGUSR1);
}

static void
test_state_file(void **state)
{
	struct scratch *s = *state;
	struct cell_ref ref = ref_of("w\ta\\b", 3);
	auto_close int dead = -1;
	char path[512];

	(void)str_copy(child_path, s->path, sizeof(child_path));
	(void)snprintf(path, sizeof(path), "%s/kernel", s->path);
	setenv("POT_FAKE_STATE", path, 1);
	assert_int_equal(in_child(start_in_child), SIGUSR1);
	assert_true(platform_fake.cell->is_alive(&ref));
	assert_census("cell w\ta\\b.3\nlimit w\ta\\b.3\n");
	assert_non_null(strstr(fake_cell_spec("w\ta\\b"), "\narg=sleep\n"));
	assert_ok(platform_fake.cell->wait_open(&ref, &dead, &e), &e);
	assert_int_equal(io_wait_readable(dead, 0), 0);
	assert_int_equal(in_child(kill_in_child), SIGUSR1);
	assert_int_equal(io_wait_readable(dead, 0), 1);
	assert_false(platform_fake.cell->is_alive(&ref));
	/* A gate dies with its holder. */
	assert_int_equal(in_child(hold_in_child), SIGUSR1);
	ref = ref_of("held", 1);
	assert_false(platform_fake.cell->is_alive(&ref));
	assert_census("limit held.1\nlimit w\ta\\b.3\n");
}

static void
read_damaged(void)
{
	char boot[64];

	(void)close(STDERR_FILENO);
	(void)platform_fake.proc->boot_id(boot, &e);
}

static void
test_damaged_state_file(void **state)
{
	static const char *const texts[] = { "x", "fake\t1\t1\t0", "cell\t1\n",
		"fake\t1\tx\t0\n", "mount\ta\tb\\q\tc\td\n", "fake\n",
		"fake\t1\t1\t99999999\ta\n" };
	struct scratch *s = *state;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/kernel", s->path);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		assert_true(fd >= 0);
		assert_int_equal(
		    io_write_all(fd, texts[i], strlen(texts[i])), 0);
		(void)close(fd);
		setenv("POT_FAKE_STATE", path, 1);
		assert_int_equal(in_child(read_damaged), SIGABRT);
		unsetenv("POT_FAKE_STATE");
	}
}

#define fake_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_calls_are_recorded),
		fake_test(test_nth_call_fails),
		fake_test(test_nth_call_of_an_op_fails),
		fake_test(test_sure_calls_do_not_fail),
		fake_test(test_dies_at_a_call),
		fake_test(test_faults_of_the_environment),
		fake_test(test_census),
		fake_test(test_reboot_changes_identity),
		fake_test(test_shared_memory_is_left_until_purged),
		fake_test(test_out_of_memory),
		fake_test(test_is_strict),
		fake_test(test_foreign_cell),
		fake_test(test_spec_can_be_asked),
		fake_test(test_command_ends_when_told),
		fake_test(test_cpus),
		fake_test(test_state_file),
		fake_test(test_damaged_state_file),
	};
	const char *mode = getenv("FAKE_KERNEL_MODE");

	if (mode != NULL && str_eq(mode, "fail"))
		fail_asked_by_environment();
	else if (mode != NULL)
		die_asked_by_environment();
	if (mode != NULL)
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
