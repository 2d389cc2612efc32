/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot clone-fscomp
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'F', "from", OPTION_VALUE, "FSCOMP", "from", NAMES_FSCOMP,
	    "the component that is cloned, at its newest snapshot" },
	{ 'f', "fscomp", OPTION_VALUE, "NAME", "fscomp", NAMES_NONE,
	    "name of the new component" },
};

const struct command command_clone_fscomp = {
	.name = "clone-fscomp",
	.group = "host",
	.summary = "clone a file system component",
	.options = options,
	.noptions = COUNT_OF(options),
	.needs = "fscomp from",
};
