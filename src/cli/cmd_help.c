/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot help [COMMAND]
 */
#include "base/str.h"
#include "cli/command.h"
#include "cli/suggest.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	{ 'a', "all", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "say of each command what it is for" },
};

static int
help_of(struct cli *c, const char *name)
{
	const struct command *cmd = command_find(name);
	const char *near = suggest(name, suggest_command_at);
	char text[128];

	if (cmd != NULL) {
		cli_help(cmd, &c->out);
		return 0;
	}
	str_quote(text, sizeof(text), name);
	if (command_is_missing(name))
		log_error(&c->log, "%s: not available in this version", text);
	else
		log_error(&c->log, "%s: unknown command%s%s%s", text,
		    near == NULL ? "" : " (did you mean ",
		    near == NULL ? "" : near, near == NULL ? "" : "?)");
	return 1;
}

static int
run(struct cli *c)
{
	int status = 0;

	if (cli_own(c, "all") != NULL)
		cli_summaries(&c->out);
	else if (c->words.n == 0)
		cli_usage_all(&c->out);
	for (size_t i = 0; i < c->words.n; i++) {
		if (i > 0)
			cli_print(c, "\n");
		if (help_of(c, c->words.v[i]) != 0)
			status = 1;
	}
	return status;
}

const struct command command_help = {
	.name = "help",
	.group = "host",
	.summary = "list the commands, or tell more of one",
	.words = "[COMMAND]",
	.words_name = NAMES_COMMAND,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_ASKS | COMMAND_F_LOCAL,
	.run = run,
};
