/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb start: dependencies, the operation, and the wait of one in the
 * foreground.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "engine/foreground.h"
#include "engine/op_start.h"
#include "engine/op_stop.h"
#include "engine/snapshots.h"
#include "engine/verbs.h"
#include "model/attributes.h"

/* One start on its way through its dependencies: a cycle ends where it
 * comes back to a pot that is being started. */
struct chain {
	const char *name;
	const struct chain *up;
};

static int start_tree(struct engine *g, const char *name,
    const struct supervisor_fds *fds, const struct chain *up,
    struct start_result *out, bool *was_running, const struct log *log,
    struct err *e);

/* Dependencies are started while our lock is not held: two starts whose pots
 * depend on each other can't wait for each other. */
static int
start_dependencies(
    struct pot *p, const struct chain *up, const struct log *log, struct err *e)
{
	const struct chain here = { .name = p->name.s, .up = up };

	for (size_t i = 0; i < p->config->depends.n; i++) {
		const char *dep = p->config->depends.v[i];
		struct start_result ignored;
		const struct chain *c = &here;
		bool was_running;

		while (c != NULL && !str_eq(c->name, dep))
			c = c->up;
		if (c != NULL)
			continue;
		if (start_tree(p->g, dep, NULL, &here, &ignored, &was_running,
			log, e) < 0)
			return err_wrap(e, "pot %s: dependency", p->name.s);
	}
	return 0;
}

/* What is known to be impossible before anything is touched. */
static int
check_config(const struct pot *p, struct err *e)
{
	const struct pot_config *c = p->config;

	if (c->has_obsolete)
		return err_set(e, ERR_STATE,
		    "pot %s: pot.conf: %s is obsolete (pot update-config)",
		    p->name.s, c->obsolete_key);
	if (c->network != POT_NETWORK_INHERIT && c->network != POT_NETWORK_NONE)
		return err_set(e, ERR_UNSUPPORTED,
		    "pot %s: network type %s: not available in this version",
		    p->name.s, pot_network_word(c->network));
	return 0;
}

/* The lock of NAME, and the pot as it is under it; *ST is its state. */
static int
lock_pot(struct op *op, const char *name, struct pot **p, struct run_state *st,
    struct err *e)
{
	if (op_lock(op, false, e) < 0 || run_find(op->g, name, st, e) < 0)
		return -1;
	if (st->is_alive)
		return 0;
	return pot_open(op->g, name, p, e) < 0 ? -1 : check_config(*p, e);
}

/*
 * Start P under its lock.  A cell that ended while a hook of this start ran
 * has been left to us by its supervisor: it is cleaned up here.
 */
static int
start_one(struct op *op, struct pot **p, struct run_state *st,
    const struct supervisor_fds *fds, struct start_result *out, struct err *e)
{
	const char *name = op->object;

	/* That runs hooks, and so the pot may be another one afterwards. */
	if (st->has_run &&
	    (stop_locked(op, name, st, e) < 0 || pot_reload(*p, e) < 0))
		return err_wrap(
		    e, "pot %s: clean-up behind its last run", name);
	log_info(op->log, "Starting the pot %s", name);
	if (start_locked(op, fds, p, out, e) < 0)
		return -1;
	if (err_is_set(&out->command))
		log_error(op->log, "pot %s: %s", name, out->command.text);
	/* No hook ran: the lock was ours all the time, and the supervisor
	 * waits for it. */
	if (op->user_lock.fd < 0)
		return 0;
	if (run_find(op->g, name, st, e) < 0)
		return -1;
	if (st->has_run && !st->is_alive)
		return stop_locked(op, name, st, e);
	return 0;
}

static int
start_tree(struct engine *g, const char *name, const struct supervisor_fds *fds,
    const struct chain *up, struct start_result *out, bool *was_running,
    const struct log *log, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_pot struct pot *p = NULL;
	struct run_state st;

	/* What runs is not waited for, and what is no pot not locked. */
	if (run_find(g, name, &st, e) < 0 ||
	    (!st.is_alive && pot_need(g, name, e) < 0))
		return -1;
	op_init(&op, g, &op_start, name, log);
	if (!st.is_alive && lock_pot(&op, name, &p, &st, e) < 0)
		return -1;
	if (!st.is_alive && p->config->depends.n > 0) {
		op_unlock(&op);
		if (start_dependencies(p, up, log, e) < 0)
			return -1;
		pot_close(take_ptr(&p));
		if (lock_pot(&op, name, &p, &st, e) < 0)
			return -1;
	}
	*was_running = st.is_alive;
	if (st.is_alive) {
		log_debug(log, "pot %s: already running", name);
		out->ref = st.ref;
		return 0;
	}
	return start_one(&op, &p, &st, fds, out, e);
}

int
start_detached(
    struct engine *g, const char *name, const struct log *log, struct err *e)
{
	struct start_result out;
	bool was_running;

	return start_tree(g, name, NULL, NULL, &out, &was_running, log, e);
}

static int
snapshot_first(struct call *c, const char *name, struct err *e)
{
	char snap[32];

	if (!request_has(c->req, "snapshot") &&
	    !request_has(c->req, "full-snapshot"))
		return 0;
	return snapshot_pot(c->g, name, false, snap, c->log, e);
}

int
verb_start(struct call *c, struct err *e)
{
	struct supervisor_fds fds = SUPERVISOR_FDS_NONE;
	struct start_result result = { .foreground = LOCK_INIT };
	int pipe[2] = { -1, -1 }, r;
	bool was_running = false;
	const char *name;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    snapshot_first(c, name, e) < 0)
		return -1;
	if (request_has(c->req, "detach"))
		return start_tree(
		    c->g, name, NULL, NULL, &result, &was_running, c->log, e);
	if (io_pipe(pipe, e) < 0)
		return -1;
	fds.out = c->req->nfds > 0 ? c->req->fds[0] : -1;
	fds.err = c->req->nfds > 1 ? c->req->fds[1] : -1;
	fds.notify = pipe[1];
	r = start_tree(
	    c->g, name, &fds, NULL, &result, &was_running, c->log, e);
	cleanup_close(&pipe[1]);
	if (r == 0 && !was_running)
		r = foreground_wait(c, name, &result, pipe[0], e);
	cleanup_close(&pipe[0]);
	lock_release(&result.foreground);
	return r;
}
