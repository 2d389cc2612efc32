/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf/fscomp.conf: what is mounted into a pot.
 */
#include "model/fscomp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define FSCOMP_FILE	"fscomp.conf"
#define FSCOMP_FILE_MAX ((size_t)1 << 20)
#define QUOTE_SIZE	100
#define WORDS_MAX	3

void
fscomp_fini(struct fscomp *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].source);
		free(f->v[i].target);
		free(f->v[i].option);
	}
	free(f->v);
	*f = (struct fscomp)FSCOMP_INIT;
}

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* A word of the file as text: "\040" is a blank, as in fstab(5).  Anything
 * else after a backslash stays as it is. */
static char *
word_decode(const char *s, size_t len)
{
	char *out = xmalloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned v;

		if (s[i] != '\\' || len - i < 4 || s[i + 1] > '3' ||
		    !is_octal(s[i + 1]) || !is_octal(s[i + 2]) ||
		    !is_octal(s[i + 3])) {
			out[n++] = s[i];
			continue;
		}
		v = (unsigned)(s[i + 1] - '0') * 64 +
		    (unsigned)(s[i + 2] - '0') * 8 + (unsigned)(s[i + 3] - '0');
		if (v == 0) {
			out[n++] = s[i];
			continue;
		}
		out[n++] = (char)(unsigned char)v;
		i += 3;
	}
	out[n] = '\0';
	return out;
}

static void
word_encode(struct buf *out, const char *s)
{
	for (const char *p = s; *p != '\0'; p++) {
		if (chr_is_space(*p) || *p == '\\' || (*p == '#' && p == s))
			buf_add_fmt(out, "\\%03o", (unsigned char)*p);
		else
			buf_add_char(out, *p);
	}
}

/* The target as we keep it: one slash between components, none at the end,
 * what is below ROOT_M relative to it.  TARGET begins with a slash and is
 * changed in place. */
static void
target_clean(char *target, const char *root_m, bool *was_old)
{
	size_t root_len = strlen(root_m), n = 0;

	for (const char *p = target; *p != '\0'; p++) {
		if (*p != '/' || n == 0 || target[n - 1] != '/')
			target[n++] = *p;
	}
	if (n > 1 && target[n - 1] == '/')
		n--;
	target[n] = '\0';

	while (root_len > 0 && root_m[root_len - 1] == '/')
		root_len--;
	if (root_len == 0 || strncmp(target, root_m, root_len) != 0)
		return;
	if (target[root_len] == '/')
		memmove(target, target + root_len, n - root_len + 1);
	else if (target[root_len] == '\0')
		target[1] = '\0';
	else
		return;
	*was_old = true;
}

static void
entry_add_take(struct fscomp *f, char *source, char *target, char *option)
{
	if (f->n == f->cap) {
		f->cap = f->cap == 0 ? 8 : 2 * f->cap;
		f->v = xreallocarray(f->v, f->cap, sizeof(*f->v));
	}
	f->v[f->n++] = (struct fscomp_entry){
		.source = source,
		.target = target,
		.option = option,
	};
}

/* Split a line into at most three words; -1 if there are more or a word
 * holds a NUL.  A word that begins with '#' ends the line. */
static int
line_split(const char *s, size_t len, char *word[WORDS_MAX])
{
	const char *end = s + len;
	int n = 0;

	for (;;) {
		const char *start;

		while (s < end && chr_is_space(*s))
			s++;
		if (s == end || *s == '#')
			return n;
		for (start = s; s < end && !chr_is_space(*s); s++) {
			if (*s == '\0')
				return -1;
		}
		if (n == WORDS_MAX)
			return -1;
		word[n++] = word_decode(start, (size_t)(s - start));
	}
}

/* A host's path, or a dataset, which has no ".." that could lead out of
 * the tree it names. */
static bool
is_source(const char *s)
{
	const char *p = s;

	while (s[0] != '/' && (p = strstr(p, "..")) != NULL) {
		if ((p == s || p[-1] == '/') && (p[2] == '/' || p[2] == '\0'))
			return false;
		p += 2;
	}
	return true;
}

