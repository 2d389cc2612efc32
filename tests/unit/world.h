/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A world for the supervisor's tests: run and log directories, and a cell
 * of ordinary processes.  Its first process does what init.h says: it holds
 * the FIFOs, runs a command, writes the status, and ends when nothing is in
 * the FIFOs any more.  Everything is killed and removed by world_teardown().
 */
#ifndef POT_TEST_WORLD_H
#define POT_TEST_WORLD_H

#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

#if __has_include(<sys/inotify.h>)
#include <sys/inotify.h>
#endif

#if __has_include(<sys/ptrace.h>)
#include <sys/ptrace.h>
#endif

#include "base/buf.h"
#include "base/file.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/logfile.h"
#include "base/spawn.h"
#include "base/strv.h"
#include "supervise/core.h"
#include "supervise/output.h"
#include "supervise/supervise.h"

#define WORLD_ALIVE_LOCK "alive.lock" /* held by the cell */
#define WORLD_ALIVE_FIFO "alive"      /* the cell is its writer */
#define WORLD_OOM_FIFO	 "oom.event"
#define WORLD_OOM_COUNT	 "oom.count"
#define WORLD_OOM_END	 "oom.end"

#define MIB ((size_t)1 << 20)

/* What runs in a cell; its descriptors 1 and 2 are the FIFOs. */
typedef int world_command_fn(void *arg);

struct world {
	struct scratch *s;
	struct supervise_config c;
	char pot[96]; /* a script that records its calls in "after" */
	int rundir, logdir;
	pid_t cell, supervisor;
	bool is_traced;	 /* a supervisor waits to be traced */
	bool is_blind;	 /* the platform watches no directory */
	bool is_mounted; /* a small file system on the log directory */
};

static struct world *world_now; /* for the platform's operations */

static UNUSED void
world_sleep_us(long us)
{
	const struct timespec ts = { .tv_sec = us / 1000000,
		.tv_nsec = us % 1000000 * 1000 };

	(void)nanosleep(&ts, NULL);
}

static bool
world_is_alive(const struct cell_ref *ref UNUSED)
{
	struct err e = ERR_INIT;
	int is = lock_is_held(world_now->rundir, WORLD_ALIVE_LOCK, &e);

	return is > 0;
}

static int
world_wait_open(const struct cell_ref *ref, int *fdp, struct err *e)
{
	int fd = openat(world_now->rundir, WORLD_ALIVE_FIFO,
	    O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "alive");
	/* If it dies from now on, the descriptor hangs up. */
	if (!world_is_alive(ref)) {
		(void)close(fd);
		return err_set(e, ERR_NOT_FOUND, "cell: dead");
	}
	*fdp = fd;
	return 0;
}

static int
world_signal(const struct cell_ref *ref, enum cell_signal_scope scope UNUSED,
    int signo, struct err *e)
{
	/* The handle is the cell's pid. */
	if (kill((pid_t)strtol(ref->handle, NULL, 10), signo) < 0)
		return err_sys(e, "cell: signal");
	return 0;
}

static int
world_oom_open(
    const struct cell_ref *ref UNUSED, struct oom_watch *out, struct err *e)
{
	out->is_early = true;
	out->events = POLLIN;
	out->fd = openat(
	    world_now->rundir, WORLD_OOM_FIFO, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return out->fd < 0 ? err_sys(e, "oom") : 0;
}

static int
world_oom_kills(const struct cell_ref *ref UNUSED, uint64_t *n, struct err *e)
{
	struct buf b = BUF_INIT(64);
	int rc = file_read(world_now->rundir, WORLD_OOM_COUNT, &b, e);

	*n = strtoull(b.data, NULL, 10);
	buf_fini(&b);
	return rc;
}

static int
world_oom_end(const struct cell_ref *ref UNUSED, struct err *e)
{
	int fd = openat(world_now->rundir, WORLD_OOM_END,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "x", 1) != 1)
		return err_sys(e, "oom end");
	(void)close(fd);
	return 0;
}

