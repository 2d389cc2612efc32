/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot set-env: replaces the variables of the pot's command.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'E', "env", OPTION_SECRET, "NAME=VALUE", "variable", NAMES_NONE,
	    "a variable; may be repeated" },
};

const struct command command_set_env = {
	.name = "set-env",
	.group = "change",
	.summary = "set the environment of the command",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "variable",
};
