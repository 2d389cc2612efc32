/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Help, from the commands' rows.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/command.h"

#define WIDTH	       78
#define OPTION_COLUMN  30
#define SUMMARY_COLUMN 22

static void
pad(struct buf *out, size_t start, size_t column)
{
	size_t len = out->len - start;

	if (len + 1 >= column) {
		buf_add_char(out, '\n');
		len = 0;
	}
	buf_add_fmt(out, "%*s", (int)(column - len), "");
}

/* TEXT from COLUMN on, where the line is now, in lines of WIDTH. */
static void
fill(struct buf *out, const char *text, size_t column)
{
	size_t at = column;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (at > column && at + 1 + n > WIDTH) {
			buf_add_fmt(out, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			buf_add_char(out, ' ');
			at++;
		}
		buf_add(out, text, n);
		at += n;
		text += n;
		text += strspn(text, " ");
	}
	buf_add_char(out, '\n');
}

static void
help_option(const struct option_row *o, struct buf *out)
{
	size_t start = out->len;

	if (o->letter != 0)
		buf_add_fmt(out, "  -%c, --%s", o->letter, o->name);
	else
		buf_add_fmt(out, "      --%s", o->name);
	if (o->arg != NULL)
		buf_add_fmt(out, " %s", o->arg);
	pad(out, start, OPTION_COLUMN);
	fill(out, o->help, OPTION_COLUMN);
}

void
cli_help(const struct command *cmd, struct buf *out)
{
	buf_add_fmt(out, "usage: pot %s [options]%s%s\n", cmd->name,
	    cmd->words == NULL ? "" : " ",
	    cmd->words == NULL ? "" : cmd->words);
	fill(out, cmd->summary, 0);
	if (cmd->aliases != NULL)
		buf_add_fmt(out, "also: pot %s\n", cmd->aliases);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < cmd->noptions; i++)
		help_option(&cmd->options[i], out);
}

static bool
is_shown(const struct command *cmd, const char *group)
{
	return (cmd->flags & COMMAND_F_HIDDEN) == 0 &&
	    str_eq(cmd->group, group);
}

void
cli_usage_all(struct buf *out)
{
	const char *group, *title;

	buf_add_str(out, "usage: pot COMMAND [options] [NAME ...]\n");
	for (size_t g = 0; (group = command_group_at(g, &title)) != NULL; g++) {
		auto_buf struct buf names = BUF_INIT(BUF_TEXT_MAX);

		for (size_t i = 0; i < command_count(); i++)
			if (is_shown(command_at(i), group))
				buf_add_fmt(&names, "%s ", command_at(i)->name);
		buf_add_fmt(out, "\n%s\n    ", title);
		fill(out, names.data, 4);
	}
	buf_add_str(out,
	    "\npot help COMMAND tells more of one, pot help -a what each is "
	    "for.\n");
}

void
cli_summaries(struct buf *out)
{
	const char *group, *title;

	for (size_t g = 0; (group = command_group_at(g, &title)) != NULL; g++) {
		buf_add_fmt(out, "%s%s\n", g > 0 ? "\n" : "", title);
		for (size_t i = 0; i < command_count(); i++) {
			size_t start = out->len;

			if (!is_shown(command_at(i), group))
				continue;
			buf_add_fmt(out, "    %s", command_at(i)->name);
			pad(out, start, SUMMARY_COLUMN);
			fill(out, command_at(i)->summary, SUMMARY_COLUMN);
		}
	}
}
