/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfork and exec.  Between the two only async-signal-safe functions run,
 * with all signals blocked until the dispositions are the default ones; a
 * failure comes back as a struct err through a close-on-exec pipe.
 */
#include "base/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"

#define SPAWN_PATH \
	"/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
#define STDERR_KEPT	 4096 /* of which the last line is reported */
#define LAST_LINE_SIZE	 300
#define STANDARD_SIGNALS 31 /* above are realtime signals on all systems */

/* Written as an array of arrays: envp wants char *const *, not literals. */
static char default_path[] = "PATH=" SPAWN_PATH;
static char default_locale[] = "LC_ALL=C";
static char *const default_env[] = { default_path, default_locale, NULL };

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

int
spawn_find(const char *program, char *path, size_t size, struct err *e)
{
	const char *dir = SPAWN_PATH;

	while (program[0] != '\0' && strchr(program, '/') == NULL) {
		int len = (int)strcspn(dir, ":");
		char found[PATH_MAX];
		int n = snprintf(
		    found, sizeof(found), "%.*s/%s", len, dir, program);

		if (n < (int)sizeof(found) && is_program(found)) {
			if (str_copy(path, found, size) >= size)
				break;
			return 0;
		}
		if (dir[len] == '\0')
			break;
		dir += len + 1;
	}
	return err_set(e, ERR_NOT_FOUND, "%s: not in " SPAWN_PATH, program);
}

struct exec_row {
	int sys;
	enum err_code code;
};

static const struct exec_row exec_rows[] = {
	{ ENOENT, ERR_NO_COMMAND },
	{ EACCES, ERR_NOT_EXECUTABLE },
	{ ENOEXEC, ERR_NOT_EXECUTABLE },
};

/* In the child: say what failed and end. */
static void NO_RETURN
child_fail(int report, struct err *e)
{
	(void)err_send(report, e);
	_exit(127);
}

static void NO_RETURN
child_fail_sys(int report, const char *what)
{
	struct err e = ERR_INIT;

	(void)err_sys(&e, "%s", what);
	child_fail(report, &e);
}

/*
 * Put FDS at 0..N-1 and REPORT at N, and nothing above.  First everything
 * moves above N, so that no dup2 hits what is still needed.
 */
static int
child_place_fds(const struct spawn_opts *o, int n, int report)
{
	int from[SPAWN_FDS_MAX], null = -1;

	for (int i = 0; i < n; i++) {
		from[i] = i < o->nfds ? o->fds[i] : -1;
		if (i <= STDERR_FILENO && from[i] < 0) {
			if (null < 0)
				null = open("/dev/null", O_RDWR | O_CLOEXEC);
			if (null < 0)
				child_fail_sys(report, "/dev/null");
			from[i] = null;
		}
		if (from[i] < 0 || from[i] > n)
			continue;
		from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, n + 1);
		if (from[i] < 0)
			child_fail_sys(report, "descriptor: duplicate");
	}
	if (report != n) {
		int moved = fcntl(report, F_DUPFD_CLOEXEC, n + 1);

		if (moved < 0 || dup2(moved, n) < 0 ||
		    fcntl(n, F_SETFD, FD_CLOEXEC) < 0)
			child_fail_sys(report, "descriptor: duplicate");
	}
	for (int i = 0; i < n; i++) {
		if (from[i] < 0)
			(void)close(i);
		else if (dup2(from[i], i) < 0)
			child_fail_sys(n, "descriptor: duplicate");
	}
	closefrom(n + 1);
	return n;
}

