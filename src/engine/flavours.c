/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steps of flavours.
 */
#include "engine/flavours.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/change.h"
#include "engine/enter.h"
#include "engine/environment.h"
#include "engine/op_start.h"
#include "engine/op_stop.h"
#include "engine/view.h"
#include "model/attributes.h"
#include "model/family.h"
#include "model/request_line.h"
#include "platform/platform.h"
#include "supervise/supervise.h"

#define SCRIPT_MAX ((size_t)16 << 20)

static int
apply(struct op *op, const char *line, struct err *e)
{
	auto_request struct request r;
	auto_pot struct pot *p = NULL;
	struct change c = { .g = op->g, .op = op, .req = &r, .log = op->log };
	const char *origin;
	change_fn *fn;

	if (request_line_parse(line, &r, e) < 0)
		return -1;
	if ((fn = change_of_flavour(r.verb)) == NULL)
		return err_set(
		    e, ERR_INVALID, "%s: not possible in a flavour", r.verb);
	if (pot_open(op->g, op->object, &p, e) < 0)
		return -1;
	c.pot = p;
	if (fn(&c, e) == 0)
		return 0;
	origin = request_get(&r, "origin");
	return origin == NULL ? -1 : err_wrap(e, "%s", origin);
}

struct script {
	const char *path; /* in the pot */
	const struct buf *text;
};

static int
put_script(int rootfd, void *arg, struct err *e)
{
	const struct script *s = arg;
	auto_close int tmp = -1;

	if (beneath_mkdirs(rootfd, "/tmp", 01777, &tmp, e) < 0)
		return -1;
	return beneath_write_file(
	    rootfd, s->path, s->text->data, s->text->len, 0755, e);
}

static int
read_script(const char *path, struct buf *b, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "flavour %s", path);
	return io_read_all(fd, b, path, e);
}

/*
 * A pot whose command is a start-up script that ends (rc) is ready when it
 * has ended; others, which run as long as the pot, are as ready as can be
 * told.  The status file is the sign; there is no sleep.
 */
static int
wait_ready(
    struct op *op, struct pot *p, const struct cell_ref *ref, struct err *e)
{
	auto_free char *dir =
	    engine_path(op->g, FW_RUN_DIR, "pot/%s", op->object);
	auto_close int rundir = -1, watch = -1, gone = -1;
	const struct platform_watch_ops *w = op->g->platform->watch;
	struct run_status st;

	if (!family_is_default(p->config->cmd))
		return 0;
	if (run_open(op->g, op->object, &rundir, e) < 0 ||
	    w->open(dir, RUN_STATUS, &watch, e) < 0)
		return -1;
	if (op->g->platform->cell->wait_open(ref, &gone, e) < 0)
		return err_pardon(e, ERR_STATE); /* it has ended */
	for (;;) {
		struct pollfd fds[] = { { watch, POLLIN, 0 },
			{ gone, POLLIN, 0 } };

		if (run_read_status(rundir, &st, e) < 0)
			return -1;
		if (st.is_known)
			return 0;
		if (poll(fds, COUNT_OF(fds), -1) < 0 && errno != EINTR)
			return err_sys(e, "pot %s: wait", op->object);
		if (fds[1].revents != 0)
			return 0;
		if (fds[0].revents != 0 && w->drain(watch, e) < 0)
			return -1;
	}
}

static int
run_in(struct op *op, struct pot *p, const struct cell_ref *ref,
    const struct script *script, const struct strv *caller, int out, int errfd,
    struct err *e)
{
	auto_strv struct strv env = STRV_INIT, argv = STRV_INIT;
	struct cell_command cmd = { .fds = { -1, out, errfd } };
	int status, tty = -1;
	pid_t pid;

