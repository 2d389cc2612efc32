/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot config
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'q', "quiet", OPTION_QUIET, NULL, NULL, NAMES_NONE,
	    "print the value alone" },
	{ 'g', "get", OPTION_VALUE, "NAME", "name", NAMES_NONE,
	    "fs_root, zfs_root, gateway, syslogd, pot_prefix, fscomp_prefix, "
	    "network_stack, run_dir, log_dir or storage" },
	OPTION_ROW_FORMAT,
};

/* In JSON, all of them may be asked for. */
static int
prepare(struct cli *c, struct err *e)
{
	if (!request_has(&c->req, "name") && !c->json)
		return cli_usage(c, e, "option -g is mandatory");
	return 0;
}

static void
print(struct cli *c, const struct record *r)
{
	if (!c->quiet)
		cli_print(c, "%s = ", record_get_str(r, "label"));
	cli_print(c, "%s\n", record_get_str(r, "value"));
}

static int
tell(struct cli *c, struct err *e)
{
	if (c->quiet && e->code == ERR_USAGE)
		return 1;
	return cli_tell(c, e);
}

const struct command command_config = {
	.name = "config",
	.group = "host",
	.summary = "print a value of the configuration",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_ASKS | COMMAND_F_ARRAY,
	.prepare = prepare,
	.print = print,
	.tell = tell,
};
