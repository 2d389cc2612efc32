/* SPDX-License-Identifier: BSD-2-Clause */
/* Name and value pairs for jail_set(2), jail_get(2) and nmount(2). */
#include "platform/freebsd/params.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The kernel's iovec has no const; it does not write to what it is told. */
static void *
unconst(const void *p)
{
	return (void *)(uintptr_t)p;
}

void
params_raw(struct params *p, const char *name, void *value, size_t len)
{
	assert(p->n + 2 <= 2 * PARAMS_MAX);
	p->iov[p->n++] = (struct iovec){ .iov_base = unconst(name),
		.iov_len = strlen(name) + 1 };
	p->iov[p->n++] = (struct iovec){ .iov_base = value, .iov_len = len };
}

void
params_init(struct params *p)
{
	p->n = p->nnumbers = 0;
	p->errmsg[0] = '\0';
	params_raw(p, "errmsg", p->errmsg, sizeof(p->errmsg));
}

void
params_text(struct params *p, const char *name, const char *value)
{
	params_raw(p, name, unconst(value), strlen(value) + 1);
}

void
params_int(struct params *p, const char *name, int value)
{
	assert(p->nnumbers < PARAMS_MAX);
	p->numbers[p->nnumbers] = value;
	params_raw(p, name, &p->numbers[p->nnumbers++], sizeof(int));
}

void
params_flag(struct params *p, const char *name)
{
	params_raw(p, name, NULL, 0);
}

int
params_error(const struct params *p, struct err *e, const char *fmt, ...)
{
	char text[ERR_TEXT_SIZE];
	int errnum = errno;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	errno = errnum;
	if (p->errmsg[0] == '\0')
		return err_sys(e, "%s", text);
	return err_sys(e, "%s: %s", text, p->errmsg);
}
