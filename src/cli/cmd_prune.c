/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot prune: destroy the pots that have done their work.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'q', "quiet", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "accepted; the pots are told all the same" },
	{ 'g', "grace", OPTION_FLAG, NULL, "grace", NAMES_NONE,
	    "leave those that ended less than a minute ago" },
	{ 'n', "dry-run", OPTION_FLAG, NULL, "dry", NAMES_NONE,
	    "only tell which" },
};

const struct command command_prune = {
	.name = "prune",
	.group = "make",
	.summary = "destroy prunable pots that have run",
	.options = options,
	.noptions = COUNT_OF(options),
};
