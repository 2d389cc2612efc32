/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot set-cmd
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'c', "command", OPTION_VALUE, "COMMAND", "cmd", NAMES_NONE,
	    "the command line that start runs" },
};

const struct command command_set_cmd = {
	.name = "set-cmd",
	.group = "change",
	.summary = "change the command that start runs",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "cmd",
};
