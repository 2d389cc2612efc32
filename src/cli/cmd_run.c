/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot run: as term -f, of a pot that exists.
 */
#include "cli/command.h"
#include "cli/shell.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'f', "force", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "accepted, as term has it" },
};

static int
prepare(struct cli *c, struct err *e)
{
	request_add_flag(&c->req, "start");
	return shell_prepare(c, e);
}

static int
tell(struct cli *c, struct err *e)
{
	if (e->code == ERR_NOT_FOUND)
		log_info(
		    &c->log, "run: images are not available in this version");
	return cli_tell(c, e);
}

const struct command command_run = {
	.name = "run",
	.group = "life",
	.summary = "start a pot and run a shell in it",
	.words = "[POT]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_POT_WORD | COMMAND_F_LENIENT |
	    COMMAND_F_STDOUT,
	.verb = "exec",
	.prepare = prepare,
	.tell = tell,
};
