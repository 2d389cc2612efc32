/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot ps: names of running pots; with -v what is known of each run.
 */
#include "cli/command.h"
#include "cli/print.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	{ 'v', "verbose", OPTION_VERBOSE, NULL, NULL, NAMES_NONE,
	    "also the status, the start, the kills for want of memory" },
	OPTION_ROW_QUIET,
	OPTION_ROW_FORMAT,
};

static int
prepare(struct cli *c, struct err *e)
{
	(void)e;
	if (!c->json && c->verbosity < 2)
		request_add_flag(&c->req, "names-only");
	return 0;
}

static void
print(struct cli *c, const struct record *r)
{
	cli_print(c, "%s", record_get_str(r, "name"));
	if (print_has(r, "status"))
		cli_print(c, "\t%s\t%s\toom kills: %lld",
		    record_get_str(r, "status"), record_get_str(r, "started"),
		    (long long)record_get_int(r, "oom_kills"));
	cli_print(c, "\n");
}

const struct command command_ps = {
	.name = "ps",
	.group = "look",
	.summary = "list running pots",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_ASKS | COMMAND_F_ARRAY,
	.prepare = prepare,
	.print = print,
};
