/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot wait: until the commands of pots have ended; its status is theirs.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot; or name several without option"),
	OPTION_ROW_FORMAT,
};

const struct command command_wait = {
	.name = "wait",
	.group = "life",
	.summary = "wait until a pot's command has ended",
	.words = "[POT ...]",
	.words_name = NAMES_RUNNING,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_MANY,
};
