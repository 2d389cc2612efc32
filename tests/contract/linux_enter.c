/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands in a living cell: what they have is what the pot has; terminals;
 * and what a hostile pot makes of a process that comes in.
 */
#include "linux_pot.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>

#include "platform/linux/handle.h"

/* A pot that waits. */
static void
start_waiting(struct pot *p)
{
	pot_command(p, "sh", "-c", "echo up; sleep 1000", NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "up\n");
}

struct visit {
	struct cell_command command;
	struct strv argv;
	pid_t pid;
	int out;
	int status;
};

static void
visit_fini(struct visit *v)
{
	strv_fini(&v->argv);
	cleanup_close(&v->out);
}
#define auto_visit __attribute__((cleanup(visit_fini)))
#define VISIT_INIT                                              \
	{                                                       \
		.command = { .fds = { -1, -1, -1 } }, .out = -1 \
	}

static int
visit_start(struct pot *p, struct visit *v)
{
	int fds[2], rc;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	v->command.argv = strv_argv(&v->argv);
	v->command.envp = strv_argv(&p->env);
	v->command.fds[1] = v->command.fds[2] = fds[1];
	rc = cell->enter(&p->ref, &p->spec, &v->command, &v->pid, NULL, &p->e);
	(void)close(fds[1]);
	cleanup_close(&v->out);
	v->out = fds[0];
	return rc;
}

/* Output and exit status of a line of the pot's shell. */
static const char *
visit_sh(struct pot *p, struct visit *v, const char *line)
{
	strv_fini(&v->argv);
	strv_add(&v->argv, "sh");
	strv_add(&v->argv, "-c");
	strv_add(&v->argv, line);
	assert_ok(visit_start(p, v), &p->e);
	read_until(v->out, p->output, sizeof(p->output), NULL);
	assert_int_equal(waitpid(v->pid, &v->status, 0), v->pid);
	return p->output;
}

static void
status_is_the_commands(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	start_waiting(p);
	assert_text(visit_sh(p, &v, "echo hello; exit 42"), "hello\n");
	assert_int_equal(WEXITSTATUS(v.status), 42);
	assert_text(visit_sh(p, &v, "kill -9 $$"), "");
	assert_int_equal(WTERMSIG(v.status), SIGKILL);
}

