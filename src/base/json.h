/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON (RFC 8259) into a buffer.  The hot programs only write it; what has
 * to be parsed is parsed by workers.  Bytes that are not UTF-8 become
 * U+FFFD.  Commas and nesting are kept by the writer; KEY is NULL inside
 * arrays and for the top value.
 */
#ifndef POT_JSON_H
#define POT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define JSON_DEPTH_MAX 16

struct json {
	struct buf *out;
	unsigned depth;
	bool has_value[JSON_DEPTH_MAX];
};

void json_init(struct json *j, struct buf *out);
void json_object(struct json *j, const char *key);
void json_object_end(struct json *j);
void json_array(struct json *j, const char *key);
void json_array_end(struct json *j);
void json_str(struct json *j, const char *key, const char *value);
void json_int(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
/* A number already formatted ("12.345"). */
void json_number(struct json *j, const char *key, const char *digits);

#endif
