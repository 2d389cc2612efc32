/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of programs beside pot. */
#include "cli/tools.h"

#include <string.h>

#include "base/str.h"

static const struct {
	const char *name;
	tool_fn *main;
} tools[] = {
	{ "potcpu", potcpu_main },
	{ "potnet", potnet_main },
};

tool_fn *
tool_find(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	if (slash != NULL)
		argv0 = slash + 1;
	for (size_t i = 0; i < COUNT_OF(tools); i++)
		if (str_eq(tools[i].name, argv0))
			return tools[i].main;
	return NULL;
}
