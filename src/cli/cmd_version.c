/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot version: without an engine or a configuration.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'q', "quiet", OPTION_QUIET, NULL, NULL, NAMES_NONE,
	    "print the number alone" },
	OPTION_ROW_FORMAT,
};

static int
run(struct cli *c)
{
	if (c->json) {
		auto_record struct record *r = record_new();

		record_str(r, "version", POT_VERSION);
		cli_json(c, r);
		return 0;
	}
	cli_print(c, "%s%s\n", c->quiet ? "" : "pot version: ", POT_VERSION);
	return 0;
}

const struct command command_version = {
	.name = "version",
	.group = "host",
	.summary = "print pot's version",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_ASKS | COMMAND_F_LOCAL,
	.run = run,
};
