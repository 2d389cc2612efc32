/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot signal: to the command of a pot, or to processes in it.
 */
#include "cli/command.h"
#include "cli/print.h"
#include "model/signame.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot; or name several without option"),
	{ 's', "signal", OPTION_VALUE, "SIGNAL", "signal", NAMES_SIGNAL,
	    "name or number of the signal (INFO)" },
	{ 'P', "pid", OPTION_VALUE, "PID", "pid", NAMES_NONE,
	    "to this process, as the pot numbers it" },
	{ 'm', "match", OPTION_VALUE, "PATTERN", "pattern", NAMES_NONE,
	    "to processes whose name matches" },
	{ 'f', "force", OPTION_FLAG, NULL, "force", NAMES_NONE,
	    "that nobody got it is no failure" },
	{ 'C', "check", OPTION_FLAG, NULL, "dry", NAMES_NONE,
	    "print the processes, send nothing" },
	{ 'l', "list", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "list the names of signals" },
	OPTION_ROW_FORMAT,
};

static int
prepare(struct cli *c, struct err *e)
{
	const char *name = request_get(&c->req, "signal");
	int ignored;

	if (cli_own(c, "list") != NULL)
		return 0;
	if (c->pots.n == 0)
		return cli_usage(c, e, "a pot name is mandatory");
	if (name != NULL && signame_parse(name, &ignored, e) < 0) {
		err_wrap(e, "signal");
		return err_recode(e, ERR_USAGE);
	}
	if (request_has(&c->req, "pid") && request_has(&c->req, "pattern"))
		return cli_usage(c, e, "-P and -m exclude each other");
	return 0;
}

static void
print(struct cli *c, const struct record *r)
{
	const char *pid;

	for (size_t i = 0; (pid = print_text_at(r, "pids", i)) != NULL; i++)
		cli_print(c, "%s\n", pid);
}

static int
run(struct cli *c)
{
	auto_strv struct strv names = STRV_INIT;

	if (cli_own(c, "list") == NULL)
		return cli_each(c, cli_request);
	signame_list(&names);
	for (size_t i = 0; i < names.n; i++)
		cli_print(c, "%s%s", i > 0 ? " " : "", names.v[i]);
	cli_print(c, "\n");
	return 0;
}

const struct command command_signal = {
	.name = "signal",
	.group = "life",
	.summary = "send a signal to a pot",
	.words = "[POT ...]",
	.words_name = NAMES_RUNNING,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_MANY,
	.prepare = prepare,
	.print = print,
	.run = run,
};
