/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot stop
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_QUIET,
	OPTION_ROW_POT("the pot; or name several without option"),
	{ 'a', "all", OPTION_FLAG, NULL, NULL, NAMES_NONE, "all running pots" },
};

static void
on_name(struct cli *c, const struct record *r, void *arg)
{
	(void)arg;
	strv_add(&c->pots, record_get_str(r, "name"));
}

/* -a: what runs now. */
static int
find_all(struct cli *c, struct err *e)
{
	auto_request struct request r = { .verb = NULL };
	int ignored;

	request_init(&r, "ps");
	request_add_flag(&r, "names-only");
	return cli_ask(c, &r, on_name, NULL, &ignored, e);
}

static int
prepare(struct cli *c, struct err *e)
{
	bool is_all = cli_own(c, "all") != NULL;

	if (is_all && c->pots.n > 0)
		return cli_usage(c, e, "-a and names exclude each other");
	if (!is_all && c->pots.n == 0)
		return cli_usage(c, e, "a pot name is mandatory");
	return 0;
}

static int
run(struct cli *c)
{
	struct err e = ERR_INIT;

	if (cli_own(c, "all") == NULL)
		return cli_each(c, cli_request);
	if (find_all(c, &e) < 0)
		return cli_tell(c, &e);
	if (c->pots.n == 0)
		return 0;
	request_add(&c->req, "pot", c->pots.v[0]);
	return cli_each(c, cli_request);
}

const struct command command_stop = {
	.name = "stop",
	.group = "life",
	.summary = "stop running pots",
	.words = "[POT ...]",
	.words_name = NAMES_RUNNING,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_MANY,
	.prepare = prepare,
	.run = run,
};
