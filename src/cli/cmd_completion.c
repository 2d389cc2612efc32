/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot completion SHELL
 */
#include <string.h>

#include "base/str.h"
#include "cli/completion.h"
#include "model/attributes.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
};

static const struct {
	const char *shell;
	void (*print)(struct buf *out);
} shells[] = {
	{ "bash", completion_bash },
	{ "zsh", completion_zsh },
	{ "fish", completion_fish },
};

static const char *
shell_at(size_t i)
{
	return i < COUNT_OF(shells) ? shells[i].shell : NULL;
}

/* Names and aliases. */
static const char *
command_name_at(size_t i)
{
	const struct command *c = completion_command_at(i / 2);

	if (c == NULL)
		return NULL;
	if (i % 2 == 0)
		return c->name;
	return c->aliases == NULL ? "" : c->aliases;
}

static const char *
attribute_name_at(size_t i)
{
	return i < attr_count() ? attr_at(i)->name : NULL;
}

static const char *
format_at(size_t i)
{
	static const char *const formats[] = { "text", "json" };

	return i < COUNT_OF(formats) ? formats[i] : NULL;
}

static const struct completion_kind kinds[] = {
	{ NAMES_POT, "pot", "ls -q", NULL },
	{ NAMES_RUNNING, "running", "ps -q", NULL },
	{ NAMES_BASE, "base", "ls -bq", NULL },
	{ NAMES_FSCOMP, "fscomp", "ls -fq", NULL },
	{ NAMES_FLAVOUR, "flavour", "ls -Fq", NULL },
	{ NAMES_BRIDGE, "bridge", "ls -Bq", NULL },
	{ NAMES_SIGNAL, "signal", "signal -l", NULL },
	{ NAMES_ATTRIBUTE, "attribute", NULL, attribute_name_at },
	{ NAMES_COMMAND, "command", NULL, command_name_at },
	{ NAMES_SHELL, "shell", NULL, shell_at },
	{ NAMES_FORMAT, "format", NULL, format_at },
	{ NAMES_FILE, "file", NULL, NULL },
	{ NAMES_DIR, "dir", NULL, NULL },
};

const struct completion_kind *
completion_kind_at(size_t i)
{
	return i < COUNT_OF(kinds) ? &kinds[i] : NULL;
}

static const char *
kind_word(enum option_names names)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (kinds[i].names == names)
			return kinds[i].word;
	return "none";
}

const char *
completion_option_word(const struct option_row *o)
{
	return kind_word(o->kind == OPTION_FORMAT ? NAMES_FORMAT : o->names);
}

const char *
completion_words_word(const struct command *c)
{
	return kind_word(c->words == NULL ? NAMES_NONE : c->words_name);
}

void
completion_add_names(const struct completion_kind *k, struct buf *out)
{
	const char *name;

	for (size_t i = 0; k->at != NULL && (name = k->at(i)) != NULL; i++)
		if (name[0] != '\0')
			buf_add_fmt(out, " %s", name);
}

const struct command *
completion_command_at(size_t i)
{
	for (size_t k = 0; k < command_count(); k++) {
		const struct command *c = command_at(k);

		if ((c->flags & COMMAND_F_HIDDEN) == 0 && i-- == 0)
			return c;
	}
	return NULL;
}

void
completion_add_escaped(
    struct buf *out, const char *s, const char *quote, const char *special)
{
	for (; *s != '\0'; s++) {
		if (*s == '\'') {
			buf_add_str(out, quote);
			continue;
		}
		if (strchr(special, *s) != NULL)
			buf_add_char(out, '\\');
		buf_add_char(out, *s);
	}
}

static int
run(struct cli *c)
{
	struct err e = ERR_INIT;

	if (c->words.n == 1) {
		for (size_t i = 0; i < COUNT_OF(shells); i++) {
			if (!str_eq(shells[i].shell, c->words.v[0]))
				continue;
			shells[i].print(&c->out);
			return 0;
		}
	}
	(void)cli_usage(c, &e, "expected one of bash, zsh and fish");
	return cli_tell(c, &e);
}

const struct command command_completion = {
	.name = "completion",
	.group = "host",
	.summary = "print a script that completes commands in a shell",
	.words = "SHELL",
	.words_name = NAMES_SHELL,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_ASKS | COMMAND_F_LOCAL,
	.run = run,
};