/* The same namespaces, rights and filters as the pot's command. */
static void
it_is_a_process_of_the_pot(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	start_waiting(p);
	(void)visit_sh(p, &v,
	    "for n in pid mnt uts ipc cgroup net user time; do "
	    "[ $(readlink /proc/self/ns/$n) = $(readlink /proc/2/ns/$n) ] || "
	    "echo $n differs; done; "
	    "grep -E '^(Cap|NoNew|Seccomp)' /proc/self/status >/tmp/a; "
	    "grep -E '^(Cap|NoNew|Seccomp)' /proc/2/status >/tmp/b; cmp /tmp/a "
	    "/tmp/b && echo same; "
	    "readlink /proc/self/root; pwd; umask; guest fds; "
	    "guest try mount keyctl clone_user mknod_char raw_socket");
	assert_text(p->output,
	    "same\n/\n/\n0022\n0 1 2 \nmount 1\nkeyctl 1\nclone_user 1\n"
	    "mknod_char 1\nraw_socket 1\n");
	/* We are where we were, and so are our children. */
	assert_true(access(p->root, F_OK) == 0);
	pid_t child = fork();
	if (child == 0)
		_exit(getppid() == 0);
	assert_int_equal(waitpid(child, &v.status, 0), child);
	assert_int_equal(v.status, 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
}

static void
failures_are_reported(void **state)
{
	static const struct {
		const char *command;
		enum err_code code;
	} rows[] = {
		{ "nosuch", ERR_NO_COMMAND },
		{ "/nosuch", ERR_NO_COMMAND },
		{ "/etc/passwd", ERR_NOT_EXECUTABLE },
		{ "/etc", ERR_NOT_EXECUTABLE },
	};
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	start_waiting(p);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		strv_fini(&v.argv);
		strv_add(&v.argv, rows[i].command);
		assert_err(visit_start(p, &v), &p->e, rows[i].code);
	}
	strv_fini(&v.argv);
	strv_add(&v.argv, "true");
	v.command.user = "nobody-here";
	assert_err(visit_start(p, &v), &p->e, ERR_NOT_FOUND);
	v.command.user = NULL;
	v.command.cwd = "/nowhere";
	assert_err(visit_start(p, &v), &p->e, ERR_NOT_EXECUTABLE);
	/* No process is left but the pot. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
	v.command.cwd = NULL;
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
	assert_err(visit_start(p, &v), &p->e, ERR_STATE);
}

static void
users_and_directories(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	start_waiting(p);
	v.command.user = "www";
	v.command.cwd = "/tmp";
	assert_text(visit_sh(p, &v, "id -u; id -g; pwd; touch /etc/x 2>&1"),
	    "33\n33\n/tmp\ntouch: /etc/x: Permission denied\n");
	v.command.user = "0:50";
	assert_text(visit_sh(p, &v, "id -u; id -g; id -G"), "0\n50\n50\n");
}

/* A working directory that leads to a directory of the host by a descriptor
 * that was left open (CVE-2024-21626). */
static void
working_directory_does_not_lead_out(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;
	auto_close int dir = open("/", O_RDONLY | O_DIRECTORY);

	start_waiting(p);
	strv_add(&v.argv, "pwd");
	for (int fd = 0; fd < 20; fd++) {
		char cwd[32];

		(void)snprintf(cwd, sizeof(cwd), "/proc/self/fd/%d", fd);
		v.command.cwd = cwd;
		assert_err(visit_start(p, &v), &p->e, ERR_NOT_EXECUTABLE);
	}
	/* And a directory as standard input is not let in at all. */
	v.command.cwd = NULL;
	v.command.fds[0] = dir;
	assert_err(visit_start(p, &v), &p->e, ERR_INVALID);
}

/* A pot that swaps its command for "#!/proc/self/exe" and opens whatever
 * image a process that comes in has for a moment (CVE-2019-5736): it never
 * gets anything of the host that it can write to. */
static void
image_of_the_visitor_is_not_writable(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;
	auto_free char *own = xasprintf("%s/pot-init", p->dir);
	uint64_t end = clock_mono_ms() + PATIENCE_MS;
	char init[PATH_MAX];
	struct stat before, after;

	/* A pot-init that nobody else executes: a file that is executed can't
	 * be written to anyway. */
	build_path(init, sizeof(init), "src/init/pot-init");
	copy_program(init, own);
	(void)close(p->initfd);
	p->spec.init_fd = p->initfd = open(own, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(p->initfd, &before), 0);
	p->spec.own_init = true;
	write_text(p->root, "bin/self", "#!/proc/self/exe\n", 0755);
	pot_command(p, "guest", "catch", NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	strv_add(&v.argv, "self");
	do {
		int status;

		if (visit_start(p, &v) == 0)
			(void)waitpid(v.pid, &status, 0);
		err_clear(&p->e);
		if (clock_mono_ms() >= end)
			fail_msg("nothing was caught");
	} while (io_wait_readable(p->out, 0) == 0);
	read_until(p->out, p->output, sizeof(p->output), NULL);
	assert_text(p->output, "caught pot-init: 30\n");
	assert_int_equal(fstat(p->initfd, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
}

/* While it is being set up it is not dumpable: its descriptors and memory
 * are out of reach. */
static void
visitor_is_hidden(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	pot_command(p, "guest", "peep", NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	strv_add(&v.argv, "true");
	for (int i = 0; i < 200; i++) {
		int status;

		assert_ok(visit_start(p, &v), &p->e);
		(void)waitpid(v.pid, &status, 0);
	}
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_MAIN, SIGTERM, &p->e), &p->e);
	(void)pot_wait(p);
	/* It saw us come, but no file of the host. */
	assert_has(p->output, "seen ");
	assert_has_not(p->output, "host");
}

static void
terminal_is_the_pots(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;
	auto_close int master = -1;
	struct winsize ws = { .ws_row = 33, .ws_col = 44 };
	int status;

	start_waiting(p);
	strv_add(&v.argv, "sh");
	strv_add(&v.argv, "-c");
	strv_add(&v.argv,
	    "guest tty; stat -c '%a %u' /dev/pts/0; read x; "
	    "echo got $x; exit 8");
	v.command.argv = strv_argv(&v.argv);
	v.command.envp = strv_argv(&p->env);
	v.command.tty = true;
	v.command.user = "www";
	assert_ok(
	    cell->enter(&p->ref, &p->spec, &v.command, &v.pid, &master, &p->e),
	    &p->e);
	assert_true(master >= 0);
	assert_true((fcntl(master, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(ioctl(master, TIOCSWINSZ, &ws), 0);
	read_until(master, p->output, sizeof(p->output), "620 33");
	assert_has(p->output,
	    "isatty 111 session 1 leader 0 tty /dev/pts/0 "
	    "dev 1\r\n");
	assert_int_equal(io_write_all(master, "line\n", 5), 0);
	read_until(master, p->output, sizeof(p->output), "got line\r\n");
	assert_int_equal(waitpid(v.pid, &status, 0), v.pid);
	assert_int_equal(WEXITSTATUS(status), 8);
	/* No terminal of the host was used. */
	assert_int_not_equal(access("/dev/pts/ptmx", F_OK) == 0 &&
		ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY) >= 0 &&
		isatty(master) == 0,
	    1);
}

static void
terminal_needs_devices(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;
	int master = -1;

	p->spec.attrs.devfs_ruleset = 2;
	start_waiting(p);
	strv_add(&v.argv, "true");
	v.command.argv = strv_argv(&v.argv);
	v.command.envp = strv_argv(&p->env);
	v.command.tty = true;
	assert_err(
	    cell->enter(&p->ref, &p->spec, &v.command, &v.pid, &master, &p->e),
	    &p->e, ERR_NOT_FOUND);
	assert_int_equal(master, -1);
}

/* kill() takes those who came in, and does not wait for us to reap them: the
 * kernel keeps the pid namespace until then. */
static void
kill_takes_visitors(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;
	int status;

	start_waiting(p);
	strv_add(&v.argv, "sleep");
	strv_add(&v.argv, "1000");
	assert_ok(visit_start(p, &v), &p->e);
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
	assert_false(cell->is_alive(&p->ref));
	assert_int_equal(waitpid(v.pid, &status, 0), v.pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	wait_dead(p);
}

/* A persistent pot is told to stop while only a visitor lives: it waits for
 * it, although it is not its child, until it is told that there is none. */
static void
stop_waits_for_visitors(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;
	int outsider = -1;

	p->spec.is_persistent = true;
	pot_command(p, "true", NULL);
	pot_start(p);
	strv_add(&v.argv, "sh");
	strv_add(&v.argv, "-c");
	strv_add(&v.argv,
	    "trap 'sleep 0.2; echo late; exit 3' TERM; "
	    "echo ready; while :; do sleep 0.02; done");
	assert_ok(visit_start(p, &v), &p->e);
	read_until(v.out, p->output, sizeof(p->output), "ready\n");
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_STOP, SIGTERM, &p->e), &p->e);
	assert_int_equal(cell->outsider_open(&p->ref, &outsider, &p->e), 1);
	read_until(v.out, p->output, sizeof(p->output), "late\n");
	assert_int_equal(io_wait_readable(outsider, 60000), 1);
	(void)close(outsider);
	/* Nobody reaped it yet. */
	assert_int_equal(cell->outsider_open(&p->ref, &outsider, &p->e), 0);
	assert_true(cell->is_alive(&p->ref));
	assert_ok(cell->signal(&p->ref, CELL_SIGNAL_LAST, 0, &p->e), &p->e);
	assert_int_equal(waitpid(v.pid, &v.status, 0), v.pid);
	assert_int_equal(WEXITSTATUS(v.status), 3);
	wait_dead(p);
}

/* A detached command is nobody's child outside: the pot reaps it, waits for
 * it, and its failure is still told. */
static void
detached_belongs_to_the_pot(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	p->spec.is_persistent = true;
	pot_command(p, "true", NULL);
	pot_start(p);
	v.command.is_detached = true;
	strv_add(&v.argv, "sh");
	strv_add(&v.argv, "-c");
	strv_add(&v.argv,
	    "trap 'echo told; exit' TERM; echo $PPID ready; "
	    "while :; do sleep 0.02; done");
	assert_ok(visit_start(p, &v), &p->e);
	assert_int_equal(v.pid, 0);
	/* Our only child is the pot. */
	pid_t pids[4];
	size_t n;
	read_until(v.out, p->output, sizeof(p->output), "ready\n");
	assert_ok(cell->processes(&p->ref, pids, 4, &n, &p->e), &p->e);
	assert_in_range(n, 2, 3);
	assert_ok(
	    cell->signal(&p->ref, CELL_SIGNAL_STOP, SIGTERM, &p->e), &p->e);
	read_until(v.out, p->output, sizeof(p->output), NULL);
	assert_has(p->output, "told\n");
	wait_dead(p);
}

static void
detached_failure_is_told(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	start_waiting(p);
	v.command.is_detached = true;
	strv_add(&v.argv, "nosuch");
	assert_err(visit_start(p, &v), &p->e, ERR_NO_COMMAND);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
}

static void
into_a_cell_without_pot_init(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	p->spec.own_init = true;
	start_waiting(p);
	assert_text(visit_sh(p, &v, "grep -c init /proc/1/comm"), "0\n");
}

/* Ignored and blocked signals of ours are not handed on. */
static void
signals_are_default(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	start_waiting(p);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	strv_add(&v.argv, "grep");
	strv_add(&v.argv, "-E");
	strv_add(&v.argv, "^Sig(Blk|Ign)");
	strv_add(&v.argv, "/proc/self/status");
	assert_ok(visit_start(p, &v), &p->e);
	read_until(v.out, p->output, sizeof(p->output), NULL);
	assert_int_equal(waitpid(v.pid, &v.status, 0), v.pid);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	assert_text(p->output,
	    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

/* Attributes of the next start allow no more now than is safe in the cell
 * as it is. */
static void
rights_are_those_of_the_cell(void **state)
{
	struct pot *p = *state;
	auto_visit struct visit v = VISIT_INIT;

	start_waiting(p);
	p->spec.attrs.userns = true;
	p->spec.attrs.allow_mount = true;
	p->spec.attrs.userns_first_id = 100000;
	p->spec.attrs.userns_id_count = 65536;
	(void)visit_sh(p, &v,
	    "guest try mount; grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status "
	    ">/tmp/a; grep -E '^Cap(Prm|Eff|Bnd)' /proc/2/status >/tmp/b; "
	    "cmp /tmp/a /tmp/b && echo same");
	assert_text(p->output, "mount 1\nsame\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		pot_test(status_is_the_commands),
		pot_test(it_is_a_process_of_the_pot),
		pot_test(failures_are_reported),
		pot_test(users_and_directories),
		pot_test(working_directory_does_not_lead_out),
		pot_test(image_of_the_visitor_is_not_writable),
		pot_test(visitor_is_hidden),
		pot_test(terminal_is_the_pots),
		pot_test(terminal_needs_devices),
		pot_test(rights_are_those_of_the_cell),
		pot_test(kill_takes_visitors),
		pot_test(stop_waits_for_visitors),
		pot_test(detached_belongs_to_the_pot),
		pot_test(detached_failure_is_told),
		pot_test(into_a_cell_without_pot_init),
		pot_test(signals_are_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
