/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests in one line.
 */
#include "model/request_line.h"

#include <string.h>

#include "base/str.h"

static bool
is_plain(char c)
{
	return chr_is_print(c) && c != ' ' && c != '%' && c != '=';
}

static void
add_escaped(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (is_plain(*s))
			buf_add_char(out, *s);
		else
			buf_add_fmt(out, "%%%02X", (unsigned char)*s);
	}
}

void
request_line_format(const struct request *r, struct buf *out)
{
	add_escaped(out, r->verb);
	for (size_t i = 0; i < r->names.n; i++) {
		buf_add_char(out, ' ');
		add_escaped(out, r->names.v[i]);
		buf_add_char(out, '=');
		add_escaped(out, r->values.v[i]);
	}
}

static int
hex(char c)
{
	if (chr_is_digit(c))
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Unescape up to STOP, a blank, or the end; the rest, or NULL. */
static const char *
take_word(const char *p, char stop, struct buf *out)
{
	while (*p != '\0' && *p != ' ' && *p != stop) {
		if (*p != '%') {
			if (!is_plain(*p))
				return NULL;
			buf_add_char(out, *p++);
			continue;
		}
		int hi = hex(p[1]), lo = hi < 0 ? -1 : hex(p[2]);
		int byte = hi * 16 + lo;

		if (lo < 0 || byte == 0)
			return NULL;
		buf_add_char(out, (char)byte);
		p += 3;
	}
	return p;
}

int
request_line_parse(const char *line, struct request *r, struct err *e)
{
	auto_buf struct buf name = BUF_INIT(REQUEST_MAX);
	auto_buf struct buf value = BUF_INIT(REQUEST_MAX);
	const char *p = take_word(line, ' ', &name);

	request_init(r, name.data);
	if (p == NULL || name.len == 0)
		goto bad;
	while (*p == ' ') {
		buf_clear(&name);
		buf_clear(&value);
		p = take_word(p + 1, '=', &name);
		if (p == NULL || name.len == 0 || *p != '=')
			goto bad;
		p = take_word(p + 1, ' ', &value);
		if (p == NULL)
			goto bad;
		request_add(r, name.data, value.data);
	}
	if (*p == '\0')
		return 0;
bad:
	return err_set(e, ERR_INVALID, "request: not a line of one");
}
