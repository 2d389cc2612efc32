/* SPDX-License-Identifier: BSD-2-Clause */
/* Chains: text in, text out. */
#include "storage/chain.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define MAGIC	 "pot1"
#define NO_OWNER "-"

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

#define BASE (sizeof(digits) - 1)

void
chain_fini(struct chain *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->v[i].part);
	free(c->v);
	*c = (struct chain)CHAIN_INIT;
}

void
chain_add(
    struct chain *c, const struct layer_id *id, bool is_lent, const char *part)
{
	if (c->n == c->cap) {
		c->cap = c->cap == 0 ? 8 : 2 * c->cap;
		c->v = xreallocarray(c->v, c->cap, sizeof(c->v[0]));
	}
	c->v[c->n++] = (struct chain_entry){
		.id = *id,
		.is_lent = is_lent,
		.part = part != NULL ? xstrdup(part) : NULL,
	};
}

void
chain_add_all(struct chain *c, const struct chain *src, size_t first)
{
	size_t i;

	for (i = first; i < src->n; i++)
		chain_add(c, &src->v[i].id, src->v[i].is_lent, src->v[i].part);
}

bool
layer_id_is_same(const struct layer_id *a, const struct layer_id *b)
{
	return str_eq(a->s, b->s);
}

bool
layer_id_parse(const char *s, size_t len, struct layer_id *out)
{
	size_t i;

	if (len != LAYER_ID_LEN)
		return false;
	for (i = 0; i < len; i++)
		if (s[i] == '\0' || strchr(digits, s[i]) == NULL)
			return false;
	memcpy(out->s, s, len);
	out->s[len] = '\0';
	return true;
}

void
layer_id_format(struct layer_id *out, uint64_t number)
{
	size_t i;

	for (i = LAYER_ID_LEN; i-- > 0; number /= BASE)
		out->s[i] = digits[number % BASE];
	out->s[LAYER_ID_LEN] = '\0';
}

/* A path that can't lead out of the directory it is looked up in. */
static bool
is_inner_path(const char *s, size_t len)
{
	size_t i, start = 0;

	for (i = 0; i <= len; i++) {
		if (i < len && s[i] != '/')
			continue;
		if (i == start || (s[start] == '.' && i == start + 1) ||
		    (s[start] == '.' && s[start + 1] == '.' && i == start + 2))
			return false;
		start = i + 1;
	}
	return true;
}

/* The word at *P, which ends before a blank or at END; moves *P behind. */
static size_t
next_word(const char **p, const char *end, const char **word)
{
	const char *blank = memchr(*p, ' ', (size_t)(end - *p));
	const char *stop = blank != NULL ? blank : end;

	*word = *p;
	*p = blank != NULL ? blank + 1 : end;
	return (size_t)(stop - *word);
}

static bool
parse_born(const char *s, size_t len, struct timespec *out)
{
	char text[64], *dot;
	uint64_t seconds, nanoseconds;
	struct err ignored = ERR_INIT;

	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	if ((dot = strchr(text, '.')) == NULL)
		return false;
	*dot = '\0';
	if (str_u64("born", text, 0, INT64_MAX, &seconds, &ignored) < 0 ||
	    str_u64("born", dot + 1, 0, 999999999, &nanoseconds, &ignored) < 0)
		return false;
	out->tv_sec = (time_t)seconds;
	out->tv_nsec = (long)nanoseconds;
	return true;
}

static bool
parse_header(const char *p, const char *end, struct chain *c)
{
	struct layer_id id;
	const char *word;
	bool is_lent;
	size_t len;

	len = next_word(&p, end, &word);
	if (len != strlen(MAGIC) || memcmp(word, MAGIC, len) != 0)
		return false;
	len = next_word(&p, end, &word);
	if (!layer_id_parse(word, len, &id))
		return false;
	len = next_word(&p, end, &word);
	is_lent = len == 1 && word[0] == NO_OWNER[0];
	if (!is_lent && !layer_id_parse(word, len, &c->owner))
		return false;
	len = next_word(&p, end, &word);
	if (p != end || !parse_born(word, len, &c->born))
		return false;
	chain_add(c, &id, is_lent, NULL);
	return true;
}

static bool
parse_entry(const char *p, const char *end, struct chain *c)
{
	bool is_lent = p < end && *p == '@';
	struct layer_id id;
	size_t len;
	char part[CHAIN_TEXT_MAX + 1];

	p += is_lent;
	if (end - p < LAYER_ID_LEN || !layer_id_parse(p, LAYER_ID_LEN, &id))
		return false;
	p += LAYER_ID_LEN;
	if (p == end) {
		chain_add(c, &id, is_lent, NULL);
		return true;
	}
	len = (size_t)(end - p) - 1;
	if (!is_lent || *p != '/' || !is_inner_path(p + 1, len))
		return false;
	memcpy(part, p + 1, len);
	part[len] = '\0';
	chain_add(c, &id, true, part);
	return true;
}

static bool
parse(const char *p, size_t len, struct chain *c)
{
	const char *end = p + len;
	bool is_first = true;

	if (len > CHAIN_TEXT_MAX || memchr(p, '\0', len) != NULL)
		return false;
	for (;;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		const char *stop = eol != NULL ? eol : end;

		if (c->n == CHAIN_MAX ||
		    !(is_first ? parse_header(p, stop, c) :
				 parse_entry(p, stop, c)))
			return false;
		is_first = false;
		if (eol == NULL)
			return true;
		p = eol + 1;
	}
}

int
chain_parse(const char *what, const char *text, size_t len, struct chain *out,
    struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;

	if (!parse(text, len, &c))
		return err_set(e, ERR_CORRUPT, "%s: not a chain", what);
	*out = c;
	c = (struct chain)CHAIN_INIT;
	return 0;
}

int
chain_read(int dirfd, const char *name, struct chain *out, struct err *e)
{
	char text[CHAIN_TEXT_MAX + 2];
	ssize_t n = readlinkat(dirfd, name, text, sizeof(text));

	if (n < 0 && errno == EINVAL)
		return err_set(e, ERR_CORRUPT, "%s: not a chain", name);
	if (n < 0)
		return err_sys(e, "%s: read", name);
	return chain_parse(name, text, (size_t)n, out, e);
}

int
chain_write(const struct chain *c, int dirfd, const char *name, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(CHAIN_TEXT_MAX);
	size_t i;

	buf_add_fmt(&b, MAGIC " %s %s %jd.%ld", c->v[0].id.s,
	    c->owner.s[0] != '\0' ? c->owner.s : NO_OWNER,
	    (intmax_t)c->born.tv_sec, c->born.tv_nsec);
	for (i = 1; i < c->n; i++) {
		const struct chain_entry *entry = &c->v[i];

		buf_add_fmt(&b, "\n%s%s%s%s", entry->is_lent ? "@" : "",
		    entry->id.s, entry->part != NULL ? "/" : "",
		    entry->part != NULL ? entry->part : "");
	}
	if (c->n > CHAIN_MAX)
		return err_set(e, ERR_LIMIT, "%s: %zu layers, at most %d", name,
		    c->n, CHAIN_MAX);
	if (buf_check(&b, name, e) < 0)
		return -1;
	if (symlinkat(b.data, dirfd, name) < 0)
		return err_sys(e, "%s: make", name);
	return 0;
}
