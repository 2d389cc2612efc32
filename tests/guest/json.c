/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests in sh: reads a JSON text (RFC 8259) and says what is in it.
 *
 * usage: json FILE [PATH]
 *	PATH	"['limits'][0]['name']": members and elements
 * Prints the value there, a string as it is, other values as they are
 * written; without PATH nothing.  Status 1: it is not valid; 3: no such value.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64

struct json {
	const char *at;
	const char *end;
	const char *path; /* what is left of PATH, or NULL */
	int depth;
	bool is_found;
};

static int value(struct json *, const char *);

static _Noreturn void
die(int status, const char *what, const char *text)
{
	(void)fprintf(stderr, "json: %s: %.40s\n", what, text);
	exit(status);
}

static void
skip_space(struct json *j)
{
	while (j->at < j->end && *j->at != '\0' &&
	    strchr(" \t\r\n", *j->at) != NULL)
		j->at++;
}

/* The next character, taken if it is C. */
static bool
take(struct json *j, char c)
{
	skip_space(j);
	if (j->at >= j->end || *j->at != c)
		return false;
	j->at++;
	return true;
}

static void
put_utf8(FILE *out, unsigned c)
{
	if (c < 0x80) {
		(void)putc((int)c, out);
	} else if (c < 0x800) {
		(void)putc((int)(0xc0 | c >> 6), out);
		(void)putc((int)(0x80 | (c & 0x3f)), out);
	} else {
		(void)putc((int)(0xe0 | c >> 12), out);
		(void)putc((int)(0x80 | (c >> 6 & 0x3f)), out);
		(void)putc((int)(0x80 | (c & 0x3f)), out);
	}
}

/* Behind a backslash. */
static int
escape(struct json *j, FILE *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = j->at >= j->end ? NULL : strchr(from, *j->at);
	char digits[5] = "", *rest;

	if (j->at < j->end && *j->at == 'u') {
		if (j->end - j->at < 5)
			return -1;
		memcpy(digits, j->at + 1, 4);
		put_utf8(out, (unsigned)strtoul(digits, &rest, 16));
		j->at += 5;
		return rest == digits + 4 ? 0 : -1;
	}
	if (at == NULL || *at == '\0')
		return -1;
	(void)putc(to[at - from], out);
	j->at++;
	return 0;
}

/* A string's characters are well-formed UTF-8. */
static bool
is_utf8(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0';
	     p++) {
		int more = *p < 0x80 ? 0 :
		    *p < 0xc2	     ? -1 :
		    *p < 0xe0	     ? 1 :
		    *p < 0xf0	     ? 2 :
		    *p < 0xf5	     ? 3 :
				       -1;

		if (more < 0)
			return false;
		for (; more > 0; more--) {
			if ((*++p & 0xc0) != 0x80)
				return false;
		}
	}
	return true;
}

/* A string, unescaped, to be freed; NULL if it is none. */
static char *
string(struct json *j)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out;
	bool is_good = false;

	if (!take(j, '"'))
		return NULL;
	out = open_memstream(&text, &size);
	if (out == NULL)
		die(2, "no memory", "");
	while (j->at < j->end && (unsigned char)*j->at >= ' ') {
		char c = *j->at++;

		if (c == '"') {
			is_good = true;
			break;
		}
		if (c != '\\')
			(void)putc(c, out);
		else if (escape(j, out) < 0)
			break;
	}
	(void)fclose(out);
	if (is_good && is_utf8(text))
		return text;
	free(text);
	return NULL;
}

static size_t
digits(struct json *j)
{
	size_t n = 0;

	for (; j->at < j->end && *j->at >= '0' && *j->at <= '9'; n++)
		j->at++;
	return n;
}

static int
number(struct json *j)
{
	(void)(*j->at == '-' && j->at++);
	if (j->at < j->end && *j->at == '0')
		j->at++;
	else if (digits(j) == 0)
		return -1;
	if (j->at < j->end && *j->at == '.') {
		j->at++;
		if (digits(j) == 0)
			return -1;
	}
	if (j->at < j->end && (*j->at == 'e' || *j->at == 'E')) {
		j->at++;
		(void)(j->at < j->end && strchr("+-", *j->at) && j->at++);
		if (digits(j) == 0)
			return -1;
	}
	return 0;
}

static int
word(struct json *j)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(j->end - j->at) >= n &&
		    strncmp(j->at, words[i], n) == 0) {
			j->at += n;
			return 0;
		}
	}
	return -1;
}

/* What is left of PATH below the member KEY or the element INDEX, or NULL. */
static const char *
below(const char *path, const char *key, size_t index)
{
	char step[256];
	int n = key != NULL ? snprintf(step, sizeof(step), "['%s']", key) :
			      snprintf(step, sizeof(step), "[%zu]", index);

	if (path == NULL || n < 0 || (size_t)n >= sizeof(step) ||
	    strncmp(path, step, (size_t)n) != 0)
		return NULL;
	return path + n;
}

/* Members of an object or elements of an array, to the closing CLOSE. */
static int
many(struct json *j, char close, const char *path)
{
	size_t i = 0;

	if (take(j, close))
		return 0;
	do {
		char *key = NULL;
		const char *rest;

		if (close == '}') {
			skip_space(j);
			key = string(j);
			if (key == NULL || !take(j, ':')) {
				free(key);
				return -1;
			}
		}
		rest = below(path, key, i++);
		free(key);
		if (value(j, rest) < 0)
			return -1;
	} while (take(j, ','));
	return take(j, close) ? 0 : -1;
}

/* One value; printed if PATH is at its end here. */
static int
value(struct json *j, const char *path)
{
	bool is_wanted = path != NULL && *path == '\0';
	const char *from;
	char *text = NULL;
	int status = -1;

	skip_space(j);
	from = j->at;
	if (j->at >= j->end || j->depth == DEPTH_MAX)
		return -1;
	j->depth++;
	switch (*j->at) {
	case '{':
	case '[':
		j->at++;
		status = many(j, *from == '{' ? '}' : ']', path);
		break;
	case '"':
		text = string(j);
		status = text == NULL ? -1 : 0;
		break;
	default:
		status = (*from >= '0' && *from <= '9') || *from == '-' ?
		    number(j) :
		    word(j);
	}
	j->depth--;
	if (is_wanted && status == 0) {
		j->is_found = true;
		if (text != NULL)
			printf("%s\n", text);
		else
			printf("%.*s\n", (int)(j->at - from), from);
	}
	free(text);
	return status;
}

int
main(int argc, char **argv)
{
	static char text[1 << 22];
	struct json j = { .at = text };
	const char *path = argc == 3 ? argv[2] : NULL;
	FILE *in = argc < 2 ? NULL : fopen(argv[1], "r");

	if (in == NULL)
		die(2, "usage", "json FILE [PATH]");
	j.end = text + fread(text, 1, sizeof(text), in);
	(void)fclose(in);
	if (value(&j, path) < 0)
		die(1, "not valid at", j.at);
	skip_space(&j);
	if (j.at != j.end)
		die(1, "something behind it", j.at);
	if (path != NULL && !j.is_found)
		die(3, "no such value", path);
	return 0;
}
