/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of commands.
 */
#include <string.h>

#include "base/str.h"
#include "cli/command.h"

#define COMMAND(id) extern const struct command command_##id;
#include "cli/commands.def"

static const struct command *const commands[] = {
#define COMMAND(id) &command_##id,
#include "cli/commands.def"
};

static const struct {
	const char *word, *title;
} groups[] = {
#define GROUP(word, title) { word, title },
#include "cli/commands.def"
};

static const char *const missing[] = {
#define COMMAND_MISSING(name) name,
#include "cli/commands.def"
};

size_t
command_count(void)
{
	return COUNT_OF(commands);
}

const struct command *
command_at(size_t i)
{
	return commands[i];
}

const char *
command_group_at(size_t i, const char **title)
{
	if (i >= COUNT_OF(groups))
		return NULL;
	*title = groups[i].title;
	return groups[i].word;
}

bool
command_is_missing(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(missing); i++)
		if (str_eq(missing[i], name))
			return true;
	return false;
}

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (str_eq(commands[i]->name, name) ||
		    str_has_word(commands[i]->aliases, name))
			return commands[i];
	return NULL;
}
