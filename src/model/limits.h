/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits of a pot as its conf stores them (pot.rss.*), from one table:
 * the options of set-rss, the stored keys, the words in JSON.
 */
#ifndef POT_LIMITS_H
#define POT_LIMITS_H

#include "base/compiler.h"
#include "base/err.h"
#include "model/conf.h"
#include "platform/limit.h"

struct limit_row {
	const char *option;	/* set-rss field and long option: "memory" */
	char letter;		/* short option, 0: none */
	const char *key;	/* "pot.rss.memory" */
	const char *json;	/* "memory_bytes" */
	enum limit_id id;	/* LIMIT_COUNT: the CPU list */
	const char *unit;	/* for help: "size", "count", ... */
	const char *help;
};

size_t limit_row_count(void);
const struct limit_row *limit_row_at(size_t i);
const struct limit_row *limit_row_find(const char *option);

/* Check VALUE and store it; "none" removes the limit.  ERR_INVALID. */
int limits_set(struct conf *c, const struct limit_row *row,
    const char *value, struct err *e) MUST_CHECK;
/* Everything a conf sets; what is not set is not. */
int limits_load(const struct conf *c, struct limit_set *out, struct err *e)
    MUST_CHECK;

#endif
