/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot destroy: pots, bases, components, bridges.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_QUIET,
	OPTION_ROW_POT("the pot; or name several without option"),
	{ 'b', "base", OPTION_VALUE, "BASE", "base", NAMES_BASE, "a base" },
	{ 'f', "fscomp", OPTION_VALUE, "FSCOMP", "fscomp", NAMES_FSCOMP,
	    "a file system component" },
	{ 'B', "bridge", OPTION_VALUE, "BRIDGE", "bridge", NAMES_BRIDGE,
	    "a private bridge" },
	{ 'F', "force", OPTION_FLAG, NULL, "force", NAMES_NONE,
	    "stop a running pot first; destroy a broken one" },
	{ 'r', "recursive", OPTION_FLAG, NULL, "recursive", NAMES_NONE,
	    "and the pots that stand on it" },
};

const struct command command_destroy = {
	.name = "destroy",
	.group = "make",
	.summary = "destroy pots, bases, file system components",
	.words = "[POT ...]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_MANY,
};
