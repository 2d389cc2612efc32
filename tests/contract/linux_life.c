/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a cell: gate, end and exit status of its command, signals,
 * persistence, own-init, kill; and who is taken for alive.
 */
#include "linux_pot.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "platform/linux/handle.h"

static void
exit_status_is_the_commands(void **state)
{
	static const struct {
		const char *line, *status;
		int code;
	} rows[] = {
		{ "exit 0", "exited 0\n", 0 },
		{ "exit 3", "exited 3\n", 3 },
		{ "exit 255", "exited 255\n", 255 },
		{ "kill -9 $$", "signaled 9\n", 137 },
		{ "kill -TERM $$", "signaled 15\n", 143 },
		{ "sleep 100 & exit 4", "exited 4\n", 4 },
	};
	struct pot *p = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		auto_close int fd = -1;
		int code = -1;

		pot_command(p, "sh", "-c", rows[i].line, NULL);
		assert_ok(pot_create(p), &p->e);
		assert_ok(cell->wait_open(&p->ref, &fd, &p->e), &p->e);
		assert_ok(pot_release(p), &p->e);
		(void)pot_wait(p);
		assert_text(p->status, rows[i].status);
		assert_ok(cell->exit_status(&p->ref, fd, &code, &p->e), &p->e);
		assert_int_equal(code, rows[i].code);
	}
}

static void
command_that_is_not_there(void **state)
{
	static const struct {
		const char *name, *status;
		enum err_code code;
	} rows[] = {
		{ "nosuch", "exec 2\n", ERR_NO_COMMAND },
		{ "/bin/nosuch", "exec 2\n", ERR_NO_COMMAND },
		{ "/etc/passwd/x", "exec 20\n", ERR_NO_COMMAND },
		{ "/etc/passwd", "exec 13\n", ERR_NOT_EXECUTABLE },
		{ "/etc", "exec 13\n", ERR_NOT_EXECUTABLE },
		{ "locked", "exec 13\n", ERR_NOT_EXECUTABLE },
		{ "text", "exec 8\n", ERR_NOT_EXECUTABLE },
		{ "", "exec 2\n", ERR_NO_COMMAND },
	};
	struct pot *p = *state;

	write_text(p->root, "bin/locked", "#!/bin/sh\n", 0644);
	write_text(p->root, "bin/text", "hello\n", 0755);
	for (int own = 0; own < 2; own++) {
		p->spec.own_init = own;
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			pot_command(p, rows[i].name, NULL);
			assert_ok(pot_create(p), &p->e);
			assert_err(pot_release(p), &p->e, rows[i].code);
			(void)pot_wait(p);
			assert_text(p->status, rows[i].status);
		}
	}
}

/* PATH in order; a file that can't be executed does not hide a later one. */
static void
command_is_looked_up_in_path(void **state)
{
	struct pot *p = *state;

	make_dir(p->root, "first");
	write_text(p->root, "first/tool", "x", 0644);
	write_text(p->root, "bin/tool", "#!/bin/sh\necho second\n", 0755);
	strv_fini(&p->env);
	strv_add(&p->env, "PATH=/etc/passwd:/nowhere:/first:/bin");
	pot_command(p, "tool", NULL);
	assert_text(pot_run(p), "second\n");
	strv_fini(&p->env);
	strv_add(&p->env, "X=1");
	assert_text(pot_run(p), "second\n");
	/* An empty element is the working directory. */
	strv_add(&p->env, "PATH=:/nowhere");
	p->spec.command.cwd = "/bin";
	pot_command(p, "tool", NULL);
	assert_text(pot_run(p), "second\n");
}

static void
missing_working_directory(void **state)
{
	struct pot *p = *state;

	p->spec.command.cwd = "/nowhere";
	pot_command(p, "true", NULL);
	assert_ok(pot_create(p), &p->e);
	assert_int_equal(pot_release(p), -1);
	assert_int_equal(p->e.code, ERR_NOT_EXECUTABLE);
	assert_has(p->e.text, "working directory: No such file");
	err_clear(&p->e);
}

