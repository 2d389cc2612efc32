/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Completion scripts, one per shell, made from the rows of the commands.
 *
 * To add a shell: completion_X.c, its row in cmd_completion.c.  What values
 * can be completed with is the table here: a kind of enum option_names, its
 * word in the scripts, and where the names come from.
 */
#ifndef POT_CLI_COMPLETION_H
#define POT_CLI_COMPLETION_H

#include "cli/command.h"

struct completion_kind {
	enum option_names names;
	const char *word; /* in the scripts */
	const char *ask;  /* words for pot that print the names */
	/* Or the names themselves: the I-th, "" for none, NULL at the end. */
	const char *(*at)(size_t i);
};

/* The I-th kind, NULL past the end.  Files and directories are the shells'
 * own affair: they have neither `ask' nor `at'. */
const struct completion_kind *completion_kind_at(size_t i);
/* The word of an option's value, "none" if it can't be completed. */
const char *completion_option_word(const struct option_row *o);
/* The word of a command's positional words. */
const char *completion_words_word(const struct command *c);
/* The names of K, one blank before each. */
void completion_add_names(const struct completion_kind *k, struct buf *out);
/* The I-th command that is shown to people, NULL past the end. */
const struct command *completion_command_at(size_t i);
/* S for within single quotes: those in it are replaced by QUOTE, and each
 * character of SPECIAL gets a backslash. */
void completion_add_escaped(
    struct buf *out, const char *s, const char *quote, const char *special);

void completion_bash(struct buf *out);
void completion_zsh(struct buf *out);
void completion_fish(struct buf *out);

#endif
