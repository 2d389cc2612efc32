/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor's loop: one poll(2) over the cell, its run directory, the
 * out-of-memory descriptor, the FIFOs and the echo descriptors.  It has a
 * timeout only while something is tried again of which no kernel tells: that
 * a file system has space again (RETRY_MS), and, with control groups v1, that
 * a kill which was announced has been counted (OOM_RETRY_MS, at most
 * OOM_RETRY_MAX times).
 */
#include "supervise/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/str.h"
#include "supervise/core.h"
#include "supervise/output.h"

#define RETRY_MS 2000 /* no space for the log or for staging */
/* Control groups v1 tell of a kill before it is counted. */
#define OOM_RETRY_MS  100
#define OOM_RETRY_MAX 10

enum {
	AT_CELL,
	AT_RUNDIR,
	AT_OOM,
	AT_FIFO,
	AT_ECHO = AT_FIFO + STREAMS,
	AT_COUNT = AT_ECHO + STREAMS
};

struct supervisor {
	const struct platform *p;
	const struct supervise_config *c;
	struct cell_ref ref;
	struct lock lock;
	int notify_fd;
	struct pollfd at[AT_COUNT];
	sigset_t blocked; /* while it waits */
	bool hold[STREAMS];
	bool has_ended;	       /* the command */
	bool is_stopping;      /* somebody waits for the cell's end */
	bool is_dead;	       /* the cell */
	bool is_blind;	       /* nothing tells of the run directory */
	bool is_oom_early;     /* it is told before it is counted */
	short oom_events;      /* that tell of it */
	bool is_nudged;	       /* pot-init knows that its output was taken */
	bool has_child;	       /* pot runs in one */
	uint64_t due[STREAMS]; /* bytes to pass on before we notify */
	unsigned oom_retries;
	uint64_t retry_at_ms; /* 0: nothing is to be tried again */
	struct output o;
};

/* Too big for the stack of a process that is to stay small. */
static struct supervisor self;

static volatile sig_atomic_t was_told_to_end;

static void
on_signal(int signo)
{
	if (signo == SIGTERM)
		was_told_to_end = 1;
}

static const int ignored_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE,
	SIGALRM, SIGUSR1, SIGUSR2, SIGXFSZ };

/* SIGTERM and SIGCHLD arrive in ppoll() only (supervisor.blocked). */
static void
signals_set(void)
{
	struct sigaction sa = { .sa_handler = SIG_IGN };
	sigset_t block;

	for (size_t i = 0; i < COUNT_OF(ignored_signals); i++)
		(void)sigaction(ignored_signals[i], &sa, NULL);
	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGTERM);
	(void)sigaddset(&block, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &block, NULL);
	sa.sa_handler = on_signal;
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGCHLD, &sa, NULL);
}

