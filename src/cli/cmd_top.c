/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot top: top(1) in the pot, where it sees the processes of the pot alone.
 */
#include <unistd.h>

#include "cli/command.h"
#include "cli/shell.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_POT("the pot"),
};

static int
prepare(struct cli *c, struct err *e)
{
	(void)e;
	request_add(&c->req, "arg", "top");
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		shell_terminal(c);
	shell_stdio(c);
	return 0;
}

static int
tell(struct cli *c, struct err *e)
{
	if (e->code == ERR_NO_COMMAND)
		err_wrap(e, "top: not installed in the pot");
	return cli_tell(c, e);
}

const struct command command_top = {
	.name = "top",
	.group = "look",
	.summary = "watch the processes of a running pot",
	.words = "[POT]",
	.words_name = NAMES_RUNNING,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_POT_WORD | COMMAND_F_ASKS,
	.verb = "exec",
	.prepare = prepare,
	.tell = tell,
};
