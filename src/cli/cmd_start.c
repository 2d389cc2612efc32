/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot start: in the foreground the pot's output is ours, and what ends us
 * stops the pot.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "cli/cli_platform.h"
#include "cli/command.h"

/* What pgrep(1) has looked for since pot was a script; the Nomad driver
 * finds its tasks by it. */
#define TITLE "/bin/sh /usr/local/bin/pot start "

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_QUIET,
	OPTION_ROW_POT("the pot; or name several without option"),
	{ 'd', "detach", OPTION_FLAG, NULL, "detach", NAMES_NONE,
	    "return when the command runs" },
	{ 's', "snapshot", OPTION_FLAG, NULL, "snapshot", NAMES_NONE,
	    "take a snapshot first" },
	{ 'S', "full-snapshot", OPTION_FLAG, NULL, "full-snapshot", NAMES_NONE,
	    "the same (deprecated)" },
};

static int stop_pipe[2] = { -1, -1 };
static volatile sig_atomic_t is_stopping;

static void
on_signal(int signo)
{
	int saved = errno;

	(void)signo;
	is_stopping = 1;
	if (write(stop_pipe[1], "", 1) < 0)
		errno = saved; /* full: it is readable already */
	errno = saved;
}

/* SIGINT, SIGTERM and SIGHUP ask the engine to stop the pot. */
static int
catch_signals(struct err *e)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };

	if (io_pipe(stop_pipe, e) < 0 || io_set_nonblock(stop_pipe[1], e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		(void)sigaction(signals[i], &sa, NULL);
	return 0;
}

static int
prepare(struct cli *c, struct err *e)
{
	if (request_has(&c->req, "detach"))
		return 0;
	if (catch_signals(e) < 0)
		return -1;
	c->req.fds[0] = STDOUT_FILENO;
	c->req.fds[1] = STDERR_FILENO;
	c->req.fds[2] = stop_pipe[0];
	c->req.nfds = 3;
	return 0;
}

/* A command that can't be executed has failed as any other may. */
static int
one(struct cli *c, const struct request *r)
{
	int status = cli_request(c, r);

	c->is_cancelled = is_stopping;
	if (status == err_code_status(ERR_NO_COMMAND) ||
	    status == err_code_status(ERR_NOT_EXECUTABLE))
		return err_code_status(ERR_APPLICATION);
	return status;
}

static int
run(struct cli *c)
{
	struct err e = ERR_INIT;

	if (c->pots.n == 1 && !request_has(&c->req, "detach")) {
		auto_free char *title = xasprintf(TITLE "%s", c->pots.v[0]);

		if (cli_platform.proc->set_title(c->argc, c->argv, title, &e) <
		    0)
			log_debug(&c->log, "%s", e.text);
	}
	return cli_each(c, one);
}

const struct command command_start = {
	.name = "start",
	.group = "life",
	.summary = "start pots",
	.words = "[POT ...]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_MANY,
	.prepare = prepare,
	.run = run,
};
