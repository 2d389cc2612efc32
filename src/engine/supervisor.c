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
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/logfile.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/attributes.h"
#include "supervise/supervise.h"

/* Draining what a pipe and a staging file hold takes milliseconds; a full
 * log disk or a foreground reader that stands still may take longer. */
#define FINISH_WAIT_MS 10000

#define LOG_SIZE_DEFAULT  ((uint64_t)10 << 20)
#define LOG_COUNT_DEFAULT 5

static int
open_log_dir(struct engine *g, const char *name, int *fd, struct err *e)
{
	int logs;

	if (engine_dir(g, DIR_LOG, &logs, e) < 0 ||
	    dir_make_open(logs, name, 0750, fd, e) < 0)
		return err_wrap(e, "pot %s: log", name);
	return 0;
}

/* An attribute that the pot has, or NULL; the caller frees. */
static char *
setting(const struct conf *conf, const char *name)
{
	bool is_set = false;
	char *value;

	if (conf == NULL)
		return NULL;
	value = attr_value(conf, attr_find(name), &is_set);
	if (is_set && value[0] != '\0')
		return value;
	free(value);
	return NULL;
}

/* "10m" in bytes: the pot's attribute, else the framework's; what is not a
 * size is the default's. */
static uint64_t
log_size(struct engine *g, const struct conf *conf)
{
	auto_free char *own = setting(conf, "log-size");
	const char *text[] = { own, framework_get(g->fw, FW_LOG_SIZE) };
	struct err ignored = ERR_INIT;
	uint64_t n;

	for (size_t i = 0; i < COUNT_OF(text); i++) {
		if (text[i] != NULL &&
		    str_size("log-size", text[i], &n, &ignored) == 0)
			return n;
		err_clear(&ignored);
	}
	return LOG_SIZE_DEFAULT;
}

/* Likewise how many rotated logs there may be. */
static uint64_t
log_count(struct engine *g, const struct conf *conf)
{
	auto_free char *own = setting(conf, "log-count");
	const char *text[] = { own, framework_get(g->fw, FW_LOG_COUNT) };
	struct err ignored = ERR_INIT;
	uint64_t n;

	for (size_t i = 0; i < COUNT_OF(text); i++) {
		if (text[i] != NULL &&
		    str_u64("log-count", text[i], 0, LOGFILE_COUNT_MAX, &n,
			&ignored) == 0)
			return n;
		err_clear(&ignored);
	}
	return LOG_COUNT_DEFAULT;
}

/* What one is started for. */
struct job {
	const char *name;
	const struct conf *conf; /* NULL: the pot's files can't be read */
	const struct cell_ref *ref;
	int rundir;
	bool is_drain; /* the cell is dead */
	const int *io; /* the FIFOs, if they are open here; or NULL */
	const struct supervisor_fds *fds;
};

static const char *
flags_of(const struct job *j)
{
	if (j->is_drain)
		return "d";
	return j->conf != NULL && attr_bool(j->conf, "persistent") ? "p" : "-";
}

/* The gate is held; the new one closes it when it has its lock. */
static int
launch(struct engine *g, const struct job *j, const struct lock *gate,
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

	if (open_log_dir(g, j->name, &logdir, e) < 0)
		return -1;
	strv_add(&argv, "pot-supervise");
	strv_add(&argv, j->name);
	strv_add_fmt(&argv, "%" PRIu64, j->ref->generation);
	strv_add(&argv, j->ref->instance);
	strv_add_fmt(&argv, "%" PRIu64, log_size(g, j->conf));
	strv_add_fmt(&argv, "%" PRIu64, log_count(g, j->conf));
	strv_add(&argv, pot);
	strv_add(&argv, flags_of(j));
	o.argv = strv_argv(&argv);
	o.fds[0] = o.fds[1] = o.fds[2] = -1;
	o.fds[SUPERVISE_RUN_FD] = j->rundir;
	o.fds[SUPERVISE_LOG_FD] = logdir;
	o.fds[SUPERVISE_OUT_FD] = j->fds->out;
	o.fds[SUPERVISE_ERR_FD] = j->fds->err;
	o.fds[SUPERVISE_NOTIFY_FD] = j->fds->notify;
	o.fds[SUPERVISE_GATE_FD] = gate->fd;
	for (int i = 0; i < 2; i++)
		o.fds[SUPERVISE_HELD_FD + i] = j->io == NULL ? -1 : j->io[i];
	o.nfds = SUPERVISE_FDS;
	if (spawn_start(&o, pid, e) < 0) {
		/* Our program, not the pot's command, is missing. */
		err_recode(e, ERR_SYSTEM);
		return err_wrap(e, "pot %s: supervisor", j->name);
	}
	return 0;
}

