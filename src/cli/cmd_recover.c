/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot recover: what crashed commands and the last boot left behind.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
};

const struct command command_recover = {
	.name = "recover",
	.group = "host",
	.summary = "undo and finish what crashed commands left behind",
	.options = options,
	.noptions = COUNT_OF(options),
};
