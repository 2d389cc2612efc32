/* SPDX-License-Identifier: BSD-2-Clause */
/* pot-test: timeout=180 */
/* Cells: what platform/cell.h promises, on every platform. */
#include "platform_fixture.h"

/* --- life --- */

static void
test_held_at_the_gate(void **state)
{
	struct pot *t = *state;
	auto_close int dead = -1;

	assert_ok(pot_create(t, "echo hello"), &t->e);
	assert_true(t->ref.handle[0] != '\0');
	assert_true(t->p->cell->is_alive(&t->ref));
	assert_ok(t->p->cell->wait_open(&t->ref, &dead, &t->e), &t->e);
	assert_int_equal(io_wait_readable(dead, 0), 0);
	assert_int_equal(io_wait_readable(t->out, 0), 0);
	assert_ok(pot_release(t), &t->e);
	assert_int_equal(io_wait_readable(dead, PATIENCE_MS), 1);
	assert_output(t, "hello\n");
	assert_status(t, "exited 0\n");
	assert_false(t->p->cell->is_alive(&t->ref));
}

static void
test_gate_closed(void **state)
{
	struct pot *t = *state;

	assert_ok(pot_create(t, "echo hello"), &t->e);
	cleanup_close(&t->gate);
	pot_wait_dead(t);
	assert_output(t, "");
	assert_status(t, "");
}

