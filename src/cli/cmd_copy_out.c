/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot copy-out
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 's', "source", OPTION_VALUE, "PATH", "source", NAMES_NONE,
	    "absolute path in the pot" },
	{ 'd', "destination", OPTION_VALUE, "DIR", "target", NAMES_DIR,
	    "directory of the host" },
	{ 'F', "force", OPTION_FLAG, NULL, "force", NAMES_NONE,
	    "also while the pot runs" },
	{ 0, "preserve", OPTION_FLAG, NULL, "preserve", NAMES_NONE,
	    "keep the set-user-ID and set-group-ID bits of files" },
};

static int
prepare(struct cli *c, struct err *e)
{
	if (request_get(&c->req, "source")[0] != '/')
		return cli_usage(c, e, "-s %s: not an absolute path",
		    request_get(&c->req, "source"));
	return cli_path_field(c, "target", e);
}

const struct command command_copy_out = {
	.name = "copy-out",
	.group = "files",
	.summary = "copy a file or directory out of a pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "source target",
	.prepare = prepare,
};
