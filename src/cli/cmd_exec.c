/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot exec: a command in a running pot.  "exec -p POT CMD" is the classic
 * form; in "exec POT CMD" errors of pot itself are 125, so that they can be
 * told from those of the command.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/host_user.h"
#include "cli/shell.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot (else the first word)"),
	{ 'd', "detach", OPTION_FLAG, NULL, "detach", NAMES_NONE,
	    "do not wait; the output is dropped" },
	{ 't', "tty", OPTION_FLAG, NULL, NULL, NAMES_NONE, "with a terminal" },
	{ 'e', "env", OPTION_SECRET, "NAME=VALUE", "env", NAMES_NONE,
	    "a variable; may be repeated" },
	{ 'u', "host-user", OPTION_VALUE, "USER", "host-user", NAMES_NONE,
	    "as this user of the host" },
	{ 'U', "user", OPTION_VALUE, "USER", "user", NAMES_NONE,
	    "as this user of the pot" },
	{ 'w', "cwd", OPTION_VALUE, "DIR", "cwd", NAMES_NONE,
	    "in this directory of the pot" },
};

#define STATUS_ENGINE 125 /* of the modern form */

/* The names of the host's users are the host's: the pot knows numbers. */
static int
name_host_user(struct cli *c, struct err *e)
{
	for (size_t i = 0; i < c->req.names.n; i++) {
		char *ids;

		if (!str_eq(c->req.names.v[i], "host-user"))
			continue;
		if ((ids = host_user(c->req.values.v[i], e)) == NULL)
			return err_wrap(e, "exec");
		free(c->req.values.v[i]);
		c->req.values.v[i] = ids;
	}
	return 0;
}

static int
prepare(struct cli *c, struct err *e)
{
	auto_strv struct strv env = STRV_INIT;

	if (c->words.n == 0)
		return cli_usage(c, e, "a command is needed");
	request_all(&c->req, "env", &env);
	for (size_t i = 0; i < env.n; i++)
		if (strchr(env.v[i], '=') == NULL)
			return cli_usage(
			    c, e, "-e %s: expected NAME=VALUE", env.v[i]);
	if (request_has(&c->req, "user") && request_has(&c->req, "host-user"))
		return cli_usage(c, e, "-u and -U exclude each other");
	if (cli_own(c, "tty") != NULL && request_has(&c->req, "detach"))
		return cli_usage(c, e, "-d and -t exclude each other");
	for (size_t i = 0; i < c->words.n; i++)
		request_add(&c->req, "arg", c->words.v[i]);
	if (cli_own(c, "tty") != NULL)
		shell_terminal(c);
	shell_stdio(c);
	return 0;
}

static int
run(struct cli *c)
{
	struct err e = ERR_INIT;
	int status;

	if (name_host_user(c, &e) == 0 &&
	    cli_ask(c, &c->req, NULL, NULL, &status, &e) == 0)
		return status;
	status = cli_tell(c, &e);
	if (c->is_pot_option || e.code == ERR_NO_COMMAND ||
	    e.code == ERR_NOT_EXECUTABLE)
		return status;
	return STATUS_ENGINE;
}

const struct command command_exec = {
	.name = "exec",
	.group = "life",
	.summary = "run a command in a running pot",
	.words = "[POT] COMMAND [ARGUMENT ...]",
	.words_name = NAMES_RUNNING,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_POT_WORD | COMMAND_F_REST |
	    COMMAND_F_STDOUT,
	.prepare = prepare,
	.run = run,
};
