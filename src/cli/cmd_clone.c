/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot clone: a new pot on a snapshot of another.
 */
#include "cli/command.h"
#include "cli/create.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("name of the new pot"),
	{ 'P', "from", OPTION_VALUE, "POT", "from", NAMES_POT,
	    "the pot that is cloned" },
	{ 's', "snapshot", OPTION_VALUE, "SNAPSHOT", "snapshot", NAMES_NONE,
	    "at this snapshot (the newest)" },
	{ 'F', "force", OPTION_FLAG, NULL, "force", NAMES_NONE,
	    "take a snapshot if there is none" },
	CREATE_ROWS,
};

const struct command command_clone = {
	.name = "clone",
	.group = "make",
	.summary = "clone a pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "from",
	.prepare = create_prepare,
};