static int
take_gate(const char *name, int rundir, struct lock *gate, struct err *e)
{
	if (lock_take(gate, rundir, RUN_GATE, LOCK_EXCLUSIVE, FINISH_WAIT_MS,
		name, e) < 0)
		return err_wrap(e, "pot %s: supervisor", name);
	return 0;
}

/* Until the process that holds the supervisor's lock has let go. */
static int
wait_released(const char *name, int rundir, struct err *e)
{
	struct lock lock = LOCK_INIT;

	if (lock_take(&lock, rundir, RUN_SUPERVISE, LOCK_EXCLUSIVE,
		FINISH_WAIT_MS, name, e) < 0)
		return err_wrap(e, "pot %s: supervisor", name);
	lock_release(&lock);
	return 0;
}

int
supervisor_start(const struct pot *p, const struct cell_ref *ref, int rundir,
    const int io[2], const struct supervisor_fds *fds, pid_t *pid,
    struct err *e)
{
	const struct job j = { .name = p->name.s,
		.conf = p->conf,
		.ref = ref,
		.rundir = rundir,
		.io = io,
		.fds = fds };
	struct lock gate = LOCK_INIT;
	int r;

	if (take_gate(j.name, rundir, &gate, e) < 0)
		return -1;
	r = launch(p->g, &j, &gate, pid, e);
	lock_release(&gate);
	return r;
}

enum presence { NOBODY, ENDING, UNKNOWN, THERE };

/* A process that is being killed keeps its lock for a moment.  Unknown is
 * one of another pid namespace, and who holds the gate and waits for the
 * lock. */
static int
find_supervisor(
    struct engine *g, int rundir, struct proc_id *who, struct err *e)
{
	int is;

	*who = (struct proc_id){ .pid = 0 };
	if ((is = lock_owner(rundir, RUN_SUPERVISE, &who->pid, e)) < 0)
		return -1;
	if (is == 0)
		return NOBODY;
	if (who->pid == 0)
		return UNKNOWN;
	return g->platform->proc->is_ending(who) ? ENDING : THERE;
}

/* A foreground start sees its supervisor's end by itself. */
static bool
find_foreground(struct engine *g, int rundir, struct proc_id *who)
{
	struct err ignored = ERR_INIT;
	char text[64], *end;

	*who = (struct proc_id){ .pid = 0 };
	if (lock_is_held(rundir, RUN_FOREGROUND, &ignored) <= 0)
		return false;
	lock_who(rundir, RUN_FOREGROUND, text, sizeof(text));
	who->pid = (pid_t)strtol(text, &end, 10);
	who->start = strtoull(end, NULL, 10);
	return who->pid > 0 && !g->platform->proc->is_ending(who);
}

int
supervisor_claim(struct engine *g, int rundir, struct lock *l, struct err *e)
{
	struct proc_id self;
	char who[64];

	if (g->platform->proc->identify(getpid(), &self, e) < 0)
		return -1;
	str_fmt(who, sizeof(who), "%ld %" PRIu64, (long)self.pid, self.start);
	return lock_take(l, rundir, RUN_FOREGROUND, LOCK_EXCLUSIVE, 0, who, e);
}

bool
supervisor_is_there(int rundir)
{
	struct err ignored = ERR_INIT;

	if (lock_is_held(rundir, RUN_SUPERVISE, &ignored) > 0)
		return true;
	err_clear(&ignored);
	return lock_is_held(rundir, RUN_GATE, &ignored) > 0;
}

