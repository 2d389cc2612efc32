/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot update-config: configurations of older versions in today's form.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot (wins over -a)"),
	{ 'a', "all", OPTION_FLAG, NULL, "all", NAMES_NONE, "all pots" },
};

static int
prepare(struct cli *c, struct err *e)
{
	if (c->pots.n == 0 && !request_has(&c->req, "all"))
		return cli_usage(c, e, "one of -p and -a is needed");
	return 0;
}

const struct command command_update_config = {
	.name = "update-config",
	.group = "change",
	.summary = "bring configurations of older versions up to date",
	.options = options,
	.noptions = COUNT_OF(options),
	.prepare = prepare,
};
