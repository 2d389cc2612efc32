/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that is there or the process aborts.  Sizes that come from
 * outside are bounded before they get here.
 */
#ifndef POT_XMALLOC_H
#define POT_XMALLOC_H

#include <stdarg.h>
#include <stddef.h>

#include "base/compiler.h"

void *xmalloc(size_t size) MUST_CHECK;
void *xcalloc(size_t n, size_t size) MUST_CHECK;
/* Array of N times SIZE; the product is checked. */
void *xreallocarray(void *p, size_t n, size_t size) MUST_CHECK;
char *xstrdup(const char *s) MUST_CHECK;
char *xstrndup(const char *s, size_t n) MUST_CHECK;
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2) MUST_CHECK;
char *xvasprintf(const char *fmt, va_list ap) PRINTF_LIKE(1, 0) MUST_CHECK;

#endif
