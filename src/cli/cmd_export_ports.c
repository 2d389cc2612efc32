/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot export-ports: replaces what the pot exports.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'e', "export", OPTION_LIST, "PORT", "port", NAMES_NONE,
	    "[tcp:|udp:]PORT[:HOSTPORT]; may be repeated" },
};

const struct command command_export_ports = {
	.name = "export-ports",
	.group = "change",
	.summary = "set the ports that the host passes to the pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "port",
};
