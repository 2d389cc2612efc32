/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of strings: capacity doubles, one slot is kept for the NULL. */
#include "base/strv.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"

#define STRV_CAP_MIN 8

void
strv_fini(struct strv *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct strv)STRV_INIT;
}

/* Room for one more string and the terminator. */
static void
grow(struct strv *l)
{
	if (l->n + 2 <= l->cap)
		return;
	l->cap = l->cap != 0 ? l->cap * 2 : STRV_CAP_MIN;
	l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
}

void
strv_add_take(struct strv *l, char *s)
{
	grow(l);
	l->v[l->n++] = s;
	l->v[l->n] = NULL;
}

void
strv_add(struct strv *l, const char *s)
{
	strv_add_take(l, xstrdup(s));
}

void
strv_add_fmt(struct strv *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_add_take(l, xvasprintf(fmt, ap));
	va_end(ap);
}

void
strv_add_all(struct strv *l, const struct strv *src)
{
	size_t n = src->n; /* l may be src */

	for (size_t i = 0; i < n; i++)
		strv_add(l, src->v[i]);
}

void
strv_remove(struct strv *l, size_t i)
{
	assert(i < l->n);
	free(l->v[i]);
	memmove(&l->v[i], &l->v[i + 1], (l->n - i) * sizeof(*l->v));
	l->n--;
}

bool
strv_has(const struct strv *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++) {
		if (str_eq(l->v[i], s))
			return true;
	}
	return false;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
strv_sort(struct strv *l)
{
	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), compare);
}

void
strv_add_words(struct strv *l, const char *s)
{
	for (;;) {
		size_t len = 0;

		while (chr_is_space(*s))
			s++;
		while (s[len] != '\0' && !chr_is_space(s[len]))
			len++;
		if (len == 0)
			return;
		strv_add_take(l, xstrndup(s, len));
		s += len;
	}
}

char *const *
strv_argv(struct strv *l)
{
	grow(l);
	l->v[l->n] = NULL;
	return l->v;
}
