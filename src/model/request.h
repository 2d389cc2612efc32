/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request: a verb, its fields in order (name and text; repeated names
 * make lists), descriptors, and who asks.  Plain data: the command line
 * makes one, every request is encoded and decoded once on its way to the
 * engine, potd will read the same bytes from a socket.
 *
 * Wire format, version 1 (little endian): "PRQ1", u16 verb length, u16
 * count of fields, u16 count of descriptors, verb, then per field u16 name
 * length, u32 value length, name, value.  Names are [a-z0-9-]; values have
 * no NUL.  Bounds: REQUEST_MAX bytes, REQUEST_FIELDS_MAX fields.
 */
#ifndef POT_REQUEST_H
#define POT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

#define REQUEST_MAX	   ((size_t)4 << 20)
#define REQUEST_FIELDS_MAX 8192
#define REQUEST_FDS_MAX	   8

struct request {
	char *verb;
	struct strv names, values; /* same length */
	int fds[REQUEST_FDS_MAX];  /* borrowed; -1 where none */
	unsigned nfds;
	uid_t uid; /* filled by the receiver from the kernel, */
	gid_t gid; /* never from the bytes */
};

void request_init(struct request *r, const char *verb);
void request_fini(struct request *r);
#define auto_request __attribute__((cleanup(request_fini), unused))

void request_add(struct request *r, const char *name, const char *value);
void request_add_flag(struct request *r, const char *name); /* "1" */

bool request_has(const struct request *r, const char *name);
/* Last value, or NULL. */
const char *request_get(const struct request *r, const char *name);
/* All values, in order. */
void request_all(const struct request *r, const char *name, struct strv *out);
/* As request_get; missing or empty is ERR_USAGE "VERB: NAME is missing". */
int request_need(const struct request *r, const char *name, const char **value,
    struct err *e) MUST_CHECK;

int request_encode(const struct request *r, struct buf *out, struct err *e)
    MUST_CHECK;
/* R is initialised here.  ERR_CORRUPT on anything unexpected. */
int request_decode(
    const void *data, size_t len, struct request *r, struct err *e) MUST_CHECK;

#endif
