/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot set-env: replaces the variables of the pot's command.
 */
#include <string.h>

#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'E', "env", OPTION_SECRET, "NAME=VALUE", "variable", NAMES_NONE,
	    "a variable; may be repeated" },
};

static int
prepare(struct cli *c, struct err *e)
{
	auto_strv struct strv env = STRV_INIT;

	request_all(&c->req, "variable", &env);
	for (size_t i = 0; i < env.n; i++) {
		const char *eq = strchr(env.v[i], '=');

		if (eq == NULL || eq == env.v[i])
			return cli_usage(c, e, "-E %s: expected NAME=VALUE",
			    eq == NULL ? env.v[i] : "=...");
	}
	return 0;
}

const struct command command_set_env = {
	.name = "set-env",
	.group = "change",
	.summary = "set the environment of the command",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "variable",
	.prepare = prepare,
};
