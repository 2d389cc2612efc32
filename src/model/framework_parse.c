/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of sh that configurations use: assignments, quotes, comments,
 * $NAME and ${NAME}, lines continued by a backslash.  Anything else is for a
 * shell; that includes variables we know nothing of, since a shell sets some
 * by itself.
 */
#include "model/framework.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/framework_impl.h"

/* One more name than sh allows: an interface may have a dot (em0.20). */
#define NETWORK_PREFIX "POT_NETWORK_"

enum result { FAILED = -1, DONE = 0, NEEDS_SHELL = 1 };

struct parser {
	const char *what;
	const char *p, *end;
	unsigned line; /* of p */
	struct strv *names, *values;
	size_t count;
};

/* The character N places on, NUL at the end (there is none in the text). */
static char
peek(const struct parser *s, size_t n)
{
	return (size_t)(s->end - s->p) > n ? s->p[n] : '\0';
}

static void
advance(struct parser *s)
{
	if (*s->p++ == '\n')
		s->line++;
}

static bool
is_name_start(char c)
{
	return chr_is_alpha(c) || c == '_';
}

static bool
is_name_char(char c)
{
	return chr_is_alnum(c) || c == '_';
}

/* A carriage return counts as part of the end of its line. */
static bool
at_crlf(const struct parser *s)
{
	return peek(s, 0) == '\r' && (peek(s, 1) == '\n' || peek(s, 1) == '\0');
}

static bool
at_separator(const struct parser *s)
{
	char c = peek(s, 0);

	return c == '\0' || c == ' ' || c == '\t' || c == '\n' || at_crlf(s);
}

/* "\" and the end of a line: both vanish. */
static bool
skip_continuation(struct parser *s)
{
	if (peek(s, 0) != '\\' || peek(s, 1) != '\n')
		return false;
	advance(s);
	advance(s);
	return true;
}

static const char *
lookup(const struct parser *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->names->n; i++) {
		if (strncmp(s->names->v[i], name, len) == 0 &&
		    s->names->v[i][len] == '\0')
			return s->values->v[i];
	}
	return NULL;
}

/* At '$'. */
static enum result
expand(struct parser *s, struct buf *out)
{
	bool has_brace = peek(s, 1) == '{';
	const char *name = s->p + (has_brace ? 2 : 1), *value;
	size_t len = 0;

	if (name >= s->end || !is_name_start(*name)) {
		/* "$" alone is a character, $( $1 $? are not. */
		if (has_brace ||
		    (name < s->end &&
			(chr_is_digit(*name) ||
			    strchr("(@*#?$!-'\"", *name) != NULL)))
			return NEEDS_SHELL;
		buf_add_char(out, '$');
		s->p++;
		return DONE;
	}
	while (name + len < s->end && is_name_char(name[len]))
		len++;
	if (has_brace && (name + len >= s->end || name[len] != '}'))
		return NEEDS_SHELL; /* ${NAME:-...} and its kin */
	value = lookup(s, name, len);
	if (value == NULL)
		return NEEDS_SHELL;
	buf_add_str(out, value);
	s->p = name + len + (has_brace ? 1 : 0);
	return DONE;
}

static enum result
open_quote(const struct parser *s, unsigned line, struct err *e)
{
	(void)err_set(
	    e, ERR_CORRUPT, "%s:%u: a quote is not closed", s->what, line);
	return FAILED;
}

/* At the opening quote. */
static enum result
single_quoted(struct parser *s, struct buf *out, struct err *e)
{
	unsigned line = s->line;

	for (advance(s); s->p < s->end; advance(s)) {
		if (*s->p == '\'') {
			advance(s);
			return DONE;
		}
		buf_add_char(out, *s->p);
	}
	return open_quote(s, line, e);
}

static enum result
double_quoted(struct parser *s, struct buf *out, struct err *e)
{
	unsigned line = s->line;

	advance(s);
	while (s->p < s->end) {
		char c = *s->p;

		if (c == '"') {
			advance(s);
			return DONE;
		}
		if (c == '`')
			return NEEDS_SHELL;
		if (skip_continuation(s))
			continue;
		if (c == '$') {
			enum result r = expand(s, out);

			if (r != DONE)
				return r;
			continue;
		}
		if (c == '\\' && peek(s, 1) != '\0' &&
		    strchr("$`\"\\", peek(s, 1)) != NULL)
			advance(s);
		buf_add_char(out, *s->p);
		advance(s);
	}
	return open_quote(s, line, e);
}