static void
signals_reset(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (size_t i = 0; i < COUNT_OF(ignored_signals); i++)
		(void)sigaction(ignored_signals[i], &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGCHLD, &sa, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Become "POT internal-after NAME GENERATION".  Every descriptor of ours
 * is closed by that, the lock too. */
static int
become_pot(const struct supervise_config *c, struct err *e)
{
	extern char **environ;
	char generation[24], verb[] = "internal-after";
	char *argv[] = { (char *)(uintptr_t)c->pot, verb,
		(char *)(uintptr_t)c->name, generation, NULL };

	str_fmt(generation, sizeof(generation), "%" PRIu64, c->generation);
	if (chdir("/") < 0)
		return err_sys(e, "/");
	signals_reset();
	(void)execve(c->pot, argv, environ);
	return err_sys(e, "%s: execute", c->pot);
}

/* The same in a child, while we go on. */
static void
run_pot(struct supervisor *s)
{
	struct err e = ERR_INIT;
	pid_t pid = fork();

	if (pid == 0)
		_exit(become_pot(s->c, &e) < 0 ? 127 : 0);
	s->has_child = pid > 0;
}

static void
reap_pot(struct supervisor *s)
{
	if (s->has_child && waitpid(-1, NULL, WNOHANG) != 0)
		s->has_child = false;
}

/* "GENERATION HANDLE" of the run directory: 1 if it is our generation. */
static int
cell_find(struct supervisor *s, struct err *e)
{
	char text[CELL_HANDLE_SIZE + 24], want[24], *blank;
	ssize_t n = readlinkat(s->c->run_fd, RUN_CELL, text, sizeof(text) - 1);

	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return err_sys(e, "%s: read", RUN_CELL);
	text[n] = '\0';
	str_fmt(want, sizeof(want), "%" PRIu64, s->c->generation);
	if ((blank = strchr(text, ' ')) == NULL)
		return err_set(e, ERR_CORRUPT, "%s: no handle", RUN_CELL);
	*blank = '\0';
	if (!str_eq(text, want))
		return 0;
	s->ref.generation = s->c->generation;
	if (str_copy(s->ref.name, s->c->name, sizeof(s->ref.name)) >=
		sizeof(s->ref.name) ||
	    str_copy(s->ref.instance, s->c->instance,
		sizeof(s->ref.instance)) >= sizeof(s->ref.instance) ||
	    str_copy(s->ref.handle, blank + 1, sizeof(s->ref.handle)) >=
		sizeof(s->ref.handle))
		return err_set(
		    e, ERR_INVALID, "pot %s: name too long", s->c->name);
	return 1;
}

/* 1: the lock is ours; 0: another one supervises. */
static int
lock_get(struct supervisor *s, struct err *e)
{
	int gate = s->c->gate_fd, rc;

	rc = lock_own(&s->lock, s->c->run_fd, RUN_SUPERVISE, e);
	cleanup_close(&gate);
	if (rc == 0)
		return 1;
	if (e->code != ERR_BUSY)
		return -1;
	err_clear(e);
	return 0;
}

/* A kernel tells of kills only where memory is limited. */
static void
oom_open(struct supervisor *s)
{
	struct err ignored = ERR_INIT;
	struct oom_watch w;

	cleanup_close(&s->at[AT_OOM].fd);
	if (s->p->limit == NULL || s->p->limit->oom_open == NULL ||
	    s->p->limit->oom_open(&s->ref, &w, &ignored) < 0)
		return;
	s->at[AT_OOM].fd = w.fd;
	s->oom_events = w.events;
	s->is_oom_early = w.is_early;
}

static int
cell_watch(struct supervisor *s, struct err *e)
{
	struct err ignored = ERR_INIT;

	if (s->p->cell->wait_open(&s->ref, &s->at[AT_CELL].fd, e) < 0) {
		if (s->p->cell->is_alive(&s->ref))
			return -1;
		err_clear(e);
		s->is_dead = true;
	}
	oom_open(s);
	if (s->p->watch == NULL || s->p->watch->open == NULL ||
	    s->p->watch->open(".", RUN_STATUS, &s->at[AT_RUNDIR].fd, &ignored) <
		0)
		s->at[AT_RUNDIR].fd = -1;
	s->is_blind = s->at[AT_RUNDIR].fd < 0;
	/* But for what signals_set() blocks; a watch may add to that. */
	(void)sigprocmask(SIG_BLOCK, NULL, &s->blocked);
	(void)sigdelset(&s->blocked, SIGTERM);
	(void)sigdelset(&s->blocked, SIGCHLD);
	return 0;
}

/* Tell the run directory at once, the log when it has time. */
static void
oom_check(struct supervisor *s)
{
	struct err ignored = ERR_INIT;
	char text[24];
	uint64_t n;
	int len;

	if (s->p->limit == NULL || s->p->limit->oom_kills == NULL ||
	    s->p->limit->oom_kills(&s->ref, &n, &ignored) < 0 || n <= s->o.oom)
		return;
	s->oom_retries = 0;
	s->o.oom = n;
	len = snprintf(text, sizeof(text), "%" PRIu64 "\n", n);
	if (file_write(s->c->run_fd, RUN_OOM, text, (size_t)len, 0640, 0,
		&ignored) < 0) {
		/* No space: the log and the kernel still know. */
		err_clear(&ignored);
	}
	if (s->p->limit->oom_end != NULL &&
	    s->p->limit->oom_end(&s->ref, &ignored) < 0)
		err_clear(&ignored); /* stop will kill what is left */
}

static void
oom_event(struct supervisor *s)
{
	uint64_t before = s->o.oom;
	char swallow[512];

	(void)lseek(s->at[AT_OOM].fd, 0, SEEK_SET);
	errno = 0;
	if (read(s->at[AT_OOM].fd, swallow, sizeof(swallow)) <= 0 &&
	    errno != EAGAIN && errno != EINTR)
		cleanup_close(&s->at[AT_OOM].fd); /* the group is gone */
	oom_check(s);
	if (s->o.oom == before && s->is_oom_early)
		s->oom_retries = OOM_RETRY_MAX;
}

/* Has the status file its line? */
static void
status_check(struct supervisor *s)
{
	auto_close int fd = -1;
	char line[64];
	ssize_t n;

	if (s->has_ended)
		return;
	fd = openat(s->c->run_fd, RUN_STATUS,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || (n = read(fd, line, sizeof(line))) <= 0 ||
	    memchr(line, '\n', (size_t)n) == NULL)
		return;
	s->has_ended = true;
	for (unsigned i = 0; i < STREAMS; i++)
		s->due[i] = s->o.streams[i].total + output_waiting(&s->o, i);
	if (s->c->is_persistent && !s->is_dead)
		run_pot(s);
}

/* Look for both, the command's end and a stop, each of which may have been
 * before there was a watch. */
static void
rundir_check(struct supervisor *s)
{
	status_check(s);
	/* What tells of kills may have come, or be another one now. */
	if (unlinkat(s->c->run_fd, RUN_LIMITS, 0) == 0) {
		oom_open(s);
		oom_check(s);
	}
	if (!s->is_stopping && file_exists(s->c->run_fd, RUN_STOP)) {
		s->is_stopping = true;
		s->is_nudged = false;
	}
	if (s->has_ended && (!s->c->is_persistent || s->is_stopping)) {
		s->o.is_draining = true;
		cleanup_close(&s->at[AT_RUNDIR].fd);
		s->is_blind = false;
	}
}

static void
rundir_event(struct supervisor *s)
{
	struct err ignored = ERR_INIT;

	(void)s->p->watch->drain(s->at[AT_RUNDIR].fd, &ignored);
	rundir_check(s);
}

/* The starter waits for this. */
static void
notify(struct supervisor *s)
{
	if (s->notify_fd < 0)
		return;
	while (write(s->notify_fd, "s", 1) < 0 && errno == EINTR)
		;
	cleanup_close(&s->notify_fd);
}

static void
notify_if_due(struct supervisor *s)
{
	if (!s->has_ended || s->notify_fd < 0)
		return;
	for (unsigned i = 0; i < STREAMS; i++) {
		const struct stream *t = &s->o.streams[i];
		uint64_t left = 0;

		if (t->echo.fd >= 0)
			left = t->size - s->o.state.s.echoed[i];
		if (t->total < s->due[i] || t->total - s->due[i] < left)
			return;
	}
	notify(s);
}

/* pot-init ends when it holds no output any more; what it can't see is the
 * moment (init.h). */
static void
nudge_init(struct supervisor *s)
{
	struct err ignored = ERR_INIT;

	if (s->is_dead ||
	    !(s->is_stopping || (s->has_ended && !s->c->is_persistent)))
		return;
	for (unsigned i = 0; i < STREAMS; i++) {
		if (output_waiting(&s->o, i) > 0) {
			s->is_nudged = false;
			return;
		}
	}
	if (s->is_nudged || s->p->cell->signal == NULL)
		return;
	s->is_nudged = true;
	(void)s->p->cell->signal(&s->ref, CELL_SIGNAL_MAIN, SIGCHLD, &ignored);
}

/*
 * Move output along, as far as it goes now.  Who is told nothing of the run
 * directory looks at it behind each take: pot-init writes the status before
 * it looks whether it holds output, so one of both sees the other.
 */
static void
pass_on(struct supervisor *s)
{
	bool has_taken = false;

	for (unsigned i = 0; i < STREAMS; i++) {
		bool is_readable = (s->at[AT_FIFO + i].revents & POLLIN) != 0;

		s->hold[i] = false;
		if ((is_readable || s->is_dead) && output_take(&s->o, i)) {
			s->is_nudged = false;
			has_taken = true;
			/* The next poll tells if more comes at once. */
			s->hold[i] = s->o.streams[i].size < STAGE_MAX &&
			    s->o.streams[i].echo.fd < 0;
		}
	}
	if (s->is_blind && has_taken)
		rundir_check(s);
	output_log(&s->o, s->hold);
	for (unsigned i = 0; i < STREAMS; i++) {
		output_echo(&s->o, i);
		s->hold[i] = s->hold[i] && output_has_tail(&s->o, i);
	}
	output_trim(&s->o);
}

static void
set_events(struct supervisor *s)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		struct pollfd *fifo = &s->at[AT_FIFO + i];
		struct pollfd *echo = &s->at[AT_ECHO + i];

		fifo->fd =
		    output_has_room(&s->o, i) ? s->o.streams[i].fifo : -1;
		fifo->events = POLLIN;
		echo->fd =
		    output_is_echoed(&s->o, i) ? -1 : s->o.streams[i].echo.fd;
		echo->events = POLLOUT;
	}
	for (unsigned i = AT_CELL; i < AT_OOM; i++)
		s->at[i].events = POLLIN;
	s->at[AT_OOM].events = s->oom_events;
	for (unsigned i = 0; i < AT_COUNT; i++)
		s->at[i].revents = 0;
}

