/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot: finds the command.
 */
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/suggest.h"
#include "cli/tools.h"

static void
put(int fd, const struct buf *b)
{
	if (io_write_all(fd, b->data, b->len) < 0)
		return; /* nobody reads: the status still tells */
}

/* The usage, and on stderr why, if there is a reason. */
static int
usage(const struct buf *why)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	put(STDERR_FILENO, why);
	cli_usage_all(&b);
	put(STDOUT_FILENO, &b);
	return 1;
}

static int
unknown(const char *word)
{
	const char *near = suggest(word, suggest_command_at);
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	char text[128];

	buf_add_fmt(&b, "###>  %s: ", str_quote(text, sizeof(text), word));
	if (command_is_missing(word))
		buf_add_str(&b, "not available in this version");
	else
		buf_add_str(&b, "unknown command");
	if (near != NULL && !command_is_missing(word))
		buf_add_fmt(&b, " (did you mean %s?)", near);
	buf_add_char(&b, '\n');
	return usage(&b);
}

static int
run_tool(struct cli *c, tool_fn *tool, int argc, char **argv)
{
	/* It has a request of its own; this row only says how to talk. */
	cli_init(c, command_find("config"));
	int status = tool(c, argc, argv);

	cli_flush(c);
	return status;
}

int
main(int argc, char **argv)
{
	static struct cli c; /* never freed: the process ends, and the
			      * kernel needs no call for each piece */
	const struct command *cmd;
	const char *name;
	tool_fn *tool;

	if (argc > 0 && (tool = tool_find(argv[0])) != NULL)
		return run_tool(&c, tool, argc, argv);
	if (argc < 2)
		return usage(&(struct buf)BUF_INIT(1));
	name = argv[1];
	if (str_eq(name, "--help") || str_eq(name, "-h"))
		name = "help";
	else if (str_eq(name, "--version"))
		name = "version";
	if ((cmd = command_find(name)) == NULL)
		return unknown(name);
	cli_init(&c, cmd);
	c.argc = argc;
	c.argv = argv;
	return cli_main(&c, argc - 2, argv + 2);
}
