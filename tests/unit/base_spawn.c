/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs: what the child gets, and what comes back. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/spawn.h"
#include "base/str.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define SH(script)                                                           \
	{                                                                    \
		.path = "/bin/sh",                                           \
		.argv = (char *const[]){ (char[]){ "sh" }, (char[]){ "-c" }, \
			(char[]){ script }, NULL },                          \
		.dirfd = -1,                                                 \
	}

static void
captures_output(void **state UNUSED)
{
	const struct spawn_opts o = SH("echo one; echo two >&2; echo three");
	auto_buf struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;

	assert_ok(spawn_run(&o, &out, &e), &e);
	assert_string_equal(out.data, "one\nthree\n");
	assert_ok(spawn_run(&o, NULL, &e), &e);
}

static void
reports_status_and_last_line(void **state UNUSED)
{
	const struct spawn_opts fails =
	    SH("echo first >&2; printf 'la\\033st\\n\\n' >&2; exit 3");
	const struct spawn_opts tar =
	    SH("echo 'tar: not an archive' >&2; "
	       "echo 'tar: Exiting with failure status due to previous errors' "
	       ">&2; exit 2");
	struct spawn_opts usage = SH("echo the reason >&2; "
				     "yes 'usage: sh' | head -c 100000 >&2; "
				     "exit 2");
	const struct spawn_opts silent = SH("exit 4");
	const struct spawn_opts dies = SH("kill -9 $$");
	struct err e = ERR_INIT;

	assert_int_equal(spawn_run(&fails, NULL, &e), -1);
	assert_int_equal(e.code, ERR_CHILD);
	assert_string_equal(e.text, "sh: exit 3: la?st");
	err_clear(&e);
	assert_int_equal(spawn_run(&tar, NULL, &e), -1);
	assert_string_equal(e.text, "sh: exit 2: tar: not an archive");
	err_clear(&e);
	usage.says_first = true;
	assert_int_equal(spawn_run(&usage, NULL, &e), -1);
	assert_string_equal(e.text, "sh: exit 2: the reason");
	err_clear(&e);
	assert_int_equal(spawn_run(&silent, NULL, &e), -1);
	assert_string_equal(e.text, "sh: exit 4");
	err_clear(&e);
	assert_int_equal(spawn_run(&dies, NULL, &e), -1);
	assert_string_equal(e.text, "sh: signal 9");
}

/* More on both streams than pipes hold; of stderr the end is kept. */
static void
drains_both_streams(void **state UNUSED)
{
	const struct spawn_opts o =
	    SH("i=0; while [ $i -lt 3000 ]; do i=$((i + 1));"
	       " echo out $i ................................;"
	       " echo err $i ................................ >&2;"
	       " done; exit 1");
	auto_buf struct buf out = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;

	assert_int_equal(spawn_run(&o, &out, &e), -1);
	assert_true(out.len > 120000);
	assert_string_equal(
	    e.text, "sh: exit 1: err 3000 ................................");
}

static void
bounds_output(void **state UNUSED)
{
	const struct spawn_opts o = SH("exec cat /dev/zero");
	auto_buf struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;

	assert_err(spawn_run(&o, &out, &e), &e, ERR_LIMIT);
	assert_int_equal(out.len, 1000);
}

static void
reports_exec_failure(void **state)
{
	struct scratch *s = *state;
	char path[500];
	char *const argv[] = { path, NULL };
	struct spawn_opts o = { .path = path, .argv = argv, .dirfd = -1 };
	struct err e = ERR_INIT;
	pid_t pid = -7;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/none", s->path);
	assert_err(spawn_start(&o, &pid, &e), &e, ERR_NO_COMMAND);
	(void)snprintf(path, sizeof(path), "%s/x", s->path);
	fd = openat(s->fd, "x", O_WRONLY | O_CREAT, 0600);
	assert_return_code(write(fd, "\1\2\3\4", 4), errno);
	(void)close(fd);
	assert_err(spawn_start(&o, &pid, &e), &e, ERR_NOT_EXECUTABLE);
	assert_return_code(fchmodat(s->fd, "x", 0700, 0), errno);
	assert_err(spawn_start(&o, &pid, &e), &e, ERR_NOT_EXECUTABLE);
	assert_err(spawn_run(&o, NULL, &e), &e, ERR_NOT_EXECUTABLE);
	o.path = "no-such-program-of-pot";
	assert_err(spawn_start(&o, &pid, &e), &e, ERR_NO_COMMAND);
	o.path = "/bin/sh";
	o.dirfd = 999;
	assert_err(spawn_start(&o, &pid, &e), &e, ERR_SYSTEM);
	assert_int_equal(pid, -7);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD); /* failed children are reaped */
}

