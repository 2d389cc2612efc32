/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot create-fscomp
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'f', "fscomp", OPTION_VALUE, "NAME", "fscomp", NAMES_NONE,
	    "name of the new component" },
};

const struct command command_create_fscomp = {
	.name = "create-fscomp",
	.group = "host",
	.summary = "make a file system component that pots can mount",
	.options = options,
	.noptions = COUNT_OF(options),
	.needs = "fscomp",
};