static void
child_default_signals(bool is_mask_alone)
{
	const struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i <= STANDARD_SIGNALS && !is_mask_alone; i++) {
		if (i != SIGKILL && i != SIGSTOP)
			(void)sigaction(i, &sa, NULL);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void NO_RETURN
child_exec(const struct spawn_opts *o, const char *path, int report)
{
	int n = o->nfds > STDERR_FILENO + 1 ? o->nfds : STDERR_FILENO + 1;
	struct err e = ERR_INIT;

	if (o->new_session && setsid() < 0)
		child_fail_sys(report, "new session");
	if (o->dirfd >= 0 ? fchdir(o->dirfd) < 0 : chdir("/") < 0)
		child_fail_sys(report, "change directory");
	report = child_place_fds(o, n, report);
	child_default_signals(o->keep_signals);
	(void)execve(path, o->argv, o->envp != NULL ? o->envp : default_env);
	(void)err_sys(&e, "%s", path);
	for (size_t i = 0; i < COUNT_OF(exec_rows); i++) {
		if (exec_rows[i].sys == e.sys)
			(void)err_recode(&e, exec_rows[i].code);
	}
	child_fail(report, &e);
}

/*
 * By vfork(2): no page is copied, twice, for a child that is about to forget
 * all of them.  It is in our memory and on our stack, so child_exec() calls
 * what a signal handler might, changes nothing of ours and does not return.
 */
static __attribute__((noinline)) pid_t
child_start(const struct spawn_opts *o, const char *path, int report)
{
	pid_t child = vfork(); /* NOLINT(clang-analyzer-*.vfork) */

	if (child == 0)
		child_exec(o, path, report); /* NOLINT: it does not return */
	return child;
}

/* The path that is executed. */
static int
resolve(const struct spawn_opts *o, char *path, size_t size, struct err *e)
{
	if (o->path[0] == '/') {
		if (str_copy(path, o->path, size) < size)
			return 0;
		return err_set(e, ERR_INVALID, "program: path too long");
	}
	if (spawn_find(o->path, path, size, e) < 0)
		return err_recode(e, ERR_NO_COMMAND);
	return 0;
}

static void
reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int
spawn_start(const struct spawn_opts *o, pid_t *pid, struct err *e)
{
	auto_close int in = -1, out = -1;
	char path[PATH_MAX];
	sigset_t all, old;
	int p[2], rc;
	pid_t child;

	assert(o->nfds >= 0 && o->nfds <= SPAWN_FDS_MAX);
	if (resolve(o, path, sizeof(path), e) < 0 || io_pipe(p, e) < 0)
		return -1;
	in = p[0];
	out = p[1];
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &old);
	child = child_start(o, path, out);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	if (child < 0)
		return err_sys(e, "%s: fork", path);
	cleanup_close(&out);
	rc = err_recv(in, e);
	if (rc != 0) {
		reap(child);
		return -1;
	}
	*pid = child;
	return 0;
}

static int
wait_raw(pid_t pid, int *status, struct err *e)
{
	pid_t got;

	do
		got = waitpid(pid, status, 0);
	while (got < 0 && errno == EINTR);
	return got < 0 ? err_sys(e, "pid %ld: wait", (long)pid) : 0;
}

int
spawn_wait(pid_t pid, int *status, struct err *e)
{
	int raw;

	if (wait_raw(pid, &raw, e) < 0)
		return -1;
	*status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
	return 0;
}

/* Make N descriptors of O explicit. */
static void
fill_fds(struct spawn_opts *o, int n)
{
	while (o->nfds < n)
		o->fds[o->nfds++] = -1;
}

/* What is kept of a stream that is longer than its buffer. */
enum keep { KEEP_ALL, KEEP_HEAD, KEEP_TAIL };

/* Read what is there.  0 at the end. */
static int
take_output(int fd, struct buf *b, enum keep keep)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -1;
	if (n == 0)
		return 0;
	if (b->len + (size_t)n > b->max && keep == KEEP_TAIL)
		buf_consume(b, b->len + (size_t)n - b->max);
	if (b->len + (size_t)n > b->max && keep == KEEP_HEAD)
		n = (ssize_t)(b->max - b->len);
	buf_add(b, chunk, (size_t)n);
	return 1;
}

struct stream {
	int fd; /* our end, -1: at its end */
	struct buf *into;
	enum keep keep;
};

