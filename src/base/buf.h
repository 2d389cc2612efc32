/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing byte buffer with a hard maximum.  Going over the maximum sets
 * `is_full`, drops what does not fit, and stays set: look once at the end
 * (buf_check()).  The bytes are always followed by a NUL that is not
 * counted, so buf.data is a C string when it holds text; data is never
 * NULL.  Storage is the caller's: BUF_INIT(max) or buf_init(), buf_fini().
 */
#ifndef POT_BUF_H
#define POT_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

struct buf {
	char *data;   /* never NULL; data[len] == 0 */
	size_t len;   /* bytes in use */
	size_t cap;   /* bytes allocated, 0 while data is static */
	size_t max;   /* len never exceeds it */
	bool is_full; /* something was dropped */
};

extern char buf_empty[1];

#define BUF_INIT(maximum)                           \
	{                                           \
		.data = buf_empty, .max = (maximum) \
	}
/* A text of a size nobody bounded elsewhere: 1 MiB. */
#define BUF_TEXT_MAX ((size_t)1 << 20)

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b); /* twice is harmless */
#define auto_buf __attribute__((cleanup(buf_fini), unused))

void buf_clear(struct buf *b); /* keeps memory and maximum */
void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_add_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_add_vfmt(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/* Room for N more bytes at data+len, or NULL (then is_full); after writing
 * there, add what was written to len and call buf_add(b, "", 0). */
char *buf_reserve(struct buf *b, size_t n);

/* Drop the first N bytes. */
void buf_consume(struct buf *b, size_t n);

/* The text, which the caller frees; the buffer is empty afterwards. */
char *buf_take(struct buf *b) MUST_CHECK;

/* -1 with ERR_LIMIT "WHAT: larger than N bytes" if something was dropped. */
int buf_check(const struct buf *b, const char *what, struct err *e) MUST_CHECK;

#endif
