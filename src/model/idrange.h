/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges of user and group ids, and which of them is free.  As text one is
 * FIRST:COUNT, as in subuid(5).
 */
#ifndef POT_IDRANGE_H
#define POT_IDRANGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

#define ID_LAST	      (UINT32_MAX - 2) /* the two above are nobody's */
#define ID_RANGE_TEXT 24

struct id_range {
	uint32_t first, count;
};

struct id_ranges {
	struct id_range *v;
	size_t n, cap;
};

#define ID_RANGES_INIT    \
	{                 \
		.v = NULL \
	}

void id_ranges_fini(struct id_ranges *l);
#define auto_id_ranges __attribute__((cleanup(id_ranges_fini), unused))

/* WHAT names the text in errors.  ERR_INVALID. */
int id_range_parse(const char *what, const char *text, struct id_range *out,
    struct err *e) MUST_CHECK;
const char *id_range_format(char out[ID_RANGE_TEXT], const struct id_range *r);

/* One more; an empty one or what is above ID_LAST counts for nothing. */
void id_ranges_add(struct id_ranges *l, uint64_t first, uint64_t count);

/* The first range of COUNT ids at START + K * COUNT that has none in common
 * with TAKEN.  ERR_LIMIT if there is none. */
int id_ranges_pick(const struct id_ranges *taken, uint32_t start,
    uint32_t count, struct id_range *out, struct err *e) MUST_CHECK;

#endif
