/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a pot (reference 8.2).  Until the gate opens nothing of the
 * guest runs; whatever fails before, nothing is left.
 */
#include "engine/op_start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/cpu.h"
#include "engine/enter.h"
#include "engine/environment.h"
#include "engine/hooks.h"
#include "engine/ids.h"
#include "engine/op_stop.h"
#include "engine/spec.h"
#include "engine/supervisor.h"
#include "engine/uses.h"
#include "model/attributes.h"
#include "model/limits.h"
#include "supervise/supervise.h"

/* What a fresh start has and a recovery has not. */
struct start_input {
	const struct supervisor_fds *fds;
	struct pot **pot;
};

struct start {
	struct cell_ref ref;
	struct pot *pot; /* NULL in a recovery whose pot is broken */
	struct limit_set limits;
	struct cell_attrs attrs;
	struct mount_plan plan;
	struct strv argv, env;
	char *hosts, *resolv;
	int rundir;
	int gate;
	int io[2];		   /* the FIFOs, read and write */
	struct supervisor_fds fds; /* borrowed from the request */
	struct lock foreground;	   /* of a start in the foreground */
	pid_t supervisor;
	struct err command; /* see struct start_result */
};

static int
start_open(struct op *op, struct err *e)
{
	const struct start_input *in = op->input;
	struct start *s = xcalloc(1, sizeof(*s));
	struct err why = ERR_INIT;

	op->data = s;
	s->rundir = s->gate = s->io[0] = s->io[1] = s->foreground.fd = -1;
	s->fds =
	    in == NULL ? (struct supervisor_fds)SUPERVISOR_FDS_NONE : *in->fds;
	run_ref(op->g, op->object, op_get_u64(op, "generation"), &s->ref);
	if (op->is_recovery) {
		struct run_state st;

		if (pot_open(op->g, op->object, &s->pot, &why) < 0)
			log_debug(op->log, "%s", why.text);
		if (run_find(op->g, op->object, &st, e) < 0)
			return -1;
		if (st.ref.generation == s->ref.generation)
			s->ref = st.ref;
		return 0;
	}
	if (in != NULL && *in->pot != NULL) {
		s->pot = take_ptr(in->pot);
		return 0;
	}
	return pot_open(op->g, op->object, &s->pot, e);
}

static void
start_close(struct op *op)
{
	struct start *s = op->data;

	if (s == NULL)
		return;
	pot_close(s->pot);
	mount_plan_fini(&s->plan);
	strv_fini(&s->argv);
	strv_fini(&s->env);
	free(s->hosts);
	free(s->resolv);
	cleanup_close(&s->rundir);
	cleanup_close(&s->gate);
	cleanup_close(&s->io[0]);
	cleanup_close(&s->io[1]);
	lock_release(&s->foreground);
	free(s);
	op->data = NULL;
}

static void
say_attr(void *arg, const char *attr, const char *why)
{
	const struct op *op = arg;

	log_info(op->log, "pot %s: attribute %s: %s", op->object, attr, why);
}

/* A name is somebody else's: not even limits of that name are touched, and
 * nothing that is mounted (defect D35 of pot 0.16). */
static int
check_name(struct op *op, struct err *e)
{
	enum cell_foreign kind;
	struct cell_ref ref;

	if (run_foreign(op->g, op->object, &ref, &kind, e) < 0)
		return -1;
	if (kind == CELL_FOREIGN_NONE)
		return 0;
	return err_set(e, ERR_EXISTS,
	    "jail %s: exists, and is not of this installation", op->object);
}

/* Everything that can be found wrong without touching the kernel; and what
 * an attribute that was set does not mean here. */
static int
act_prepare(struct op *op, struct err *e)
{
	struct start *s = op->data;

	if (check_name(op, e) < 0 || spec_plan(s->pot, &s->plan, e) < 0 ||
	    spec_command(s->pot, &s->argv, e) < 0 ||
	    spec_files(s->pot, &s->hosts, &s->resolv, e) < 0 ||
	    limits_load(s->pot->conf, &s->limits, e) < 0 ||
	    cpu_assign(op->g, op->object, &s->limits, e) < 0 ||
	    attr_check(s->pot->conf, e) < 0 ||
	    attr_to_cell(s->pot->conf, &s->attrs, e) < 0 ||
	    ids_assign(s->pot, &s->attrs, e) < 0)
		return err_wrap(e, "pot %s", op->object);
	op->g->platform->cell->explain_attrs(&s->attrs, say_attr, op);
	return 0;
}

/*
 * A FIFO of the pot: any user in it may open /dev/stdout, which leads here,
 * but nobody on the host gets through the directory.  Opened for reading
 * and writing, it holds what is written while nobody supervises.
 */
static int
make_fifo(int iodir, const char *name, int *fd, struct err *e)
{
	if (mkfifoat(iodir, name, 0666) < 0 ||
	    (*fd = openat(iodir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW)) < 0 ||
	    fchmod(*fd, 0666) < 0)
		return err_sys(e, "fifo %s", name);
	return 0;
}

