/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot clone: a new pot on a snapshot of another.
 */
#include "cli/command.h"
#include "cli/create.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("name of the new pot"),
	{ 'P', "from", OPTION_VALUE, "POT", "from", NAMES_POT,
	    "the pot that is cloned" },
	{ 's', "snapshot", OPTION_VALUE, "SNAPSHOT", "snapshot", NAMES_NONE,
	    "at this snapshot (the newest)" },
	{ 'F', "force", OPTION_FLAG, NULL, "force", NAMES_NONE,
	    "take a snapshot if there is none" },
	{ 'N', "network", OPTION_VALUE, "TYPE", "network", NAMES_NONE,
	    "network type: inherit, alias, public-bridge, private-bridge or "
	    "none" },
	{ 'i', "ip", OPTION_LIST, "ADDRESS", "ip", NAMES_NONE,
	    "address, NIC|ADDRESS or auto; may be repeated" },
	{ 'B', "bridge", OPTION_VALUE, "BRIDGE", "bridge", NAMES_BRIDGE,
	    "private bridge" },
	{ 'S', "stack", OPTION_VALUE, "STACK", "stack", NAMES_NONE,
	    "ipv4, ipv6 or dual" },
	{ 'd', "dns", OPTION_VALUE, "DNS", "dns", NAMES_NONE,
	    "inherit, pot, custom:FILE or off" },
	{ 'f', "flavour", OPTION_LIST, "FLAVOUR", NULL, NAMES_FLAVOUR,
	    "apply a flavour; may be repeated" },
	{ 'k', "keep", OPTION_FLAG, NULL, "keep", NAMES_NONE,
	    "leave the pot when a flavour fails" },
};

const struct command command_clone = {
	.name = "clone",
	.group = "make",
	.summary = "clone a pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "from",
	.prepare = create_prepare,
};
