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

/* A supervisor that is killed wakes nobody, and the pot's end waits for the
 * one that takes its last output: who waits looks after it. */
#define LOOK_MS 1000

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

static int
open_log(struct call *c, const char *name, int *dir, struct err *e)
{
	int logs;

	if (!pot_exists(c->g, name))
		return err_set(e, ERR_NOT_FOUND, "pot %s: not found", name);
	if (engine_dir(c->g, DIR_LOG, &logs, e) < 0)
		return -1;
	return dir_make_open(logs, name, 0750, dir, e);
}

/* As poll(); 0 when it was time to look. */
static int
watch_poll(struct call *c, const char *name, struct pollfd *fds, nfds_t n,
    struct err *e)
{
	int r = poll(fds, n, LOOK_MS);

	if (r < 0)
		return errno == EINTR ? 0 : err_sys(e, "poll");
	if (r == 0 && c->req->uid == 0 &&
	    supervisor_ensure(c->g, name, c->log, e) < 0)
		return -1;
	return r;
}

/*
 * Until the pot's cell is dead and its output complete, or CANCEL becomes
 * readable.  What wakes us is the file's change and the cell's end.
 */
static int
follow(struct call *c, const char *name, struct logfile *log, struct output *o,
    int cancel, struct err *e)
{
	auto_free char *dir = engine_path(c->g, FW_LOG_DIR, "%s", name);
	const struct platform_watch_ops *w = c->g->platform->watch;
	auto_close int watch = -1, gone = -1;
	struct run_state st;
	bool is_dead;

	if (w->open(dir, LOGFILE_NAME, &watch, e) < 0 ||
	    run_find(c->g, name, &st, e) < 0)
		return -1;
	is_dead = !st.is_alive;
	if (!is_dead &&
	    c->g->platform->cell->wait_open(&st.ref, &gone, e) < 0) {
		err_clear(e);
		is_dead = true;
	}
	for (;;) {
		struct pollfd fds[] = { { watch, POLLIN, 0 },
			{ gone, POLLIN, 0 }, { cancel, POLLIN, 0 } };
		int r;

		if ((r = put_all(log, o, e)) != 0)
			return r < 0 ? -1 : 0;
		if (is_dead || logfile_is_past(log))
			return 0;
		r = watch_poll(c, name, fds, COUNT_OF(fds), e);
		if (r < 0)
			return -1;
		if (r == 0)
			continue;
		if (fds[2].revents != 0)
			return 0;
		if (fds[0].revents != 0 && w->drain(watch, e) < 0)
			return -1;
		if (fds[1].revents != 0) {
			/* The clean-up waits for the supervisor. */
			if (foreground_settle(
				c->g, name, st.ref.generation, c->log, e) < 0)
				return -1;
			is_dead = true;
		}
	}
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
	    parse_query(c, &q, e) < 0 || open_log(c, name, &dir, e) < 0 ||
	    logfile_open(dir, &q, &log, e) < 0)
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
	    open_log(c, name, &dir, e) < 0 || run_find(c->g, name, &st, e) < 0)
		return -1;
	if (!st.is_alive)
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
wait_command(
    struct call *c, struct pot *p, const struct run_state *st, struct err *e)
{
	bool is_persistent = attr_bool(p->conf, "persistent");
	const char *name = p->name.s;
	auto_free char *dir = engine_path(c->g, FW_RUN_DIR, "pot/%s", name);
	const struct platform_watch_ops *w = c->g->platform->watch;
	auto_close int watch = -1, gone = -1, rundir = -1;
	struct run_status status;

	if (w->open(dir, RUN_STATUS, &watch, e) < 0 ||
	    run_open(c->g, name, &rundir, e) < 0 ||
	    c->g->platform->cell->wait_open(&st->ref, &gone, e) < 0)
		return -1;
	for (;;) {
		struct pollfd fds[] = { { watch, POLLIN, 0 },
			{ gone, POLLIN, 0 } };
		int r;

		if (run_read_status(rundir, &status, e) < 0)
			return -1;
		if (status.is_known && is_persistent)
			return 0;
		r = watch_poll(c, name, fds, COUNT_OF(fds), e);
		if (r < 0)
			return -1;
		if (r == 0)
			continue;
		if (fds[1].revents != 0)
			return 0;
		if (fds[0].revents != 0 && w->drain(watch, e) < 0)
			return -1;
	}
}

int
verb_wait(struct call *c, struct err *e)
{
	auto_record struct record *r = record_new();
	auto_pot struct pot *p = NULL;
	struct lastrun last;
	struct run_state st;
	const char *name;
	int is;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    pot_open(c->g, name, &p, e) < 0 || run_find(c->g, name, &st, e) < 0)
		return -1;
	if (st.is_alive) {
		struct err why = ERR_INIT;

		/* It may end between these lines: then settle knows. */
		if (wait_command(c, p, &st, &why) < 0 &&
		    c->g->platform->cell->is_alive(&st.ref)) {
			*e = why;
			return -1;
		}
	}
	if (st.has_run &&
	    foreground_settle(c->g, name, st.ref.generation, c->log, e) < 0)
		return -1;
	if ((is = lastrun_read(p->confdir, &last, e)) < 0)
		return -1;
	if (is == 0)
		return err_set(e, ERR_STATE, "pot %s: has never run", name);
	c->status = last.status;
	record_str(r, "name", name);
	if (answer_last_run(p, r, e) < 0)
		return -1;
	CALL_RECORD(c, r);
	return 0;
}
