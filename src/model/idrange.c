/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges of ids: text, and the choice of a free one.
 */
#include "model/idrange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"

#define QUOTE_SIZE 80

void
id_ranges_fini(struct id_ranges *l)
{
	free(l->v);
	l->v = NULL;
	l->n = l->cap = 0;
}

int
id_range_parse(
    const char *what, const char *text, struct id_range *out, struct err *e)
{
	char quoted[QUOTE_SIZE], first[ID_RANGE_TEXT];
	size_t len = strcspn(text, ":");
	struct err ignored = ERR_INIT;
	uint64_t f, n;

	if (len < sizeof(first) && text[len] == ':') {
		(void)str_copy(first, text, len + 1);
		if (str_u64(what, first, 0, ID_LAST, &f, &ignored) == 0 &&
		    str_u64(what, text + len + 1, 1, ID_LAST - f + 1, &n,
			&ignored) == 0) {
			*out = (struct id_range){ .first = (uint32_t)f,
				.count = (uint32_t)n };
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "%s '%s': expected FIRST:COUNT", what,
	    str_quote(quoted, sizeof(quoted), text));
}

const char *
id_range_format(char out[ID_RANGE_TEXT], const struct id_range *r)
{
	str_fmt(out, ID_RANGE_TEXT, "%u:%u", (unsigned)r->first,
	    (unsigned)r->count);
	return out;
}

void
id_ranges_add(struct id_ranges *l, uint64_t first, uint64_t count)
{
	if (first > ID_LAST || count == 0)
		return;
	if (count > ID_LAST - first + 1)
		count = ID_LAST - first + 1;
	if (l->n == l->cap) {
		l->cap = l->cap != 0 ? l->cap * 2 : 16;
		l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = (struct id_range){ .first = (uint32_t)first,
		.count = (uint32_t)count };
}

/* One of TAKEN that has something of COUNT ids at FIRST, or NULL. */
static const struct id_range *
find_overlap(const struct id_ranges *taken, uint64_t first, uint64_t count)
{
	for (size_t i = 0; i < taken->n; i++) {
		const struct id_range *r = &taken->v[i];

		if (first < (uint64_t)r->first + r->count &&
		    r->first < first + count)
			return r;
	}
	return NULL;
}

int
id_ranges_pick(const struct id_ranges *taken, uint32_t start, uint32_t count,
    struct id_range *out, struct err *e)
{
	uint64_t first = start;

	while (first + count - 1 <= ID_LAST) {
		const struct id_range *r = find_overlap(taken, first, count);
		uint64_t steps;

		if (r == NULL) {
			*out = (struct id_range){ .first = (uint32_t)first,
				.count = count };
			return 0;
		}
		/* Behind it, which is behind FIRST. */
		steps =
		    ((uint64_t)r->first + r->count - start + count - 1) / count;
		first = start + steps * count;
	}
	return err_set(e, ERR_LIMIT, "no %u ids from %u on are free",
	    (unsigned)count, (unsigned)start);
}
