/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key=value files as a list of lines.  A file has a few dozen lines and is
 * read once per command, so lookups walk the list.
 */
#include "model/conf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"

/* What an error quotes of a bad line. */
#define QUOTE_SIZE 80

struct line {
	char *key;   /* "" for a comment or an empty line */
	char *value; /* as written after '='; of a comment: the line */
};

struct conf {
	struct line *v;
	size_t n, cap;
};

struct conf *
conf_new(void)
{
	return xcalloc(1, sizeof(struct conf));
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].key);
		free(c->v[i].value);
	}
	free(c->v);
	free(c);
}

void
conf_cleanup(struct conf **cp)
{
	conf_free(*cp);
	*cp = NULL;
}

/* Takes KEY and VALUE. */
static void
line_add(struct conf *c, char *key, char *value)
{
	if (c->n == c->cap) {
		c->cap = c->cap == 0 ? 32 : 2 * c->cap;
		c->v = xreallocarray(c->v, c->cap, sizeof(*c->v));
	}
	c->v[c->n++] = (struct line){ .key = key, .value = value };
}

static bool
line_is(const struct line *l, const char *key)
{
	return l->key[0] != '\0' && strcmp(l->key, key) == 0;
}

/* Keys are ASCII: what has other bytes there is no conf, or begins with a
 * byte order mark that would hide its first key. */
static bool
is_key(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!chr_is_print(s[i]) && s[i] != '\t')
			return false;
	}
	return len > 0;
}

static int
line_parse(struct conf *c, const char *what, unsigned number, const char *text,
    size_t len, struct err *e)
{
	const char *eq, *start = text, *end, *key_end;

	if (memchr(text, '\0', len) != NULL)
		return err_set(
		    e, ERR_CORRUPT, "%s:%u: a NUL byte", what, number);
	while (len > 0 && text[len - 1] == '\r')
		len--;
	end = text + len;
	while (start < end && chr_is_blank(*start))
		start++;
	if (start == end || *start == '#') {
		line_add(c, xstrdup(""), xstrndup(text, len));
		return 0;
	}
	eq = memchr(start, '=', (size_t)(end - start));
	key_end = eq == NULL ? start : eq;
	while (key_end > start && chr_is_blank(key_end[-1]))
		key_end--;
	if (!is_key(start, (size_t)(key_end - start))) {
		auto_free char *copy = xstrndup(text, len);
		char quoted[QUOTE_SIZE];

		return err_set(e, ERR_CORRUPT,
		    "%s:%u: '%s': expected key=value", what, number,
		    str_quote(quoted, sizeof(quoted), copy));
	}
	line_add(c, xstrndup(start, (size_t)(key_end - start)),
	    xstrndup(eq + 1, (size_t)(end - eq - 1)));
	return 0;
}

int
conf_parse(const char *what, const char *text, size_t len, struct conf **out,
    struct err *e)
{
	auto_conf struct conf *c = conf_new();
	const char *end = text + len;
	unsigned number = 0;

	if (len > CONF_FILE_MAX)
		return err_set(e, ERR_LIMIT, "%s: larger than %zu bytes", what,
		    CONF_FILE_MAX);
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl == NULL ? end : nl) - text);

		if (line_parse(c, what, ++number, text, n, e) < 0)
			return -1;
		text = nl == NULL ? end : nl + 1;
	}
	*out = take_ptr(&c);
	return 0;
}

int
conf_read(int dirfd, const char *name, const char *what, struct conf **out,
    struct err *e)
{
	auto_buf struct buf b = BUF_INIT(CONF_FILE_MAX);

	if (file_read_as(dirfd, name, what, &b, e) < 0) {
		if (err_pardon(e, ERR_NOT_FOUND) < 0)
			return -1;
		return err_set(e, ERR_NOT_FOUND, "%s: not found", what);
	}
	return conf_parse(what, b.data, b.len, out, e);
}

void
conf_format(const struct conf *c, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i].key[0] != '\0') {
			buf_add_str(out, c->v[i].key);
			buf_add_char(out, '=');
		}
		buf_add_str(out, c->v[i].value);
		buf_add_char(out, '\n');
	}
}

int
conf_write(const struct conf *c, int dirfd, const char *name,
    unsigned file_flags, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(CONF_FILE_MAX);

	conf_format(c, &b);
	if (buf_check(&b, name, e) < 0)
		return -1;
	return file_write(dirfd, name, b.data, b.len, 0644, file_flags, e);
}

const char *
conf_raw(const struct conf *c, const char *key)
{
	for (size_t i = c->n; i > 0; i--) {
		if (line_is(&c->v[i - 1], key))
			return c->v[i - 1].value;
	}
	return NULL;
}

char *
conf_get(const struct conf *c, const char *key)
{
	const char *value = conf_raw(c, key);

	return value == NULL ? NULL : conf_trim(value);
}

char *
conf_trim(const char *raw)
{
	size_t len;

	while (chr_is_blank(*raw))
		raw++;
	len = strlen(raw);
	while (len > 0 && chr_is_blank(raw[len - 1]))
		len--;
	if (len >= 2 && raw[0] == '"' && raw[len - 1] == '"') {
		raw++;
		len -= 2;
	}
	return xstrndup(raw, len);
}

void
conf_all(const struct conf *c, const char *key, struct strv *out)
{
	for (size_t i = 0; i < c->n; i++) {
		if (line_is(&c->v[i], key))
			strv_add(out, c->v[i].value);
	}
}

/* What was written must be what is read again. */
static void
assert_line(const char *key, const char *value)
{
	size_t len = strlen(value);

	assert(key[0] != '\0' && key[0] != '#');
	assert(strpbrk(key, "= \t\r\n") == NULL);
	assert(strchr(value, '\n') == NULL);
	assert(len == 0 || value[len - 1] != '\r');
}

void
conf_add(struct conf *c, const char *key, const char *value)
{
	assert_line(key, value);
	line_add(c, xstrdup(key), xstrdup(value));
}

/* Remove lines of KEY from FROM on, all or those with VALUE. */
static bool
remove_from(struct conf *c, size_t from, const char *key, const char *value)
{
	size_t kept = from;

	for (size_t i = from; i < c->n; i++) {
		struct line *l = &c->v[i];

		if (line_is(l, key) &&
		    (value == NULL || strcmp(l->value, value) == 0)) {
			free(l->key);
			free(l->value);
		} else
			c->v[kept++] = *l;
	}
	from = c->n;
	c->n = kept;
	return kept != from;
}

void
conf_set(struct conf *c, const char *key, const char *value)
{
	assert_line(key, value);
	for (size_t i = 0; i < c->n; i++) {
		char *copy;

		if (!line_is(&c->v[i], key))
			continue;
		copy = xstrdup(value);
		free(c->v[i].value);
		c->v[i].value = copy;
		(void)remove_from(c, i + 1, key, NULL);
		return;
	}
	conf_add(c, key, value);
}

void
conf_remove(struct conf *c, const char *key)
{
	(void)remove_from(c, 0, key, NULL);
}

bool
conf_remove_value(struct conf *c, const char *key, const char *value)
{
	return remove_from(c, 0, key, value);
}

bool
conf_line(const struct conf *c, size_t i, const char **key, const char **value)
{
	if (i >= c->n)
		return false;
	*key = c->v[i].key;
	*value = c->v[i].value;
	return true;
}

bool
conf_value_is_ok(const char *value)
{
	return strpbrk(value, "\r\n") == NULL;
}
