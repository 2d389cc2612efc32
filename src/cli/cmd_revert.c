/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot revert
 */
#include "cli/command.h"
#include "cli/selector.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	SELECTOR_ROWS,
	{ 's', "snapshot", OPTION_VALUE, "SNAPSHOT", "snapshot", NAMES_NONE,
	    "to this one (the newest)" },
};

const struct command command_revert = {
	.name = "revert",
	.aliases = "rollback",
	.group = "files",
	.summary = "take a stopped pot back to a snapshot",
	.words = "[POT ...]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_MANY,
	.prepare = selector_prepare,
};
