/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot mount-out
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'm', "mount-point", OPTION_VALUE, "PATH", "target", NAMES_NONE,
	    "absolute path in the pot" },
};

const struct command command_mount_out = {
	.name = "mount-out",
	.group = "files",
	.summary = "undo a mount-in",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "target",
};