/* Nothing of the pot runs before the gate opens; closing it ends all. */
static void
gate_holds_and_closing_it_ends_the_cell(void **state)
{
	struct pot *p = *state;
	auto_close int fd = -1;

	pot_command(p, "sh", "-c", "echo ran", NULL);
	assert_ok(pot_create(p), &p->e);
	assert_true(cell->is_alive(&p->ref));
	assert_ok(cell->wait_open(&p->ref, &fd, &p->e), &p->e);
	assert_int_equal(io_wait_readable(p->out, 50), 0);
	cleanup_close(&p->gate);
	assert_int_equal(io_wait_readable(fd, PATIENCE_MS), 1);
	assert_false(cell->is_alive(&p->ref));
	read_until(p->out, p->output, sizeof(p->output), NULL);
	assert_text(p->output, "");
}

/* A cell that was killed at the gate is not taken for one that started. */
static void
killed_at_the_gate(void **state)
{
	struct pot *p = *state;

	pot_command(p, "true", NULL);
	assert_ok(pot_create(p), &p->e);
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
	assert_err(pot_release(p), &p->e, ERR_STATE);
}

/* Its creator dies by kill -9 at any moment up to the gate: the cell ends.
 * We are the subreaper, so that its end can be seen. */
static void
creator_killed_at_the_gate(void **state)
{
	struct pot *p = *state;
	struct cell_ref *shared = mmap(NULL, sizeof(*shared),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(shared != MAP_FAILED);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pot_command(p, "sleep", "1000", NULL);
	for (int i = 0; i < 60; i++) {
		struct timespec pause = { .tv_nsec = i * 40000 };
		pid_t pid;

		shared->handle[0] = '\0';
		pid = fork();
		if (pid == 0) {
			if (pot_create(p) < 0)
				_exit(1);
			*shared = p->ref;
			for (;;)
				(void)sleep(1000);
		}
		/* The last ones reach the gate for certain. */
		if (i < 40)
			(void)nanosleep(&pause, NULL);
		while (i >= 40 && shared->handle[0] == '\0')
			(void)sched_yield();
		assert_int_equal(kill(pid, SIGKILL), 0);
		/* All children end by themselves, the orphan also. */
		for (;;) {
			int status;
			pid_t ended = waitpid(-1, &status, 0);

			if (ended < 0)
				break;
			if (ended == pid)
				assert_true(WIFSIGNALED(status));
		}
		assert_int_equal(errno, ECHILD);
		if (i >= 40)
			assert_false(cell->is_alive(shared));
	}
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
	(void)munmap(shared, sizeof(*shared));
}

/* A failing creation leaves no process, at whichever step. */
static void
failed_creation_leaves_nothing(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m;

	p->spec.command.user = "nobody-here";
	pot_command(p, "true", NULL);
	assert_err(pot_create(p), &p->e, ERR_NOT_FOUND);
	p->spec.command.user = NULL;
	m = mount_plan_add(&p->plan, MOUNT_TMPFS, "/missing");
	assert_err(pot_create(p), &p->e, ERR_NOT_FOUND);
	m->kind = MOUNT_BIND;
	m->source = xstrdup("/nowhere");
	assert_err(pot_create(p), &p->e, ERR_NOT_FOUND);
	mount_plan_fini(&p->plan);
	p->spec.init_fd = p->initfd + 100;
	assert_err(pot_create(p), &p->e, ERR_SYSTEM);
	p->spec.init_fd = p->initfd;
	p->spec.root = "/nowhere";
	assert_err(pot_create(p), &p->e, ERR_NOT_FOUND);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(p->gate, -1);
}

static void
persistent_lives_on(void **state)
{
	struct pot *p = *state;

	p->spec.is_persistent = true;
	pot_command(p, "sh", "-c", "echo done; exit 5", NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "done\n");
	do {
		read_text(p->dir, "status", p->status, sizeof(p->status));
	} while (p->status[0] == '\0');
	assert_text(p->status, "exited 5\n");
	assert_true(cell->is_alive(&p->ref));
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_STOP, SIGTERM, &p->e), &p->e);
	wait_dead(p);
	assert_false(cell->is_alive(&p->ref));
	read_text(p->dir, "status", p->status, sizeof(p->status));
	assert_text(p->status, "exited 5\n");
}