/* Until something has to be tried again; -1: nothing has. */
static int
timeout_ms(struct supervisor *s)
{
	bool is_late = s->o.is_stalled || s->o.is_dirty ||
	    s->o.streams[0].is_blocked || s->o.streams[1].is_blocked;
	uint64_t now;

	if (s->hold[0] || s->hold[1])
		return 0;
	if (!is_late && s->oom_retries == 0) {
		s->retry_at_ms = 0;
		return -1;
	}
	now = clock_mono_ms();
	if (s->retry_at_ms == 0)
		s->retry_at_ms =
		    now + (s->oom_retries > 0 ? OOM_RETRY_MS : RETRY_MS);
	return s->retry_at_ms > now ? (int)(s->retry_at_ms - now) : 0;
}

/* Also while the other stream is busy. */
static void
retry(struct supervisor *s)
{
	if (s->retry_at_ms == 0 || clock_mono_ms() < s->retry_at_ms)
		return;
	s->retry_at_ms = 0;
	for (unsigned i = 0; i < STREAMS; i++)
		s->o.streams[i].is_blocked = false;
	if (s->oom_retries > 0) {
		s->oom_retries--;
		oom_check(s);
	}
}

static int
wait_events(struct supervisor *s, struct err *e)
{
	int ms = timeout_ms(s), n;
	const struct timespec ts = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L };

	set_events(s);
	n = ppoll(s->at, AT_COUNT, ms < 0 ? NULL : &ts, &s->blocked);
	if (n < 0 && errno != EINTR)
		return err_sys(e, "poll");
	if (n < 0) {
		for (unsigned i = 0; i < AT_COUNT; i++)
			s->at[i].revents = 0;
	}
	retry(s);
	reap_pot(s);
	return 0;
}

