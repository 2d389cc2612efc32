/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot copy-in
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 's', "source", OPTION_VALUE, "PATH", "source", NAMES_FILE,
	    "file or directory of the host" },
	{ 'd', "destination", OPTION_VALUE, "PATH", "target", NAMES_NONE,
	    "absolute path in the pot" },
	{ 'c', "create-parents", OPTION_FLAG, NULL, "parents", NAMES_NONE,
	    "make the directories above it" },
	{ 'F', "force", OPTION_FLAG, NULL, "force", NAMES_NONE,
	    "also while the pot runs" },
};

static int
prepare(struct cli *c, struct err *e)
{
	if (request_get(&c->req, "target")[0] != '/')
		return cli_usage(c, e, "-d %s: not an absolute path",
		    request_get(&c->req, "target"));
	return cli_path_field(c, "source", e);
}

const struct command command_copy_in = {
	.name = "copy-in",
	.group = "files",
	.summary = "copy a file or directory into a pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_ERROR_TWICE,
	.needs = "source target",
	.prepare = prepare,
};
