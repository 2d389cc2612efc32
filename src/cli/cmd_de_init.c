/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot de-init: removes all that init and later commands have made.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'f', "force", OPTION_FLAG, NULL, "force", NAMES_NONE,
	    "stop running pots first" },
	{ 'm', "minimal", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "leave pf alone" },
	{ 'p', "pf-file", OPTION_VALUE, "FILE", NULL, NAMES_FILE,
	    "file of pf rules" },
};

const struct command command_de_init = {
	.name = "de-init",
	.group = "host",
	.summary = "remove all pots, bases and the installation's data",
	.options = options,
	.noptions = COUNT_OF(options),
};