/* Read both streams to their ends; too much output ends its stream. */
static int
drain(struct stream s[2], struct err *e)
{
	while (s[0].fd >= 0 || s[1].fd >= 0) {
		struct pollfd p[2];

		for (int i = 0; i < 2; i++)
			p[i] =
			    (struct pollfd){ .fd = s[i].fd, .events = POLLIN };
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, "output: wait");
		}
		for (int i = 0; i < 2; i++) {
			int rc;

			if (s[i].fd < 0 || p[i].revents == 0)
				continue;
			rc = take_output(s[i].fd, s[i].into, s[i].keep);
			if (rc < 0)
				return err_sys(e, "output: read");
			if (rc == 0 || s[i].into->is_full)
				cleanup_close(&s[i].fd);
		}
	}
	return 0;
}

/* What GNU tar says last, behind the reason. */
static bool
is_closing(const char *line)
{
	return strstr(line, ": Exiting with failure status") != NULL ||
	    strstr(line, ": Error is not recoverable") != NULL;
}

/* The last line of TEXT that tells something, printable and short. */
static void
last_line(struct buf *text, char out[LAST_LINE_SIZE])
{
	char *line;

	for (;;) {
		while (text->len > 0 && chr_is_space(text->data[text->len - 1]))
			text->data[--text->len] = '\0';
		line = strrchr(text->data, '\n');
		line = line != NULL ? line + 1 : text->data;
		if (line == text->data || !is_closing(line))
			break;
		text->len = (size_t)(line - text->data);
	}
	(void)str_copy(out, line, LAST_LINE_SIZE);
	for (char *p = out; *p != '\0'; p++) {
		if (!chr_is_print(*p))
			*p = '?';
	}
}

static int
report_child(
    const struct spawn_opts *o, int raw, struct buf *text, struct err *e)
{
	const char *path = o->path, *name = strrchr(path, '/');
	char line[LAST_LINE_SIZE], *end;
	bool is_signal = WIFSIGNALED(raw);

	if (o->says_first && (end = strchr(text->data, '\n')) != NULL) {
		*end = '\0';
		text->len = (size_t)(end - text->data);
	}
	last_line(text, line);
	return err_set(e, ERR_CHILD, "%s: %s %d%s%s",
	    name != NULL ? name + 1 : path, is_signal ? "signal" : "exit",
	    is_signal ? WTERMSIG(raw) : WEXITSTATUS(raw),
	    line[0] != '\0' ? ": " : "", line);
}

int
spawn_run(const struct spawn_opts *o, struct buf *out, struct err *e)
{
	auto_buf struct buf text = BUF_INIT(STDERR_KEPT);
	auto_close int out_r = -1, out_w = -1, err_r = -1, err_w = -1;
	struct stream streams[2];
	struct spawn_opts child = *o;
	int p[2], raw, rc;
	pid_t pid;

	if (io_pipe(p, e) < 0)
		return -1;
	err_r = p[0];
	err_w = p[1];
	fill_fds(&child, STDERR_FILENO + 1);
	if (out != NULL) {
		if (io_pipe(p, e) < 0)
			return -1;
		out_r = p[0];
		out_w = p[1];
		child.fds[STDOUT_FILENO] = out_w;
	}
	child.fds[STDERR_FILENO] = err_w;
	if (spawn_start(&child, &pid, e) < 0)
		return -1;
	cleanup_close(&out_w);
	cleanup_close(&err_w);
	streams[0] = (struct stream){ take_fd(&out_r), out, KEEP_ALL };
	streams[1] = (struct stream){ take_fd(&err_r), &text,
		o->says_first ? KEEP_HEAD : KEEP_TAIL };
	rc = drain(streams, e);
	cleanup_close(&streams[0].fd);
	cleanup_close(&streams[1].fd);
	if (rc < 0) {
		reap(pid);
		return -1;
	}
	if (wait_raw(pid, &raw, e) < 0)
		return -1;
	if (out != NULL && buf_check(out, o->path, e) < 0)
		return -1;
	if (!WIFEXITED(raw) || WEXITSTATUS(raw) != 0)
		return report_child(o, raw, &text, e);
	return 0;
}
