/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits of a pot as its conf stores them (pot.rss.*), from one table
 * (limits.def): the options of set-rss, the stored keys, the words in JSON,
 * what info says.  To add one: a row there, its LIMIT_X in platform/limit.h.
 *
 * Sizes are digits with b, k, m or g, any case, and not zero, as they
 * always were; values are stored as they were given.
 */
#ifndef POT_LIMITS_H
#define POT_LIMITS_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "model/conf.h"
#include "model/record.h"
#include "platform/limit.h"

enum limit_kind {
	LIMIT_KIND_COUNT,
	LIMIT_KIND_SIZE,
	LIMIT_KIND_SIZE_OR_0,
	LIMIT_KIND_CPU,
	LIMIT_KIND_WEIGHT,
	LIMIT_KIND_LIST,
};

struct limit_row {
	const char *option; /* set-rss field and long option: "memory" */
	char letter;	    /* short option, 0: none */
	const char *key;    /* "pot.rss.memory" */
	const char *json;   /* "memory_bytes" */
	enum limit_id id;   /* LIMIT_COUNT: the CPU list */
	enum limit_kind kind;
	const char *unit;  /* for help: "SIZE", "COUNT", ... */
	const char *label; /* of info -v: "max amount memory" */
	const char *help;
};

size_t limit_row_count(void);
const struct limit_row *limit_row_at(size_t i);
const struct limit_row *limit_row_find(const char *option); /* or NULL */

/* Check VALUE and store it; "none" removes the limit.  ERR_INVALID. */
int limits_set(struct conf *c, const struct limit_row *row, const char *value,
    struct err *e) MUST_CHECK;
/* Everything a conf sets; what is not set is not.  A stored value that makes
 * no sense is ERR_INVALID: a pot does not run without its limit. */
int limits_load(const struct conf *c, struct limit_set *out, struct err *e)
    MUST_CHECK;
/* Numbers of what is set under the JSON keys; the CPU list as text. */
void limits_to_record(const struct limit_set *l, struct record *r);

#endif