/* The creator dies by a signal that nobody catches. */
static void
test_creator_killed(void **state)
{
	struct pot *t = *state;
	char handle[CELL_HANDLE_SIZE] = "";
	int fds[2], status;
	pid_t pid;

	if (pot_is_fake(t))
		setenv("POT_FAKE_STATE", below(t, "kernel"), 1);
	assert_ok(io_pipe(fds, &t->e), &t->e);
	t->ref.generation = 6;
	pid = fork();
	if (pid == 0) {
		if (pot_create(t, "echo hello") < 0 ||
		    write(fds[1], t->ref.handle, sizeof(t->ref.handle)) < 0)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	(void)close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(read(fds[0], handle, sizeof(handle)), sizeof(handle));
	(void)close(fds[0]);
	t->ref.generation = 7;
	memcpy(t->ref.handle, handle, sizeof(handle));
	pot_wait_dead(t);
	assert_status(t, "");
	pot_clean(t);
	if (pot_is_fake(t))
		unsetenv("POT_FAKE_STATE");
}

static void
test_exit_status(void **state)
{
	struct pot *t = *state;

	pot_start(t, "exit 3");
	pot_wait_dead(t);
	assert_status(t, "exited 3\n");
}

static void
test_no_command(void **state)
{
	struct pot *t = *state;
	char missing[] = "missing";

	t->spec.command.argv = (char *[]){ missing, NULL };
	assert_ok(pot_create(t, ""), &t->e);
	assert_err(pot_release(t), &t->e, ERR_NO_COMMAND);
	pot_wait_dead(t);
	assert_status(t, "exec 2\n");
}

/* A flavour may install the command later. */
static void
test_no_command_persistent(void **state)
{
	struct pot *t = *state;
	char missing[] = "missing";
	auto_close int dead = -1;

	t->spec.is_persistent = true;
	t->spec.command.argv = (char *[]){ missing, NULL };
	assert_ok(pot_create(t, ""), &t->e);
	assert_err(pot_release(t), &t->e, ERR_NO_COMMAND);
	assert_true(t->p->cell->is_alive(&t->ref));
	assert_ok(t->p->cell->wait_open(&t->ref, &dead, &t->e), &t->e);
	assert_int_equal(io_wait_readable(dead, 0), 0);
	assert_ok(t->p->cell->signal(&t->ref, CELL_SIGNAL_STOP, SIGTERM, &t->e),
	    &t->e);
	assert_int_equal(io_wait_readable(dead, PATIENCE_MS), 1);
	assert_status(t, "exec 2\n");
}

static void
test_not_executable(void **state)
{
	struct pot *t = *state;
	char denied[] = "/bin/denied";

	write_text(below(t, "root/bin/denied"), "", 0644);
	t->spec.command.argv = (char *[]){ denied, NULL };
	assert_ok(pot_create(t, ""), &t->e);
	assert_err(pot_release(t), &t->e, ERR_NOT_EXECUTABLE);
	pot_wait_dead(t);
	assert_status(t, "exec 13\n");
}

/* Twice under one name, one after the other: another generation. */
static void
test_again(void **state)
{
	struct pot *t = *state;
	struct cell_ref first;

	pot_start(t, "exec sleep 100");
	first = t->ref;
	pot_clean(t);
	cleanup_close(&t->out);
	cleanup_close(&t->spec.status_fd);
	pot_start(t, "exec sleep 100");
	assert_true(t->p->cell->is_alive(&t->ref));
	assert_false(t->p->cell->is_alive(&first));
}

static void
test_persistent(void **state)
{
	struct pot *t = *state;
	auto_close int dead = -1;
	pid_t pids[8];
	size_t n = 0;

	t->spec.is_persistent = true;
	pot_start(t, "exit 5");
	assert_ok(t->p->cell->wait_open(&t->ref, &dead, &t->e), &t->e);
	while (lseek(t->spec.status_fd, 0, SEEK_END) == 0)
		assert_int_equal(io_wait_readable(dead, 5), 0);
	assert_status(t, "exited 5\n");
	assert_true(t->p->cell->is_alive(&t->ref));
	assert_int_equal(io_wait_readable(dead, 0), 0);
	assert_ok(
	    t->p->cell->processes(&t->ref, pids, COUNT_OF(pids), &n, &t->e),
	    &t->e);
	assert_int_equal(n, 1);
	assert_ok(t->p->cell->signal(&t->ref, CELL_SIGNAL_STOP, SIGTERM, &t->e),
	    &t->e);
	assert_int_equal(io_wait_readable(dead, PATIENCE_MS), 1);
	assert_false(t->p->cell->is_alive(&t->ref));
}

static void
test_own_init(void **state)
{
	struct pot *t = *state;
	auto_close int dead = -1;
	int status = -1;

	t->spec.own_init = true;
	pot_start(t, "exec sleep 100");
	assert_ok(t->p->cell->wait_open(&t->ref, &dead, &t->e), &t->e);
	assert_ok(t->p->cell->kill(&t->ref, &t->e), &t->e);
	assert_int_equal(io_wait_readable(dead, PATIENCE_MS), 1);
	assert_status(t, "");
	/* A kernel may have forgotten, but it does not guess. */
	if (t->p->cell->exit_status(&t->ref, dead, &status, &t->e) < 0) {
		assert_int_equal(t->e.code, ERR_UNSUPPORTED);
		err_clear(&t->e);
	} else {
		assert_int_equal(status, 128 + SIGKILL);
	}
}

/* --- signals and death --- */

static void
test_signal_main(void **state)
{
	struct pot *t = *state;

	pot_start(t, "exec sleep 100");
	assert_ok(t->p->cell->signal(&t->ref, CELL_SIGNAL_MAIN, SIGTERM, &t->e),
	    &t->e);
	pot_wait_dead(t);
	assert_status(t, "signaled 15\n");
	assert_err(
	    t->p->cell->signal(&t->ref, CELL_SIGNAL_MAIN, SIGTERM, &t->e),
	    &t->e, ERR_STATE);
}

static void
test_signal_unknown(void **state)
{
	struct pot *t = *state;

	pot_start(t, "exec sleep 100");
	assert_err(t->p->cell->signal(&t->ref, CELL_SIGNAL_MAIN, 4711, &t->e),
	    &t->e, ERR_INVALID);
	assert_true(t->p->cell->is_alive(&t->ref));
}

static void
test_kill(void **state)
{
	struct pot *t = *state;
	auto_close int dead = -1;
	pid_t pids[8];
	size_t n;

	t->spec.is_persistent = true;
	pot_start(t, "exec sleep 100");
	assert_ok(t->p->cell->wait_open(&t->ref, &dead, &t->e), &t->e);
	assert_ok(t->p->cell->kill(&t->ref, &t->e), &t->e);
	assert_int_equal(io_wait_readable(dead, 0), 1);
	assert_false(t->p->cell->is_alive(&t->ref));
	assert_status(t, "");
	assert_ok(t->p->cell->kill(&t->ref, &t->e), &t->e);
	assert_err(
	    t->p->cell->wait_open(&t->ref, &dead, &t->e), &t->e, ERR_STATE);
	assert_err(
	    t->p->cell->processes(&t->ref, pids, COUNT_OF(pids), &n, &t->e),
	    &t->e, ERR_STATE);
}

static void
test_signal_some(void **state)
{
	struct pot *t = *state;
	auto_strv struct strv pids = STRV_INIT;
	auto_strv struct strv none = STRV_INIT;
	char sleep_name[] = "sleep", seconds[] = "100";

	/* Without a shell, which would have its own name for a moment. */
	t->spec.command.argv = (char *[]){ sleep_name, seconds, NULL };
	pot_start(t, "");
	assert_err(t->p->cell->signal_some(
		       &t->ref, 0, "sl(", SIGTERM, true, &none, &t->e),
	    &t->e, ERR_INVALID);
	assert_ok(t->p->cell->signal_some(
		      &t->ref, 0, "no-such", SIGTERM, false, &none, &t->e),
	    &t->e);
	assert_int_equal(none.n, 0);
	assert_ok(t->p->cell->signal_some(
		      &t->ref, 0, "^sl[e]+p$", SIGTERM, true, &pids, &t->e),
	    &t->e);
	assert_int_equal(pids.n, 1);
	assert_true(t->p->cell->is_alive(&t->ref));
	assert_ok(
	    t->p->cell->signal_some(&t->ref, (pid_t)strtol(pids.v[0], NULL, 10),
		NULL, SIGTERM, false, &none, &t->e),
	    &t->e);
	assert_int_equal(none.n, 1);
	assert_string_equal(none.v[0], pids.v[0]);
	pot_wait_dead(t);
	assert_status(t, "signaled 15\n");
}

/* --- what gets in --- */

static int
enter(struct pot *t, char *line, int *status)
{
	char sh[] = "sh", flag[] = "-c", env[] = "PATH=/bin", more[] = "A=b c";
	char *argv[] = { sh, flag, line, NULL };
	char *envp[] = { env, more, NULL };
	struct cell_command c = {
		.argv = argv, .envp = envp, .fds = { -1, -1, -1 }
	};
	int fds[2], got, rc, tty = -1;
	pid_t pid = -1;

	cleanup_close(&t->out);
	assert_ok(io_pipe(fds, &t->e), &t->e);
	t->out = fds[0];
	c.fds[1] = fds[1];
	rc = t->p->cell->enter(&t->ref, &t->spec, &c, &pid, &tty, &t->e);
	(void)close(fds[1]);
	assert_int_equal(tty, -1);
	if (rc < 0)
		return -1;
	assert_int_equal(waitpid(pid, &got, 0), pid);
	*status = WIFSIGNALED(got) ? 128 + WTERMSIG(got) : WEXITSTATUS(got);
	return 0;
}

static void
test_enter(void **state)
{
	struct pot *t = *state;
	char seven[] = "exit 7", echo[] = "echo hello", env[] = "exec env";
	int status = -1;

	pot_start(t, "exec sleep 100");
	assert_ok(enter(t, seven, &status), &t->e);
	assert_int_equal(status, 7);
	assert_ok(enter(t, echo, &status), &t->e);
	assert_int_equal(status, 0);
	assert_output(t, "hello\n");
	/* Exactly what it was given; a shell adds its own. */
	assert_ok(enter(t, env, &status), &t->e);
	assert_int_equal(status, 0);
	assert_true(t->p->cell->is_alive(&t->ref));
}

static void
test_enter_environment(void **state)
{
	struct pot *t = *state;
	char env[] = "env", path[] = "PATH=/bin", more[] = "A=b c";
	char *argv[] = { env, NULL }, *envp[] = { path, more, NULL };
	struct cell_command c = {
		.argv = argv, .envp = envp, .fds = { -1, -1, -1 }
	};
	int fds[2], status, tty = -1;
	pid_t pid = -1;

	pot_start(t, "exec sleep 100");
	cleanup_close(&t->out);
	assert_ok(io_pipe(fds, &t->e), &t->e);
	t->out = fds[0];
	c.fds[1] = fds[1];
	assert_ok(
	    t->p->cell->enter(&t->ref, &t->spec, &c, &pid, &tty, &t->e), &t->e);
	(void)close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_output(t, "PATH=/bin\nA=b c\n");
}

static void
test_enter_no_command(void **state)
{
	struct pot *t = *state;
	char missing[] = "missing";
	char *argv[] = { missing, NULL };
	struct cell_command c = {
		.argv = argv, .envp = t->envp, .fds = { -1, -1, -1 }
	};
	int tty = -1;
	pid_t pid = -1;

	pot_start(t, "exec sleep 100");
	assert_err(t->p->cell->enter(&t->ref, &t->spec, &c, &pid, &tty, &t->e),
	    &t->e, ERR_NO_COMMAND);
	assert_int_equal(pid, -1);
	assert_true(t->p->cell->is_alive(&t->ref));
	assert_ok(t->p->cell->kill(&t->ref, &t->e), &t->e);
	assert_err(t->p->cell->enter(&t->ref, &t->spec, &c, &pid, &tty, &t->e),
	    &t->e, ERR_STATE);
}

static void
test_enter_terminal(void **state)
{
	struct pot *t = *state;
	char sh[] = "sh", flag[] = "-c", line[] = "echo hello";
	char *argv[] = { sh, flag, line, NULL };
	struct cell_command c = { .argv = argv,
		.envp = t->envp,
		.fds = { -1, -1, -1 },
		.tty = true };
	auto_close int tty = -1;
	char text[64] = "";
	size_t n = 0;
	int status;
	pid_t pid = -1;

	pot_start(t, "exec sleep 100");
	assert_ok(
	    t->p->cell->enter(&t->ref, &t->spec, &c, &pid, &tty, &t->e), &t->e);
	assert_true(tty >= 0);
	while (strchr(text, '\n') == NULL && n < sizeof(text) - 1) {
		ssize_t got;

		assert_int_equal(io_wait_readable(tty, PATIENCE_MS), 1);
		got = read(tty, text + n, sizeof(text) - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	/* A terminal turns the end of the line into CR and LF. */
	assert_string_equal(text, "hello\r\n");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* It is the pot's, not ours: it ends with the pot. */
static void
test_enter_detached(void **state)
{
	struct pot *t = *state;
	char sleep_name[] = "sleep", seconds[] = "100";
	char *argv[] = { sleep_name, seconds, NULL };
	struct cell_command c = { .argv = argv,
		.envp = t->envp,
		.fds = { -1, -1, -1 },
		.is_detached = true };
	pid_t pid = -1, pids[8];
	size_t n = 0;

	pot_start(t, "exec sleep 100");
	assert_ok(
	    t->p->cell->enter(&t->ref, &t->spec, &c, &pid, NULL, &t->e), &t->e);
	assert_int_equal(pid, 0);
	assert_true(waitpid(-1, NULL, WNOHANG) <= 0);
	assert_ok(
	    t->p->cell->processes(&t->ref, pids, COUNT_OF(pids), &n, &t->e),
	    &t->e);
	assert_int_equal(n, pot_is_fake(t) ? 2 : 3);
}

static void
test_enter_with_a_directory(void **state)
{
	struct pot *t = *state;
	auto_close int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct cell_command c = {
		.argv = t->argv, .envp = t->envp, .fds = { dir, -1, -1 }
	};
	int tty = -1;
	pid_t pid = -1;

	pot_start(t, "exec sleep 100");
	assert_err(t->p->cell->enter(&t->ref, &t->spec, &c, &pid, &tty, &t->e),
	    &t->e, ERR_INVALID);
	assert_int_equal(pid, -1);
}

/* --- its tree --- */

static void
test_files(void **state)
{
	struct pot *t = *state;
	const struct cell_file files[] = {
		{ .path = "/etc/hosts", .text = "1.2.3.4 me\n", .mode = 0644 },
		{ .path = "/none/hosts", .text = "x", .mode = 0644 },
	};
	char text[64];
	struct stat st;

	write_text(below(t, "other/hosts"), "mine\n", 0600);
	assert_int_equal(
	    symlink(below(t, "other/hosts"), below(t, "root/etc/hosts")), 0);
	t->spec.files = files;
	t->spec.nfiles = COUNT_OF(files);
	assert_ok(pot_create(t, "exit 0"), &t->e);
	/* The link was replaced; what it named on the host was not. */
	read_text(below(t, "other/hosts"), text, sizeof(text));
	assert_string_equal(text, "mine\n");
	read_text(below(t, "root/etc/hosts"), text, sizeof(text));
	assert_string_equal(text, "1.2.3.4 me\n");
	assert_int_equal(lstat(below(t, "root/etc/hosts"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(lstat(below(t, "root/none"), &st), -1);
}

static int
touch(int rootfd, void *arg, struct err *e)
{
	const char *name = arg;
	int fd = openat(rootfd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	/* The caller must not see this. */
	memset(arg, 'x', strlen(name));
	if (fd < 0)
		return err_sys(e, "touch");
	return close(fd);
}

static int
refuse(int rootfd UNUSED, void *arg UNUSED, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "a view's own words");
}

static int
die(int rootfd UNUSED, void *arg UNUSED, struct err *e UNUSED)
{
	(void)raise(SIGKILL);
	return 0;
}

static void
test_view_of_a_stopped_pot(void **state)
{
	struct pot *t = *state;
	const struct platform_mount_ops *m = t->p->mount;
	char name[] = "tmp/made";
	struct stat st;

	assert_ok(m->view(&t->plan, t->root, touch, name, &t->e), &t->e);
	assert_string_equal(name, "tmp/made");
	assert_int_equal(stat(below(t, "root/tmp/made"), &st), 0);
	assert_err(
	    m->view(&t->plan, t->root, touch, name, &t->e), &t->e, ERR_EXISTS);
	assert_int_equal(m->view(&t->plan, t->root, refuse, NULL, &t->e), -1);
	assert_int_equal(t->e.code, ERR_CORRUPT);
	assert_string_equal(t->e.text, "a view's own words");
	err_clear(&t->e);
	assert_err(
	    m->view(&t->plan, t->root, die, NULL, &t->e), &t->e, ERR_CHILD);
}

static void
test_view_of_a_running_pot(void **state)
{
	struct pot *t = *state;
	char name[] = "tmp/made";
	struct stat st;

	pot_start(t, "exec sleep 100");
	assert_ok(t->p->cell->view(&t->ref, touch, name, &t->e), &t->e);
	assert_string_equal(name, "tmp/made");
	assert_int_equal(stat(below(t, "root/tmp/made"), &st), 0);
	assert_err(
	    t->p->cell->view(&t->ref, refuse, NULL, &t->e), &t->e, ERR_CORRUPT);
	assert_ok(t->p->cell->kill(&t->ref, &t->e), &t->e);
	assert_err(
	    t->p->cell->view(&t->ref, touch, name, &t->e), &t->e, ERR_STATE);
}

static void
test_mount_and_unmount(void **state)
{
	struct pot *t = *state;
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;
	struct mount_entry *m = mount_plan_add(&p, MOUNT_BIND, "/mnt");
	const struct platform_cell_ops *cell = t->p->cell;

	m->source = xstrdup(below(t, "other"));
	pot_start(t, "exec sleep 100");
	assert_ok(cell->mount(&t->ref, t->root, m, &t->e), &t->e);
	assert_ok(cell->unmount(&t->ref, t->root, "/mnt", &t->e), &t->e);
	assert_err(cell->unmount(&t->ref, t->root, "/mnt", &t->e), &t->e,
	    ERR_NOT_FOUND);
	assert_ok(cell->kill(&t->ref, &t->e), &t->e);
	assert_err(cell->mount(&t->ref, t->root, m, &t->e), &t->e, ERR_STATE);
}

static void
fail_say(void *arg UNUSED, const char *attr, const char *why)
{
	fail_msg("%s: %s", attr, why);
}

/* The defaults have a meaning everywhere. */
static void
test_default_attributes(void **state)
{
	struct pot *t = *state;

	t->p->cell->explain_attrs(&t->spec.attrs, fail_say, NULL);
}

static void
test_freeze(void **state)
{
	struct pot *t = *state;

	if (t->p->cell->freeze == NULL)
		return;
	pot_start(t, "exec sleep 100");
	assert_ok(t->p->cell->freeze(&t->ref, true, &t->e), &t->e);
	assert_true(t->p->cell->is_alive(&t->ref));
	assert_ok(t->p->cell->freeze(&t->ref, false, &t->e), &t->e);
	assert_ok(t->p->cell->freeze(&t->ref, true, &t->e), &t->e);
	/* Also a frozen one dies. */
	assert_ok(t->p->cell->kill(&t->ref, &t->e), &t->e);
	assert_err(t->p->cell->freeze(&t->ref, true, &t->e), &t->e, ERR_STATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_held_at_the_gate),
		BOTH(test_gate_closed),
		BOTH(test_creator_killed),
		BOTH(test_exit_status),
		BOTH(test_no_command),
		BOTH(test_no_command_persistent),
		BOTH(test_not_executable),
		BOTH(test_again),
		BOTH(test_persistent),
		BOTH(test_own_init),
		BOTH(test_signal_main),
		BOTH(test_signal_unknown),
		BOTH(test_kill),
		BOTH(test_signal_some),
		BOTH(test_enter),
		BOTH(test_enter_environment),
		BOTH(test_enter_no_command),
		BOTH(test_enter_terminal),
		BOTH(test_enter_detached),
		BOTH(test_enter_with_a_directory),
		BOTH(test_files),
		BOTH(test_view_of_a_stopped_pot),
		BOTH(test_view_of_a_running_pot),
		BOTH(test_mount_and_unmount),
		BOTH(test_default_attributes),
		BOTH(test_freeze),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
