/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot set-hosts: replaces the own entries of /etc/hosts; none is fine too.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'H', "host", OPTION_LIST, "NAME:ADDRESS", "host", NAMES_NONE,
	    "an entry; may be repeated" },
};

const struct command command_set_hosts = {
	.name = "set-hosts",
	.group = "change",
	.summary = "set entries of /etc/hosts in the pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
};
