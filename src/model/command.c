/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot's command line as argv: directly where its words say all, otherwise
 * by the pot's own shell.
 */
#include "model/command.h"

#include "model/words.h"

int
command_argv(const char *cmd, struct strv *out, struct err *e)
{
	auto_strv struct strv words = STRV_INIT;
	enum words_need need;

	if (words_split_command(cmd, &words, &need, e) < 0)
		return err_wrap(e, "command");
	if (need == WORDS_PLAIN && words.n == 0)
		return err_set(e, ERR_INVALID, "command: empty");
	if (need == WORDS_PLAIN) {
		strv_add_all(out, &words);
		return 0;
	}
	/* With exec the shell does not stay in between. */
	strv_add(out, "/bin/sh");
	strv_add(out, "-c");
	if (need == WORDS_EXPANDS)
		strv_add_fmt(out, "exec %s", cmd);
	else
		strv_add(out, cmd);
	return 0;
}