static int
line_parse(struct fscomp *f, const char *what, unsigned number,
    const char *text, size_t len, const char *root_m, struct err *e)
{
	char *word[WORDS_MAX] = { NULL };
	int n = line_split(text, len, word);

	if (n == 0)
		return 0;
	if (n >= 2 && word[1][0] == '/' && is_source(word[0])) {
		target_clean(word[1], root_m, &f->was_old);
		entry_add_take(f, word[0], word[1], word[2]);
		return 0;
	}
	for (int i = 0; i < WORDS_MAX; i++)
		free(word[i]);
	{
		auto_free char *copy = xstrndup(text, len);
		char quoted[QUOTE_SIZE];

		return err_set(e, ERR_CORRUPT,
		    "%s:%u: '%s': expected SOURCE /MOUNTPOINT [OPTION]", what,
		    number, str_quote(quoted, sizeof(quoted), copy));
	}
}

int
fscomp_parse(const char *what, const char *text, size_t len, const char *root_m,
    struct fscomp *out, struct err *e)
{
	auto_fscomp struct fscomp f = FSCOMP_INIT;
	const char *end = text + len;
	unsigned number = 0;

	if (len > FSCOMP_FILE_MAX)
		return err_set(e, ERR_LIMIT, "%s: larger than %zu bytes", what,
		    FSCOMP_FILE_MAX);
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl == NULL ? end : nl) - text);

		if (line_parse(&f, what, ++number, text, n, root_m, e) < 0)
			return -1;
		text = nl == NULL ? end : nl + 1;
	}
	*out = f;
	f = (struct fscomp)FSCOMP_INIT;
	return 0;
}

int
fscomp_read(int confdir, const char *what, const char *root_m,
    struct fscomp *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(FSCOMP_FILE_MAX);

	if (file_read_as(confdir, FSCOMP_FILE, what, &b, e) < 0 &&
	    err_pardon(e, ERR_NOT_FOUND) < 0)
		return -1;
	return fscomp_parse(what, b.data, b.len, root_m, out, e);
}

void
fscomp_format(const struct fscomp *f, struct buf *out)
{
	for (size_t i = 0; i < f->n; i++) {
		word_encode(out, f->v[i].source);
		buf_add_char(out, ' ');
		word_encode(out, f->v[i].target);
		if (f->v[i].option != NULL) {
			buf_add_char(out, ' ');
			word_encode(out, f->v[i].option);
		}
		buf_add_char(out, '\n');
	}
}

int
fscomp_write(
    const struct fscomp *f, int confdir, unsigned file_flags, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(FSCOMP_FILE_MAX);

	fscomp_format(f, &b);
	if (buf_check(&b, FSCOMP_FILE, e) < 0)
		return -1;
	return file_write(
	    confdir, FSCOMP_FILE, b.data, b.len, 0644, file_flags, e);
}

void
fscomp_add(struct fscomp *f, const char *source, const char *target,
    const char *option)
{
	bool was_old = false;
	char *clean = xstrdup(target);

	assert(source[0] != '\0' && target[0] == '/');
	target_clean(clean, "", &was_old);
	entry_add_take(f, xstrdup(source), clean,
	    option == NULL || option[0] == '\0' ? NULL : xstrdup(option));
}

void
fscomp_remove(struct fscomp *f, size_t i)
{
	free(f->v[i].source);
	free(f->v[i].target);
	free(f->v[i].option);
	memmove(&f->v[i], &f->v[i + 1], (f->n - i - 1) * sizeof(f->v[0]));
	f->n--;
}

int
fscomp_find_target(const struct fscomp *f, const char *target)
{
	auto_free char *clean = xstrdup(target);
	bool was_old = false;

	if (clean[0] != '/')
		return -1;
	target_clean(clean, "", &was_old);
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->v[i].target, clean) == 0)
			return (int)i;
	}
	return -1;
}