/* Orphans are reaped by pot-init, also while the command runs. */
static void
orphans_are_reaped(void **state)
{
	struct pot *p = *state;

	assert_text(pot_sh(p,
			"(sleep 0 & ) ; (sleep 0 & ); sleep 0.2; "
			"grep -l 'State:.Z' /proc/[0-9]*/status; "
			"echo end"),
	    "end\n");
}

static void
signals_reach_the_command(void **state)
{
	struct pot *p = *state;

	pot_command(p, "guest", "signals", NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_MAIN, SIGUSR1, &p->e), &p->e);
	read_until(p->out, p->output, sizeof(p->output), "signal 10\n");
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_MAIN, SIGHUP, &p->e), &p->e);
	read_until(p->out, p->output, sizeof(p->output), "signal 1\n");
	assert_ok(cell->signal(&p->ref, CELL_SIGNAL_MAIN, 63, &p->e), &p->e);
	read_until(p->out, p->output, sizeof(p->output), "signal 63\n");
	/* 0 only asks. */
	assert_ok(cell->signal(&p->ref, CELL_SIGNAL_MAIN, 0, &p->e), &p->e);
	assert_err(cell->signal(&p->ref, CELL_SIGNAL_MAIN, 65, &p->e), &p->e,
	    ERR_INVALID);
	assert_err(cell->signal(&p->ref, CELL_SIGNAL_MAIN, -1, &p->e), &p->e,
	    ERR_INVALID);
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_MAIN, SIGTERM, &p->e), &p->e);
	(void)pot_wait(p);
	assert_text(p->status, "exited 7\n");
	assert_err(cell->signal(&p->ref, CELL_SIGNAL_MAIN, SIGTERM, &p->e),
	    &p->e, ERR_STATE);
}

/* MAIN reaches the command alone, ALL also the others. */
static void
scopes_of_signals(void **state)
{
	struct pot *p = *state;

	pot_command(p, "sh", "-c",
	    "trap 'echo main' USR1; "
	    "(trap 'echo other' USR1; echo ready; while :; do sleep 0.01; "
	    "done) & while :; do sleep 0.01; done",
	    NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_MAIN, SIGUSR1, &p->e), &p->e);
	read_until(p->out, p->output, sizeof(p->output), "main\n");
	assert_int_equal(io_wait_readable(p->out, 100), 0);
	/* The sleeps may be hit, too: that is what ALL means. */
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_ALL, SIGUSR1, &p->e), &p->e);
	read_until(p->out, p->output, sizeof(p->output), "other\n");
}

/* STOP: everybody is told, and it ends when the last one has. */
static void
stop_waits_for_all(void **state)
{
	struct pot *p = *state;

	pot_command(p, "sh", "-c",
	    "(trap 'sleep 0.3; echo late; exit' TERM; echo ready; "
	    "while :; do sleep 0.05; done) & trap 'echo main; exit 6' TERM; "
	    "while :; do sleep 0.05; done",
	    NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_STOP, SIGTERM, &p->e), &p->e);
	(void)pot_wait(p);
	assert_has(p->output, "main\n");
	assert_has(p->output, "late\n");
	assert_text(p->status, "exited 6\n");
}

/* Whoever ignores the stop signal is killed by kill(). */
static void
kill_ends_everything(void **state)
{
	struct pot *p = *state;

	pot_command(p, "sh", "-c",
	    "trap '' TERM; (trap '' TERM; echo ready; sleep 1000) & "
	    "sleep 1000; sleep 1000",
	    NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_STOP, SIGTERM, &p->e), &p->e);
	assert_true(cell->is_alive(&p->ref));
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
	assert_false(cell->is_alive(&p->ref));
	/* All ends of the pipe are closed: nobody is left. */
	read_until(p->out, p->output, sizeof(p->output), NULL);
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
	p->ref.handle[0] = '\0';
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
}

