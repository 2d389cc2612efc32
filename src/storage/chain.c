/* SPDX-License-Identifier: BSD-2-Clause */
/* Chain files: text in, text out. */
#include "storage/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define MAGIC	 "pot-chain 1 "
#define TEXT_MAX ((size_t)1 << 18)
#define FIELDS	 4

void
chain_fini(struct chain *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		free(c->v[i].lent);
		free(c->v[i].part);
	}
	free(c->v);
	*c = (struct chain)CHAIN_INIT;
}

static struct chain_entry *
append(struct chain *c, const struct layer_id *id)
{
	struct chain_entry *entry;

	if (c->n == c->cap) {
		c->cap = c->cap == 0 ? 8 : 2 * c->cap;
		c->v = xreallocarray(c->v, c->cap, sizeof(c->v[0]));
	}
	entry = &c->v[c->n++];
	*entry = (struct chain_entry){ .id = *id };
	return entry;
}

void
chain_add(
    struct chain *c, const struct layer_id *id, const struct layer_id *owner)
{
	append(c, id)->owner = *owner;
}

void
chain_add_lent(struct chain *c, const struct layer_id *id, const char *lent,
    const char *part)
{
	struct chain_entry *entry = append(c, id);

	entry->lent = xstrdup(lent);
	if (part != NULL && part[0] != '\0')
		entry->part = xstrdup(part);
}

void
chain_add_all(struct chain *c, const struct chain *src, size_t first)
{
	size_t i;

	for (i = first; i < src->n; i++) {
		const struct chain_entry *entry = &src->v[i];

		if (entry->lent != NULL)
			chain_add_lent(c, &entry->id, entry->lent, entry->part);
		else
			chain_add(c, &entry->id, &entry->owner);
	}
}

bool
layer_id_is_same(const struct layer_id *a, const struct layer_id *b)
{
	return str_eq(a->s, b->s);
}

bool
chain_has(const struct chain *c, const struct layer_id *id)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (layer_id_is_same(&c->v[i].id, id))
			return true;
	return false;
}

bool
layer_id_parse(const char *s, size_t len, struct layer_id *out)
{
	size_t i;

	if (len != LAYER_ID_LEN)
		return false;
	for (i = 0; i < len; i++)
		if (!chr_is_digit(s[i]) && (s[i] < 'a' || s[i] > 'f'))
			return false;
	memcpy(out->s, s, len);
	out->s[len] = '\0';
	return true;
}

/* A path below the root of all volumes that can't lead out of it. */
static bool
is_inner_path(const char *s, size_t len)
{
	size_t i, start = 0;

	for (i = 0; i <= len; i++) {
		if (i < len && s[i] != '/')
			continue;
		if (i == start || (s[start] == '.' && i == start + 1) ||
		    (i == start + 2 && s[start] == '.' && s[start + 1] == '.'))
			return false;
		start = i + 1;
	}
	return true;
}

struct field {
	const char *s;
	size_t len;
};

/* One line without its end; false if it is not one. */
static bool
parse_line(const char *line, size_t len, struct chain *c)
{
	struct field f[FIELDS];
	struct layer_id id, owner;
	struct chain_entry *entry;
	size_t n = 0, i, start = 0;

	for (i = 0; i <= len; i++) {
		if (i < len && line[i] != '\t')
			continue;
		if (n == FIELDS)
			return false;
		f[n++] = (struct field){ line + start, i - start };
		start = i + 1;
	}
	if (n < 2 || !layer_id_parse(f[0].s, f[0].len, &id))
		return false;
	if (n == 2) {
		if (!layer_id_parse(f[1].s, f[1].len, &owner))
			return false;
		chain_add(c, &id, &owner);
		return true;
	}
	if (f[1].len != 1 || f[1].s[0] != '-' ||
	    !is_inner_path(f[2].s, f[2].len) ||
	    (n == 4 && !is_inner_path(f[3].s, f[3].len)))
		return false;
	entry = append(c, &id);
	entry->lent = xstrndup(f[2].s, f[2].len);
	if (n == 4)
		entry->part = xstrndup(f[3].s, f[3].len);
	return true;
}

