/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot snapshot
 */
#include "cli/command.h"
#include "cli/selector.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	SELECTOR_ROWS,
	{ 'r', "replace", OPTION_FLAG, NULL, "replace", NAMES_NONE,
	    "remove the oldest one then" },
	OPTION_ROW_FORMAT,
};

static void
print(struct cli *c, const struct record *r)
{
	log_info(&c->log, "Snapshot %s was taken", record_get_str(r, "name"));
}

const struct command command_snapshot = {
	.name = "snapshot",
	.aliases = "snap",
	.group = "files",
	.summary = "take a snapshot of a stopped pot",
	.words = "[POT ...]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_MANY,
	.prepare = selector_prepare,
	.print = print,
};