static void
environment_is_built(void **state UNUSED)
{
	struct spawn_opts o = SH("exec env");
	char *const envp[] = { (char[]){ "A=b c" }, (char[]){ "PATH=/bin" },
		NULL };
	auto_buf struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;

	assert_return_code(setenv("POT_LEAK", "x", 1), errno);
	assert_ok(spawn_run(&o, &out, &e), &e);
	assert_null(strstr(out.data, "POT_LEAK"));
	assert_non_null(strstr(out.data, "LC_ALL=C\n"));
	assert_non_null(strstr(out.data, "PATH=/sbin:/bin:"));
	buf_clear(&out);
	o.envp = envp;
	assert_ok(spawn_run(&o, &out, &e), &e);
	assert_non_null(strstr(out.data, "A=b c\n"));
	assert_null(strstr(out.data, "LC_ALL"));
	(void)unsetenv("POT_LEAK");
}

static int
file_with(const struct scratch *s, const char *name, const char *text)
{
	int fd = openat(s->fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_return_code(fd, errno);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_return_code(lseek(fd, 0, SEEK_SET), errno);
	return fd;
}

/* The child's descriptors are those named, in that order, and no others. */
static void
descriptors_are_those_named(void **state)
{
	struct scratch *s = *state;
	struct spawn_opts o =
	    SH("cat <&0; cat <&3; cat <&5; for i in 4 6 7 8 9; do "
	       "(: <&$i) 2>/dev/null && echo open $i; done; exit 0");
	auto_buf struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;
	/* Not close-on-exec: the child closes what is not named. */
	auto_close int leak = open("/etc/passwd", O_RDONLY);
	auto_close int a = file_with(s, "a", "A"), b = file_with(s, "b", "B"),
		       c = file_with(s, "c", "C");

	o.nfds = 6;
	o.fds[0] = c;
	o.fds[1] = o.fds[2] = -1;
	o.fds[3] = a;
	o.fds[4] = -1;
	o.fds[5] = b;
	assert_ok(spawn_run(&o, &out, &e), &e);
	assert_string_equal(out.data, "CAB");
	assert_true(leak >= 0);
}

/*
 * Each permutation of low descriptors arrives as named: those of the caller
 * are the numbers that the child's are put at.  In a child, which may lose
 * its descriptors 3 to 5.
 */
static void NO_RETURN
swap_descriptors(const int files[3])
{
	struct spawn_opts o = SH("cat <&3; cat <&4; cat <&5; exit 0");

	o.nfds = 6;
	o.fds[0] = o.fds[1] = o.fds[2] = -1;
	for (int i = 0; i < 27; i++) {
		struct buf out = BUF_INIT(100);
		struct err e = ERR_INIT;
		int pick[3] = { i % 3, i / 3 % 3, i / 9 };
		char want[4] = { 0 };

		for (int j = 0; j < 3; j++) {
			(void)lseek(files[j], 0, SEEK_SET);
			if (dup2(files[j], 3 + j) < 0)
				_exit(2);
			o.fds[3 + j] = 3 + pick[j];
			want[j] = (char)('A' + pick[j]);
		}
		if (pick[0] == pick[1] || pick[1] == pick[2] ||
		    pick[0] == pick[2])
			continue; /* they would share one read position */
		if (spawn_run(&o, &out, &e) < 0)
			_exit(3);
		if (!str_eq(out.data, want))
			_exit(4);
		buf_fini(&out);
	}
	_exit(0);
}

static void
descriptors_may_swap(void **state)
{
	static const char *const text[] = { "A", "B", "C" };
	struct scratch *s = *state;
	int files[3], status;
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		auto_close int fd = file_with(s, text[i], text[i]);

		files[i] = fcntl(fd, F_DUPFD_CLOEXEC, 50);
		assert_return_code(files[i], errno);
	}
	(void)fflush(NULL);
	pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0)
		swap_descriptors(files);
	for (int i = 0; i < 3; i++)
		(void)close(files[i]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Works for a caller whose own standard descriptors are closed. */
static void
works_without_stdio(void **state UNUSED)
{
	struct spawn_opts o = SH("read x; echo \"[$x]\"; echo e >&2");
	pid_t pid;
	int status;

	(void)fflush(NULL);
	pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0) {
		struct buf out = BUF_INIT(100);
		struct err e = ERR_INIT;

		closefrom(0);
		if (spawn_run(&o, &out, &e) < 0)
			_exit(2);
		_exit(str_eq(out.data, "[]\n") ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
works_in_a_directory(void **state)
{
	struct scratch *s = *state;
	struct spawn_opts o = SH("exec pwd -P");
	auto_buf struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;
	char want[1000], *real = realpath(s->path, NULL);

	assert_ok(spawn_run(&o, &out, &e), &e);
	assert_string_equal(out.data, "/\n");
	buf_clear(&out);
	o.dirfd = s->fd;
	assert_ok(spawn_run(&o, &out, &e), &e);
	assert_non_null(real);
	(void)snprintf(want, sizeof(want), "%s\n", real);
	assert_string_equal(out.data, want);
	free(real);
}

/* In a session of its own exactly when that is asked for. */
static void
starts_a_session(void **state UNUSED)
{
	for (int i = 0; i < 2; i++) {
		struct spawn_opts o = SH("read x; exit 0");
		struct err e = ERR_INIT;
		int p[2], status;
		pid_t pid;

		assert_return_code(pipe2(p, O_CLOEXEC), errno);
		o.new_session = i == 1;
		o.fds[0] = p[0];
		o.nfds = 1;
		assert_ok(spawn_start(&o, &pid, &e), &e);
		assert_int_equal(getsid(pid), i == 1 ? pid : getsid(0));
		(void)close(p[0]);
		(void)close(p[1]);
		assert_ok(spawn_wait(pid, &status, &e), &e);
		assert_int_equal(status, 0);
	}
}

/* A caller's ignored and blocked signals are not the child's. */
static void
signals_are_default(void **state UNUSED)
{
	static const int signals[] = { SIGTERM, SIGPIPE, SIGINT, SIGHUP,
		SIGUSR1 };
	const struct sigaction ignore = { .sa_handler = SIG_IGN },
			       dfl = { .sa_handler = SIG_DFL };
	struct spawn_opts o = SH("kill -TERM $$; exit 0");
	struct err e = ERR_INIT;
	sigset_t set, old, now;
	int status;
	pid_t pid;

	(void)sigfillset(&set);
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		assert_return_code(sigaction(signals[i], &ignore, NULL), 0);
	assert_return_code(sigprocmask(SIG_SETMASK, &set, &old), errno);
	assert_ok(spawn_start(&o, &pid, &e), &e);
	assert_return_code(sigprocmask(SIG_SETMASK, NULL, &now), errno);
	assert_int_equal(sigismember(&now, SIGTERM), 1);
	assert_return_code(sigprocmask(SIG_SETMASK, &old, NULL), errno);
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		assert_return_code(sigaction(signals[i], &dfl, NULL), 0);
	assert_ok(spawn_wait(pid, &status, &e), &e);
	assert_int_equal(status, 128 + SIGTERM);
}

/* Of keep_signals only the mask is not kept. */
static void
signals_are_kept(void **state UNUSED)
{
	struct spawn_opts o = SH("kill -USR1 $$; kill -TERM $$; exit 0");
	struct err e = ERR_INIT;
	sigset_t set, old;
	int status;
	pid_t pid;

	o.keep_signals = true;
	(void)sigfillset(&set);
	assert_true(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	assert_return_code(sigprocmask(SIG_SETMASK, &set, &old), errno);
	assert_ok(spawn_start(&o, &pid, &e), &e);
	assert_return_code(sigprocmask(SIG_SETMASK, &old, NULL), errno);
	assert_true(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
	assert_ok(spawn_wait(pid, &status, &e), &e);
	assert_int_equal(status, 128 + SIGTERM);
}

static void
waits(void **state UNUSED)
{
	const struct spawn_opts o = SH("exit 7");
	struct err e = ERR_INIT;
	int status;
	pid_t pid;

	assert_ok(spawn_start(&o, &pid, &e), &e);
	assert_ok(spawn_wait(pid, &status, &e), &e);
	assert_int_equal(status, 7);
	assert_err(spawn_wait(pid, &status, &e), &e, ERR_SYSTEM);
}

static void
finds_programs(void **state UNUSED)
{
	struct err e = ERR_INIT;
	char path[100];

	assert_ok(spawn_find("sh", path, sizeof(path), &e), &e);
	assert_true(path[0] == '/' && str_has_suffix(path, "/sh"));
	assert_err(spawn_find("sh", path, 5, &e), &e, ERR_NOT_FOUND);
	assert_err(
	    spawn_find("../bin/sh", path, sizeof(path), &e), &e, ERR_NOT_FOUND);
	assert_err(spawn_find("", path, sizeof(path), &e), &e, ERR_NOT_FOUND);
	/* A directory of that name is no program. */
	assert_err(spawn_find(".", path, sizeof(path), &e), &e, ERR_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captures_output),
		cmocka_unit_test(reports_status_and_last_line),
		cmocka_unit_test(drains_both_streams),
		cmocka_unit_test(bounds_output),
		scratch_test(reports_exec_failure),
		cmocka_unit_test(environment_is_built),
		scratch_test(descriptors_are_those_named),
		scratch_test(descriptors_may_swap),
		cmocka_unit_test(works_without_stdio),
		scratch_test(works_in_a_directory),
		cmocka_unit_test(starts_a_session),
		cmocka_unit_test(signals_are_default),
		cmocka_unit_test(signals_are_kept),
		cmocka_unit_test(waits),
		cmocka_unit_test(finds_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
