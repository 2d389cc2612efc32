/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The login shell of a pot.
 */
#include "cli/shell.h"

#include <unistd.h>

void
shell_stdio(struct cli *c)
{
	for (int i = 0; i < 3; i++)
		c->req.fds[i] = i;
	c->req.nfds = 3;
}

int
shell_prepare(struct cli *c, struct err *e)
{
	(void)e;
	request_add_flag(&c->req, "login");
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		request_add_flag(&c->req, "tty");
	shell_stdio(c);
	return 0;
}