/* "COUNT SECONDS.NANOSECONDS" */
static bool
parse_header(const char *line, size_t len, size_t *count, struct chain *c)
{
	char text[96], *blank, *dot;
	uint64_t n, seconds, nanoseconds;
	struct err ignored = ERR_INIT;

	if (len >= sizeof(text))
		return false;
	memcpy(text, line, len);
	text[len] = '\0';
	if ((blank = strchr(text, ' ')) == NULL ||
	    (dot = strchr(blank, '.')) == NULL)
		return false;
	*blank = *dot = '\0';
	if (str_u64("count", text, 1, CHAIN_MAX, &n, &ignored) < 0 ||
	    str_u64("born", blank + 1, 0, INT64_MAX, &seconds, &ignored) < 0 ||
	    str_u64("born", dot + 1, 0, 999999999, &nanoseconds, &ignored) < 0)
		return false;
	*count = (size_t)n;
	c->born.tv_sec = (time_t)seconds;
	c->born.tv_nsec = (long)nanoseconds;
	return true;
}

static bool
parse(const char *p, size_t len, struct chain *c)
{
	const char *end = p + len, *line_end;
	size_t count = 0, magic = strlen(MAGIC);

	if (len < magic || memcmp(p, MAGIC, magic) != 0 ||
	    (line_end = memchr(p, '\n', len)) == NULL ||
	    !parse_header(p + magic, (size_t)(line_end - p) - magic, &count, c))
		return false;
	for (p = line_end + 1; p < end; p = line_end + 1) {
		line_end = memchr(p, '\n', (size_t)(end - p));
		if (line_end == NULL || c->n == count ||
		    memchr(p, '\0', (size_t)(line_end - p)) != NULL ||
		    !parse_line(p, (size_t)(line_end - p), c))
			return false;
	}
	return c->n == count;
}

int
chain_parse(const char *what, const char *text, size_t len, struct chain *out,
    struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;

	if (!parse(text, len, &c))
		return err_set(e, ERR_CORRUPT, "%s: not a chain file", what);
	*out = c;
	c = (struct chain)CHAIN_INIT;
	return 0;
}

int
chain_read(int dirfd, const char *name, struct chain *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(TEXT_MAX);

	if (file_read(dirfd, name, &b, e) < 0)
		return -1;
	return chain_parse(name, b.data, b.len, out, e);
}

static void
format(const struct chain *c, struct buf *b)
{
	size_t i;

	buf_add_fmt(b, MAGIC "%zu %jd.%ld\n", c->n, (intmax_t)c->born.tv_sec,
	    c->born.tv_nsec);
	for (i = 0; i < c->n; i++) {
		const struct chain_entry *entry = &c->v[i];

		if (entry->lent == NULL)
			buf_add_fmt(b, "%s\t%s\n", entry->id.s, entry->owner.s);
		else
			buf_add_fmt(b, "%s\t-\t%s%s%s\n", entry->id.s,
			    entry->lent, entry->part != NULL ? "\t" : "",
			    entry->part != NULL ? entry->part : "");
	}
}

int
chain_write(const struct chain *c, int dirfd, const char *name, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(TEXT_MAX);
	auto_close int fd = -1;

	if (c->n > CHAIN_MAX)
		return err_set(e, ERR_LIMIT, "%s: %zu layers, at most %d", name,
		    c->n, CHAIN_MAX);
	format(c, &b);
	if (buf_check(&b, name, e) < 0)
		return -1;
	fd = openat(dirfd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "%s: create", name);
	if (io_write_all(fd, b.data, b.len) < 0)
		return err_sys(e, "%s: write", name);
	if (fsync(fd) < 0)
		return err_sys(e, "%s: sync", name);
	return 0;
}