/* SIGTERM: what is staged goes to the log, the rest is for another one.  Who
 * waits for us shall see that it was not our own decision. */
static int
leave(struct supervisor *s)
{
	memset(s->hold, 0, sizeof(s->hold));
	output_log(&s->o, s->hold);
	output_trim(&s->o);
	signals_reset();
	(void)raise(SIGTERM);
	return 0;
}

/* What the reader of a foreground start has not taken yet, is given to it by
 * a child: the pot's clean-up doesn't wait for him. */
static void
leave_echo(struct supervisor *s)
{
	if (output_is_echoed(&s->o, 0) && output_is_echoed(&s->o, 1))
		return;
	output_detach(&s->o);
	if (fork() != 0) {
		cleanup_close(&s->notify_fd);
		return;
	}
	cleanup_close(&s->lock.fd);
	state_close(&s->o.state); /* it may be the next supervisor's */
	if (chdir("/") < 0) {
		/* Then it holds the run directory a little longer. */
	}
	signals_reset();
	(void)signal(SIGPIPE, SIG_IGN);
	for (;;) {
		struct pollfd p[STREAMS];

		for (unsigned i = 0; i < STREAMS; i++) {
			output_echo(&s->o, i);
			p[i].fd = output_is_echoed(&s->o, i) ?
			    -1 :
			    s->o.streams[i].echo.fd;
			p[i].events = POLLOUT;
		}
		if (p[0].fd < 0 && p[1].fd < 0)
			break;
		(void)poll(p, STREAMS, -1);
	}
	notify(s);
	_exit(0);
}

