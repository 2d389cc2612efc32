/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot rename
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'n', "to", OPTION_VALUE, "NAME", "to", NAMES_NONE, "its new name" },
};

const struct command command_rename = {
	.name = "rename",
	.group = "make",
	.summary = "rename a stopped pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "to",
};