/* The cell is dead, and its supervisor ends by itself. */
static int
undo_run(struct op *op, struct err *e)
{
	struct start *s = op->data;

	cleanup_close(&s->rundir);
	if (supervisor_await_end(op->g, op->object, e) < 0)
		return -1;
	return run_remove(op->g, op->object, e);
}

static int
act_run(struct op *op, struct err *e)
{
	struct start *s = op->data;
	struct err ignored = ERR_INIT;
	auto_close int iodir = -1;
	int run_pot;

	if (engine_dir(op->g, DIR_RUN_POT, &run_pot, e) == 0 &&
	    dir_make_open(run_pot, op->object, 0750, &s->rundir, e) == 0 &&
	    dir_make_open(s->rundir, RUN_IO, 0700, &iodir, e) == 0 &&
	    make_fifo(iodir, RUN_IO_OUT, &s->io[0], e) == 0 &&
	    make_fifo(iodir, RUN_IO_ERR, &s->io[1], e) == 0 &&
	    (s->fds.notify < 0 ||
		supervisor_claim(op->g, s->rundir, &s->foreground, e) == 0))
		return 0;
	if (undo_run(op, &ignored) < 0)
		err_clear(&ignored);
	return err_wrap(e, "pot %s: run directory", op->object);
}

static int
act_limits(struct op *op, struct err *e)
{
	struct start *s = op->data;

	return op->g->platform->limit->prepare(&s->ref, &s->limits, e);
}

static int
undo_limits(struct op *op, struct err *e)
{
	struct start *s = op->data;

	return op->g->platform->limit->remove(&s->ref, e);
}

/* NULL on systems whose mounts live and die with the cell. */
static int
act_mounts(struct op *op, struct err *e)
{
	struct start *s = op->data;
	auto_free char *root = xasprintf("%s/m", s->pot->path);

	if (op->g->platform->mount->attach == NULL)
		return 0;
	return op->g->platform->mount->attach(&s->plan, root, e);
}

static int
undo_mounts(struct op *op, struct err *e)
{
	struct start *s = op->data;
	auto_free char *root =
	    engine_path(op->g, FW_FS_ROOT, "jails/%s/m", op->object);
	unsigned swept;

	if (op->g->platform->mount->detach == NULL)
		return 0;
	if (s->plan.n > 0)
		return op->g->platform->mount->detach(&s->plan, root, e);
	return op->g->platform->mount->sweep(root, &swept, e);
}

static int
act_prestart(struct op *op, struct err *e)
{
	struct start *s = op->data;

	return hook_run(op, s->pot, HOOK_PRESTART, NULL, e);
}

/* The file is opened here and held by pot-init: the guest never learns a
 * path to it. */
static int
open_status(int rundir, int *fd, struct err *e)
{
	*fd = openat(rundir, RUN_STATUS,
	    O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (*fd < 0)
		return err_sys(e, "status file");
	return 0;
}

static void
fill_spec(struct op *op, struct cell_spec *spec)
{
	struct start *s = op->data;
	const struct pot *p = s->pot;

	environment_pot(p, &s->ref, &s->env);
	spec->hostname = p->config->hostname;
	spec->osrelease = p->config->osrelease;
	spec->plan = &s->plan;
	spec->net = p->config->network == POT_NETWORK_INHERIT ?
	    CELL_NET_INHERIT :
	    CELL_NET_OWN;
	spec->no_ipv4 = str_eq(pot_stack(p), "ipv6");
	spec->no_ipv6 = str_eq(pot_stack(p), "ipv4");
	if (limit_is_set(&s->limits, LIMIT_OPEN_FILES))
		spec->open_files = s->limits.value[LIMIT_OPEN_FILES];
	spec->command.argv = strv_argv(&s->argv);
	spec->command.envp = strv_argv(&s->env);
	spec->command.fds[0] = -1;
	spec->command.fds[1] = s->io[0];
	spec->command.fds[2] = s->io[1];
	spec->own_init = attr_bool(p->conf, "own-init");
	spec->is_persistent = attr_bool(p->conf, "persistent");
	spec->attrs = s->attrs;
}

static int
undo_cell(struct op *op, struct err *e)
{
	struct start *s = op->data;

	cleanup_close(&s->gate);
	if (s->ref.handle[0] == '\0')
		return 0;
	return op->g->platform->cell->kill(&s->ref, e);
}

static int
act_cell(struct op *op, struct err *e)
{
	struct start *s = op->data;
	auto_free char *root = xasprintf("%s/m", s->pot->path);
	struct cell_file files[] = {
		{ "/etc/hosts", s->hosts, 0644 },
		{ "/etc/resolv.conf", s->resolv, 0644 },
	};
	struct cell_file used[COUNT_OF(files)];
	struct cell_spec spec = {
		.root = root, .init_fd = -1, .status_fd = -1, .files = used
	};
	auto_close int init_fd = -1, status_fd = -1;
	auto_uses struct uses uses = USES_INIT;
	struct err ignored = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(files); i++)
		if (files[i].text != NULL)
			used[spec.nfiles++] = files[i];
	fill_spec(op, &spec);
	if (open_status(s->rundir, &status_fd, e) < 0 ||
	    enter_open_init(op->g, &init_fd, e) < 0)
		return -1;
	spec.init_fd = init_fd;
	spec.status_fd = status_fd;
	/* Until the pot is seen to run with what it has mounted. */
	if (uses_hold(s->pot, &uses, op->log, e) < 0 ||
	    op->g->platform->cell->create(&s->ref, &spec, &s->gate, e) < 0)
		return err_wrap(e, "pot %s", op->object);
	if (run_set_cell(s->rundir, &s->ref, e) == 0)
		return 0;
	if (undo_cell(op, &ignored) < 0)
		log_error(op->log, "pot %s: %s", op->object, ignored.text);
	return -1;
}

