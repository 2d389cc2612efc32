/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot last-run-stats: how the last run ended, in the words that tools
 * parse; a kill for want of memory is a word more.
 */
#include "base/str.h"
#include "cli/command.h"
#include "cli/print.h"
#include "model/lastrun.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot; or name several without option"),
	OPTION_ROW_FORMAT,
};

static void
print(struct cli *c, const struct record *r)
{
	const struct record *last = print_sub(r, "last_run");
	int code = (int)record_get_int(r, "exit_code");

	if (!print_has(r, "exit_code"))
		cli_print(c, "{}\n");
	else if (last != NULL && str_eq(record_get_str(last, "reason"), "oom"))
		cli_print(
		    c, "{ \"ExitCode\": %d, \"Reason\": \"oom\" }\n", code);
	else
		lastrun_format_classic(code, &c->out);
}

const struct command command_last_run_stats = {
	.name = "last-run-stats",
	.group = "look",
	.summary = "print how a pot's last run ended",
	.words = "[POT ...]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_MANY | COMMAND_F_ASKS,
	.print = print,
};
