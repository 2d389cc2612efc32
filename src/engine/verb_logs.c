/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs logs, attach and wait: the output of pots, and their end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/io.h"
#include "base/logfile.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/answer.h"
#include "engine/foreground.h"
#include "engine/supervisor.h"
#include "engine/verbs.h"
#include "model/attributes.h"
#include "model/lastrun.h"
#include "supervise/supervise.h"

/* Where records go: one descriptor for all, or one per stream. */
struct output {
	int fd[LOGLINE_STREAMS]; /* -1: not wanted */
	struct logline_printer printer;
};

/* 1 if the reader has gone. */
static int
put(struct output *o, const struct logline *l, struct err *e)
{
	auto_buf struct buf b = BUF_INIT((size_t)2 * LOGLINE_MAX);
	int fd = o->fd[l->stream];

	if (fd < 0)
		return 0;
	logline_print(&o->printer, l, &b);
	if (io_write_all(fd, b.data, b.len) == 0)
		return 0;
	return errno == EPIPE ? 1 : err_sys(e, "output");
}

/* Everything there is now: 0, 1 if the reader has gone, -1. */
static int
put_all(struct logfile *log, struct output *o, struct err *e)
{
	struct logline l;
	int r;

	while ((r = logfile_next(log, &l, e)) > 0)
		if ((r = put(o, &l, e)) != 0)
			return r;
	return r;
}

/* The directory of its logs: 1, 0 if there is none, -1. */
static int
open_log(struct call *c, const char *name, int *dir, struct err *e)
{
	int logs;

	if (pot_need(c->g, name, e) < 0)
		return -1;
	if (engine_dir(c->g, DIR_LOG, &logs, e) < 0)
		return -1;
	if (dir_open(logs, name, dir, e) == 0)
		return 1;
	if (e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e); /* it never ran */
	return 0;
}

/* What follow() waits for. */
enum { AT_LOG, AT_GONE, AT_CANCEL, AT_RUN, AT_SUPERVISOR, AT_COUNT };

struct follower {
	struct call *c;
	const char *name;
	struct run_state st;
	bool is_over; /* no more output will come */
	int rundir;
	struct supervisor_watch supervisor;
	int fd[AT_COUNT];
};

static void
follower_fini(struct follower *f)
{
	cleanup_close(&f->fd[AT_LOG]);
	cleanup_close(&f->fd[AT_GONE]);
	cleanup_close(&f->fd[AT_RUN]);
	cleanup_close(&f->rundir);
	supervisor_watch_fini(&f->supervisor);
}

/* Root cleans up, and so sees to it that all output arrives; who may not, is
 * told by the run directory that it has. */
static int
follower_open_run(struct follower *f, struct err *e)
{
	struct engine *g = f->c->g;
	auto_free char *dir = engine_path(g, FW_RUN_DIR, "pot/%s", f->name);

	if (f->c->req->uid == 0) {
		supervisor_watch(g, f->name, &f->supervisor, f->c->log);
		return 0;
	}
	if (run_open(g, f->name, &f->rundir, e) < 0)
		return -1;
	return g->platform->watch->open(dir, RUN_STATUS, &f->fd[AT_RUN], e);
}

static int
follower_open(struct follower *f, int cancel, struct err *e)
{
	struct engine *g = f->c->g;
	auto_free char *dir = engine_path(g, FW_LOG_DIR, "%s", f->name);
	struct err why = ERR_INIT;

	f->rundir = -1;
	f->supervisor = (struct supervisor_watch)SUPERVISOR_WATCH_INIT;
	for (size_t i = 0; i < AT_COUNT; i++)
		f->fd[i] = -1;
	f->fd[AT_CANCEL] = cancel;
	if (run_find(g, f->name, &f->st, e) < 0)
		return -1;
	f->is_over = !f->st.has_run;
	if (!f->st.is_alive)
		return 0;
	if (g->platform->watch->open(dir, LOGFILE_NAME, &f->fd[AT_LOG], &why) ==
		0 &&
	    g->platform->cell->wait_open(&f->st.ref, &f->fd[AT_GONE], &why) ==
		0 &&
	    follower_open_run(f, &why) == 0)
		return 0;
	if (g->platform->cell->is_alive(&f->st.ref)) {
		*e = why;
		return err_wrap(e, "pot %s", f->name);
	}
	f->st.is_alive = false;
	return 0;
}

