/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot set-hook: programs that the host runs around start and stop.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 's', "prestart", OPTION_VALUE, "FILE", "prestart", NAMES_FILE,
	    "run it before start" },
	{ 'S', "poststart", OPTION_VALUE, "FILE", "poststart", NAMES_FILE,
	    "run it after start" },
	{ 't', "prestop", OPTION_VALUE, "FILE", "prestop", NAMES_FILE,
	    "run it before stop" },
	{ 'T', "poststop", OPTION_VALUE, "FILE", "poststop", NAMES_FILE,
	    "run it after stop" },
	{ 0, "remove", OPTION_LIST, "HOOK", "remove", NAMES_NONE,
	    "remove one, by its long name" },
};

static int
prepare(struct cli *c, struct err *e)
{
	static const char *const hooks[] = { "prestart", "poststart", "prestop",
		"poststop" };
	size_t n = request_has(&c->req, "remove");

	for (size_t i = 0; i < COUNT_OF(hooks); i++) {
		n += request_has(&c->req, hooks[i]);
		if (cli_path_field(c, hooks[i], e) < 0)
			return -1;
	}
	return n > 0 ? 0 : cli_usage(c, e, "no hook given");
}

const struct command command_set_hook = {
	.name = "set-hook",
	.group = "change",
	.summary = "set programs to run around start and stop",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.prepare = prepare,
};
