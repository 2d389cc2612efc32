/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Completion for zsh.
 */
#include <string.h>

#include "cli/completion.h"

#define QUOTE	"'\\''"
#define SPECIAL "[]:\\"

static const char head[] =
    "#compdef pot\n"
    "# zsh completion for pot, printed by \"pot completion zsh\"\n"
    "\n"
    "_pot_names() # KIND\n"
    "{\n"
    "\tlocal -a names\n"
    "\n"
    "\tcase $1 in\n";

static const char middle[] =
    "\tesac\n"
    "\tcompadd -a names\n"
    "}\n"
    "\n"
    "_pot_flavour()\n"
    "{\n"
    "\t_alternative 'flavours:flavour: _pot_names flavour' "
    "'files:file:_files'\n"
    "}\n"
    "\n"
    "_pot()\n"
    "{\n"
    "\tlocal pot=$words[1]\n"
    "\tlocal -a commands\n"
    "\n"
    "\tif (( CURRENT == 2 )); then\n"
    "\t\tcommands=(\n";

static const char options_head[] =
    "\t\t)\n"
    "\t\t_describe -t commands 'command' commands\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tshift words\n"
    "\t(( CURRENT-- ))\n"
    "\tcase $words[1] in\n";

static const char tail[] = "\tesac\n"
			   "}\n"
			   "\n"
			   "_pot \"$@\"\n";

static void
add_kinds(struct buf *out)
{
	const struct completion_kind *k;

	for (size_t i = 0; (k = completion_kind_at(i)) != NULL; i++) {
		if (k->ask != NULL) {
			buf_add_fmt(out,
			    "\t%s) names=(${=\"$(_call_program %s $pot %s "
			    "2>/dev/null)\"}) ;;\n",
			    k->word, k->word, k->ask);
		} else if (k->at != NULL) {
			buf_add_fmt(out, "\t%s) names=(", k->word);
			completion_add_names(k, out);
			buf_add_str(out, " ) ;;\n");
		}
	}
}

/* What zsh does to complete a value of that kind. */
static void
add_action(const char *kind, struct buf *out)
{
	static const struct {
		const char *kind, *action;
	} own[] = {
		{ "none", " " },
		{ "file", "_files" },
		{ "dir", "_files -/" },
		{ "flavour", "_pot_flavour" },
	};

	for (size_t i = 0; i < COUNT_OF(own); i++) {
		if (strcmp(own[i].kind, kind) != 0)
			continue;
		buf_add_str(out, own[i].action);
		return;
	}
	buf_add_fmt(out, " _pot_names %s", kind);
}

/* One spelling of an option: '(-p --pot)-p+[help]:ARG:action'. */
static void
add_option(const struct option_row *o, bool is_long, struct buf *out)
{
	bool is_repeated = o->kind == OPTION_LIST || o->kind == OPTION_SECRET ||
	    o->kind == OPTION_VERBOSE;

	buf_add_str(out, " \\\n\t\t    '");
	if (is_repeated)
		buf_add_char(out, '*');
	else if (o->letter != 0)
		buf_add_fmt(out, "(-%c --%s)", o->letter, o->name);
	if (is_long)
		buf_add_fmt(out, "--%s%s[", o->name, o->arg != NULL ? "=" : "");
	else
		buf_add_fmt(
		    out, "-%c%s[", o->letter, o->arg != NULL ? "+" : "");
	completion_add_escaped(out, o->help, QUOTE, SPECIAL);
	buf_add_char(out, ']');
	if (o->arg != NULL) {
		buf_add_char(out, ':');
		completion_add_escaped(out, o->arg, QUOTE, SPECIAL);
		buf_add_char(out, ':');
		add_action(completion_option_word(o), out);
	}
	buf_add_char(out, '\'');
}

static void
add_words(const struct command *c, struct buf *out)
{
	if (c->words == NULL)
		return;
	buf_add_fmt(out, " \\\n\t\t    '%s:name:",
	    (c->flags & COMMAND_F_MANY) != 0 ? "*" : "1");
	add_action(completion_words_word(c), out);
	buf_add_char(out, '\'');
	if ((c->flags & COMMAND_F_REST) != 0)
		buf_add_str(out, " \\\n\t\t    '*::command: '");
}

static void
add_command(const struct command *c, struct buf *out)
{
	buf_add_fmt(out, "\t%s", c->name);
	for (const char *p = c->aliases; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, " ");

		buf_add_char(out, '|');
		buf_add(out, p, n);
		p += n + strspn(p + n, " ");
	}
	buf_add_str(out, ")\n\t\t_arguments -s -S");
	for (size_t i = 0; i < c->noptions; i++) {
		if (c->options[i].letter != 0)
			add_option(&c->options[i], false, out);
		add_option(&c->options[i], true, out);
	}
	add_words(c, out);
	buf_add_str(out, "\n\t\t;;\n");
}

void
completion_zsh(struct buf *out)
{
	const struct command *c;

	buf_add_str(out, head);
	add_kinds(out);
	buf_add_str(out, middle);
	for (size_t i = 0; (c = completion_command_at(i)) != NULL; i++) {
		buf_add_fmt(out, "\t\t    '%s:", c->name);
		completion_add_escaped(out, c->summary, QUOTE, SPECIAL);
		buf_add_str(out, "'\n");
	}
	buf_add_str(out, options_head);
	for (size_t i = 0; (c = completion_command_at(i)) != NULL; i++)
		add_command(c, out);
	buf_add_str(out, tail);
}
