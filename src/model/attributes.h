/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attributes of a pot: the one table (attributes.def) from which parsing,
 * checks, defaults, help, JSON keys and pot-attributes(7) come.  To add
 * one: a row there, its effect in a platform or the engine, a test.
 */
#ifndef POT_ATTRIBUTES_H
#define POT_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "model/conf.h"
#include "platform/cell.h"

enum attr_type {
	ATTR_BOOL,
	ATTR_UINT,
	ATTR_SYSVOPT,
	ATTR_STRING,
	ATTR_SIGNAL,
	ATTR_SIZE
};

enum attr_flags {
	ATTR_F_JAIL = 1 << 0,	  /* a jail attribute (info lists it apart) */
	ATTR_F_READONLY = 1 << 1, /* set by pot alone */
	ATTR_F_CREATE = 1 << 2,	  /* create writes it with its default */
	ATTR_F_INFO = 1 << 3,	  /* info -v lists it (classic set) */
};

struct attr {
	const char *name; /* "no-rc-script" */
	const char *key;  /* in pot.conf: "pot.attr.no-rc-script" */
	enum attr_type type;
	unsigned flags;
	const char *fallback;  /* default as stored: "NO", "10", "" */
	uint64_t max;	       /* of UINT and SIZE */
	const char *parameter; /* jail parameter, or NULL */
	const char *help;      /* one sentence */
};

size_t attr_count(void);
const struct attr *attr_at(size_t i); /* in table order */
/* NULL if there is none of that name. */
const struct attr *attr_find(const char *name);

/* Check VALUE and give its stored form ("yes" -> "YES") in a new string.
 * ERR_INVALID.  An attribute whose default is empty can be emptied. */
int attr_parse(const struct attr *a, const char *value, char **stored,
    struct err *e) MUST_CHECK;

/* Value in a pot's conf: the stored one, or the default if there is none
 * or it is empty; the caller frees.  *is_set (may be NULL) tells which. */
char *attr_value(const struct conf *c, const struct attr *a, bool *is_set);
/* The same for the attribute NAME, which exists and is of that type; a
 * stored value that makes no sense counts as the default; an unsigned one
 * with an empty default is 0 then. */
bool attr_bool(const struct conf *c, const char *name);
unsigned attr_uint(const struct conf *c, const char *name);

/* All of C's attributes make sense; the error names the one that does not. */
int attr_check(const struct conf *c, struct err *e) MUST_CHECK;

/* Fill what a cell needs.  A stored value that makes no sense is an error
 * here: isolation is not guessed. */
int attr_to_cell(const struct conf *c, struct cell_attrs *out, struct err *e)
    MUST_CHECK;

#endif
