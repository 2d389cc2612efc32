/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines: options by letter (clusters, glued values) and by long
 * name, as the rows of the command say.  Parsing ends at the first word
 * that is no option, as it always has; commands that take names accept
 * options behind them too ("pot start web -d"), unless the words are a
 * command for the pot.
 */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "cli/command.h"

#define QUOTE_SIZE 80

struct parse {
	struct cli *c;
	int argc;
	char *const *argv;
	int i;		    /* the word that is looked at */
	const char *secret; /* in that word, or the next */
};

static const struct option_row *
find_letter(const struct command *cmd, char letter)
{
	for (size_t i = 0; i < cmd->noptions; i++)
		if (cmd->options[i].letter == letter)
			return &cmd->options[i];
	return NULL;
}

static const struct option_row *
find_name(const struct command *cmd, const char *name, size_t len)
{
	for (size_t i = 0; i < cmd->noptions; i++) {
		const char *s = cmd->options[i].name;

		if (strlen(s) == len && memcmp(s, name, len) == 0)
			return &cmd->options[i];
	}
	return NULL;
}

static bool
takes_value(const struct option_row *o)
{
	return o->arg != NULL;
}

static void
remove_field(struct request *r, const char *field)
{
	for (size_t i = r->names.n; i-- > 0;) {
		if (!str_eq(r->names.v[i], field))
			continue;
		strv_remove(&r->names, i);
		strv_remove(&r->values, i);
	}
}

static void
store(struct cli *c, const struct option_row *o, const char *value)
{
	if (o->field == NULL) {
		strv_add(&c->own_names, o->name);
		strv_add(&c->own, value);
		return;
	}
	if (o->kind == OPTION_VALUE || o->kind == OPTION_FLAG)
		remove_field(&c->req, o->field);
	request_add(&c->req, o->field, value);
}

static int
apply(struct parse *p, const struct option_row *o, const char *value,
    struct err *e)
{
	struct cli *c = p->c;
	char quoted[QUOTE_SIZE];

	switch (o->kind) {
	case OPTION_HELP:
		c->wants_help = true;
		return 0;
	case OPTION_VERBOSE:
		c->verbosity++;
		return 0;
	case OPTION_QUIET:
		c->quiet = true;
		return 0;
	case OPTION_FORMAT:
		if (!str_eq(value, "json") && !str_eq(value, "text"))
			return cli_usage(c, e,
			    "--format %s: expected text or json",
			    str_quote(quoted, sizeof(quoted), value));
		c->json = str_eq(value, "json");
		return 0;
	case OPTION_FLAG:
		store(c, o, "1");
		return 0;
	case OPTION_SECRET:
		p->secret = value;
		store(c, o, value);
		return 0;
	case OPTION_VALUE:
	case OPTION_LIST:
		store(c, o, value);
		return 0;
	}
	return 0;
}

/* "--name", "--name=value", "--name value". */
static int
parse_long(struct parse *p, struct err *e)
{
	const char *word = p->argv[p->i++] + 2;
	const char *eq = strchr(word, '=');
	size_t len = eq == NULL ? strlen(word) : (size_t)(eq - word);
	const struct option_row *o = find_name(p->c->cmd, word, len);

	if (o == NULL) {
		char quoted[QUOTE_SIZE];
		auto_free char *name = xstrndup(word, len);

		return cli_usage(p->c, e, "unknown option --%s",
		    str_quote(quoted, sizeof(quoted), name));
	}
	if (!takes_value(o)) {
		if (eq != NULL)
			return cli_usage(
			    p->c, e, "--%s takes no value", o->name);
		return apply(p, o, NULL, e);
	}
	if (eq != NULL)
		return apply(p, o, eq + 1, e);
	if (p->i >= p->argc)
		return cli_usage(p->c, e, "--%s needs a value", o->name);
	return apply(p, o, p->argv[p->i++], e);
}

/* "-abc", "-pNAME", "-p NAME". */
static int
parse_letters(struct parse *p, struct err *e)
{
	const char *word = p->argv[p->i++] + 1;

	for (; *word != '\0'; word++) {
		const struct option_row *o = find_letter(p->c->cmd, *word);
		const char letter[] = { *word, '\0' };
		char quoted[QUOTE_SIZE];

		if (o == NULL)
			return cli_usage(p->c, e, "unknown option -%s",
			    str_quote(quoted, sizeof(quoted), letter));
		if (!takes_value(o)) {
			if (apply(p, o, NULL, e) < 0)
				return -1;
			continue;
		}
		if (word[1] != '\0')
			return apply(p, o, word + 1, e);
		if (p->i >= p->argc)
			return cli_usage(p->c, e, "-%c needs a value", *word);
		return apply(p, o, p->argv[p->i++], e);
	}
	return 0;
}

/* Words for the audit line; of a secret only the name. */
static void
note(struct parse *p, int from)
{
	for (int i = from; i < p->i; i++) {
		const char *w = p->argv[i], *end, *eq = NULL;

		assert(w != NULL);
		end = w + strlen(w);
		if (p->secret != NULL && p->secret >= w && p->secret <= end)
			eq = strchr(p->secret, '=');
		buf_add_char(&p->c->audit, ' ');
		if (eq == NULL)
			buf_add_str(&p->c->audit, w);
		else
			buf_add(&p->c->audit, w, (size_t)(eq + 1 - w));
	}
	p->secret = NULL;
}

static bool
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* term passes over an option it doesn't know, and takes no more. */
static bool
is_passed_over(const struct cli *c, const char *word)
{
	return (c->cmd->flags & COMMAND_F_LENIENT) != 0 && is_option(word) &&
	    word[1] != '-' && find_letter(c->cmd, word[1]) == NULL;
}

/* May an option follow WORDS? */
static bool
goes_on(const struct cli *c)
{
	return (c->cmd->flags & COMMAND_F_REST) == 0;
}

int
cli_parse(struct cli *c, int argc, char *const *argv, struct err *e)
{
	struct parse p = { .c = c, .argc = argc, .argv = argv };
	bool is_end = false;

	while (p.i < argc && !c->wants_help) {
		const char *word = argv[p.i];
		int from = p.i, r = 0;

		if (!is_end &&
		    (str_eq(word, "--") || is_passed_over(c, word))) {
			is_end = true;
			p.i++;
		} else if (is_end || !is_option(word)) {
			strv_add(&c->words, argv[p.i++]);
			is_end = is_end || !goes_on(c);
		} else {
			r = word[1] == '-' ? parse_long(&p, e) :
					     parse_letters(&p, e);
		}
		note(&p, from);
		if (r < 0)
			return -1;
	}
	return 0;
}
