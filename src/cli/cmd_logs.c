/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot logs: what pots have written.
 */
#include "cli/command.h"
#include "cli/print.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'f', "follow", OPTION_FLAG, NULL, "follow", NAMES_NONE,
	    "go on until the pot has ended" },
	{ 'n', "lines", OPTION_VALUE, "N", "lines", NAMES_NONE,
	    "the last N lines" },
	{ 0, "since", OPTION_VALUE, "TIME", "since", NAMES_NONE,
	    "not before: RFC 3339, @SECONDS, or an age such as 10m" },
	{ 0, "until", OPTION_VALUE, "TIME", "until", NAMES_NONE, "not after" },
	{ 0, "stream", OPTION_VALUE, "STREAM", "stream", NAMES_NONE,
	    "stdout, stderr or system alone" },
	{ 't', "timestamps", OPTION_FLAG, NULL, "timestamps", NAMES_NONE,
	    "print the time of each line" },
};

const struct command command_logs = {
	.name = "logs",
	.group = "look",
	.summary = "print what a pot has written",
	.words = "[POT]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_POT_WORD | COMMAND_F_ASKS,
	.prepare = print_to_stdio,
};
