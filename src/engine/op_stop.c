/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stopping a pot (reference 8.4).  The operation finishes what it has
 * begun: every step accepts that it was done before, so that it can be
 * taken up by another process after a crash.
 */
#include "engine/op_stop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/io.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/enter.h"
#include "engine/environment.h"
#include "engine/hooks.h"
#include "engine/op_destroy.h"
#include "engine/spec.h"
#include "engine/supervisor.h"
#include "engine/verbs.h"
#include "model/attributes.h"
#include "model/lastrun.h"
#include "model/signame.h"
#include "supervise/supervise.h"

struct stop {
	struct cell_ref ref;
	struct pot *pot; /* NULL: its directory is gone or broken */
	int io[2];	 /* the FIFOs, or -1 */
};

static int
stop_open(struct op *op, struct err *e)
{
	struct stop *s = xcalloc(1, sizeof(*s));
	struct err why = ERR_INIT;
	const char *handle = op_get(op, "handle");

	(void)e;
	op->data = s;
	s->io[0] = s->io[1] = -1;
	run_ref(op->g, op->object, op_get_u64(op, "generation"), &s->ref);
	if (handle != NULL)
		str_copy(s->ref.handle, handle, sizeof(s->ref.handle));
	/* A pot whose configuration is damaged can be stopped all the same. */
	if (pot_open(op->g, op->object, &s->pot, &why) < 0)
		log_debug(op->log, "%s", why.text);
	return 0;
}

static void
stop_close(struct op *op)
{
	struct stop *s = op->data;

	if (s == NULL)
		return;
	pot_close(s->pot);
	cleanup_close(&s->io[0]);
	cleanup_close(&s->io[1]);
	free(s);
	op->data = NULL;
}

static bool
is_alive(struct op *op)
{
	struct stop *s = op->data;

	return s->ref.handle[0] != '\0' &&
	    op->g->platform->cell->is_alive(&s->ref);
}

static int
act_prestop(struct op *op, struct err *e)
{
	struct stop *s = op->data;

	if (s->pot == NULL || !is_alive(op))
		return 0;
	return hook_run(op, s->pot, HOOK_PRESTOP, &s->ref, e);
}

/* exec_stop runs in the pot, by its shell, before any signal. */
static int
act_exec_stop(struct op *op, struct err *e)
{
	struct stop *s = op->data;
	auto_strv struct strv env = STRV_INIT, argv = STRV_INIT;
	auto_free char *text = NULL;
	struct cell_command cmd = { .fds = { -1, -1, -1 } };
	struct err why = ERR_INIT;
	int status, tty = -1;
	pid_t pid;

	if (s->pot == NULL || !is_alive(op))
		return 0;
	text = attr_value(s->pot->conf, attr_find("exec_stop"), NULL);
	if (text[0] == '\0')
		return 0;
	environment_pot(s->pot, &s->ref, &env);
	strv_add(&argv, "/bin/sh");
	strv_add(&argv, "-c");
	strv_add(&argv, text);
	cmd.argv = strv_argv(&argv);
	cmd.envp = strv_argv(&env);
	if (enter_pot(s->pot, &s->ref, &cmd, &pid, &tty, &why) < 0) {
		enter_explain(cmd.argv[0], &why);
		log_warn(op->log, "%s: exec_stop: %s", op->object, why.text);
		return 0;
	}
	return op_user_wait(op, pid, &status, e);
}

/* What is in the FIFOs outlives the pot while we have them open: nobody may
 * supervise it at this moment. */
