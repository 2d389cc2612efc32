/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records: ordered keys with typed values.  They have tens of keys, so
 * finding one walks them.  Setting a key that exists replaces its value.
 */
#include "model/record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/xmalloc.h"

struct record *
record_new(void)
{
	return xcalloc(1, sizeof(struct record));
}

static void
value_fini(struct value *v)
{
	switch (v->type) {
	case VALUE_STR:
		free(v->u.str);
		break;
	case VALUE_LIST:
		for (size_t i = 0; i < v->u.list.n; i++)
			value_fini(&v->u.list.v[i]);
		free(v->u.list.v);
		break;
	case VALUE_RECORD:
		record_free(v->u.record);
		break;
	case VALUE_NULL:
	case VALUE_INT:
	case VALUE_BOOL:
		break;
	}
	*v = (struct value){ .type = VALUE_NULL };
}

void
record_free(struct record *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++) {
		free(r->key[i]);
		value_fini(&r->value[i]);
	}
	free(r->key);
	free(r->value);
	free(r);
}

void
record_cleanup(struct record **rp)
{
	record_free(*rp);
	*rp = NULL;
}

static struct value *
find(const struct record *r, const char *key)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->key[i], key) == 0)
			return &r->value[i];
	}
	return NULL;
}

/* The value of KEY, null: a new one, or the old one emptied. */
static struct value *
slot(struct record *r, const char *key)
{
	struct value *v = find(r, key);

	if (v != NULL) {
		value_fini(v);
		return v;
	}
	if (r->n == r->cap) {
		r->cap = r->cap == 0 ? 16 : 2 * r->cap;
		r->key = xreallocarray(r->key, r->cap, sizeof(*r->key));
		r->value = xreallocarray(r->value, r->cap, sizeof(*r->value));
	}
	r->key[r->n] = xstrdup(key);
	v = &r->value[r->n++];
	*v = (struct value){ .type = VALUE_NULL };
	return v;
}

void
record_str(struct record *r, const char *key, const char *v)
{
	/* Copied first: V may be the old value. */
	char *copy = v == NULL ? NULL : xstrdup(v);
	struct value *s = slot(r, key);

	if (copy == NULL)
		return;
	s->type = VALUE_STR;
	s->u.str = copy;
}

void
record_int(struct record *r, const char *key, int64_t v)
{
	struct value *s = slot(r, key);

	s->type = VALUE_INT;
	s->u.num = v;
}

void
record_bool(struct record *r, const char *key, bool v)
{
	struct value *s = slot(r, key);

	s->type = VALUE_BOOL;
	s->u.truth = v;
}

void
record_null(struct record *r, const char *key)
{
	(void)slot(r, key);
}

void
record_strv(struct record *r, const char *key, const struct strv *l)
{
	struct value *s;

	record_list(r, key);
	if (l->n == 0)
		return;
	s = find(r, key);
	assert(s != NULL);
	s->u.list.v = xcalloc(l->n, sizeof(*s->u.list.v));
	s->u.list.n = s->u.list.cap = l->n;
	for (size_t i = 0; i < l->n; i++) {
		s->u.list.v[i].type = VALUE_STR;
		s->u.list.v[i].u.str = xstrdup(l->v[i]);
	}
}

void
record_sub(struct record *r, const char *key, struct record *sub)
{
	struct value *s = slot(r, key);

	s->type = VALUE_RECORD;
	s->u.record = sub;
}

void
record_list(struct record *r, const char *key)
{
	struct value *s = slot(r, key);

	s->type = VALUE_LIST;
	s->u.list.v = NULL;
	s->u.list.n = s->u.list.cap = 0;
}

void
record_list_add(struct record *r, const char *key, struct record *sub)
{
	struct value *s = find(r, key);

	if (s == NULL || s->type != VALUE_LIST) {
		record_list(r, key);
		s = find(r, key);
	}
	assert(s != NULL);
	if (s->u.list.n == s->u.list.cap) {
		s->u.list.cap = s->u.list.cap == 0 ? 8 : 2 * s->u.list.cap;
		s->u.list.v = xreallocarray(
		    s->u.list.v, s->u.list.cap, sizeof(*s->u.list.v));
	}
	s->u.list.v[s->u.list.n++] =
	    (struct value){ .type = VALUE_RECORD, .u.record = sub };
}

const struct value *
record_find(const struct record *r, const char *key)
{
	return find(r, key);
}

const char *
record_get_str(const struct record *r, const char *key)
{
	const struct value *v = find(r, key);

	return v != NULL && v->type == VALUE_STR ? v->u.str : "";
}

int64_t
record_get_int(const struct record *r, const char *key)
{
	const struct value *v = find(r, key);

	return v != NULL && v->type == VALUE_INT ? v->u.num : 0;
}

bool
record_get_bool(const struct record *r, const char *key)
{
	const struct value *v = find(r, key);

	return v != NULL && v->type == VALUE_BOOL && v->u.truth;
}

static void
value_to_json(const struct value *v, struct json *j, const char *key)
{
	switch (v->type) {
	case VALUE_NULL:
		json_null(j, key);
		break;
	case VALUE_STR:
		json_str(j, key, v->u.str);
		break;
	case VALUE_INT:
		json_int(j, key, v->u.num);
		break;
	case VALUE_BOOL:
		json_bool(j, key, v->u.truth);
		break;
	case VALUE_LIST:
		json_array(j, key);
		for (size_t i = 0; i < v->u.list.n; i++)
			value_to_json(&v->u.list.v[i], j, NULL);
		json_array_end(j);
		break;
	case VALUE_RECORD:
		record_to_json(v->u.record, j, key);
		break;
	}
}

void
record_to_json(const struct record *r, struct json *j, const char *key)
{
	json_object(j, key);
	for (size_t i = 0; i < r->n; i++)
		value_to_json(&r->value[i], j, r->key[i]);
	json_object_end(j);
}
