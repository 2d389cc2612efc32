/* SPDX-License-Identifier: BSD-2-Clause */
/* The answer of every operation that a platform lacks. */
#include "platform/platform.h"

int
platform_missing(const struct platform *p, const char *op, struct err *e)
{
	return err_set(
	    e, ERR_UNSUPPORTED, "%s: not available on %s", op, p->name);
}
