/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Completion for fish.
 */
#include <string.h>

#include "cli/completion.h"

#define QUOTE	"\\'"
#define SPECIAL "\\"

static const char head[] =
    "# fish completion for pot, printed by \"pot completion fish\"\n"
    "\n"
    "# Is the command line's command one of these?\n"
    "function __pot_is\n"
    "\tset -l words (commandline -opc)\n"
    "\ttest (count $words) -ge 2; and contains -- $words[2] $argv\n"
    "end\n"
    "\n"
    "function __pot_has_no_command\n"
    "\ttest (count (commandline -opc)) -lt 2\n"
    "end\n"
    "\n"
    "# Has it no word but the command yet?\n"
    "function __pot_is_first\n"
    "\t__pot_is $argv; or return 1\n"
    "\tfor word in (commandline -opc)[3..-1]\n"
    "\t\tstring match -q -- '-*' $word; or return 1\n"
    "\tend\n"
    "end\n"
    "\n"
    "function __pot_names -a kind\n"
    "\tset -l pot (commandline -opc)[1]\n"
    "\tswitch $kind\n";

static const char middle[] = "\tend 2>/dev/null | string split ' '\n"
			     "end\n"
			     "\n"
			     "complete -c pot -f\n";

static void
add_kinds(struct buf *out)
{
	const struct completion_kind *k;

	for (size_t i = 0; (k = completion_kind_at(i)) != NULL; i++) {
		if (k->ask != NULL) {
			buf_add_fmt(out, "\t\tcase %s\n\t\t\t$pot %s\n",
			    k->word, k->ask);
		} else if (k->at != NULL) {
			buf_add_fmt(out, "\t\tcase %s\n\t\t\techo", k->word);
			completion_add_names(k, out);
			buf_add_char(out, '\n');
		}
	}
}

/* What fish offers for a value of that kind. */
static void
add_action(const char *kind, struct buf *out)
{
	static const struct {
		const char *kind, *action;
	} own[] = {
		{ "none", " -f" },
		{ "file", " -F" },
		{ "dir", " -f -a '(__fish_complete_directories)'" },
		{ "flavour", " -F -a '(__pot_names flavour)'" },
	};

	for (size_t i = 0; i < COUNT_OF(own); i++) {
		if (strcmp(own[i].kind, kind) != 0)
			continue;
		buf_add_str(out, own[i].action);
		return;
	}
	buf_add_fmt(out, " -f -a '(__pot_names %s)'", kind);
}

static void
add_condition(const char *function, const struct command *c, struct buf *out)
{
	buf_add_fmt(out, "complete -c pot -n '%s %s%s%s'", function, c->name,
	    c->aliases == NULL ? "" : " ",
	    c->aliases == NULL ? "" : c->aliases);
}

static void
add_option(const struct command *c, const struct option_row *o, struct buf *out)
{
	add_condition("__pot_is", c, out);
	if (o->letter != 0)
		buf_add_fmt(out, " -s %c", o->letter);
	buf_add_fmt(out, " -l %s", o->name);
	if (o->arg != NULL) {
		buf_add_str(out, " -r");
		add_action(completion_option_word(o), out);
	}
	buf_add_str(out, " -d '");
	completion_add_escaped(out, o->help, QUOTE, SPECIAL);
	buf_add_str(out, "'\n");
}

static void
add_command(const struct command *c, struct buf *out)
{
	const char *kind = completion_words_word(c);

	buf_add_str(out, "\ncomplete -c pot -n __pot_has_no_command -a ");
	buf_add_fmt(out, "%s -d '", c->name);
	completion_add_escaped(out, c->summary, QUOTE, SPECIAL);
	buf_add_str(out, "'\n");
	for (size_t i = 0; i < c->noptions; i++)
		add_option(c, &c->options[i], out);
	if (strcmp(kind, "none") == 0)
		return;
	add_condition(
	    (c->flags & COMMAND_F_MANY) != 0 ? "__pot_is" : "__pot_is_first", c,
	    out);
	add_action(kind, out);
	buf_add_char(out, '\n');
}

void
completion_fish(struct buf *out)
{
	const struct command *c;

	buf_add_str(out, head);
	add_kinds(out);
	buf_add_str(out, middle);
	for (size_t i = 0; (c = completion_command_at(i)) != NULL; i++)
		add_command(c, out);
}
