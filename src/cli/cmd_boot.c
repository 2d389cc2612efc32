/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot boot: what rc.d and systemd run (reference 8.9, D30, D41).  Pots are
 * started side by side, each behind those it depends on, and detached: one
 * with a command that does not end blocks nobody.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/spawn.h"
#include "base/str.h"
#include "cli/boot_plan.h"
#include "cli/cli_platform.h"
#include "cli/command.h"
#include "cli/print.h"

#define AT_ONCE_MAX 8

extern char **environ;

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'e', "early", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "pots with early-start-at-boot, not start-at-boot" },
	{ 's', "stop", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "stop them, in the reverse order" },
	{ 'l', "list", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "only tell which run and which do not" },
};

/* What is asked about each pot. */
struct look {
	const char *attribute;
	bool is_wanted, is_active;
	struct strv depends;
};

static void
on_name(struct cli *c, const struct record *r, void *arg)
{
	(void)c;
	strv_add(arg, record_get_str(r, "name"));
}

static void
on_info(struct cli *c, const struct record *r, void *arg)
{
	struct look *l = arg;
	const struct record *attrs = print_sub(r, "attributes");
	const char *text;

	(void)c;
	l->is_active = record_get_bool(r, "active");
	if (attrs != NULL)
		l->is_wanted =
		    str_eq(record_get_str(attrs, l->attribute), "YES");
	for (size_t i = 0; (text = print_text_at(r, "depends", i)) != NULL; i++)
		strv_add(&l->depends, text);
}

static int
list_pots(struct cli *c, struct strv *names, struct err *e)
{
	auto_request struct request r = { .verb = NULL };
	int status;

	request_init(&r, "list");
	request_add_flag(&r, "names-only");
	return cli_ask(c, &r, on_name, names, &status, e);
}

static int
look_at(struct cli *c, const char *name, struct look *l, struct err *e)
{
	auto_request struct request r = { .verb = NULL };
	int status;

	request_init(&r, "info");
	request_add(&r, "pot", name);
	request_add_flag(&r, "no-snapshots");
	return cli_ask(c, &r, on_info, l, &status, e);
}

/* NAME and what it depends on, however far: to be started too, but not to be
 * stopped, for others may need it. */
static int
add_pot(struct cli *c, struct boot_plan *p, const char *name, bool is_start,
    struct err *e)
{
	auto_strv struct strv todo = STRV_INIT;

	strv_add(&todo, name);
	for (size_t i = 0; i < todo.n; i++) {
		struct look l = { .attribute = "start-at-boot",
			.depends = STRV_INIT };
		struct boot_pot *pot;

		if (look_at(c, todo.v[i], &l, e) < 0) {
			strv_fini(&l.depends);
			return -1;
		}
		for (size_t k = 0; k < l.depends.n; k++)
			if (!strv_has(&todo, l.depends.v[k]))
				strv_add(&todo, l.depends.v[k]);
		pot = boot_plan_find(p, todo.v[i]);
		if (pot == NULL) {
			pot = boot_plan_add(p, todo.v[i]);
			pot->is_link = !is_start;
		}
		if (i == 0)
			pot->is_link = false;
		strv_fini(&pot->before);
		pot->before = l.depends;
	}
	return 0;
}

