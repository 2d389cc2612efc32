/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot attach: the output of a running pot from now on.  Interrupting it
 * leaves the pot alone.
 */
#include "cli/command.h"
#include "cli/print.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
};

const struct command command_attach = {
	.name = "attach",
	.group = "life",
	.summary = "print what a running pot writes from now on",
	.words = "[POT]",
	.words_name = NAMES_RUNNING,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_POT_WORD | COMMAND_F_STDOUT,
	.prepare = print_to_stdio,
};