/* The gate is held: nobody else starts one. */
static int
replace_at_gate(struct engine *g, struct job *j, const struct lock *gate,
    pid_t *pid, struct err *e)
{
	auto_pot struct pot *p = NULL;
	struct err ignored = ERR_INIT;
	struct proc_id who;
	int is = find_supervisor(g, j->rundir, &who, e);

	if (is < 0 || is == THERE || is == UNKNOWN)
		return is < 0 ? -1 : 0;
	if (is == ENDING && wait_released(j->name, j->rundir, e) < 0)
		return -1;
	/* Of a pot whose files can't be read it is not known whether it is
	 * persistent: then the cell's end alone is waited for. */
	if (pot_open(g, j->name, &p, &ignored) == 0)
		j->conf = p->conf;
	return launch(g, j, gate, pid, e) < 0 ? -1 : 1;
}

/* 1 and *PID if one was started, 0 if there was no need. */
static int
replace(struct engine *g, struct job *j, bool is_foreground, pid_t *pid,
    struct err *e)
{
	struct lock gate = LOCK_INIT;
	struct proc_id who;
	int r = find_supervisor(g, j->rundir, &who, e);

	if (r < 0 || r == THERE)
		return r < 0 ? -1 : 0;
	if (!is_foreground && find_foreground(g, j->rundir, &who))
		return 0;
	if (take_gate(j->name, j->rundir, &gate, e) < 0)
		return -1;
	r = replace_at_gate(g, j, &gate, pid, e);
	lock_release(&gate);
	return r;
}

/* The run directory of a pot that runs: 1, 0 if it does not, -1. */
static int
open_running(struct engine *g, const char *name, struct run_state *st, int *fd,
    struct err *e)
{
	if (run_find(g, name, st, e) < 0)
		return -1;
	if (!st->is_alive)
		return 0;
	if (run_open(g, name, fd, e) == 0)
		return 1;
	if (e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	return 0;
}

/* Stopped by another command meanwhile: its directory takes no new file. */
static int
gone_is_fine(int r, struct err *e)
{
	if (r >= 0 || e->code != ERR_NOT_FOUND)
		return r;
	err_clear(e);
	return 0;
}

int
supervisor_replace(struct engine *g, const char *name,
    const struct supervisor_fds *fds, pid_t *pid, struct err *e)
{
	auto_close int rundir = -1;
	struct run_state st;
	struct job j = { .name = name, .ref = &st.ref, .fds = fds };
	int r = open_running(g, name, &st, &rundir, e);

	if (r <= 0)
		return r;
	j.rundir = rundir;
	return gone_is_fine(replace(g, &j, true, pid, e), e);
}

static int
ensure(struct engine *g, const char *name, const struct run_state *st,
    int rundir, pid_t *pid, const struct log *log, struct err *e)
{
	const struct supervisor_fds none = SUPERVISOR_FDS_NONE;
	struct job j = {
		.name = name, .ref = &st->ref, .rundir = rundir, .fds = &none
	};
	int r = gone_is_fine(replace(g, &j, false, pid, e), e);

	if (r > 0)
		log_debug(
		    log, "pot %s: a new supervisor, pid %ld", name, (long)*pid);
	return r;
}

void
supervisor_ensure(struct engine *g, const char *name, const struct log *log)
{
	auto_close int rundir = -1;
	struct err why = ERR_INIT;
	struct run_state st;
	pid_t pid;
	int r = open_running(g, name, &st, &rundir, &why);

	if (r > 0)
		r = ensure(g, name, &st, rundir, &pid, log, &why);
	if (r < 0)
		log_warn(log, "%s", why.text);
}

/* The wait status of a child. */
static int
reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0; /* somebody else's loop */
	return status;
}

bool
supervisor_was_killed(pid_t pid)
{
	return WIFSIGNALED(reap(pid));
}

/* Whose end means that something has to be done: 1, 0 if there is nobody. */
static int
find_responsible(
    struct engine *g, int rundir, struct proc_id *who, struct err *e)
{
	int is = find_supervisor(g, rundir, who, e);

	if (is < 0 || is == THERE)
		return is < 0 ? -1 : 1;
	return find_foreground(g, rundir, who) ? 1 : 0;
}

/* 1: watched; 0: nothing to watch; -1.  Whoever ends meanwhile is replaced
 * at the next round. */
