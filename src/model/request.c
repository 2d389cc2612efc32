/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests and their wire format (request.h).  The decoder believes
 * nothing: every length is checked against what is left.
 */
#include "model/request.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"

#define MAGIC	    "PRQ1"
#define MAGIC_SIZE  4
#define HEADER_SIZE (MAGIC_SIZE + 2 + 2 + 2)
#define FIELD_SIZE  (2 + 4)
/* A verb or a field's name; also what keeps hostile ones short. */
#define NAME_MAX_LEN 64

void
request_init(struct request *r, const char *verb)
{
	*r = (struct request){ .verb = xstrdup(verb) };
	for (unsigned i = 0; i < REQUEST_FDS_MAX; i++)
		r->fds[i] = -1;
}

void
request_fini(struct request *r)
{
	free(r->verb);
	r->verb = NULL;
	strv_fini(&r->names);
	strv_fini(&r->values);
}

void
request_add(struct request *r, const char *name, const char *value)
{
	strv_add(&r->names, name);
	strv_add(&r->values, value);
}

void
request_add_flag(struct request *r, const char *name)
{
	request_add(r, name, "1");
}

bool
request_has(const struct request *r, const char *name)
{
	return request_get(r, name) != NULL;
}

const char *
request_get(const struct request *r, const char *name)
{
	for (size_t i = r->names.n; i > 0; i--) {
		if (strcmp(r->names.v[i - 1], name) == 0)
			return r->values.v[i - 1];
	}
	return NULL;
}

void
request_all(const struct request *r, const char *name, struct strv *out)
{
	for (size_t i = 0; i < r->names.n; i++) {
		if (strcmp(r->names.v[i], name) == 0)
			strv_add(out, r->values.v[i]);
	}
}

int
request_need(const struct request *r, const char *name, const char **value,
    struct err *e)
{
	const char *v = request_get(r, name);

	if (v == NULL || v[0] == '\0')
		return err_set(
		    e, ERR_USAGE, "%s: %s is missing", r->verb, name);
	*value = v;
	return 0;
}

static bool
is_name(const char *s, size_t len)
{
	if (len == 0 || len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!chr_is_digit(s[i]) && s[i] != '-' &&
		    !(s[i] >= 'a' && s[i] <= 'z'))
			return false;
	}
	return true;
}

/* LEN low bytes of V, little endian. */
static void
put(struct buf *b, size_t v, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		buf_add_char(b, (char)(unsigned char)(v >> (8 * i)));
}

static size_t
get(const unsigned char *p, unsigned len)
{
	size_t v = 0;

	for (unsigned i = 0; i < len; i++)
		v |= (size_t)p[i] << (8 * i);
	return v;
}

int
request_encode(const struct request *r, struct buf *out, struct err *e)
{
	size_t size = HEADER_SIZE + strlen(r->verb);

	assert(r->names.n == r->values.n);
	if (!is_name(r->verb, strlen(r->verb)))
		return err_set(e, ERR_INVALID, "request: not a verb");
	if (r->names.n > REQUEST_FIELDS_MAX)
		return err_set(e, ERR_LIMIT, "%s: %zu fields, at most %d",
		    r->verb, r->names.n, REQUEST_FIELDS_MAX);
	if (r->nfds > REQUEST_FDS_MAX)
		return err_set(e, ERR_LIMIT, "%s: %u descriptors, at most %d",
		    r->verb, r->nfds, REQUEST_FDS_MAX);
	for (size_t i = 0; i < r->names.n; i++) {
		if (!is_name(r->names.v[i], strlen(r->names.v[i])))
			return err_set(e, ERR_INVALID,
			    "%s: field %zu: not a name", r->verb, i);
		size +=
		    FIELD_SIZE + strlen(r->names.v[i]) + strlen(r->values.v[i]);
	}
	if (size > REQUEST_MAX)
		return err_set(e, ERR_LIMIT,
		    "%s: %zu bytes of arguments, at most %zu", r->verb, size,
		    REQUEST_MAX);

	buf_add(out, MAGIC, MAGIC_SIZE);
	put(out, strlen(r->verb), 2);
	put(out, r->names.n, 2);
	put(out, r->nfds, 2);
	buf_add_str(out, r->verb);
	for (size_t i = 0; i < r->names.n; i++) {
		put(out, strlen(r->names.v[i]), 2);
		put(out, strlen(r->values.v[i]), 4);
		buf_add_str(out, r->names.v[i]);
		buf_add_str(out, r->values.v[i]);
	}
	return buf_check(out, r->verb, e);
}

