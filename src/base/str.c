/* SPDX-License-Identifier: BSD-2-Clause */
/* Text and numbers without locale. */
#include "base/str.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QUOTE_SIZE 80 /* of a foreign value in an error text */

bool
chr_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
chr_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
chr_is_alnum(char c)
{
	return chr_is_digit(c) || chr_is_alpha(c);
}

bool
chr_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
chr_is_space(char c)
{
	return chr_is_blank(c) || (c >= '\n' && c <= '\r');
}

bool
chr_is_print(char c)
{
	return c >= 0x20 && c <= 0x7e;
}

char
chr_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool
str_ieq(const char *a, const char *b)
{
	while (*a != '\0' && chr_lower(*a) == chr_lower(*b)) {
		a++;
		b++;
	}
	return chr_lower(*a) == chr_lower(*b);
}

bool
str_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && memcmp(s + len - n, suffix, n) == 0;
}

bool
str_is_digits(const char *s)
{
	if (*s == '\0')
		return false;
	while (chr_is_digit(*s))
		s++;
	return *s == '\0';
}

bool
str_take_u64(const char **p, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	const char *s;

	for (s = *p; chr_is_digit(*s); s++) {
		uint64_t d = (uint64_t)(*s - '0');

		if (d > max || v > (max - d) / 10)
			return false;
		v = v * 10 + d;
	}
	if (s == *p)
		return false;
	*p = s;
	*out = v;
	return true;
}

int
str_u64(const char *what, const char *s, uint64_t min, uint64_t max,
    uint64_t *out, struct err *e)
{
	char quoted[QUOTE_SIZE];
	const char *end = s;
	uint64_t v;

	if (!str_take_u64(&end, max, &v) || *end != '\0' || v < min) {
		return err_set(e, ERR_INVALID,
		    "%s '%s': expected a number from %" PRIu64 " to %" PRIu64,
		    what, str_quote(quoted, sizeof(quoted), s), min, max);
	}
	*out = v;
	return 0;
}

static const char size_units[] = "bkmgt"; /* each 1024 of the one before */

int
str_size(const char *what, const char *s, uint64_t *bytes, struct err *e)
{
	char quoted[QUOTE_SIZE];
	const char *end = s, *unit = size_units;
	uint64_t v;
	unsigned shift;

	if (!str_take_u64(&end, UINT64_MAX, &v) || v == 0)
		goto bad;
	if (*end != '\0') {
		unit = strchr(size_units, chr_lower(*end));
		if (unit == NULL || end[1] != '\0')
			goto bad;
	}
	shift = (unsigned)(unit - size_units) * 10;
	if (v > UINT64_MAX >> shift)
		goto bad;
	*bytes = v << shift;
	return 0;
bad:
	return err_set(e, ERR_INVALID,
	    "%s '%s': expected a size such as 512M (units b k m g t)", what,
	    str_quote(quoted, sizeof(quoted), s));
}

const char *
str_format_size(char out[STR_SIZE_TEXT], uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	unsigned shift = 0, u = 0;
	uint64_t whole, tenths;

	/* Up a unit where rounding would show 1024 of the smaller one. */
	while (u + 2 < sizeof(units) &&
	    bytes >= (UINT64_C(1024) << shift) -
		    (shift != 0 ? UINT64_C(1) << (shift - 1) : 0)) {
		shift += 10;
		u++;
	}
	whole = bytes >> shift;
	if (shift == 0) {
		str_fmt(out, STR_SIZE_TEXT, "%" PRIu64 "B", whole);
		return out;
	}
	tenths = (bytes >> (shift - 10)) & 1023;
	tenths = whole * 10 + (tenths * 10 + 512) / 1024;
	if (tenths < 100) {
		str_fmt(out, STR_SIZE_TEXT, "%" PRIu64 ".%" PRIu64 "%c",
		    tenths / 10, tenths % 10, units[u]);
	} else {
		whole += (bytes >> (shift - 1)) & 1;
		str_fmt(out, STR_SIZE_TEXT, "%" PRIu64 "%c", whole, units[u]);
	}
	return out;
}

struct bool_row {
	const char *word;
	bool value;
};

static const struct bool_row bool_rows[] = {
	{ "yes", true },
	{ "true", true },
	{ "on", true },
	{ "no", false },
	{ "false", false },
	{ "off", false },
};

int
str_bool(const char *what, const char *s, bool *out, struct err *e)
{
	char quoted[QUOTE_SIZE];

	for (size_t i = 0; i < COUNT_OF(bool_rows); i++) {
		if (str_ieq(s, bool_rows[i].word)) {
			*out = bool_rows[i].value;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "%s '%s': expected yes or no", what,
	    str_quote(quoted, sizeof(quoted), s));
}

struct escape_row {
	char c, letter;
};

static const struct escape_row escapes[] = {
	{ '\n', 'n' },
	{ '\t', 't' },
	{ '\r', 'r' },
	{ '\\', '\\' },
	{ '\'', '\'' },
	{ '"', '"' },
};

/* C as it is shown; the length. */
static size_t
quote_char(char out[5], char c)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char u = (unsigned char)c;

	for (size_t i = 0; i < COUNT_OF(escapes); i++) {
		if (escapes[i].c == c) {
			out[0] = '\\';
			out[1] = escapes[i].letter;
			return 2;
		}
	}
	if (chr_is_print(c)) {
		out[0] = c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[u >> 4];
	out[3] = hex[u & 15];
	return 4;
}

/* C0 and DEL, and C1 as UTF-8 has it: what a terminal obeys. */
static size_t
control_len(const char *s)
{
	unsigned char c = (unsigned char)s[0], next;

	if (c != '\0' && (c < ' ' || c == 0x7f))
		return 1;
	next = c == 0xc2 ? (unsigned char)s[1] : 0;
	return next >= 0x80 && next < 0xa0 ? 2 : 0;
}

size_t
str_tame(char *out, size_t size, const char *s)
{
	size_t len = 0, wanted = 0;

	while (*s != '\0') {
		size_t control = control_len(s);
		char piece[8];
		size_t n = 0;

		if (control == 0)
			piece[n++] = *s++;
		for (; control > 0; control--)
			n += quote_char(piece + n, *s++);
		wanted += n;
		if (wanted >= size)
			continue;
		memcpy(out + len, piece, n);
		len += n;
	}
	out[len] = '\0';
	return wanted;
}

size_t
str_fmt(char *out, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out, size, fmt, ap);
	va_end(ap);
	assert(n >= 0 && (size_t)n < size);
	return (size_t)n;
}

size_t
str_copy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size != 0) {
		size_t n = len < size ? len : size - 1;

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

const char *
str_quote(char *out, size_t size, const char *s)
{
	size_t len = 0, cut = 0; /* cut: what fits before "..." */

	assert(size >= sizeof("..."));
	for (; *s != '\0'; s++) {
		char piece[5];
		size_t n = quote_char(piece, *s);

		if (len + n >= size) {
			memcpy(out + cut, "...", 4);
			return out;
		}
		memcpy(out + len, piece, n);
		len += n;
		if (len + sizeof("...") <= size)
			cut = len;
	}
	out[len] = '\0';
	return out;
}

bool
str_has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
		p += strspn(p, " ");
	}
	return false;
}

uint64_t
str_hash(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}