/* One that can't be read is told, and the others go on. */
static int
make_plan(struct cli *c, struct boot_plan *p, struct err *e)
{
	const bool is_list = cli_own(c, "list") != NULL;
	const bool is_start = cli_own(c, "stop") == NULL;
	auto_strv struct strv names = STRV_INIT;
	int status = 0;

	if (list_pots(c, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct look l = {
			.attribute = cli_own(c, "early") != NULL ?
			    "early-start-at-boot" :
			    "start-at-boot",
			.depends = STRV_INIT,
		};
		int r = look_at(c, names.v[i], &l, e);

		strv_fini(&l.depends);
		if (r == 0 && l.is_wanted && is_list)
			cli_print(c, "%s is %srunning\n", names.v[i],
			    l.is_active ? "" : "not ");
		else if (r == 0 && l.is_wanted && (is_start || l.is_active))
			r = add_pot(c, p, names.v[i], is_start, e);
		if (r == 0)
			continue;
		log_error(&c->log, "%s", e->text);
		err_clear(e);
		status = 1;
	}
	return status;
}

static int
spawn_pot(struct boot_pot *pot, bool is_start, struct err *e)
{
	char exe[PATH_MAX];
	auto_strv struct strv argv = STRV_INIT;
	struct spawn_opts o = { .path = exe,
		.envp = environ,
		.dirfd = -1,
		.fds = { -1, STDOUT_FILENO, STDERR_FILENO },
		.nfds = 3 };

	if (cli_platform.host->exe_path(exe, sizeof(exe), e) < 0)
		return -1;
	strv_add(&argv, "pot");
	strv_add_words(&argv, is_start ? "start -d -p" : "stop -p");
	strv_add(&argv, pot->name);
	o.argv = strv_argv(&argv);
	return spawn_start(&o, &pot->pid, e);
}

static int
start_or_stop(
    struct cli *c, struct boot_plan *p, struct boot_pot *pot, bool is_start)
{
	const char *failed = is_start ? boot_plan_failed(p, pot) : NULL;
	struct err e = ERR_INIT;

	if (pot->is_link) {
		pot->state = BOOT_DONE;
		return 0;
	}
	if (failed != NULL)
		(void)err_set(&e, ERR_STATE,
		    "pot %s: not started: it depends on %s", pot->name, failed);
	else if (spawn_pot(pot, is_start, &e) == 0) {
		pot->state = BOOT_BUSY;
		return 1;
	}
	log_error(&c->log, "%s", e.text);
	pot->state = BOOT_FAILED;
	return 0;
}

/* The end of one of them. */
static void
wait_one(struct cli *c, struct boot_plan *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, 0)) < 0 && errno == EINTR)
		;
	for (size_t i = 0; i < p->n; i++) {
		struct boot_pot *pot = &p->v[i];

		if (pot->state != BOOT_BUSY || (pid >= 0 && pot->pid != pid))
			continue;
		pot->state =
		    pid >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ?
		    BOOT_DONE :
		    BOOT_FAILED;
		if (pot->state == BOOT_FAILED)
			log_error(&c->log, "pot %s: %s", pot->name,
			    cli_own(c, "stop") != NULL ? "not stopped" :
							 "not started");
	}
}

static int
run_plan(struct cli *c, struct boot_plan *p)
{
	const bool is_start = cli_own(c, "stop") == NULL;
	struct boot_pot *pot;
	unsigned busy = 0;
	int status = 0;

	for (;;) {
		while (busy < AT_ONCE_MAX && (pot = boot_plan_next(p)) != NULL)
			busy += (unsigned)start_or_stop(c, p, pot, is_start);
		if (busy == 0)
			break;
		wait_one(c, p);
		busy--;
	}
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].state == BOOT_FAILED)
			status = 1;
	return status;
}

static int
prepare(struct cli *c, struct err *e)
{
	if (geteuid() != 0 && cli_own(c, "list") == NULL)
		return err_set(e, ERR_DENIED, "boot: needs to be run as root");
	return 0;
}

/* What the last boot left is put in order first: it is nobody's fault. */
static void
recover(struct cli *c)
{
	auto_request struct request r = { .verb = NULL };
	struct err e = ERR_INIT;
	int status;

	request_init(&r, "recover");
	if (cli_ask(c, &r, NULL, NULL, &status, &e) < 0)
		log_error(&c->log, "%s", e.text);
}

static int
run(struct cli *c)
{
	auto_boot_plan struct boot_plan p = BOOT_PLAN_INIT;
	struct err e = ERR_INIT;
	const bool is_list = cli_own(c, "list") != NULL;
	int status, r;

	if (!is_list && cli_own(c, "stop") == NULL)
		recover(c);
	if ((status = make_plan(c, &p, &e)) < 0)
		return cli_tell(c, &e);
	if (is_list)
		return status;
	if (cli_own(c, "stop") != NULL)
		boot_plan_reverse(&p);
	cli_flush(c);
	r = run_plan(c, &p);
	return r > status ? r : status;
}

const struct command command_boot = {
	.name = "boot",
	.group = "host",
	.summary = "start or stop the pots that are to run from boot on",
	.options = options,
	.noptions = COUNT_OF(options),
	.verb = "list",
	.prepare = prepare,
	.run = run,
};
