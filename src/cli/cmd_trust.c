/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot trust: hooks and mounts of an imported image.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the imported pot"),
};

const struct command command_trust = {
	.name = "trust",
	.group = "images",
	.summary = "let hooks and mounts of an imported image work",
	.words = "[POT ...]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_POT_WORD | COMMAND_F_MANY,
};