/* What is left of the bytes. */
struct cursor {
	const unsigned char *p;
	size_t left;
};

/* LEN bytes, or NULL if there are not that many. */
static const unsigned char *
cursor_take(struct cursor *c, size_t len)
{
	const unsigned char *p = c->p;

	if (len > c->left)
		return NULL;
	c->p += len;
	c->left -= len;
	return p;
}

static int
decode_field(struct cursor *c, struct request *r, size_t i, struct err *e)
{
	const unsigned char *head = cursor_take(c, FIELD_SIZE);
	const char *name, *value;
	size_t name_len, value_len;

	if (head == NULL)
		return err_set(e, ERR_CORRUPT, "request: cut in field %zu", i);
	name_len = get(head, 2);
	value_len = get(head + 2, 4);
	name = (const char *)cursor_take(c, name_len);
	value = name == NULL ? NULL : (const char *)cursor_take(c, value_len);
	if (value == NULL)
		return err_set(e, ERR_CORRUPT, "request: cut in field %zu", i);
	if (!is_name(name, name_len))
		return err_set(
		    e, ERR_CORRUPT, "request: field %zu: bad name", i);
	if (memchr(value, '\0', value_len) != NULL)
		return err_set(
		    e, ERR_CORRUPT, "request: field %zu: a NUL byte", i);
	strv_add_take(&r->names, xstrndup(name, name_len));
	strv_add_take(&r->values, xstrndup(value, value_len));
	return 0;
}

static int
decode(struct cursor *c, struct request *r, struct err *e)
{
	const unsigned char *head = cursor_take(c, HEADER_SIZE);
	size_t verb_len, count, nfds;
	const char *verb;

	if (head == NULL || memcmp(head, MAGIC, MAGIC_SIZE) != 0)
		return err_set(
		    e, ERR_CORRUPT, "request: does not begin with " MAGIC);
	verb_len = get(head + MAGIC_SIZE, 2);
	count = get(head + MAGIC_SIZE + 2, 2);
	nfds = get(head + MAGIC_SIZE + 4, 2);
	if (count > REQUEST_FIELDS_MAX || nfds > REQUEST_FDS_MAX)
		return err_set(e, ERR_CORRUPT,
		    "request: %zu fields, %zu descriptors", count, nfds);
	verb = (const char *)cursor_take(c, verb_len);
	if (verb == NULL || !is_name(verb, verb_len))
		return err_set(e, ERR_CORRUPT, "request: bad verb");
	free(r->verb);
	r->verb = xstrndup(verb, verb_len);
	r->nfds = (unsigned)nfds;
	for (size_t i = 0; i < count; i++) {
		if (decode_field(c, r, i, e) < 0)
			return -1;
	}
	if (c->left != 0)
		return err_set(e, ERR_CORRUPT,
		    "request: %zu bytes after its end", c->left);
	return 0;
}

int
request_decode(const void *data, size_t len, struct request *r, struct err *e)
{
	struct cursor c = { .p = data, .left = len };
	auto_request struct request tmp;

	request_init(&tmp, "");
	if (len > REQUEST_MAX)
		return err_set(e, ERR_CORRUPT,
		    "request: %zu bytes, at most %zu", len, REQUEST_MAX);
	if (decode(&c, &tmp, e) < 0)
		return -1;
	*r = tmp;
	tmp.verb = NULL;
	tmp.names = (struct strv)STRV_INIT;
	tmp.values = (struct strv)STRV_INIT;
	return 0;
}