/* A guest may send PID 1 what it likes, as often as it likes. */
static void
guest_signals_to_init_hurt_only_the_guest(void **state)
{
	struct pot *p = *state;

	p->spec.is_persistent = true;
	pot_command(p, "sh", "-c",
	    "i=1; while [ $i -le 64 ]; do trap '' $i 2>/dev/null; "
	    "i=$((i + 1)); done; "
	    /* No libc lets one ignore 32 and 33, which get through to us. */
	    "i=1; while [ $i -le 64 ]; do "
	    "case $i in 32|33) ;; *) kill -$i 1 ;; esac; "
	    "i=$((i + 1)); done; "
	    "echo end",
	    NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "end\n");
	assert_true(cell->is_alive(&p->ref));
	assert_text(p->output, "end\n");
	/* It still does its work. */
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_STOP, SIGTERM, &p->e), &p->e);
	wait_dead(p);
	read_text(p->dir, "status", p->status, sizeof(p->status));
	assert_text(p->status, "exited 0\n");
}

static void
own_init_is_the_command(void **state)
{
	struct pot *p = *state;
	auto_close int fd = -1;
	int code = -1;

	p->spec.own_init = true;
	pot_command(p, "sh", "-c",
	    "echo $$; tr '\\0' ' ' </proc/1/cmdline; "
	    "guest fds; exit 9",
	    NULL);
	assert_ok(pot_create(p), &p->e);
	assert_true(str_has_suffix(p->ref.handle, ":o"));
	assert_ok(cell->wait_open(&p->ref, &fd, &p->e), &p->e);
	assert_ok(pot_release(p), &p->e);
	read_until(p->out, p->output, sizeof(p->output), NULL);
	assert_int_equal(io_wait_readable(fd, PATIENCE_MS), 1);
	assert_has(p->output, "1\nsh -c echo $$;");
	assert_has(p->output, "0 1 2 \n");
	/* Its status is ours as its parent. */
	assert_ok(cell->exit_status(&p->ref, fd, &code, &p->e), &p->e);
	assert_int_equal(code, 9);
	read_text(p->dir, "status", p->status, sizeof(p->status));
	assert_text(p->status, "");
}

static void
own_init_gets_its_signals(void **state)
{
	struct pot *p = *state;
	auto_close int fd = -1;
	int code = -1;

	p->spec.own_init = true;
	pot_command(p, "guest", "signals", NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_MAIN, SIGUSR2, &p->e), &p->e);
	read_until(p->out, p->output, sizeof(p->output), "signal 12\n");
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_ALL, SIGUSR1, &p->e), &p->e);
	read_until(p->out, p->output, sizeof(p->output), "signal 10\n");
	assert_ok(cell->wait_open(&p->ref, &fd, &p->e), &p->e);
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_STOP, SIGTERM, &p->e), &p->e);
	wait_dead(p);
	assert_ok(cell->exit_status(&p->ref, fd, &code, &p->e), &p->e);
	assert_int_equal(code, 7);
}

/* The status of somebody else's child: as a zombie, and when it was reaped,
 * by those who hold its pidfd (on kernels that can). */