static int
act_supervise(struct op *op, struct err *e)
{
	struct start *s = op->data;

	return supervisor_start(
	    s->pot, &s->ref, s->rundir, s->io, &s->fds, &s->supervisor, e);
}

/*
 * The pot's command can't be executed: that is the application's failure
 * (125), and its status is 127 or 126.  Undoing this start removes the run
 * directory, so it is recorded now.
 */
static void
exec_failed(struct op *op, struct err *e)
{
	const struct run_status st = { .is_known = true,
		.how = RUN_EXEC_FAILED,
		.number = e->code == ERR_NO_COMMAND ? ENOENT : EACCES };
	const struct stop_record what = { .known = &st };
	struct start *s = op->data;
	struct err why = ERR_INIT;

	if (stop_record(op->g, op->object, &s->ref, s->rundir, &what, &why) < 0)
		log_warn(op->log, "%s", why.text);
	err_recode(e, ERR_APPLICATION);
}

/* A persistent pot lives whatever its command does (reference 8.2.19). */
static int
act_release(struct op *op, struct err *e)
{
	struct start *s = op->data;
	int gate = take_fd(&s->gate);

	if (op->g->platform->cell->release(&s->ref, gate, e) == 0)
		return 0;
	if (e->code == ERR_NO_COMMAND || e->code == ERR_NOT_EXECUTABLE) {
		enter_explain(s->argv.v[0], e);
		exec_failed(op, e);
	}
	if (e->code != ERR_APPLICATION ||
	    !attr_bool(s->pot->conf, "persistent") ||
	    !op->g->platform->cell->is_alive(&s->ref))
		return err_wrap(e, "pot %s", op->object);
	s->command = *e;
	err_clear(e);
	return 0;
}

static int
act_poststart(struct op *op, struct err *e)
{
	struct start *s = op->data;

	return hook_run(op, s->pot, HOOK_POSTSTART, &s->ref, e);
}

/* What has been started once may be pruned when it has ended. */
static int
act_prunable(struct op *op, struct err *e)
{
	struct start *s = op->data;

	if (!attr_bool(s->pot->conf, "prunable") ||
	    attr_bool(s->pot->conf, "to-be-pruned"))
		return 0;
	conf_set(s->pot->conf, "pot.attr.to-be-pruned", "YES");
	return conf_write(s->pot->conf, s->pot->confdir, "pot.conf", 0, e);
}

static const struct op_step start_steps[] = {
	{ "prepare", act_prepare, NULL, 0 },
	{ "run", act_run, undo_run, 0 },
	{ "limits", act_limits, undo_limits, 0 },
	{ "mounts", act_mounts, undo_mounts, 0 },
	{ "prestart", act_prestart, NULL, STEP_F_USER },
	{ "cell", act_cell, undo_cell, 0 },
	{ "supervise", act_supervise, NULL, 0 },
	{ "release", act_release, NULL, 0 },
	{ "prunable", act_prunable, NULL, 0 },
	{ "poststart", act_poststart, NULL, STEP_F_USER },
};

const struct op_type op_start = {
	.name = "start",
	.steps = start_steps,
	.nsteps = COUNT_OF(start_steps),
	.direction = OP_UNDO,
	.open = start_open,
	.close = start_close,
};

int
start_locked(struct op *op, const struct supervisor_fds *fds, struct pot **p,
    struct start_result *out, struct err *e)
{
	const struct supervisor_fds none = SUPERVISOR_FDS_NONE;
	const struct start_input in = { .fds = fds != NULL ? fds : &none,
		.pot = p };
	struct start *s;
	int r;

	op_set_u64(op, "generation", clock_real_ns());
	op->input = &in;
	r = op_run(op, e);
	op->input = NULL;
	if (r < 0)
		return -1;
	s = op->data;
	out->ref = s->ref;
	out->supervisor = s->supervisor;
	out->command = s->command;
	out->foreground = s->foreground;
	s->foreground = (struct lock)LOCK_INIT;
	return 0;
}
