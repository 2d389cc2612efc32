/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot term: the login shell of root in a running pot.
 */
#include "cli/command.h"
#include "cli/shell.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'f', "force", OPTION_FLAG, NULL, "start", NAMES_NONE,
	    "start it if it is not running" },
};

const struct command command_term = {
	.name = "term",
	.group = "life",
	.summary = "run a shell in a pot",
	.words = "[POT]",
	.words_name = NAMES_RUNNING,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_POT_WORD | COMMAND_F_LENIENT |
	    COMMAND_F_STDOUT,
	.verb = "exec",
	.prepare = shell_prepare,
};
