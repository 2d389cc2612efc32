/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What somebody may have meant.
 */
#ifndef POT_SUGGEST_H
#define POT_SUGGEST_H

#include <stddef.h>

/* The i-th of some names, NULL past the end. */
typedef const char *suggest_at_fn(size_t i);

/* The name that is nearest to WORD, if one is near; else NULL. */
const char *suggest(const char *word, suggest_at_fn *at);

const char *suggest_command_at(size_t i);
const char *suggest_attribute_at(size_t i);

#endif
