/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting in the foreground.
 */
#include "engine/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/op_stop.h"
#include "engine/supervisor.h"
#include "model/attributes.h"
#include "model/lastrun.h"

int
foreground_settle(struct engine *g, const char *name, uint64_t generation,
    bool is_final, const struct log *log, struct err *e)
{
	const struct stop_record what = { .known = NULL };
	auto_op struct op op = { .type = NULL };
	auto_close int rundir = -1;
	struct run_state st;
	bool was_free = false;

	op_init(&op, g, &op_stop, name, log);
	while (op_lock(&op, false, e) < 0) {
		struct err why = *e;
		int r;

		if (e->code != ERR_STATE)
			return -1;
		err_clear(e);
		if (!is_final)
			return 0; /* that stop goes on by itself */
		if ((r = op_user_end_wait(&op, e)) < 0)
			return -1;
		if (r == 0 && was_free) {
			*e = why;
			return -1;
		}
		was_free = r == 0; /* it may have ended in between */
	}
	if (run_find(g, name, &st, e) < 0)
		return -1;
	if (!st.has_run || st.ref.generation != generation)
		return 0;
	if (!st.is_alive)
		return stop_locked(&op, name, &st, e);
	if (run_open(g, name, &rundir, e) < 0)
		return -1;
	return stop_record(g, name, &st.ref, rundir, &what, e);
}

static int
stop_now(
    struct engine *g, const char *name, const struct log *log, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	struct run_state st;

	op_init(&op, g, &op_stop, name, log);
	if (op_lock(&op, true, e) < 0 || run_find(g, name, &st, e) < 0)
		return -1;
	return st.has_run ? stop_locked(&op, name, &st, e) : 0;
}

/* The supervisor has ended.  If it was killed: another one, with the same
 * descriptors: 1.  0 if the pot has ended, or nobody would supervise it. */
static int
replace(
    struct call *c, const char *name, pid_t *pid, int *notify, struct err *e)
{
	struct supervisor_fds fds = { .out = c->req->fds[0],
		.err = c->req->fds[1] };
	int pipe[2], r;

	if (!supervisor_was_killed(*pid))
		return 0;
	if (io_pipe(pipe, e) < 0)
		return -1;
	fds.notify = pipe[1];
	r = supervisor_replace(c->g, name, &fds, pid, e);
	cleanup_close(&pipe[1]);
	cleanup_close(notify);
	*notify = pipe[0];
	return r;
}

/* Until the command has ended and its output was passed on. */
static int
wait_end(struct call *c, const char *name, pid_t supervisor, int *notify,
    struct err *e)
{
	struct pollfd fds[2] = {
		{ .events = POLLIN },
		{ .fd = c->req->nfds > 2 ? c->req->fds[2] : -1,
		    .events = POLLIN },
	};

	for (;;) {
		ssize_t n;
		char ch;

		fds[0].fd = *notify;
		if (poll(fds, COUNT_OF(fds), -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, "poll");
		}
		if (fds[1].fd >= 0 && fds[1].revents != 0) {
			fds[1].fd = -1;
			if (stop_now(c->g, name, c->log, e) < 0)
				return -1;
		}
		if (fds[0].revents == 0)
			continue;
		n = read(*notify, &ch, 1);
		if (n > 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "supervisor's pipe");
		if ((n = replace(c, name, &supervisor, notify, e)) <= 0)
			return n < 0 ? -1 : 0;
	}
}

/*
 * A pot that is not persistent ends with its command, but a moment after:
 * its exit status is final when its cell is dead.
 */
static int
wait_cell(
    struct call *c, const char *name, const struct cell_ref *ref, struct err *e)
{
	auto_pot struct pot *p = NULL;
	auto_close int gone = -1;

	if (pot_open(c->g, name, &p, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	if (attr_bool(p->conf, "persistent"))
		return 0;
	/* ZFS does not let go of what somebody has open. */
	pot_close(take_ptr(&p));
	if (c->g->platform->cell->wait_open(ref, &gone, e) < 0) {
		if (c->g->platform->cell->is_alive(ref))
			return err_wrap(e, "pot %s", name);
		err_clear(e);
		return 0;
	}
	while (io_wait_readable(gone, -1) < 0)
		if (errno != EINTR)
			return err_sys(e, "pot %s: wait", name);
	return 0;
}

int
foreground_wait(struct call *c, const char *name,
    const struct start_result *started, int notify, struct err *e)
{
	const struct cell_ref *ref = &started->ref;
	auto_free char *conf = xasprintf("%s/conf", name);
	auto_close int fd = dup(notify), confdir = -1;
	struct lastrun last;
	int jails, is;

	if (fd < 0)
		return err_sys(e, "dup");
	if (wait_end(c, name, started->supervisor, &fd, e) < 0 ||
	    wait_cell(c, name, ref, e) < 0 ||
	    foreground_settle(c->g, name, ref->generation, true, c->log, e) <
		0 ||
	    engine_dir(c->g, DIR_JAILS, &jails, e) < 0)
		return -1;
	if (dir_open(jails, conf, &confdir, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e); /* destroyed: the one who did it knows */
		return 0;
	}
	if ((is = lastrun_read(confdir, &last, e)) < 0)
		return -1;
	if (is == 0 || last.started_ns != ref->generation ||
	    c->g->platform->cell->is_alive(ref))
		return 0;
	if (last.is_persistent)
		c->status = last.was_stopped ? 0 : 1;
	else
		c->status = last.status == 0 ? 0 : 125;
	return 0;
}
