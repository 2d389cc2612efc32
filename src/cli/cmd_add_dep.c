/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot add-dep: pots that are started first.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'P', "dependency", OPTION_VALUE, "POT", "dependency", NAMES_POT,
	    "the pot that it depends on" },
	{ 0, "remove", OPTION_FLAG, NULL, "remove", NAMES_NONE,
	    "it does not any more" },
};

const struct command command_add_dep = {
	.name = "add-dep",
	.group = "change",
	.summary = "start another pot before this one",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "dependency",
};