static int
world_watch_open(const char *dir, const char *name, int *fdp, struct err *e)
{
#ifdef IN_MODIFY
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	(void)name;
	if (fd < 0 ||
	    inotify_add_watch(
		fd, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
		return err_sys(e, "watch");
	*fdp = fd;
	return 0;
#else
	(void)dir;
	(void)fdp;
	return err_set(e, ERR_UNSUPPORTED, "watch %s", name);
#endif
}

static int
world_watch_drain(int fd, struct err *e UNUSED)
{
	char swallow[4096];

	while (read(fd, swallow, sizeof(swallow)) > 0)
		;
	return 0;
}

static ssize_t
world_move(int fifo, int file, off_t offset, size_t max, struct err *e)
{
#ifdef SPLICE_F_NONBLOCK
	ssize_t n = splice(fifo, NULL, file, &offset, max, SPLICE_F_NONBLOCK);
#else
	static char bytes[65536];
	ssize_t n =
	    read(fifo, bytes, max < sizeof(bytes) ? max : sizeof(bytes));

	if (n > 0)
		n = pwrite(file, bytes, (size_t)n, offset);
#endif
	if (n < 0 && errno == EAGAIN)
		return 0;
	return n < 0 ? err_sys(e, "move") : n;
}

static const struct platform_cell_ops world_cell_ops = {
	.is_alive = world_is_alive,
	.wait_open = world_wait_open,
	.signal = world_signal,
};
static const struct platform_limit_ops world_limit_ops = {
	.oom_open = world_oom_open,
	.oom_kills = world_oom_kills,
	.oom_end = world_oom_end,
};
static const struct platform_watch_ops world_watch_ops = {
	.open = world_watch_open,
	.drain = world_watch_drain,
};
static const struct platform_output_ops world_output_ops = {
	.move = world_move,
	.is_atomic = true,
};
static const struct platform world_platform = {
	.name = "world",
	.cell = &world_cell_ops,
	.limit = &world_limit_ops,
	.watch = &world_watch_ops,
	.output = &world_output_ops,
};

static const struct platform world_blind_platform = {
	.name = "blind world",
	.cell = &world_cell_ops,
	.limit = &world_limit_ops,
	.output = &world_output_ops,
};

static void
world_put(struct world *w, const char *name, const char *text)
{
	struct err e = ERR_INIT;

	assert_ok(
	    file_write(w->rundir, name, text, strlen(text), 0644, 0, &e), &e);
}

/* Contents of a small file; "" if it is not there.  Valid until next time. */
static UNUSED const char *
world_get(int dirfd, const char *name)
{
	static char text[4096];
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* A run directory as the engine makes it. */
static void
world_make_run(struct world *w)
{
	struct err e = ERR_INIT;
	int io;

	assert_int_equal(mkdirat(w->s->fd, "run", 0700), 0);
	assert_ok(dir_open(w->s->fd, "run", &w->rundir, &e), &e);
	assert_ok(dir_make_open(w->rundir, RUN_IO, 0700, &io, &e), &e);
	assert_int_equal(mkfifoat(io, RUN_IO_OUT, 0666), 0);
	assert_int_equal(mkfifoat(io, RUN_IO_ERR, 0666), 0);
	(void)close(io);
	assert_int_equal(mkfifoat(w->rundir, WORLD_ALIVE_FIFO, 0600), 0);
	assert_int_equal(mkfifoat(w->rundir, WORLD_OOM_FIFO, 0600), 0);
	world_put(w, WORLD_OOM_COUNT, "0\n");
	world_put(w, RUN_STATUS, "");
	w->c.run_fd = w->rundir;
}

static UNUSED void
world_remove_run(struct world *w)
{
	char path[sizeof(w->s->path) + 8];

	(void)close(w->rundir);
	(void)snprintf(path, sizeof(path), "%s/run", w->s->path);
	assert_int_equal(nftw(path, scratch_remove_one, 16,
			     FTW_DEPTH | FTW_PHYS | FTW_MOUNT),
	    0);
}

static UNUSED int
world_setup(void **state)
{
	static const char script[] = "#!/bin/sh\n"
				     "echo \"$*\" >>\"${0%/*}/after\"\n";
	struct world *w = calloc(1, sizeof(*w));
	struct err e = ERR_INIT;
	void *s = NULL;

	if (w == NULL || scratch_setup(&s) < 0)
		return -1;
	w->s = s;
	*state = world_now = w;
	(void)snprintf(w->pot, sizeof(w->pot), "%.64s/pot", w->s->path);
	if (file_write(
		w->s->fd, "pot", script, sizeof(script) - 1, 0755, 0, &e) < 0 ||
	    dir_make_open(w->s->fd, "log", 0750, &w->logdir, &e) < 0)
		return -1;
	w->c = (struct supervise_config){ .name = "web",
		.instance = "",
		.generation = 7,
		.log_count = 99,
		.pot = w->pot,
		.log_fd = w->logdir,
		.echo_fds = { -1, -1 },
		.notify_fd = -1,
		.gate_fd = -1,
		.held_fds = { -1, -1 } };
	world_make_run(w);
	return 0;
}

/* Run a program, words between blanks, and PATH behind them. */
static UNUSED int
world_run_program(const char *words, const char *path)
{
	struct err e = ERR_INIT;
	struct strv argv = STRV_INIT;
	struct spawn_opts o = { .dirfd = -1 };
	int rc;

	strv_add_words(&argv, words);
	strv_add(&argv, path);
	o.argv = strv_argv(&argv);
	o.path = o.argv[0];
	rc = spawn_run(&o, NULL, &e);
	strv_fini(&argv);
	return rc;
}

/* A small file system on the log directory; false if that can't be. */
static UNUSED bool
world_mount_log(struct world *w, const char *size)
{
	char path[sizeof(w->s->path) + 8], words[64];
	struct err e = ERR_INIT;

	(void)snprintf(path, sizeof(path), "%s/log", w->s->path);
	(void)snprintf(
	    words, sizeof(words), "mount -t tmpfs -o size=%s tmpfs", size);
	if (geteuid() != 0 || world_run_program(words, path) < 0)
		return false;
	w->is_mounted = true;
	(void)close(w->logdir);
	assert_ok(dir_open(w->s->fd, "log", &w->logdir, &e), &e);
	w->c.log_fd = w->logdir;
	return true;
}

/* With all that it started. */
static void
world_kill(pid_t *pid)
{
	if (*pid > 0) {
		(void)kill(-*pid, SIGKILL);
		(void)kill(*pid, SIGKILL);
		(void)waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static UNUSED int
world_teardown(void **state)
{
	struct world *w = *state;
	char path[sizeof(w->s->path) + 8];
	void *s = w->s;
	int rc;

	world_kill(&w->supervisor);
	world_kill(&w->cell);
	(void)close(w->rundir);
	(void)close(w->logdir);
	if (w->is_mounted) {
		(void)snprintf(path, sizeof(path), "%s/log", w->s->path);
		/* A test that failed may have files open in it. */
		if (world_run_program("umount -l", path) < 0)
			(void)world_run_program("umount -f", path);
	}
	rc = scratch_teardown(&s);
	free(w);
	return rc;
}

#define world_test(f) \
	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static void NO_RETURN
world_init_main(struct world *w, world_command_fn *fn, void *arg, int ready)
{
	char line[32];
	sigset_t set;
	int status, held[2], waiting[2], signo;
	struct lock alive = LOCK_INIT;
	struct err e = ERR_INIT;
	int alive_fifo;
	pid_t command;

	(void)setpgid(0, 0);
	for (int i = 0; i < 2; i++)
		held[i] = openat(w->rundir,
		    i == 0 ? RUN_IO "/" RUN_IO_OUT : RUN_IO "/" RUN_IO_ERR,
		    O_RDWR | O_CLOEXEC);
	if (held[0] < 0 || held[1] < 0 ||
	    (alive_fifo = openat(
		 w->rundir, WORLD_ALIVE_FIFO, O_RDWR | O_CLOEXEC)) < 0 ||
	    lock_take(&alive, w->rundir, WORLD_ALIVE_LOCK, LOCK_EXCLUSIVE, 0,
		"cell", &e) < 0)
		_exit(99);
	(void)sigfillset(&set);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	command = fork();
	if (command == 0) {
		/* It is not what keeps the cell alive. */
		(void)close(alive_fifo);
		(void)close(alive.fd);
		(void)sigemptyset(&set);
		(void)sigprocmask(SIG_SETMASK, &set, NULL);
		(void)dup2(held[0], 1);
		(void)dup2(held[1], 2);
		_exit(fn(arg));
	}
	(void)!write(ready, "r", 1);
	while (waitpid(command, &status, 0) < 0 && errno == EINTR)
		;
	(void)snprintf(line, sizeof(line), "exited %d\n", WEXITSTATUS(status));
	int fd = openat(w->rundir, RUN_STATUS, O_WRONLY | O_CLOEXEC);
	(void)!write(fd, line, strlen(line));
	(void)close(fd);
	for (;;) {
		for (int i = 0; i < 2; i++) {
			waiting[i] = 0;
			(void)ioctl(held[i], FIONREAD, &waiting[i]);
		}
		if (waiting[0] + waiting[1] == 0 && !w->c.is_persistent)
			_exit(0);
		(void)sigwait(&set, &signo);
	}
}

/* Start a cell that runs FN(ARG). */
static UNUSED void
world_start_cell(struct world *w, world_command_fn *fn, void *arg)
{
	char link[64], c;
	int ready[2];
	struct err e = ERR_INIT;

	assert_ok(io_pipe(ready, &e), &e);
	w->cell = fork();
	assert_true(w->cell >= 0);
	if (w->cell == 0)
		world_init_main(w, fn, arg, ready[1]);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
	(void)snprintf(
	    link, sizeof(link), "%d %d", (int)w->c.generation, (int)w->cell);
	assert_int_equal(symlinkat(link, w->rundir, RUN_CELL), 0);
}

static UNUSED void
world_start_supervisor(struct world *w)
{
	assert_int_equal(w->supervisor, 0);
	w->supervisor = fork();
	assert_true(w->supervisor >= 0);
	if (w->supervisor == 0) {
		struct err e = ERR_INIT;
		int rc;

		(void)setpgid(0, 0);
		/* As after an exec: what else the test holds is not the
		 * supervisor's. */
		for (int fd = 3; fd < 64; fd++) {
			if (fd != w->rundir && fd != w->logdir &&
			    fd != w->c.echo_fds[0] && fd != w->c.echo_fds[1] &&
			    fd != w->c.notify_fd && fd != w->c.gate_fd)
				(void)close(fd);
			else
				(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		}
		(void)signal(SIGPIPE, SIG_DFL);
#if defined(PT_GETEVENTMSG)
		if (w->is_traced) {
			(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
			(void)raise(SIGSTOP);
		}
#endif
		rc = supervise_run(
		    w->is_blind ? &world_blind_platform : &world_platform,
		    &w->c, &e);
		if (rc < 0)
			(void)fprintf(stderr, "# supervisor: %s\n", e.text);
		_exit(rc < 0 ? 1 : 42);
	}
}

/* Wait until it ends by itself; its exit status. */
static UNUSED int
world_wait(pid_t *pid)
{
	int status;

	while (waitpid(*pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	*pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The log's bytes of one stream, put together; times must not go back. */
static UNUSED void
world_read_log(
    const struct world *w, enum logline_stream stream, struct buf *out)
{
	struct logfile_query q = LOGFILE_QUERY_ALL;
	struct err e = ERR_INIT;
	struct logline r;
	struct logfile *l;
	uint64_t last = 0;
	int got;

	q.streams = 1U << stream;
	assert_ok(logfile_open(w->logdir, &q, &l, &e), &e);
	while ((got = logfile_next(l, &r, &e)) > 0) {
		buf_add(out, r.text, r.len);
		if (!r.is_partial)
			buf_add_char(out, '\n');
		assert_true(r.time_ns >= last);
		last = r.time_ns;
	}
	assert_ok(got, &e);
	assert_ok(buf_check(out, "log", &e), &e);
	logfile_close(l);
}

/* Bytes of that stream which the record says are lost; 0 if it does not. */
static UNUSED size_t
world_gap_bytes(const struct logline *r, enum logline_stream stream)
{
	static const char before[] = "no space for the log: ";
	char text[100], want[100], *end;
	unsigned long lost;

	(void)snprintf(text, sizeof(text), "%.*s", (int)r->len, r->text);
	if (r->stream != LOGLINE_SYSTEM ||
	    strncmp(text, before, sizeof(before) - 1) != 0)
		return 0;
	lost = strtoul(text + sizeof(before) - 1, &end, 10);
	(void)snprintf(want, sizeof(want), " bytes of %s are lost",
	    logline_stream_word(stream));
	return strcmp(end, want) == 0 ? lost : 0;
}

/* Poll until the log holds TEXT in that stream: no other way to see that a
 * supervisor which goes on has done something. */
static UNUSED void
world_await_log(struct world *w, enum logline_stream stream, const char *text)
{
	for (;;) {
		struct buf b = BUF_INIT((size_t)64 << 20);
		bool is_there;

		world_read_log(w, stream, &b);
		is_there = strstr(b.data, text) != NULL;
		buf_fini(&b);
		if (is_there)
			return;
		world_sleep_us(1000);
	}
}

/* Command: its descriptor (in ARG) tells it when to go on. */
struct pipes {
	int go;	   /* the command reads a byte before each step; kept open */
	int go_on; /* the test's end */
};

static UNUSED void
pipes_open(struct pipes *p)
{
	struct err e = ERR_INIT;
	int fds[2];

	assert_ok(io_pipe(fds, &e), &e);
	p->go = fds[0];
	p->go_on = fds[1];
}

static UNUSED void
pipes_close(struct pipes *p)
{
	(void)close(p->go);
	(void)close(p->go_on);
}

static UNUSED void
say(int fd, const char *text)
{
	(void)!io_write_all(fd, text, strlen(text));
}

static UNUSED void
await_go(const struct pipes *p)
{
	char c;

	(void)!read(p->go, &c, 1);
}

static UNUSED void
assert_log(const struct world *w, enum logline_stream stream, const char *want)
{
	struct buf b = BUF_INIT(MIB);

	world_read_log(w, stream, &b);
	assert_string_equal(b.data, want);
	buf_fini(&b);
}

/* The staging files are empty and nothing is announced: nothing is left for
 * a next supervisor. */
static UNUSED void
assert_empty_stage(const struct world *w)
{
	struct state_file f = STATE_FILE_INIT;
	struct err e = ERR_INIT;
	struct stat st;

	/* At the end its name says so; look, all the same. */
	(void)renameat(w->rundir, RUN_IO_DONE, w->rundir, RUN_IO);
	assert_int_equal(fstatat(w->rundir, RUN_STAGE_OUT, &st, 0), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(fstatat(w->rundir, RUN_STAGE_ERR, &st, 0), 0);
	assert_int_equal(st.st_size, 0);
	assert_ok(state_open(&f, w->rundir, &e), &e);
	assert_int_equal(f.s.pending, STATE_NONE);
	state_close(&f);
}

#endif
