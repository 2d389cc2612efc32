/* SPDX-License-Identifier: BSD-2-Clause */
/* See init_args.h. */
#include "platform/init_args.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"

#define WORDS 6 /* before the command */

void
init_args_open(struct init_args *a, const struct cell_command *c)
{
	size_t argc = 0;

	while (c->argv[argc] != NULL)
		argc++;
	a->argv = xcalloc(WORDS + argc + 1, sizeof(*a->argv));
}

void
init_args_fini(struct init_args *a)
{
	free(a->argv);
	a->argv = NULL;
}

static void
groups_format(struct init_args *a, const struct user_ids *u)
{
	size_t n = 0, size = sizeof(a->groups);

	if (u->ngroups == 0)
		n = (size_t)snprintf(a->groups, size, "-");
	for (size_t i = 0; i < u->ngroups; i++)
		n += (size_t)snprintf(a->groups + n, size - n, "%s%u",
		    i > 0 ? "," : "", (unsigned)u->groups[i]);
	assert(n < size);
}

char **
init_args_fill(struct init_args *a, char mode, const struct user_ids *u,
    const struct cell_command *c)
{
	const char **p = a->argv;
	char **argv;

	str_fmt(a->mode, sizeof(a->mode), "%c%s", mode, a->is_gated ? "g" : "");
	str_fmt(a->uid, sizeof(a->uid), "%u", (unsigned)u->uid);
	str_fmt(a->gid, sizeof(a->gid), "%u", (unsigned)u->gid);
	groups_format(a, u);
	*p++ = "pot-init";
	*p++ = a->mode;
	*p++ = a->uid;
	*p++ = a->gid;
	*p++ = a->groups;
	*p++ = c->cwd != NULL ? c->cwd : "/";
	for (char *const *word = c->argv; *word != NULL; word++)
		*p++ = *word;
	*p = NULL;
	memcpy(&argv, &a->argv, sizeof(argv));
	return argv;
}
