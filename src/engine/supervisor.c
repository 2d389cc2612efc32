/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot-supervise seen from the engine.
 */
#include "engine/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/attributes.h"
#include "supervise/supervise.h"

/* Draining what a pipe and a staging file hold takes milliseconds; a full
 * log disk or a foreground reader that stands still may take longer. */
#define FINISH_WAIT_MS 10000

static int
open_log_dir(struct engine *g, const char *name, int *fd, struct err *e)
{
	int logs;

	if (engine_dir(g, DIR_LOG, &logs, e) < 0 ||
	    dir_make_open(logs, name, 0750, fd, e) < 0)
		return err_wrap(e, "pot %s: log", name);
	return 0;
}

/* "10m" in bytes; what is not a size is the default's. */
static uint64_t
log_size(struct engine *g)
{
	struct err ignored = ERR_INIT;
	uint64_t n;

	if (str_size("POT_LOG_SIZE", framework_get(g->fw, FW_LOG_SIZE), &n,
		&ignored) < 0)
		return (uint64_t)10 << 20;
	return n;
}

int
supervisor_start(struct engine *g, const char *name, const struct cell_ref *ref,
    int rundir, bool is_persistent, const struct supervisor_fds *fds,
    pid_t *pid, struct err *e)
{
	auto_free char *path =
	    xasprintf("%s/pot-supervise", g->fw->libexec_dir);
	auto_free char *pot = xasprintf("%s/bin/pot", g->fw->prefix);
	auto_strv struct strv argv = STRV_INIT;
	auto_close int logdir = -1;
	struct spawn_opts o = {
		.path = path,
		.dirfd = -1,
		.new_session = true,
		.keep_signals = true,
	};
	pid_t child;

	if (open_log_dir(g, name, &logdir, e) < 0)
		return -1;
	strv_add(&argv, "pot-supervise");
	strv_add(&argv, name);
	strv_add_fmt(&argv, "%" PRIu64, ref->generation);
	strv_add(&argv, ref->instance);
	strv_add_fmt(&argv, "%" PRIu64, log_size(g));
	strv_add(&argv, framework_get(g->fw, FW_LOG_COUNT));
	strv_add(&argv, pot);
	strv_add(&argv, is_persistent ? "p" : "-");
	o.argv = strv_argv(&argv);
	o.fds[0] = o.fds[1] = o.fds[2] = -1;
	o.fds[SUPERVISE_RUN_FD] = rundir;
	o.fds[SUPERVISE_LOG_FD] = logdir;
	o.fds[SUPERVISE_OUT_FD] = fds->out;
	o.fds[SUPERVISE_ERR_FD] = fds->err;
	o.fds[SUPERVISE_NOTIFY_FD] = fds->notify;
	o.nfds = SUPERVISE_NOTIFY_FD + 1;
	if (spawn_start(&o, &child, e) < 0) {
		/* Our program, not the pot's command, is missing. */
		err_recode(e, ERR_SYSTEM);
		return err_wrap(e, "pot %s: supervisor", name);
	}
	if (pid != NULL)
		*pid = child;
	return 0;
}

/* Of a pot whose files can't be read it is not known: then its supervisor
 * waits for the cell's end alone. */
static bool
is_persistent(struct engine *g, const char *name)
{
	auto_pot struct pot *p = NULL;
	struct err ignored = ERR_INIT;

	return pot_open(g, name, &p, &ignored) == 0 &&
	    attr_bool(p->conf, "persistent");
}

int
supervisor_ensure(
    struct engine *g, const char *name, const struct log *log, struct err *e)
{
	struct run_state st;

	if (run_find(g, name, &st, e) < 0)
		return -1;
	return st.is_alive ? supervisor_ensure_of(g, &st.ref, log, e) : 0;
}

int
supervisor_ensure_of(struct engine *g, const struct cell_ref *ref,
    const struct log *log, struct err *e)
{
	const struct supervisor_fds none = SUPERVISOR_FDS_NONE;
	const char *name = ref->name;
	auto_free char *lock = xasprintf("%s/" RUN_SUPERVISE, name);
	auto_close int rundir = -1;
	int run_pot, is;

	if (engine_dir(g, DIR_RUN_POT, &run_pot, e) < 0)
		return -1;
	/* Asked of each pot by ps: by its path, in three system calls. */
	if ((is = lock_is_held(run_pot, lock, e)) < 0)
		goto gone;
	if (is > 0)
		return 0;
	if (run_open(g, name, &rundir, e) < 0)
		goto gone;
	log_debug(log, "pot %s: starting a supervisor", name);
	return supervisor_start(
	    g, name, ref, rundir, is_persistent(g, name), &none, NULL, e);
gone:
	/* Stopped by another command meanwhile. */
	if (e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	return 0;
}

/* A supervisor of ours for a dead cell drains and ends: its end of the
 * pipe closes. */
static int
drain_with_new(struct engine *g, const char *name, const struct cell_ref *ref,
    int rundir, struct err *e)
{
	struct supervisor_fds fds = SUPERVISOR_FDS_NONE;
	int pipe[2], r;
	char c;

	if (io_pipe(pipe, e) < 0)
		return -1;
	fds.notify = pipe[1];
	r = supervisor_start(g, name, ref, rundir, false, &fds, NULL, e);
	cleanup_close(&pipe[1]);
	while (r == 0) {
		ssize_t n;

		if (io_wait_readable(pipe[0], FINISH_WAIT_MS) <= 0) {
			r = err_set(e, ERR_TIMEOUT,
			    "pot %s: supervisor: still at work", name);
			break;
		}
		n = read(pipe[0], &c, 1);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
	}
	cleanup_close(&pipe[0]);
	return r;
}

int
supervisor_finish(struct engine *g, const char *name,
    const struct cell_ref *ref, int rundir, struct err *e)
{
	struct lock lock = LOCK_INIT;
	int is;

	if (!file_exists(rundir, RUN_IO))
		return 0; /* there never was any output */
	if ((is = lock_is_held(rundir, RUN_SUPERVISE, e)) < 0)
		return -1;
	if (is == 0 && drain_with_new(g, name, ref, rundir, e) < 0)
		return -1;
	if (lock_take(&lock, rundir, RUN_SUPERVISE, LOCK_EXCLUSIVE,
		FINISH_WAIT_MS, name, e) < 0)
		return err_wrap(e, "pot %s: supervisor", name);
	lock_release(&lock);
	return 0;
}
