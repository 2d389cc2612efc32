/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot purge-snapshots
 */
#include "cli/command.h"
#include "cli/selector.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	SELECTOR_ROWS,
	{ 'a', "all", OPTION_FLAG, NULL, "all", NAMES_NONE, "the newest too" },
};

const struct command command_purge_snapshots = {
	.name = "purge-snapshots",
	.group = "files",
	.summary = "remove all snapshots but the newest",
	.words = "[POT ...]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_MANY,
	.prepare = selector_prepare,
};
