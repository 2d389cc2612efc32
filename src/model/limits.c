/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits: text to numbers by the kind of each row. */
#include "model/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

#define KEY_PREFIX "pot.rss."
#define NONE	   "none"
#define QUOTE_SIZE 80
/* A hundredth of a CPU is the least that kernels take. */
#define CPU_MIN 10
#define CPU_MAX (UINT64_C(1000) * LIMIT_CPU_MAX)

static const struct limit_row rows[] = {
#define LIMIT_ROW(i, o, c, k, j, l, h)  \
	{                               \
		.option = o,            \
		.letter = c,            \
		.key = KEY_PREFIX o,    \
		.json = j,              \
		.id = LIMIT_##i,        \
		.kind = LIMIT_KIND_##k, \
		.unit = UNIT_##k,       \
		.label = l,             \
		.help = h,              \
	},
#define UNIT_COUNT     "COUNT"
#define UNIT_SIZE      "SIZE"
#define UNIT_SIZE_OR_0 "SIZE"
#define UNIT_CPU       "CPUS"
#define UNIT_WEIGHT    "WEIGHT"
#define UNIT_LIST      "LIST"
#include "model/limits.def"
#undef LIMIT_ROW
};

size_t
limit_row_count(void)
{
	return COUNT_OF(rows);
}

const struct limit_row *
limit_row_at(size_t i)
{
	assert(i < COUNT_OF(rows));
	return &rows[i];
}

const struct limit_row *
limit_row_find(const char *option)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (strcmp(rows[i].option, option) == 0)
			return &rows[i];
	}
	return NULL;
}

static int
parse_size(const char *what, const char *s, uint64_t *out, struct err *e)
{
	size_t len = strlen(s);
	char quoted[QUOTE_SIZE];
	uint64_t v;

	/* str_size() knows terabytes, set-rss never did. */
	if ((len > 0 && chr_lower(s[len - 1]) == 't') ||
	    str_size(what, s, &v, e) < 0) {
		err_clear(e);
		return err_set(e, ERR_INVALID,
		    "%s '%s': expected a size such as 512M (units b k m g)",
		    what, str_quote(quoted, sizeof(quoted), s));
	}
	if (v > INT64_MAX) /* what kernels and JSON take */
		return err_set(e, ERR_INVALID, "%s '%s': too large", what, s);
	*out = v;
	return 0;
}

static int
parse_size_or_0(const char *what, const char *s, uint64_t *out, struct err *e)
{
	if (strcmp(s, "0") == 0) {
		*out = 0;
		return 0;
	}
	return parse_size(what, s, out, e);
}

static int
parse_count(const char *what, const char *s, uint64_t *out, struct err *e)
{
	return str_u64(what, s, 1, UINT32_MAX, out, e);
}

static int
parse_weight(const char *what, const char *s, uint64_t *out, struct err *e)
{
	return str_u64(what, s, 1, 10000, out, e);
}

/* "1.5" in thousandths. */
static int
parse_cpu(const char *what, const char *s, uint64_t *out, struct err *e)
{
	char quoted[QUOTE_SIZE];
	uint64_t v;
	const char *p = s;
	unsigned scale = 1000;

	if (!str_take_u64(&p, LIMIT_CPU_MAX, &v))
		goto bad;
	v *= 1000;
	if (*p == '.') {
		if (!chr_is_digit(*++p))
			goto bad;
		for (; chr_is_digit(*p) && scale > 1; p++) {
			scale /= 10;
			v += (uint64_t)(*p - '0') * scale;
		}
	}
	if (*p != '\0' || v < CPU_MIN || v > CPU_MAX)
		goto bad;
	*out = v;
	return 0;
bad:
	return err_set(e, ERR_INVALID,
	    "%s '%s': expected CPUs such as 1.5, from 0.01 to %d", what,
	    str_quote(quoted, sizeof(quoted), s), LIMIT_CPU_MAX);
}

typedef int parse_fn(
    const char *what, const char *s, uint64_t *out, struct err *e);

static parse_fn *const parsers[] = {
	[LIMIT_KIND_COUNT] = parse_count,
	[LIMIT_KIND_SIZE] = parse_size,
	[LIMIT_KIND_SIZE_OR_0] = parse_size_or_0,
	[LIMIT_KIND_CPU] = parse_cpu,
	[LIMIT_KIND_WEIGHT] = parse_weight,
	[LIMIT_KIND_LIST] = NULL,
};

static int
parse_list(const char *what, const char *s, struct limit_set *l, struct err *e)
{
	struct cpu_mask m;

	if (cpu_mask_parse(s, &m, e) < 0)
		return err_wrap(e, "%s", what);
	if (s[0] == '\0')
		return err_set(e, ERR_INVALID,
		    "%s '': expected a list of CPUs such as 0-2,5", what);
	cpu_mask_format(&m, l->cpu_list);
	return 0;
}

/* VALUE into L.  WHAT names it in errors. */
static int
parse(const struct limit_row *row, const char *what, const char *value,
    struct limit_set *l, struct err *e)
{
	if (row->kind == LIMIT_KIND_LIST)
		return parse_list(what, value, l, e);
	if (parsers[row->kind](what, value, &l->value[row->id], e) < 0)
		return -1;
	l->set |= 1U << row->id;
	return 0;
}

int
limits_set(struct conf *c, const struct limit_row *row, const char *value,
    struct err *e)
{
	struct limit_set l = { .set = 0 };

	if (strcmp(value, NONE) == 0) {
		conf_remove(c, row->key);
		return 0;
	}
	if (parse(row, row->option, value, &l, e) < 0)
		return -1;
	conf_set(c, row->key, value);
	return 0;
}

int
limits_load(const struct conf *c, struct limit_set *out, struct err *e)
{
	struct limit_set l = { .set = 0 };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		auto_free char *value = conf_get(c, rows[i].key);

		if (value == NULL || value[0] == '\0')
			continue;
		if (parse(&rows[i], rows[i].key, value, &l, e) < 0)
			return -1;
	}
	*out = l;
	return 0;
}

void
limits_to_record(const struct limit_set *l, struct record *r)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct limit_row *row = &rows[i];

		if (row->kind == LIMIT_KIND_LIST) {
			if (l->cpu_list[0] != '\0')
				record_str(r, row->json, l->cpu_list);
		} else if (limit_is_set(l, row->id))
			record_int(r, row->json, (int64_t)l->value[row->id]);
	}
}
