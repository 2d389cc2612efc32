/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Suggestions by edit distance: Levenshtein's, where two neighbours that
 * changed places count as one slip too.
 */
#include "cli/suggest.h"

#include <string.h>

#include "cli/command.h"
#include "model/attributes.h"

#define WORD_MAX 32

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

static unsigned
distance(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	size_t la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (size_t k = 0; k <= lb; k++)
		last[k] = (unsigned)k;
	for (size_t i = 1; i <= la; i++) {
		row[0] = (unsigned)i;
		for (size_t k = 1; k <= lb; k++) {
			row[k] = min3(last[k] + 1, row[k - 1] + 1,
			    last[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1] && before[k - 2] + 1 < row[k])
				row[k] = before[k - 2] + 1;
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[lb];
}

const char *
suggest(const char *word, suggest_at_fn *at)
{
	const char *best = NULL, *name;
	/* Two slips of the finger, in a short word one. */
	unsigned least = strlen(word) < 5 ? 2 : 3;

	for (size_t i = 0; (name = at(i)) != NULL; i++) {
		unsigned d = distance(word, name);

		if (name[0] != '\0' && d < least) {
			least = d;
			best = name;
		}
	}
	return best;
}

/* Names, then aliases; what is hidden is nobody's to call. */
const char *
suggest_command_at(size_t i)
{
	const struct command *cmd;

	if (i >= 2 * command_count())
		return NULL;
	cmd = command_at(i / 2);
	if ((cmd->flags & COMMAND_F_HIDDEN) != 0)
		return "";
	if (i % 2 == 0)
		return cmd->name;
	return cmd->aliases == NULL ? "" : cmd->aliases;
}

const char *
suggest_attribute_at(size_t i)
{
	return i < attr_count() ? attr_at(i)->name : NULL;
}
