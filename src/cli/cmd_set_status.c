/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot set-status: could the pot take a status (reference 8.1)?  Scripts of
 * pot 0.16 took their locks by it; the state itself is the kernel's, so this
 * is a view, and the interfaces (-i) are accepted and of no use.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 's', "status", OPTION_VALUE, "STATUS", "status", NAMES_NONE,
	    "starting, started, doa, stopping or stopped" },
	{ 'i', "interfaces", OPTION_VALUE, "LIST", NULL, NAMES_NONE,
	    "accepted for old scripts, ignored" },
};

const struct command command_set_status = {
	.name = "set-status",
	.group = "life",
	.summary = "tell if a pot could take a status",
	.words = "[POT]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_POT_WORD,
	.needs = "status",
};
