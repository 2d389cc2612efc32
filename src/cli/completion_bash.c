/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Completion for bash (4 and later).
 */
#include <string.h>

#include "cli/completion.h"

static const char head[] =
    "# bash completion for pot, printed by \"pot completion bash\"\n"
    "# shellcheck shell=bash\n"
    "\n"
    "# Prints the names of a kind.\n"
    "_pot_names() # POT KIND\n"
    "{\n"
    "\tcase $2 in\n";

static const char middle[] =
    "\tesac 2>/dev/null\n"
    "}\n"
    "\n"
    "# Sets what a command takes: its options, those with a value as\n"
    "# OPTION:KIND, the kind of its words, and how many of them.\n"
    "_pot_command() # COMMAND\n"
    "{\n"
    "\tcase $1 in\n";

static const char tail[] =
    "\t*) return 1 ;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "# Sets kind to that of an option's value, empty if it has none.\n"
    "_pot_kind() # OPTION\n"
    "{\n"
    "\tcase \" $values\" in\n"
    "\t*\" $1:\"*)\n"
    "\t\tkind=\" $values\"\n"
    "\t\tkind=${kind#*\" $1:\"}\n"
    "\t\tkind=${kind%% *}\n"
    "\t\t;;\n"
    "\t*) kind= ;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "_pot_reply() # KIND\n"
    "{\n"
    "\tcase $1 in\n"
    "\tfile) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
    "\tdir) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
    "\tflavour)\n"
    "\t\tmapfile -t COMPREPLY < <(\n"
    "\t\t\tcompgen -W \"$(_pot_names \"$pot\" flavour)\" -- \"$cur\"\n"
    "\t\t\tcompgen -f -- \"$cur\")\n"
    "\t\t;;\n"
    "\tnone) ;;\n"
    "\t*)\n"
    "\t\tmapfile -t COMPREPLY < <(\n"
    "\t\t\tcompgen -W \"$(_pot_names \"$pot\" \"$1\")\" -- \"$cur\")\n"
    "\t\t;;\n"
    "\tesac\n"
    "\tcase $1 in\n"
    "\tfile | dir | flavour) compopt -o filenames 2>/dev/null ;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "_pot()\n"
    "{\n"
    "\tlocal pot=${COMP_WORDS[0]/#\\~/$HOME} cur=${COMP_WORDS[COMP_CWORD]}\n"
    "\tlocal options='' values='' words='' many='' rest=''\n"
    "\tlocal word kind pending='' is_end='' n=0 i=2\n"
    "\n"
    "\tCOMPREPLY=()\n"
    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "\t\t_pot_reply command\n"
    "\t\treturn\n"
    "\tfi\n"
    "\t_pot_command \"${COMP_WORDS[1]}\" || return 0\n"
    "\twhile [ \"$i\" -lt \"$COMP_CWORD\" ]; do\n"
    "\t\tword=${COMP_WORDS[i]}\n"
    "\t\ti=$((i + 1))\n"
    "\t\tif [ -n \"$pending\" ]; then\n"
    "\t\t\t# \"--pot=web\" comes as three words.\n"
    "\t\t\t[ \"$word\" = = ] || pending=\n"
    "\t\t\tcontinue\n"
    "\t\tfi\n"
    "\t\tcase $is_end$word in\n"
    "\t\t--) is_end=yes ;;\n"
    "\t\t--*)\n"
    "\t\t\t_pot_kind \"$word\"\n"
    "\t\t\tpending=$kind\n"
    "\t\t\t;;\n"
    "\t\t-?*)\n"
    "\t\t\tword=${word#-} kind=\n"
    "\t\t\twhile [ -n \"$word\" ] && [ -z \"$kind\" ]; do\n"
    "\t\t\t\t_pot_kind \"-${word:0:1}\"\n"
    "\t\t\t\tword=${word:1}\n"
    "\t\t\tdone\n"
    "\t\t\t[ -n \"$word\" ] || pending=$kind\n"
    "\t\t\t;;\n"
    "\t\t*)\n"
    "\t\t\tn=$((n + 1))\n"
    "\t\t\tis_end=$is_end$rest\n"
    "\t\t\t;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\tif [ -n \"$pending\" ]; then\n"
    "\t\t[ \"$cur\" != = ] || cur=\n"
    "\t\t_pot_reply \"$pending\"\n"
    "\telif [ -z \"$is_end\" ] && [ \"${cur:0:1}\" = - ]; then\n"
    "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
    "\telif [ \"$n\" -eq 0 ] || [ -n \"$many\" ]; then\n"
    "\t\t_pot_reply \"$words\"\n"
    "\tfi\n"
    "}\n"
    "\n"
    "complete -F _pot pot\n";

static void
add_kinds(struct buf *out)
{
	const struct completion_kind *k;

	for (size_t i = 0; (k = completion_kind_at(i)) != NULL; i++) {
		if (k->ask != NULL) {
			buf_add_fmt(
			    out, "\t%s) \"$1\" %s ;;\n", k->word, k->ask);
		} else if (k->at != NULL) {
			buf_add_fmt(out, "\t%s) echo", k->word);
			completion_add_names(k, out);
			buf_add_str(out, " ;;\n");
		}
	}
}

static void
add_options(const struct command *c, bool only_values, struct buf *out)
{
	const char *gap = "";

	for (size_t i = 0; i < c->noptions; i++) {
		const struct option_row *o = &c->options[i];
		const char *colon = "", *kind = "";

		if (only_values) {
			if (o->arg == NULL)
				continue;
			colon = ":";
			kind = completion_option_word(o);
		}
		if (o->letter != 0) {
			buf_add_fmt(
			    out, "%s-%c%s%s", gap, o->letter, colon, kind);
			gap = " ";
		}
		buf_add_fmt(out, "%s--%s%s%s", gap, o->name, colon, kind);
		gap = " ";
	}
}

static void
add_command(const struct command *c, struct buf *out)
{
	bool has_rest = (c->flags & COMMAND_F_REST) != 0;

	buf_add_fmt(out, "\t%s", c->name);
	for (const char *p = c->aliases; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, " ");

		buf_add_str(out, " | ");
		buf_add(out, p, n);
		p += n + strspn(p + n, " ");
	}
	buf_add_str(out, ")\n\t\toptions='");
	add_options(c, false, out);
	buf_add_str(out, "'\n\t\tvalues='");
	add_options(c, true, out);
	buf_add_fmt(out, "'\n\t\twords=%s many='%s' rest='%s'\n\t\t;;\n",
	    completion_words_word(c),
	    (c->flags & COMMAND_F_MANY) != 0 ? "yes" : "",
	    has_rest ? "yes" : "");
}

void
completion_bash(struct buf *out)
{
	const struct command *c;

	buf_add_str(out, head);
	add_kinds(out);
	buf_add_str(out, middle);
	for (size_t i = 0; (c = completion_command_at(i)) != NULL; i++)
		add_command(c, out);
	buf_add_str(out, tail);
}