/* The cell is dead. */
static int
follower_settle(struct follower *f, struct err *e)
{
	f->st.is_alive = false;
	cleanup_close(&f->fd[AT_GONE]);
	if (f->c->req->uid == 0) {
		f->is_over = true;
		return foreground_settle(f->c->g, f->name, f->st.ref.generation,
		    false, f->c->log, e);
	}
	f->is_over = f->rundir < 0 || !file_exists(f->rundir, RUN_IO);
	return 0;
}

/* Until something has happened: 1 if it is the caller, who cancels. */
static int
follower_wait(struct follower *f, struct err *e)
{
	const struct platform_watch_ops *w = f->c->g->platform->watch;
	struct pollfd fds[AT_COUNT];

	f->fd[AT_SUPERVISOR] = f->supervisor.fd;
	for (size_t i = 0; i < AT_COUNT; i++)
		fds[i] = (struct pollfd){ f->fd[i], POLLIN, 0 };
	if (poll(fds, AT_COUNT, -1) < 0)
		return errno == EINTR ? 0 : err_sys(e, "poll");
	if (fds[AT_CANCEL].revents != 0)
		return 1;
	if (fds[AT_LOG].revents != 0 && w->drain(f->fd[AT_LOG], e) < 0)
		return -1;
	if (fds[AT_RUN].revents != 0 && w->drain(f->fd[AT_RUN], e) < 0)
		return -1;
	if (fds[AT_SUPERVISOR].revents != 0)
		supervisor_watch(f->c->g, f->name, &f->supervisor, f->c->log);
	if (fds[AT_GONE].revents != 0)
		f->st.is_alive = false;
	return 0;
}

/*
 * Until the pot's cell is dead and its output complete, or CANCEL becomes
 * readable.  What wakes us is the file's change, the cell's end, and that of
 * the supervisor, without which neither would come.
 */
static int
follow(struct call *c, const char *name, struct logfile *log, struct output *o,
    int cancel, struct err *e)
{
	__attribute__((cleanup(follower_fini))) struct follower f = { .c = c,
		.name = name };
	int r = follower_open(&f, cancel, e);

	while (r == 0) {
		if (!f.st.is_alive && !f.is_over && follower_settle(&f, e) < 0)
			return -1;
		if ((r = put_all(log, o, e)) != 0 || f.is_over ||
		    logfile_is_past(log))
			break;
		r = follower_wait(&f, e);
	}
	return r < 0 ? -1 : 0;
}

static int
parse_query(struct call *c, struct logfile_query *q, struct err *e)
{
	static const char *const times[] = { "since", "until" };
	uint64_t *const where[] = { &q->since_ns, &q->until_ns };
	const char *lines = request_get(c->req, "lines");
	const char *stream = request_get(c->req, "stream");
	enum logline_stream s;

	for (size_t i = 0; i < COUNT_OF(times); i++) {
		const char *text = request_get(c->req, times[i]);

		if (text != NULL &&
		    clock_parse(text, clock_real_ns(), where[i], e) < 0)
			return err_wrap(e, "%s", times[i]);
	}
	if (lines != NULL &&
	    str_u64("lines", lines, 0, UINT64_MAX, &q->tail, e) < 0)
		return -1;
	if (stream != NULL) {
		if (logline_stream_parse(stream, &s, e) < 0)
			return -1;
		q->streams = 1U << s;
	}
	return 0;
}

int
verb_logs(struct call *c, struct err *e)
{
	struct logfile_query q = LOGFILE_QUERY_ALL;
	struct output o = { .printer.with_time =
				request_has(c->req, "timestamps") };
	struct logfile *log = NULL;
	auto_close int dir = -1;
	const char *name;
	int r;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    parse_query(c, &q, e) < 0)
		return -1;
	if ((r = open_log(c, name, &dir, e)) <= 0)
		return r;
	if (logfile_open(dir, &q, &log, e) < 0)
		return -1;
	for (int i = 0; i < LOGLINE_STREAMS; i++)
		o.fd[i] =
		    c->req
			->fds[i == LOGLINE_STDERR && c->req->nfds > 1 ? 1 : 0];
	r = request_has(c->req, "follow") ?
	    follow(
		c, name, log, &o, c->req->nfds > 2 ? c->req->fds[2] : -1, e) :
	    put_all(log, &o, e);
	logfile_close(log);
	return r < 0 ? -1 : 0;
}

