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
	{ 'm', "minimal", OPTION_FLAG, NULL, "no-pf", NAMES_NONE,
	    "leave pf alone" },
	{ 'p', "pf-file", OPTION_VALUE, "FILE", "pf-file", NAMES_FILE,
	    "file of pf rules; empty: none" },
	{ 0, "explain", OPTION_FLAG, NULL, "explain", NAMES_NONE,
	    "only show what would change in files of the host" },
};

static int
prepare(struct cli *c, struct err *e)
{
	return cli_path_field(c, "pf-file", e);
}

static void
print(struct cli *c, const struct record *r)
{
	cli_print(c, "%s", record_get_str(r, "diff"));
}

const struct command command_de_init = {
	.name = "de-init",
	.group = "host",
	.summary = "remove all pots, bases and the installation's data",
	.options = options,
	.noptions = COUNT_OF(options),
	.prepare = prepare,
	.print = print,
};
