/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot init: prepares the host.  Nothing is edited that is not told; --explain
 * shows it as a diff.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'm', "minimal", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "leave syslog and pf alone" },
	{ 's', "no-syslog", OPTION_FLAG, NULL, "no-syslog", NAMES_NONE,
	    "leave syslog alone" },
	{ 'p', "pf-file", OPTION_VALUE, "FILE", "pf-file", NAMES_FILE,
	    "file of pf rules; empty: none" },
	{ 'f', "pf-rules", OPTION_VALUE, "FILE", "pf-file", NAMES_FILE,
	    "the same (old name)" },
	{ 0, "explain", OPTION_FLAG, NULL, "explain", NAMES_NONE,
	    "only show what would change in files of the host" },
};

static int
prepare(struct cli *c, struct err *e)
{
	if (cli_own(c, "minimal") != NULL) {
		request_add_flag(&c->req, "no-pf");
		if (!request_has(&c->req, "no-syslog"))
			request_add_flag(&c->req, "no-syslog");
	}
	return cli_path_field(c, "pf-file", e);
}

static void
print(struct cli *c, const struct record *r)
{
	cli_print(c, "%s", record_get_str(r, "diff"));
}

const struct command command_init = {
	.name = "init",
	.group = "host",
	.summary = "prepare the host for pots",
	.options = options,
	.noptions = COUNT_OF(options),
	.prepare = prepare,
	.print = print,
};