int
verb_attach(struct call *c, struct err *e)
{
	struct logfile_query q = LOGFILE_QUERY_ALL;
	struct output o = { .printer.with_time = false };
	struct logfile *log = NULL;
	auto_close int dir = -1;
	struct run_state st;
	const char *name;
	int r;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    (r = open_log(c, name, &dir, e)) < 0 ||
	    run_find(c->g, name, &st, e) < 0)
		return -1;
	if (r == 0 || !st.is_alive)
		return err_set(e, ERR_STATE, "pot %s: is not running", name);
	if (logfile_open(dir, &q, &log, e) < 0)
		return -1;
	o.fd[LOGLINE_STDOUT] = c->req->fds[0];
	o.fd[LOGLINE_STDERR] = c->req->fds[c->req->nfds > 1 ? 1 : 0];
	o.fd[LOGLINE_SYSTEM] = -1;
	r = logfile_seek_end(log, e);
	if (r == 0)
		r = follow(c, name, log, &o,
		    c->req->nfds > 2 ? c->req->fds[2] : -1, e);
	logfile_close(log);
	return r < 0 ? -1 : 0;
}

/* The end of the command: in a persistent pot its status file tells, else
 * the cell's end, which comes when all output was taken. */
static int
wait_command(struct call *c, const char *name, bool is_persistent,
    const struct run_state *st, struct err *e)
{
	auto_free char *dir = engine_path(c->g, FW_RUN_DIR, "pot/%s", name);
	const struct platform_watch_ops *w = c->g->platform->watch;
	auto_close int watch = -1, gone = -1, rundir = -1;
	auto_supervisor_watch struct supervisor_watch supervisor =
	    SUPERVISOR_WATCH_INIT;
	struct run_status status;

	if (run_open(c->g, name, &rundir, e) < 0 ||
	    w->open(dir, RUN_STATUS, &watch, e) < 0 ||
	    c->g->platform->cell->wait_open(&st->ref, &gone, e) < 0)
		return -1;
	supervisor_watch(c->g, name, &supervisor, c->log);
	for (;;) {
		struct pollfd fds[] = { { watch, POLLIN, 0 },
			{ gone, POLLIN, 0 }, { supervisor.fd, POLLIN, 0 } };

		if (run_read_status(rundir, &status, e) < 0)
			return -1;
		if (status.is_known && is_persistent)
			return 0;
		if (poll(fds, COUNT_OF(fds), -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, "poll");
		}
		if (fds[1].revents != 0)
			return 0;
		if (fds[0].revents != 0 && w->drain(watch, e) < 0)
			return -1;
		if (fds[2].revents != 0)
			supervisor_watch(c->g, name, &supervisor, c->log);
	}
}

/* Clean-up ends with the removal of the run directory, which may have
 * begun: then it is waited for, too. */
static int
settle(
    struct call *c, const char *name, const struct run_state *st, struct err *e)
{
	int run_pot;

	if (engine_dir(c->g, DIR_RUN_POT, &run_pot, e) < 0)
		return -1;
	if (!st->has_run && !file_exists(run_pot, name))
		return 0;
	return foreground_settle(
	    c->g, name, st->ref.generation, true, c->log, e);
}

int
verb_wait(struct call *c, struct err *e)
{
	auto_record struct record *r = record_new();
	auto_pot struct pot *p = NULL;
	struct err gone = ERR_INIT;
	struct lastrun last;
	bool is_persistent;
	struct run_state st;
	const char *name;
	int is = 0;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    pot_open(c->g, name, &p, e) < 0 || run_find(c->g, name, &st, e) < 0)
		return -1;
	is_persistent = attr_bool(p->conf, "persistent");
	/* ZFS does not destroy what somebody has open. */
	pot_close(take_ptr(&p));
	if (st.is_alive) {
		struct err why = ERR_INIT;

		/* It may end between these lines: then settle knows. */
		if (wait_command(c, name, is_persistent, &st, &why) < 0 &&
		    c->g->platform->cell->is_alive(&st.ref)) {
			*e = why;
			return err_wrap(e, "pot %s", name);
		}
	}
	if (settle(c, name, &st, e) < 0 ||
	    (pot_open(c->g, name, &p, &gone) == 0 &&
		(is = lastrun_read(p->confdir, &last, e)) < 0))
		return -1;
	if (is == 0 && st.is_alive)
		return err_set(e, ERR_NOT_FOUND,
		    "pot %s: was destroyed: its status is not known", name);
	if (p == NULL) {
		*e = gone;
		return -1;
	}
	if (is == 0)
		return err_set(e, ERR_STATE, "pot %s: has never run", name);
	c->status = last.status;
	record_str(r, "name", name);
	if (answer_last_run(p, r, e) < 0)
		return -1;
	CALL_RECORD(c, r);
	return 0;
}
