/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON writer: commas, nesting, and strings that are always UTF-8. */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

void
json_init(struct json *j, struct buf *out)
{
	*j = (struct json){ .out = out };
}

/* One row per length of a UTF-8 sequence (RFC 3629). */
struct utf8_row {
	unsigned char lead_mask, lead;
	uint32_t min; /* below it the sequence is overlong */
};

static const struct utf8_row utf8_rows[] = {
	[1] = { 0x80, 0x00, 0 },
	[2] = { 0xe0, 0xc0, 0x80 },
	[3] = { 0xf0, 0xe0, 0x800 },
	[4] = { 0xf8, 0xf0, 0x10000 },
};

/* Length of the well-formed sequence at S (NUL-terminated), or 0. */
static size_t
utf8_length(const unsigned char *s)
{
	for (size_t n = 1; n < COUNT_OF(utf8_rows); n++) {
		const struct utf8_row *r = &utf8_rows[n];
		uint32_t c = s[0] & (unsigned char)~r->lead_mask;

		if ((s[0] & r->lead_mask) != r->lead)
			continue;
		for (size_t i = 1; i < n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s[i] & 0x3fU);
		}
		if (c < r->min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		return n;
	}
	return 0;
}

struct escape_row {
	char c;
	const char *text;
};

static const struct escape_row escapes[] = {
	{ '"', "\\\"" },
	{ '\\', "\\\\" },
	{ '\n', "\\n" },
	{ '\r', "\\r" },
	{ '\t', "\\t" },
};

static void
add_escaped(struct buf *out, char c)
{
	for (size_t i = 0; i < COUNT_OF(escapes); i++) {
		if (escapes[i].c == c) {
			buf_add_str(out, escapes[i].text);
			return;
		}
	}
	if ((unsigned char)c < 0x20)
		buf_add_fmt(out, "\\u%04x", (unsigned)c);
	else
		buf_add_char(out, c);
}

static void
add_string(struct buf *out, const char *s)
{
	buf_add_char(out, '"');
	while (*s != '\0') {
		size_t n = utf8_length((const unsigned char *)s);

		if (n == 0)
			buf_add_str(out, "\xef\xbf\xbd"); /* U+FFFD */
		else if (n == 1)
			add_escaped(out, *s);
		else
			buf_add(out, s, n);
		s += n != 0 ? n : 1;
	}
	buf_add_char(out, '"');
}

/* What stands before a value: the comma and the key. */
static void
begin_value(struct json *j, const char *key)
{
	if (j->depth > 0) {
		if (j->has_value[j->depth - 1])
			buf_add_char(j->out, ',');
		j->has_value[j->depth - 1] = true;
	}
	if (key != NULL) {
		add_string(j->out, key);
		buf_add_char(j->out, ':');
	}
}

static void
open_level(struct json *j, const char *key, char c)
{
	assert(j->depth < JSON_DEPTH_MAX);
	begin_value(j, key);
	buf_add_char(j->out, c);
	j->has_value[j->depth++] = false;
}

static void
close_level(struct json *j, char c)
{
	assert(j->depth > 0);
	j->depth--;
	buf_add_char(j->out, c);
}

void
json_object(struct json *j, const char *key)
{
	open_level(j, key, '{');
}

void
json_object_end(struct json *j)
{
	close_level(j, '}');
}

void
json_array(struct json *j, const char *key)
{
	open_level(j, key, '[');
}

void
json_array_end(struct json *j)
{
	close_level(j, ']');
}

void
json_str(struct json *j, const char *key, const char *value)
{
	begin_value(j, key);
	add_string(j->out, value);
}

void
json_int(struct json *j, const char *key, int64_t value)
{
	begin_value(j, key);
	buf_add_fmt(j->out, "%" PRId64, value);
}

void
json_bool(struct json *j, const char *key, bool value)
{
	json_number(j, key, value ? "true" : "false");
}

void
json_null(struct json *j, const char *key)
{
	json_number(j, key, "null");
}

void
json_number(struct json *j, const char *key, const char *digits)
{
	begin_value(j, key);
	buf_add_str(j->out, digits);
}
