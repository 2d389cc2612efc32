/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot internal-after NAME GENERATION: executed by pot-supervise when a
 * pot's command or cell has ended.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
};

static int
prepare(struct cli *c, struct err *e)
{
	if (c->words.n != 2)
		return cli_usage(c, e, "a name and a generation are needed");
	request_add(&c->req, "pot", c->words.v[0]);
	request_add(&c->req, "generation", c->words.v[1]);
	return 0;
}

const struct command command_internal_after = {
	.name = "internal-after",
	.group = "internal",
	.summary = "clean up behind a pot that has ended",
	.words = "POT GENERATION",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_HIDDEN | COMMAND_F_ASKS,
	.prepare = prepare,
};