static void
exit_status_of_a_stranger(void **state)
{
	struct pot *p = *state;
	auto_close int fd = -1;
	struct cell_ref *shared = mmap(NULL, sizeof(*shared),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int reap[2], code = -1;
	pid_t pid;

	assert_true(shared != MAP_FAILED);
	shared->handle[0] = '\0';
	assert_int_equal(pipe2(reap, O_CLOEXEC), 0);
	pot_command(p, "guest", "signals", NULL);
	p->spec.own_init = true;
	pid = fork();
	if (pid == 0) {
		char c;

		if (pot_create(p) < 0 || pot_release(p) < 0)
			_exit(1);
		*shared = p->ref;
		(void)close(reap[1]);
		(void)!read(reap[0], &c, 1);
		_exit(waitpid(-1, NULL, 0) > 0 ? 0 : 2);
	}
	(void)close(reap[0]);
	while (shared->handle[0] == '\0')
		(void)sched_yield();
	p->ref = *shared;
	assert_ok(cell->wait_open(&p->ref, &fd, &p->e), &p->e);
	while (cell->signal(&p->ref, CELL_SIGNAL_MAIN, SIGTERM, &p->e) == 0 &&
	    io_wait_readable(fd, 20) == 0)
		;
	err_clear(&p->e);
	assert_false(cell->is_alive(&p->ref));
	assert_ok(cell->exit_status(&p->ref, fd, &code, &p->e), &p->e);
	assert_int_equal(code, 7);
	code = -1;
	assert_ok(cell->exit_status(&p->ref, -1, &code, &p->e), &p->e);
	assert_int_equal(code, 7);
	(void)close(reap[1]);
	assert_int_equal(waitpid(pid, &code, 0), pid);
	assert_int_equal(code, 0);
	assert_err(cell->exit_status(&p->ref, -1, &code, &p->e), &p->e,
	    ERR_UNSUPPORTED);
	code = -1;
	if (cell->exit_status(&p->ref, fd, &code, &p->e) == 0)
		assert_int_equal(code, 7);
	else
		assert_int_equal(p->e.code, ERR_UNSUPPORTED);
	err_clear(&p->e);
	(void)munmap(shared, sizeof(*shared));
}

/* The pid of a cell that is gone names nobody, whoever has it now. */
static void
reused_pids_are_not_taken_for_the_cell(void **state)
{
	struct pot *p = *state;
	struct handle h;

	pot_command(p, "sleep", "1000", NULL);
	pot_start(p);
	assert_ok(handle_parse(&p->ref, &h, &p->e), &p->e);
	struct cell_ref other = p->ref;
	/* Another identity of the same pid. */
	(void)snprintf(other.handle, sizeof(other.handle), "%d:%ju:%ju",
	    (int)h.pid, (uintmax_t)h.start + 1, (uintmax_t)h.inode + 1);
	assert_false(cell->is_alive(&other));
	assert_err(cell->signal(&other, CELL_SIGNAL_MAIN, SIGTERM, &p->e),
	    &p->e, ERR_STATE);
	int fd;
	assert_err(cell->wait_open(&other, &fd, &p->e), &p->e, ERR_STATE);
	assert_ok(cell->kill(&other, &p->e), &p->e);
	assert_true(cell->is_alive(&p->ref));
	/* By start time, as on kernels without inodes of pidfds. */
	struct proc_stat ps;
	assert_true(proc_stat_read(h.pid, &ps));
	(void)snprintf(other.handle, sizeof(other.handle), "%d:%ju", (int)h.pid,
	    (uintmax_t)ps.start);
	assert_true(cell->is_alive(&other));
	(void)snprintf(other.handle, sizeof(other.handle), "%d:%ju", (int)h.pid,
	    (uintmax_t)ps.start + 1);
	assert_false(cell->is_alive(&other));
}

static void
handles_are_parsed_strictly(void **state UNUSED)
{
	static const char *const bad[] = { "x", "1", "1:", "0:1", "-1:1", "1:0",
		"1:2:", "1:2:3:x", "1:2:z", "1:2 ", "99999999999:1",
		"1:99999999999999999999999", "1:0:0", " 1:2", "1:2:3:o:" };
	static const struct {
		const char *text;
		struct handle h;
	} good[] = {
		{ "7:8", { 7, 8, 0, false, false } },
		{ "7:0:9", { 7, 0, 9, false, false } },
		{ "7:8:o", { 7, 8, 0, true, false } },
		{ "7:0:9:ou", { 7, 0, 9, true, true } },
		{ "2147483647:18446744073709551615",
		    { INT_MAX, UINT64_MAX, 0, false, false } },
	};
	struct err e = ERR_INIT;
	struct handle h;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct cell_ref ref = { .name = "n" };

		(void)str_copy(ref.handle, bad[i], sizeof(ref.handle));
		if (handle_parse(&ref, &h, &e) == 0)
			fail_msg("'%s' was parsed", bad[i]);
		assert_int_equal(e.code, ERR_CORRUPT);
		err_clear(&e);
	}
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct cell_ref ref = { .name = "n" };

		(void)str_copy(ref.handle, good[i].text, sizeof(ref.handle));
		assert_ok(handle_parse(&ref, &h, &e), &e);
		assert_int_equal(h.pid, good[i].h.pid);
		assert_int_equal(h.start, good[i].h.start);
		assert_int_equal(h.inode, good[i].h.inode);
		assert_int_equal(h.is_own, good[i].h.is_own);
		assert_int_equal(h.has_userns, good[i].h.has_userns);
	}
	struct cell_ref empty = { .name = "n" };
	assert_err(handle_parse(&empty, &h, &e), &e, ERR_STATE);
}

