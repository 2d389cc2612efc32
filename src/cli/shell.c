/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The login shell of a pot.
 */
#include "cli/shell.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"

void
shell_stdio(struct cli *c)
{
	for (int i = 0; i < 3; i++)
		c->req.fds[i] = i;
	c->req.nfds = 3;
}

void
shell_terminal(struct cli *c)
{
	const char *term = getenv("TERM");
	auto_free char *env = NULL;
	auto_strv struct strv given = STRV_INIT;

	request_add_flag(&c->req, "tty");
	request_all(&c->req, "env", &given);
	for (size_t i = 0; i < given.n; i++)
		if (str_has_prefix(given.v[i], "TERM="))
			return;
	if (term == NULL)
		return;
	env = xasprintf("TERM=%s", term);
	request_add(&c->req, "env", env);
}

int
shell_prepare(struct cli *c, struct err *e)
{
	(void)e;
	request_add_flag(&c->req, "login");
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		shell_terminal(c);
	shell_stdio(c);
	return 0;
}