/* The cell is dead: everything that is left goes its way. */
static int
finish(struct supervisor *s, struct err *e)
{
	bool is_more;

	do {
		uint64_t staged = 0;

		is_more = false;
		for (unsigned i = 0; i < STREAMS; i++) {
			is_more = output_take(&s->o, i) || is_more;
			staged += s->o.streams[i].size;
		}
		memset(s->hold, 0, sizeof(s->hold));
		oom_check(s);
		output_log(&s->o, s->hold);
		for (unsigned i = 0; i < STREAMS; i++)
			output_echo(&s->o, i);
		output_trim(&s->o);
		/* There was no room to take more, but now there is. */
		for (unsigned i = 0; i < STREAMS; i++) {
			if (s->o.streams[i].is_blocked && staged > 0 &&
			    s->o.streams[i].size == 0)
				is_more = true;
		}
	} while (is_more);
	if (s->o.is_stalled)
		output_give_up(&s->o);
	leave_echo(s);
	if (renameat(s->c->run_fd, RUN_IO, s->c->run_fd, RUN_IO_DONE) < 0)
		return err_sys(e, RUN_IO ": rename");
	notify(s);
	return s->c->is_drain ? 0 : become_pot(s->c, e);
}

static int
loop(struct supervisor *s, struct err *e)
{
	for (;;) {
		pass_on(s);
		if (s->is_dead)
			return finish(s, e);
		notify_if_due(s);
		nudge_init(s);
		if (wait_events(s, e) < 0)
			return -1;
		if (was_told_to_end)
			return leave(s);
		if (s->at[AT_CELL].revents != 0)
			s->is_dead = true;
		if (s->at[AT_RUNDIR].revents != 0)
			rundir_event(s);
		if (s->at[AT_OOM].revents != 0)
			oom_event(s);
	}
}

int
supervise_run(
    const struct platform *p, const struct supervise_config *c, struct err *e)
{
	struct supervisor *s = &self;
	int got;

	s->p = p;
	s->c = c;
	s->notify_fd = c->notify_fd;
	for (unsigned i = 0; i < AT_COUNT; i++)
		s->at[i].fd = -1;
	if ((got = cell_find(s, e)) <= 0 || (got = lock_get(s, e)) <= 0)
		return got;
	/* All but the last step was done. */
	if (file_exists(c->run_fd, RUN_IO_DONE))
		return c->is_drain ? 0 : become_pot(c, e);
	signals_set();
	/* The platform watches a path. */
	if (fchdir(c->run_fd) < 0)
		return err_sys(e, "run directory");
	if (output_open(&s->o, p, c, e) < 0)
		return -1;
	for (unsigned i = 0; i < STREAMS; i++) {
		int held = c->held_fds[i];

		cleanup_close(&held);
	}
	if (cell_watch(s, e) < 0)
		return -1;
	s->o.oom = s->o.state.s.oom;
	oom_check(s);
	rundir_check(s);
	return loop(s, e);
}