static void
zombies_are_dead(void **state)
{
	struct pot *p = *state;

	pot_command(p, "true", NULL);
	(void)pot_run(p);
	/* We are its parent and did not wait for it. */
	assert_false(cell->is_alive(&p->ref));
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
processes_are_listed(void **state)
{
	struct pot *p = *state;
	pid_t pids[8];
	struct handle h;
	size_t n = 0;

	pot_command(p, "sh", "-c",
	    "sleep 1000 & sleep 1000 & echo ready; "
	    "wait",
	    NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	assert_ok(cell->processes(&p->ref, pids, 8, &n, &p->e), &p->e);
	assert_int_equal(n, 4);
	assert_ok(handle_parse(&p->ref, &h, &p->e), &p->e);
	assert_int_equal(pids[0], h.pid);
	n = 0;
	assert_ok(cell->processes(&p->ref, pids, 2, &n, &p->e), &p->e);
	assert_int_equal(n, 4);
}

static void
signal_some_selects(void **state)
{
	struct pot *p = *state;
	auto_strv struct strv out = STRV_INIT;

	pot_command(p, "sh", "-c",
	    "sleep 1000 & sleep 1000 & guest signals & "
	    "echo start; wait; wait; wait",
	    NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	/* They may not have been executed yet. */
	do {
		strv_fini(&out);
		assert_ok(cell->signal_some(
			      &p->ref, 0, "^sle+p$", 0, true, &out, &p->e),
		    &p->e);
	} while (out.n < 2);
	assert_int_equal(out.n, 2);
	/* In the order of the host's pids, which begin anew. */
	assert_true(strv_has(&out, "3") && strv_has(&out, "4"));
	strv_fini(&out);
	assert_ok(
	    cell->signal_some(&p->ref, 5, NULL, SIGUSR1, false, &out, &p->e),
	    &p->e);
	assert_int_equal(out.n, 1);
	read_until(p->out, p->output, sizeof(p->output), "signal 10\n");
	strv_fini(&out);
	assert_ok(
	    cell->signal_some(&p->ref, 77, NULL, SIGUSR1, false, &out, &p->e),
	    &p->e);
	assert_int_equal(out.n, 0);
	/* pot-init is none of the pot's processes. */
	assert_ok(
	    cell->signal_some(&p->ref, 1, NULL, SIGKILL, false, &out, &p->e),
	    &p->e);
	assert_ok(
	    cell->signal_some(&p->ref, 0, "init", SIGKILL, false, &out, &p->e),
	    &p->e);
	assert_int_equal(out.n, 0);
	assert_err(
	    cell->signal_some(&p->ref, 0, "[", SIGKILL, false, &out, &p->e),
	    &p->e, ERR_INVALID);
	assert_ok(
	    cell->signal_some(&p->ref, 0, "sleep", SIGKILL, false, &out, &p->e),
	    &p->e);
	assert_int_equal(out.n, 2);
	assert_true(cell->is_alive(&p->ref));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		pot_test(exit_status_is_the_commands),
		pot_test(command_that_is_not_there),
		pot_test(command_is_looked_up_in_path),
		pot_test(missing_working_directory),
		pot_test(gate_holds_and_closing_it_ends_the_cell),
		pot_test(killed_at_the_gate),
		pot_test(creator_killed_at_the_gate),
		pot_test(failed_creation_leaves_nothing),
		pot_test(persistent_lives_on),
		pot_test(orphans_are_reaped),
		pot_test(signals_reach_the_command),
		pot_test(scopes_of_signals),
		pot_test(stop_waits_for_all),
		pot_test(kill_ends_everything),
		pot_test(guest_signals_to_init_hurt_only_the_guest),
		pot_test(own_init_is_the_command),
		pot_test(own_init_gets_its_signals),
		pot_test(exit_status_of_a_stranger),
		pot_test(reused_pids_are_not_taken_for_the_cell),
		cmocka_unit_test(handles_are_parsed_strictly),
		pot_test(zombies_are_dead),
		pot_test(processes_are_listed),
		pot_test(signal_some_selects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
