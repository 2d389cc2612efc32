/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs exec and signal (reference 8.6, 8.7).
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/enter.h"
#include "engine/environment.h"
#include "engine/login.h"
#include "engine/op_start.h"
#include "engine/terminal.h"
#include "engine/verbs.h"
#include "model/attributes.h"
#include "model/signame.h"

static int
need_running(
    struct call *c, const char *name, struct run_state *st, struct err *e)
{
	if (run_find(c->g, name, st, e) < 0)
		return -1;
	if (st->is_alive)
		return 0;
	if (pot_need(c->g, name, e) < 0)
		return -1;
	return err_set(e, ERR_STATE, "pot %s: is not running", name);
}

static int
check_variables(const struct strv *env, struct err *e)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *eq = strchr(env->v[i], '=');

		if (eq == NULL || eq == env->v[i])
			return err_set(e, ERR_USAGE,
			    "variable %s: expected NAME=VALUE", env->v[i]);
	}
	return 0;
}

/* Later assignments of a variable win: the earlier ones go. */
static void
keep_last(struct strv *env)
{
	for (size_t i = 0; i < env->n;) {
		size_t len = strcspn(env->v[i], "=");
		size_t k = i + 1;

		while (k < env->n &&
		    (strncmp(env->v[i], env->v[k], len) != 0 ||
			env->v[k][len] != '='))
			k++;
		if (k < env->n)
			strv_remove(env, i);
		else
			i++;
	}
}

/* Wait for the command; with a terminal, pass it between TTY and the
 * caller's descriptors meanwhile. */
static int
wait_command(struct call *c, pid_t pid, int tty, struct err *e)
{
	struct err ignored = ERR_INIT;
	int r = 0;

	if (tty >= 0)
		r = terminal_relay(tty, c->req->fds[0], c->req->fds[1], e);
	cleanup_close(&tty);
	if (spawn_wait(pid, &c->status, r < 0 ? &ignored : e) < 0)
		return -1;
	return r;
}

/* The shell of the user, in the user's home. */
static int
fill_login(struct call *c, const struct cell_ref *ref, struct login *l,
    struct strv *argv, struct strv *env, struct err *e)
{
	const char *user = request_get(c->req, "user");

	if (user == NULL)
		user = "root";
	if (login_find(c->g, ref, user, l, e) < 0)
		return err_wrap(e, "pot %s", ref->name);
	strv_add(argv, l->shell);
	strv_add_fmt(env, "HOME=%s", l->home);
	strv_add_fmt(env, "SHELL=%s", l->shell);
	strv_add_fmt(env, "USER=%s", user);
	return 0;
}

static int
fill_command(struct call *c, const struct pot *p, const struct cell_ref *ref,
    struct login *l, struct strv *argv, struct strv *env,
    struct cell_command *cmd, struct err *e)
{
	auto_strv struct strv own = STRV_INIT;
	bool is_login = request_has(c->req, "login");
	const char *user = request_get(c->req, "user");

	request_all(c->req, "arg", argv);
	request_all(c->req, "env", &own);
	if (argv->n == 0 && !is_login)
		return err_set(e, ERR_USAGE, "exec: no command given");
	if (user != NULL && request_has(c->req, "host-user"))
		return err_set(e, ERR_USAGE,
		    "exec: a user of the pot and one of the host exclude each "
		    "other");
	if (request_has(c->req, "tty") && request_has(c->req, "detach"))
		return err_set(
		    e, ERR_USAGE, "exec: what is detached has no terminal");
	if (check_variables(&own, e) < 0)
		return -1;
	environment_pot(p, ref, env);
	if (is_login && fill_login(c, ref, l, argv, env, e) < 0)
		return -1;
	strv_add_all(env, &own);
	keep_last(env);
	cmd->argv = strv_argv(argv);
	cmd->envp = strv_argv(env);
	cmd->cwd = request_get(c->req, "cwd");
	if (cmd->cwd == NULL && is_login)
		cmd->cwd = l->home;
	cmd->user = user != NULL ? user : request_get(c->req, "host-user");
	cmd->tty = request_has(c->req, "tty");
	/* Nobody here waits for it: the pot reaps it. */
	cmd->is_detached = request_has(c->req, "detach");
	for (unsigned i = 0; i < 3; i++)
		cmd->fds[i] =
		    !cmd->is_detached && i < c->req->nfds ? c->req->fds[i] : -1;
	return 0;
}

