/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands about a pot or a file system component.
 */
#include "cli/selector.h"

int
selector_prepare(struct cli *c, struct err *e)
{
	int n = request_has(&c->req, "pot") + request_has(&c->req, "fscomp");

	if (n == 0)
		return cli_usage(c, e, "one of -p and -f is needed");
	if (n > 1)
		return cli_usage(c, e, "-p and -f exclude each other");
	return 0;
}
