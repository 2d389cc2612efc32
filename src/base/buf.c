/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The growing buffer.  Memory doubles up to the maximum; the byte after the
 * content belongs to the terminating NUL and is not counted in `max`.
 */
#include "base/buf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

#define BUF_CAP_MIN 64

char buf_empty[1] = "";

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf)BUF_INIT(max);
}

void
buf_fini(struct buf *b)
{
	if (b->cap != 0)
		free(b->data);
	b->data = buf_empty;
	b->len = b->cap = 0;
	b->is_full = false;
}

static void
terminate(struct buf *b)
{
	if (b->cap != 0)
		b->data[b->len] = '\0';
}

/* Memory for N more bytes and the NUL; N fits below the maximum. */
static void
grow(struct buf *b, size_t n)
{
	size_t need = b->len + n + 1, cap = b->cap;

	if (need <= cap)
		return;
	if (cap < BUF_CAP_MIN)
		cap = BUF_CAP_MIN;
	while (cap < need && cap <= SIZE_MAX / 2)
		cap *= 2;
	if (cap < need || cap > b->max + 1)
		cap = b->max + 1 > need ? b->max + 1 : need;
	b->data = xreallocarray(b->cap != 0 ? b->data : NULL, cap, 1);
	b->cap = cap;
	terminate(b);
}

/* How many of N bytes may still be added; notes a loss. */
static size_t
room_for(struct buf *b, size_t n)
{
	size_t room = b->is_full ? 0 : b->max - b->len;

	if (n <= room)
		return n;
	b->is_full = true;
	return room;
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->is_full = false;
	terminate(b);
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	len = room_for(b, len);
	if (len != 0) {
		grow(b, len);
		memcpy(b->data + b->len, data, len);
		b->len += len;
	}
	terminate(b);
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_add_vfmt(struct buf *b, const char *fmt, va_list ap)
{
	size_t spare = b->cap != 0 ? b->cap - b->len : 0, len;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(spare != 0 ? b->data + b->len : NULL, spare, fmt, ap);
	/* Only a bad multibyte argument or a text over 2 GiB ends here. */
	if (n < 0) {
		b->is_full = true;
		n = 0;
	}
	len = room_for(b, (size_t)n);
	if (len >= spare && len != 0) {
		grow(b, len);
		(void)vsnprintf(b->data + b->len, len + 1, fmt, again);
	}
	b->len += len;
	terminate(b);
	va_end(again);
}

void
buf_add_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_add_vfmt(b, fmt, ap);
	va_end(ap);
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (b->is_full || n > b->max - b->len) {
		b->is_full = true;
		return NULL;
	}
	grow(b, n);
	return b->data + b->len;
}

void
buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
	terminate(b);
}

char *
buf_take(struct buf *b)
{
	char *s = b->cap != 0 ? b->data : xstrdup("");

	b->cap = 0;
	buf_fini(b);
	return s;
}

int
buf_check(const struct buf *b, const char *what, struct err *e)
{
	if (!b->is_full)
		return 0;
	return err_set(e, ERR_LIMIT, "%s: larger than %zu bytes", what, b->max);
}