int
verb_exec(struct call *c, struct err *e)
{
	auto_strv struct strv argv = STRV_INIT, env = STRV_INIT;
	struct cell_command cmd = { .cwd = NULL };
	auto_pot struct pot *p = NULL;
	struct run_state st;
	struct login login;
	const char *name;
	int tty = -1;
	pid_t pid;

	if (request_need(c->req, "pot", &name, e) < 0)
		return -1;
	if (request_has(c->req, "start") &&
	    start_detached(c->g, name, c->log, e) < 0)
		return -1;
	if (need_running(c, name, &st, e) < 0 ||
	    pot_open(c->g, name, &p, e) < 0 ||
	    fill_command(c, p, &st.ref, &login, &argv, &env, &cmd, e) < 0)
		return -1;
	if (enter_pot(p, &st.ref, &cmd, &pid, &tty, e) < 0) {
		enter_explain(cmd.argv[0], e);
		return err_wrap(e, "pot %s", name);
	}
	if (cmd.is_detached)
		return 0;
	return wait_command(c, pid, tty, e);
}

static int
parse_pid(struct call *c, pid_t *pid, struct err *e)
{
	const char *text = request_get(c->req, "pid");
	uint64_t n = 0;

	if (text != NULL && str_u64("pid", text, 1, INT32_MAX, &n, e) < 0)
		return -1;
	*pid = (pid_t)n;
	return 0;
}

static int
do_signal(struct call *c, const char *name, int signo, pid_t pid,
    const char *pattern, struct err *e)
{
	auto_strv struct strv pids = STRV_INIT;
	auto_pot struct pot *p = NULL;
	bool dry = request_has(c->req, "dry");
	struct run_state st;

	if (need_running(c, name, &st, e) < 0)
		return -1;
	if (pid != 0 || pattern != NULL) {
		auto_record struct record *r = NULL;

		if (c->g->platform->cell->signal_some(
			&st.ref, pid, pattern, signo, dry, &pids, e) < 0)
			return err_wrap(e, "pot %s", name);
		if (pids.n == 0)
			return err_set(
			    e, ERR_NOT_FOUND, "pot %s: no such process", name);
		r = record_new();
		record_strv(r, "pids", &pids);
		if (dry)
			CALL_RECORD(c, r);
		return 0;
	}
	if (pot_open(c->g, name, &p, e) < 0)
		return -1;
	/* The sh version knew the main process of such pots alone; scripts
	 * count on the refusal. */
	if (attr_bool(p->conf, "persistent"))
		return err_set(e, ERR_STATE,
		    "pot %s: is persistent: name a process (-P, -m)", name);
	if (!dry &&
	    c->g->platform->cell->signal(&st.ref, CELL_SIGNAL_MAIN, signo, e) <
		0)
		return err_wrap(e, "pot %s", name);
	return 0;
}

int
verb_signal(struct call *c, struct err *e)
{
	const char *name, *text = request_get(c->req, "signal");
	const char *pattern = request_get(c->req, "pattern");
	int signo;
	pid_t pid;

	if (request_need(c->req, "pot", &name, e) < 0 ||
	    signame_parse(text == NULL ? "INFO" : text, &signo, e) < 0)
		return text != NULL ? -1 : err_wrap(e, "signal: -s is needed");
	if (pattern != NULL && request_has(c->req, "pid"))
		return err_set(e, ERR_USAGE,
		    "signal: a pid and a pattern exclude each other");
	if (parse_pid(c, &pid, e) < 0)
		return -1;
	if (do_signal(c, name, signo, pid, pattern, e) == 0)
		return 0;
	if (!request_has(c->req, "force"))
		return -1;
	log_info(c->log, "%s", e->text);
	err_clear(e);
	return 0;
}
