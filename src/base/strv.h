/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of strings, NULL-terminated like argv (v may be NULL while n is
 * 0; strv_argv() always gives a terminated array).  Owns its strings.
 */
#ifndef POT_STRV_H
#define POT_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct strv {
	char **v;
	size_t n;
	size_t cap;
};

#define STRV_INIT         \
	{                 \
		.v = NULL \
	}

void strv_fini(struct strv *l); /* twice is harmless */
#define auto_strv __attribute__((cleanup(strv_fini), unused))

void strv_add(struct strv *l, const char *s); /* copies */
void strv_add_take(struct strv *l, char *s);  /* s is l's now */
void strv_add_fmt(struct strv *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strv_add_all(struct strv *l, const struct strv *src);
void strv_remove(struct strv *l, size_t i);
bool strv_has(const struct strv *l, const char *s);
void strv_sort(struct strv *l); /* by bytes */
/* Words of S between blanks; no quoting. */
void strv_add_words(struct strv *l, const char *s);
/* NULL-terminated view; valid until the list changes. */
char *const *strv_argv(struct strv *l);

#endif