static void
hold_output(struct op *op)
{
	static const char *const names[] = { RUN_IO "/" RUN_IO_OUT,
		RUN_IO "/" RUN_IO_ERR };
	struct stop *s = op->data;
	struct err ignored = ERR_INIT;
	auto_close int rundir = -1;

	if (run_open(op->g, op->object, &rundir, &ignored) < 0)
		return;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (s->io[i] < 0)
			s->io[i] = openat(rundir, names[i],
			    O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
}

/* For the supervisor, who tells pot-init when its output was taken: until
 * then that does not end. */
static void
tell_stop(struct op *op)
{
	struct err why = ERR_INIT;
	auto_close int rundir = -1;

	if (run_open(op->g, op->object, &rundir, &why) < 0 ||
	    file_write(rundir, RUN_STOP, "", 0, 0600, 0, &why) < 0)
		log_warn(op->log, "%s", why.text);
}

/*
 * Processes that came in by enter() are children of others, whose end
 * pot-init is not told of: watch one after the other, then say that they are
 * all gone.  OUTSIDER is the one that is watched; -1 at the end.
 */
static void
watch_outsiders(struct op *op, int *outsider)
{
	const struct platform_cell_ops *cell = op->g->platform->cell;
	struct stop *s = op->data;
	struct err why = ERR_INIT;

	cleanup_close(outsider);
	if (cell->outsider_open != NULL &&
	    cell->outsider_open(&s->ref, outsider, &why) > 0)
		return;
	err_clear(&why);
	if (cell->signal(&s->ref, CELL_SIGNAL_LAST, 0, &why) < 0)
		log_debug(
		    op->log, "%s: %s", op->object, why.text); /* it has ended */
}

/* Until the cell is dead; false at the deadline. */
static bool
wait_gone(struct op *op, int gone, uint64_t timeout_ms)
{
	auto_supervisor_watch struct supervisor_watch supervisor =
	    SUPERVISOR_WATCH_INIT;
	uint64_t now = clock_mono_ms(), end = now + timeout_ms;
	auto_close int outsider = -1;

	watch_outsiders(op, &outsider);
	supervisor_watch(op->g, op->object, &supervisor, op->log);
	for (; now < end; now = clock_mono_ms()) {
		struct pollfd fds[] = { { gone, POLLIN, 0 },
			{ supervisor.fd, POLLIN, 0 }, { outsider, POLLIN, 0 } };

		if (poll(fds, COUNT_OF(fds), (int)(end - now)) < 0)
			continue;
		if (fds[0].revents != 0)
			return true;
		if (fds[1].revents != 0)
			supervisor_watch(
			    op->g, op->object, &supervisor, op->log);
		if (fds[2].revents != 0)
			watch_outsiders(op, &outsider);
	}
	return false;
}

/* The stop signal to everybody; after the deadline, death. */
static int
act_end(struct op *op, struct err *e)
{
	struct stop *s = op->data;
	const struct platform_cell_ops *cell = op->g->platform->cell;
	unsigned timeout_s =
	    s->pot == NULL ? 10 : attr_uint(s->pot->conf, "stop_timeout");
	auto_close int gone = -1;
	struct err why = ERR_INIT;
	int signo = SIGTERM;

	if (!is_alive(op))
		return 0;
	hold_output(op);
	tell_stop(op);
	if (s->pot != NULL) {
		auto_free char *name =
		    attr_value(s->pot->conf, attr_find("stop-signal"), NULL);

		if (name[0] != '\0' && signame_parse(name, &signo, &why) < 0)
			err_clear(&why);
	}
	if (timeout_s > 0 && cell->wait_open(&s->ref, &gone, &why) == 0 &&
	    cell->signal(&s->ref, CELL_SIGNAL_STOP, signo, &why) == 0 &&
	    wait_gone(op, gone, (uint64_t)timeout_s * 1000))
		return 0;
	if (is_alive(op))
		log_debug(op->log, "%s: killing what is left", op->object);
	if (cell->kill(&s->ref, e) < 0)
		return err_wrap(e, "pot %s", op->object);
	return 0;
}

static int
open_run(struct op *op, int *fd, struct err *e)
{
	if (run_open(op->g, op->object, fd, e) == 0)
		return 1;
	return err_pardon(e, ERR_NOT_FOUND);
}

static int
act_drain(struct op *op, struct err *e)
{
	struct stop *s = op->data;
	struct err why = ERR_INIT;
	auto_close int rundir = -1;
	int is = open_run(op, &rundir, e);

	if (is <= 0)
		return is;
	/* A log that can't be written must not keep a pot from stopping. */
	if (supervisor_finish(op->g, op->object, &s->ref, rundir, &why) < 0)
		log_warn(op->log, "%s", why.text);
	return 0;
}

static int
act_purge(struct op *op, struct err *e)
{
	struct stop *s = op->data;
	auto_free char *root =
	    engine_path(op->g, FW_FS_ROOT, "jails/%s/m", op->object);

	if (op->g->platform->cell->purge != NULL &&
	    op->g->platform->cell->purge(&s->ref, root, e) < 0)
		return err_wrap(e, "pot %s", op->object);
	return 0;
}

static int
act_poststop(struct op *op, struct err *e)
{
	struct stop *s = op->data;

	if (s->pot == NULL)
		return 0;
	return hook_run(op, s->pot, HOOK_POSTSTOP, NULL, e);
}

/* The command's end, as far as anybody knows: pot-init's word, what the
 * caller saw, or what the kernel remembers. */
static void
record_status(struct engine *g, const struct cell_ref *ref,
    const struct run_status *st, struct lastrun *last)
{
	struct err ignored = ERR_INIT;
	uint64_t n;
	int status;

	last->status = run_status_code(st);
	if (!st->is_known && g->platform->cell->exit_status != NULL &&
	    g->platform->cell->exit_status(ref, -1, &status, &ignored) == 0)
		last->status = status;
	err_clear(&ignored);
	if (g->platform->limit->oom_kills != NULL &&
	    g->platform->limit->oom_kills(ref, &n, &ignored) == 0 &&
	    n > last->oom_kills)
		last->oom_kills = n;
	if (st->is_known && st->how == RUN_EXEC_FAILED)
		last->reason = LASTRUN_START_FAILED;
	else if (last->status == 128 + SIGKILL && last->oom_kills > 0)
		last->reason = LASTRUN_OOM;
	else if (last->status > 128)
		last->reason = LASTRUN_SIGNALED;
}

int
stop_record(struct engine *g, const char *name, const struct cell_ref *ref,
    int rundir, const struct stop_record *what, struct err *e)
{
	struct lastrun last = { .reason = LASTRUN_EXITED }, before;
	auto_pot struct pot *p = NULL;
	struct run_status st;
	int is;

	if (pot_open(g, name, &p, e) < 0) {
		if (e->code != ERR_NOT_FOUND && e->code != ERR_CORRUPT)
			return -1;
		err_clear(e); /* being destroyed */
		return 0;
	}
	if (run_read_status(rundir, &st, e) < 0)
		return -1;
	if (what->known != NULL && !st.is_known)
		st = *what->known;
	last.oom_kills = run_read_oom(rundir);
	record_status(g, ref, &st, &last);
	last.started_ns = ref->generation;
	last.ended_ns = clock_real_ns();
	last.is_persistent = attr_bool(p->conf, "persistent");
	/* A command that ended by itself before the pot was stopped.  What
	 * can't be read of another run is in nobody's way. */
	if ((is = lastrun_read(p->confdir, &before, e)) < 0)
		err_clear(e);
	if (is > 0 && before.started_ns == last.started_ns)
		last.ended_ns = before.ended_ns;
	else
		last.was_stopped = what->was_stopped;
	return lastrun_write(&last, p->confdir, e);
}

static int
act_record(struct op *op, struct err *e)
{
	struct stop_record what = { .known = NULL };
	struct stop *s = op->data;
	auto_close int rundir = -1;
	int is = open_run(op, &rundir, e);

	if (is <= 0 || !file_exists(rundir, RUN_CELL))
		return is < 0 ? -1 : 0;
	what.was_stopped = op_get(op, "stopped") != NULL;
	if (stop_record(op->g, op->object, &s->ref, rundir, &what, e) == 0)
		return 0;
	/* A disk that is full or read-only will not be so for ever: until
	 * then the run directory keeps what has to be recorded.  All else
	 * must not keep a pot from being stopped, and nothing one from being
	 * destroyed. */
	if ((e->code == ERR_NO_SPACE || e->code == ERR_DENIED) &&
	    op_get(op, "discard") == NULL)
		return -1;
	log_warn(op->log, "pot %s: its last run: %s", op->object, e->text);
	err_clear(e);
	return 0;
}

static int
act_unmount(struct op *op, struct err *e)
{
	auto_free char *root =
	    engine_path(op->g, FW_FS_ROOT, "jails/%s/m", op->object);
	struct stop *s = op->data;
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;
	unsigned swept;

	if (op->g->platform->mount->detach == NULL)
		return 0;
	if (s->pot != NULL && spec_plan(s->pot, &plan, e) == 0)
		return op->g->platform->mount->detach(&plan, root, e);
	err_clear(e);
	return op->g->platform->mount->sweep(root, &swept, e);
}

static int
act_limits(struct op *op, struct err *e)
{
	struct stop *s = op->data;

	return op->g->platform->limit->remove(&s->ref, e);
}

static int
act_forget(struct op *op, struct err *e)
{
	return run_remove(op->g, op->object, e);
}

static const struct op_step stop_steps[] = {
	{ "prestop", act_prestop, NULL, STEP_F_USER },
	{ "exec_stop", act_exec_stop, NULL, STEP_F_USER },
	{ "end", act_end, NULL, 0 },
	{ "drain", act_drain, NULL, 0 },
	{ "purge", act_purge, NULL, 0 },
	{ "poststop", act_poststop, NULL, STEP_F_USER },
	{ "record", act_record, NULL, 0 },
	{ "unmount", act_unmount, NULL, 0 },
	{ "limits", act_limits, NULL, 0 },
	{ "forget", act_forget, NULL, 0 },
};

const struct op_type op_stop = {
	.name = "stop",
	.steps = stop_steps,
	.nsteps = COUNT_OF(stop_steps),
	.direction = OP_FINISH,
	.open = stop_open,
	.close = stop_close,
};

static void
set_arguments(struct op *op, const struct run_state *st)
{
	op_set_u64(op, "generation", st->ref.generation);
	if (st->ref.handle[0] != '\0')
		op_set(op, "handle", st->ref.handle);
	if (st->is_alive)
		op_set(op, "stopped", "1");
}

int
stop_locked(struct op *locked, const char *name, const struct run_state *st,
    struct err *e)
{
	auto_op struct op op = { .type = NULL };

	op_init(&op, locked->g, &op_stop, name, locked->log);
	op.is_lock_borrowed = true;
	set_arguments(&op, st);
	if (locked->type == &op_destroy)
		op_set(&op, "discard", "1");
	return op_run(&op, e);
}

/*
 * A pot that does not exist is an error message and success, one that
 * never ran an error (reference 8.4, 11.2 row 33).  What runs is stopped
 * whatever has become of its directory: that may be gone with its pool.
 */
int
verb_stop(struct call *c, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	struct run_state st;
	const char *name;
	int is = 1;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    run_find(c->g, name, &st, e) < 0 ||
	    (!st.has_run && (is = pot_look(c->g, name, e)) < 0))
		return -1;
	if (is == 0) {
		log_error(c->log, "pot %s: not found", name);
		return 0;
	}
	op_init(&op, c->g, &op_stop, name, c->log);
	if (op_lock(&op, true, e) < 0 || run_find(c->g, name, &st, e) < 0)
		return -1;
	if (!st.has_run)
		return err_set(e, ERR_STATE, "pot %s: not running", name);
	set_arguments(&op, &st);
	return op_run(&op, e);
}

/*
 * From the supervisor: the command has ended, or the cell is dead.  By the
 * time the lock is ours another command may have cleaned up, and even
 * started the pot again.
 */
int
verb_after(struct call *c, struct err *e)
{
	const struct stop_record what = { .known = NULL };
	auto_op struct op op = { .type = NULL };
	auto_close int rundir = -1;
	struct run_state st;
	const char *name, *generation;
	uint64_t want;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    request_need(c->req, "generation", &generation, e) < 0 ||
	    str_u64("generation", generation, 1, UINT64_MAX, &want, e) < 0)
		return -1;
	op_init(&op, c->g, &op_stop, name, c->log);
	if (op_lock(&op, false, e) < 0) {
		if (e->code != ERR_STATE)
			return -1;
		err_clear(e); /* a start or stop runs a hook: it will see */
		return 0;
	}
	if (run_find(c->g, name, &st, e) < 0)
		return -1;
	if (!st.has_run || st.ref.generation != want)
		return 0;
	if (st.is_alive) {
		if (run_open(c->g, name, &rundir, e) < 0)
			return -1;
		return stop_record(c->g, name, &st.ref, rundir, &what, e);
	}
	set_arguments(&op, &st);
	return op_run(&op, e);
}