/* One piece of a value outside quotes. */
static enum result
bare(struct parser *s, bool is_first, struct buf *out)
{
	char c = *s->p;

	if (skip_continuation(s))
		return DONE;
	if (c == '$')
		return expand(s, out);
	if (strchr("|&;<>()`", c) != NULL)
		return NEEDS_SHELL;
	/* Home directories, at the beginning and after each colon. */
	if (c == '~' && (is_first || s->p[-1] == ':'))
		return NEEDS_SHELL;
	if (c == '\\' && peek(s, 1) != '\0')
		advance(s);
	buf_add_char(out, *s->p);
	advance(s);
	return DONE;
}

static enum result
value(struct parser *s, struct buf *out, struct err *e)
{
	const char *start = s->p;

	while (!at_separator(s)) {
		enum result r;

		if (*s->p == '\'')
			r = single_quoted(s, out, e);
		else if (*s->p == '"')
			r = double_quoted(s, out, e);
		else
			r = bare(s, s->p == start, out);
		if (r != DONE)
			return r;
	}
	return DONE;
}

/* Length of the name before '=', or 0 if no assignment begins here. */
static size_t
name_length(const struct parser *s)
{
	size_t len = 0;
	bool is_network = (size_t)(s->end - s->p) > strlen(NETWORK_PREFIX) &&
	    memcmp(s->p, NETWORK_PREFIX, strlen(NETWORK_PREFIX)) == 0;

	if (!is_name_start(peek(s, 0)))
		return 0;
	while (is_name_char(peek(s, len)) ||
	    (is_network && (peek(s, len) == '.' || peek(s, len) == '-')))
		len++;
	return peek(s, len) == '=' ? len : 0;
}

static enum result
assignment(struct parser *s, struct err *e)
{
	auto_buf struct buf out = BUF_INIT(FRAMEWORK_VALUE_MAX);
	auto_free char *name = NULL;
	size_t len = name_length(s);
	unsigned line = s->line;
	enum result r;

	if (len == 0)
		return NEEDS_SHELL;
	if (++s->count > FRAMEWORK_ASSIGN_MAX) {
		(void)err_set(e, ERR_LIMIT, "%s:%u: more than %zu assignments",
		    s->what, line, FRAMEWORK_ASSIGN_MAX);
		return FAILED;
	}
	name = xstrndup(s->p, len);
	s->p += len + 1;
	r = value(s, &out, e);
	if (r != DONE)
		return r;
	if (out.is_full) {
		(void)err_set(e, ERR_LIMIT,
		    "%s:%u: a value is longer than %zu bytes", s->what, line,
		    FRAMEWORK_VALUE_MAX);
		return FAILED;
	}
	framework_assign(s->names, s->values, name, out.data);
	return DONE;
}

static enum result
parse(struct parser *s, struct err *e)
{
	while (s->p < s->end) {
		enum result r;

		if (at_separator(s)) {
			advance(s);
		} else if (*s->p == '#') {
			while (s->p < s->end && *s->p != '\n')
				s->p++;
		} else if (!skip_continuation(s)) {
			r = assignment(s, e);
			if (r != DONE)
				return r;
		}
	}
	return DONE;
}

static bool
is_binary(char c)
{
	return ((unsigned char)c < ' ' && !chr_is_space(c)) || c == 0x7f;
}

int
framework_parse(const char *what, const char *text, size_t len,
    struct strv *names, struct strv *values, unsigned *line, struct err *e)
{
	struct parser s = {
		.what = what,
		.p = text,
		.end = text + len,
		.line = 1,
		.names = names,
		.values = values,
	};
	enum result r;

	if (len > FRAMEWORK_FILE_MAX)
		return err_set(e, ERR_LIMIT, "%s: larger than %zu bytes", what,
		    FRAMEWORK_FILE_MAX);
	for (const char *p = text; p < s.end; p++) {
		if (is_binary(*p))
			return err_set(e, ERR_CORRUPT,
			    "%s:%u: a control character: not a text", what,
			    s.line);
		s.line += *p == '\n';
	}
	s.line = 1;
	r = parse(&s, e);
	if (r == NEEDS_SHELL)
		*line = s.line;
	return (int)r;
}
