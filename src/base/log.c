/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats a message, if somebody wants it, and hands it to the sink. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define LOG_TEXT_MAX 65536

void
log_msg(const struct log *l, enum log_level level, const char *fmt, ...)
{
	auto_buf struct buf text = BUF_INIT(LOG_TEXT_MAX);
	auto_free char *tame = NULL;
	int sys = errno;
	size_t size;
	va_list ap;

	if (l == NULL || l->fn == NULL || level > l->max)
		return;
	va_start(ap, fmt);
	buf_add_vfmt(&text, fmt, ap);
	va_end(ap);
	size = text.len * 4 + 1;
	tame = xmalloc(size);
	(void)str_tame(tame, size, text.data);
	l->fn(l->arg, level, tame);
	errno = sys;
}