static int
watch_once(struct engine *g, const char *name, struct supervisor_watch *w,
    const struct log *log, struct err *e)
{
	auto_close int rundir = -1;
	struct proc_id who = { .pid = 0 }, same;
	struct run_state st;
	int r = open_running(g, name, &st, &rundir, e);

	if (r <= 0)
		return r;
	if ((r = ensure(g, name, &st, rundir, &w->child, log, e)) < 0)
		return -1;
	if (r > 0)
		who.pid = w->child;
	else if ((r = find_responsible(g, rundir, &who, e)) <= 0)
		return r;
	if (g->platform->proc->wait_open(&who, &w->fd, e) < 0)
		return -1;
	if (w->child > 0)
		return 1;
	/* The number may have been given again before it was opened. */
	if ((r = find_responsible(g, rundir, &same, e)) < 0)
		return -1;
	if (r == 0 || same.pid != who.pid)
		return err_set(e, ERR_STATE, "another one supervises");
	return 1;
}

void
supervisor_watch(struct engine *g, const char *name, struct supervisor_watch *w,
    const struct log *log)
{
	for (;;) {
		struct err why = ERR_INIT;
		pid_t child = w->child;

		cleanup_close(&w->fd);
		w->child = 0;
		if (child > 0 && !supervisor_was_killed(child))
			return;
		if (watch_once(g, name, w, log, &why) >= 0)
			return;
		if (why.code == ERR_STATE)
			continue;
		cleanup_close(&w->fd);
		if (why.code != ERR_UNSUPPORTED)
			log_warn(log, "%s", why.text);
		return;
	}
}

void
supervisor_watch_fini(struct supervisor_watch *w)
{
	cleanup_close(&w->fd);
}

/* Wait until it has ended, at most so long: 1 if it was killed, 0 if not. */
static int
wait_drained(const char *name, int pipe, pid_t pid, struct err *e)
{
	int status;
	char c;

	for (;;) {
		ssize_t n;

		errno = 0;
		if (io_wait_readable(pipe, FINISH_WAIT_MS) <= 0) {
			if (errno == EINTR)
				continue;
			return err_set(e, ERR_TIMEOUT,
			    "pot %s: supervisor: still at work", name);
		}
		n = read(pipe, &c, 1);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
	}
	status = reap(pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return err_set(e, ERR_CHILD,
		    "pot %s: supervisor: exit %d: output may be missing", name,
		    WEXITSTATUS(status));
	return WIFSIGNALED(status) ? 1 : 0;
}

/* A supervisor of ours for a dead cell drains and ends: its end of the
 * pipe closes. */
static int
drain(struct engine *g, const struct job *job, const struct lock *gate,
    struct err *e)
{
	struct supervisor_fds fds = SUPERVISOR_FDS_NONE;
	struct job j = *job;
	int pipe[2], r;
	pid_t pid;

	if (io_pipe(pipe, e) < 0)
		return -1;
	fds.notify = pipe[1];
	j.fds = &fds;
	r = launch(g, &j, gate, &pid, e);
	cleanup_close(&pipe[1]);
	if (r == 0)
		r = wait_drained(j.name, pipe[0], pid, e);
	cleanup_close(&pipe[0]);
	return r;
}

int
supervisor_await_end(struct engine *g, const char *name, struct err *e)
{
	struct lock gate = LOCK_INIT;
	auto_close int rundir = -1;
	int r;

	if (run_open(g, name, &rundir, e) < 0)
		return gone_is_fine(-1, e);
	if (!supervisor_is_there(rundir))
		return 0;
	if (take_gate(name, rundir, &gate, e) < 0)
		return -1;
	r = wait_released(name, rundir, e);
	lock_release(&gate);
	return r;
}

int
supervisor_finish(struct engine *g, const char *name,
    const struct cell_ref *ref, int rundir, struct err *e)
{
	auto_pot struct pot *p = NULL;
	struct job j = {
		.name = name, .ref = ref, .rundir = rundir, .is_drain = true
	};
	struct lock gate = LOCK_INIT;
	struct err ignored = ERR_INIT;
	int r = 1;

	if (take_gate(name, rundir, &gate, e) < 0)
		return -1;
	if (pot_open(g, name, &p, &ignored) == 0)
		j.conf = p->conf;
	while (r > 0) {
		if ((r = wait_released(name, rundir, e)) < 0 ||
		    !file_exists(rundir, RUN_IO))
			break; /* all is in the log, or never was any */
		r = drain(g, &j, &gate, e);
	}
	lock_release(&gate);
	return r < 0 ? -1 : 0;
}
