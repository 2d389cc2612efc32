/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot create: a new pot on a base.
 */
#include "cli/command.h"
#include "cli/create.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("name of the new pot"),
	{ 't', "type", OPTION_VALUE, "TYPE", "type", NAMES_NONE,
	    "single or multi" },
	{ 'l', "level", OPTION_VALUE, "N", "level", NAMES_NONE,
	    "0, 1 or 2, of a multi pot" },
	{ 'b', "base", OPTION_VALUE, "BASE", "base", NAMES_BASE,
	    "the base it stands on" },
	{ 'P', "base-pot", OPTION_VALUE, "POT", "base-pot", NAMES_POT,
	    "the pot it is made from" },
	CREATE_ROWS,
};

const struct command command_create = {
	.name = "create",
	.group = "make",
	.summary = "create a pot",
	.words = "[POT]",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_POT_WORD,
	.prepare = create_prepare,
};
