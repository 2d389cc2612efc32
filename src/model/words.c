/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splitting by sh's rules of quoting.  For a command it must never be wrong
 * that no shell is needed, and never that "exec" may stand before the line;
 * where that can't be told cheaply (substitutions nest), the shell gets the
 * whole line.
 */
#include "model/words.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"

struct splitter {
	const char *p;
	struct strv words;
	struct buf word;
	bool in_word;	 /* also when it is empty: '' */
	bool is_command; /* metacharacters count */
	enum words_need need;
	const char *redirect; /* the last '<' or '>' outside quotes */
};

/* Reserved words, and builtins that no program can stand for. */
static const char *const shell_words[] = { "!", "{", "}", "case", "do", "done",
	"elif", "else", "esac", "fi", "for", "function", "if", "in", "then",
	"until", "while", ".", ":", "alias", "bg", "break", "cd", "command",
	"continue", "eval", "exec", "exit", "export", "fg", "getopts", "hash",
	"jobs", "local", "read", "readonly", "return", "set", "shift", "source",
	"times", "trap", "type", "ulimit", "umask", "unalias", "unset",
	"wait" };

static void
need(struct splitter *s, enum words_need n)
{
	if (s->is_command && n > s->need)
		s->need = n;
}

static void
add(struct splitter *s, char c)
{
	buf_add_char(&s->word, c);
	s->in_word = true;
}

static void
end_word(struct splitter *s)
{
	if (s->in_word)
		strv_add_take(&s->words, buf_take(&s->word));
	s->in_word = false;
}

/* '$' at p: a parameter without braces expands in place; anything else may
 * hold quotes of its own. */
static void
dollar(struct splitter *s)
{
	char c = s->p[1];

	if (chr_is_alnum(c) || c == '_' || (c != '\0' && strchr("@*#?$!-", c)))
		need(s, WORDS_EXPANDS);
	else if (c == '(' || c == '{' || c == '\'' || c == '"')
		need(s, WORDS_COMPOUND);
	add(s, '$');
}

/* After the opening quote; leaves p on the closing one.  False if there is
 * none. */
static bool
single_quoted(struct splitter *s)
{
	s->in_word = true;
	for (s->p++; *s->p != '\0'; s->p++) {
		if (*s->p == '\'')
			return true;
		add(s, *s->p);
	}
	return false;
}

static bool
double_quoted(struct splitter *s)
{
	s->in_word = true;
	for (s->p++; *s->p != '\0'; s->p++) {
		char c = *s->p;

		if (c == '"')
			return true;
		if (c == '$') {
			dollar(s);
			continue;
		}
		if (c == '`')
			need(s, WORDS_COMPOUND);
		/* 2.2.3: elsewhere the backslash stays. */
		if (c == '\\' && s->p[1] != '\0' &&
		    strchr("$`\"\\\n", s->p[1]) != NULL)
			c = *++s->p;
		add(s, c);
	}
	return false;
}

/* What a character outside quotes means to a shell. */
static enum words_need
meaning(const struct splitter *s, char c)
{
	/* 2>&1 */
	bool is_redirect =
	    c == '&' && s->redirect != NULL && s->redirect + 1 == s->p;
	/* NAME=value command */
	bool is_assignment = c == '=' && s->words.n == 0;
	bool is_home = c == '~' && !s->in_word;

	if (is_redirect || is_home || strchr("*?[{<>", c) != NULL)
		return WORDS_EXPANDS;
	if (is_assignment || strchr("`|&;()\n", c) != NULL)
		return WORDS_COMPOUND;
	return WORDS_PLAIN;
}

static void
bare(struct splitter *s)
{
	char c = *s->p;

	if (c == '$') {
		dollar(s);
		return;
	}
	need(s, meaning(s, c));
	if (c == '<' || c == '>')
		s->redirect = s->p;
	add(s, c);
}

/* A newline ends more than a word of a command: it is left to bare(). */
static bool
is_separator(const struct splitter *s, char c)
{
	return chr_is_blank(c) || (c == '\n' && !s->is_command);
}

/* All of it, or up to where a shell has to take over. */
static int
split(struct splitter *s, struct err *e)
{
	for (; *s->p != '\0' && s->need != WORDS_COMPOUND; s->p++) {
		char c = *s->p;
		bool is_closed = true;

		if (is_separator(s, c)) {
			end_word(s);
		} else if (c == '#' && !s->in_word) {
			if (!s->is_command)
				break;
			need(s, WORDS_COMPOUND);
		} else if (c == '\\' && s->p[1] == '\n') {
			need(s, WORDS_COMPOUND);
			s->p++;
		} else if (c == '\\' && s->p[1] != '\0') {
			add(s, *++s->p);
		} else if (c == '\'') {
			is_closed = single_quoted(s);
		} else if (c == '"') {
			is_closed = double_quoted(s);
		} else {
			bare(s);
		}
		if (is_closed)
			continue;
		/* A substitution may have hidden the end from us. */
		if (s->need == WORDS_COMPOUND)
			break;
		return err_set(e, ERR_INVALID, "a quote is not closed");
	}
	end_word(s);
	return 0;
}

static bool
is_shell_word(const char *s)
{
	for (size_t i = 0; i < COUNT_OF(shell_words); i++) {
		if (strcmp(shell_words[i], s) == 0)
			return true;
	}
	return false;
}

static int
run(struct splitter *s, const char *text, struct err *e)
{
	s->p = text;
	/* No word is longer than the text. */
	buf_init(&s->word, strlen(text) + 1);
	return split(s, e);
}

static void
fini(struct splitter *s)
{
	strv_fini(&s->words);
	buf_fini(&s->word);
}

/* Give the words away. */
static void
move_words(struct splitter *s, struct strv *out)
{
	for (size_t i = 0; i < s->words.n; i++) {
		strv_add_take(out, s->words.v[i]);
		s->words.v[i] = NULL;
	}
}

int
words_split_command(
    const char *text, struct strv *out, enum words_need *n, struct err *e)
{
	__attribute__((cleanup(fini))) struct splitter s = {
		.is_command = true,
	};

	if (run(&s, text, e) < 0)
		return -1;
	/* A first word that begins with '-' would be an option of exec. */
	if (s.words.n > 0 &&
	    (is_shell_word(s.words.v[0]) ||
		(s.need == WORDS_EXPANDS && s.words.v[0][0] == '-')))
		s.need = WORDS_COMPOUND;
	if (s.need == WORDS_PLAIN)
		move_words(&s, out);
	*n = s.need;
	return 0;
}

int
words_split_plain(const char *text, struct strv *out, struct err *e)
{
	__attribute__((cleanup(fini))) struct splitter s = {
		.is_command = false,
	};

	if (run(&s, text, e) < 0)
		return -1;
	move_words(&s, out);
	return 0;
}
