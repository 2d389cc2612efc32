/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the engine answers with: records of named, typed values in order,
 * nested where needed.  The caller prints them as classic text or JSON;
 * keys are a promise (snake_case).  Setting a key again replaces its value
 * where it stands.
 */
#ifndef POT_RECORD_H
#define POT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strv.h"
#include "base/json.h"

enum value_type {
	VALUE_NULL,
	VALUE_STR,
	VALUE_INT,
	VALUE_BOOL,
	VALUE_LIST,
	VALUE_RECORD
};

struct record;

struct value {
	enum value_type type;
	union {
		char *str;
		int64_t num;
		bool truth;
		struct {
			struct value *v;
			size_t n, cap;
		} list;
		struct record *record;
	} u;
};

struct record {
	char **key;
	struct value *value;
	size_t n, cap;
};

struct record *record_new(void);
void record_free(struct record *r);
void record_cleanup(struct record **rp);
#define auto_record __attribute__((cleanup(record_cleanup), unused))

void record_str(struct record *r, const char *key, const char *v); /* NULL
								    * is null */
void record_int(struct record *r, const char *key, int64_t v);
void record_bool(struct record *r, const char *key, bool v);
void record_null(struct record *r, const char *key);
void record_strv(struct record *r, const char *key, const struct strv *l);
/* SUB is r's now. */
void record_sub(struct record *r, const char *key, struct record *sub);
/* Append SUB to the list KEY, made if it is missing. */
void record_list_add(struct record *r, const char *key, struct record *sub);
/* An empty list, so that JSON has [] instead of nothing. */
void record_list(struct record *r, const char *key);

/* NULL if there is none. */
const struct value *record_find(const struct record *r, const char *key);
/* Shorthands with fallbacks for printing. */
const char *record_get_str(const struct record *r, const char *key); /* "" */
int64_t record_get_int(const struct record *r, const char *key);     /* 0 */
bool record_get_bool(const struct record *r, const char *key);	     /* no */

void record_to_json(const struct record *r, struct json *j, const char *key);

#endif