	environment_pot(p, ref, &env);
	strv_add_all(&env, caller);
	/* What has no interpreter line is the shell's, as execvp(3) has it. */
	if (!str_has_prefix(script->text->data, "#!") &&
	    !str_has_prefix(script->text->data, "\177ELF"))
		strv_add(&argv, "/bin/sh");
	strv_add(&argv, script->path);
	strv_add(&argv, p->name.s);
	cmd.argv = strv_argv(&argv);
	cmd.envp = strv_argv(&env);
	if (enter_pot(p, ref, &cmd, &pid, &tty, e) < 0) {
		enter_explain(cmd.argv[0], e);
		/* 126 and 127 are exec's, not create's. */
		if (e->code == ERR_NO_COMMAND || e->code == ERR_NOT_EXECUTABLE)
			return err_recode(e, ERR_CHILD);
		return -1;
	}
	if (op_user_wait(op, pid, &status, e) < 0)
		return -1;
	if (status != 0)
		return err_set(e, ERR_CHILD, "exit %d", status);
	return 0;
}

/* Started, with the script in /tmp: run it; then stop, whatever it said. */
static int
run_started(struct op *op, struct pot *p, struct script *script,
    const struct strv *env, int out, int errfd, struct err *e)
{
	auto_op struct op start = { .type = NULL };
	auto_pot struct pot *fresh = NULL;
	struct supervisor_fds none = SUPERVISOR_FDS_NONE;
	struct start_result result;
	struct err why = ERR_INIT;
	struct run_state st;
	int r;

	op_init(&start, op->g, &op_start, op->object, op->log);
	start.is_lock_borrowed = true;
	/* That the pot's command can't be executed is not said: it may be the
	 * script which installs it. */
	if (start_locked(&start, &none, &fresh, &result, e) < 0)
		return -1;
	r = wait_ready(op, p, &result.ref, e);
	if (r == 0)
		r = op->g->platform->cell->view(
		    &result.ref, put_script, script, e);
	if (r == 0)
		r = run_in(op, p, &result.ref, script, env, out, errfd, e);
	if (run_find(op->g, op->object, &st, &why) < 0 ||
	    (st.has_run && stop_locked(op, op->object, &st, &why) < 0)) {
		if (r == 0)
			*e = why;
		return -1;
	}
	return r;
}

/* A non-persistent pot would end with its command: it is persistent for
 * the script's duration. */
static int
run_script(struct op *op, const char *path, const struct strv *env, int out,
    int errfd, struct err *e)
{
	auto_pot struct pot *p = NULL;
	auto_buf struct buf text = BUF_INIT(SCRIPT_MAX);
	const char *slash = strrchr(path, '/');
	auto_free char *inside =
	    xasprintf("/tmp/%s", slash == NULL ? path : slash + 1);
	struct script script = { .path = inside, .text = &text };
	bool was_persistent;
	int r;

	if (read_script(path, &text, e) < 0 ||
	    pot_open(op->g, op->object, &p, e) < 0)
		return -1;
	was_persistent = attr_bool(p->conf, "persistent");
	if (!was_persistent) {
		conf_set(p->conf, "pot.attr.persistent", "YES");
		if (pot_save(p, e) < 0)
			return -1;
	}
	r = run_started(op, p, &script, env, out, errfd, e);
	/* Starting has written to it (to-be-pruned). */
	if (r == 0 && pot_reload(p, e) < 0)
		return -1;
	if (r == 0 && !was_persistent) {
		conf_set(p->conf, "pot.attr.persistent", "NO");
		return pot_save(p, e);
	}
	return r;
}

int
flavour_step(struct op *op, const char *step, const struct strv *env, int out,
    int errfd, struct err *e)
{
	if (str_has_prefix(step, "request:")) {
		if (apply(op, step + strlen("request:"), e) < 0)
			return err_wrap(e, "pot %s: flavour", op->object);
		return 0;
	}
	if (str_has_prefix(step, "script:")) {
		const char *path = step + strlen("script:");

		log_info(op->log, "pot %s: running %s", op->object, path);
		if (run_script(op, path, env, out, errfd, e) < 0)
			return err_wrap(
			    e, "pot %s: flavour %s", op->object, path);
		return 0;
	}
	return err_set(e, ERR_INVALID, "flavour: unknown step");
}
