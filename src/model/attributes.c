/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attribute table and what is common to its types.
 */
#include "model/attributes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/signame.h"

#define KEY_PREFIX "pot.attr."
/* Every jail attribute is written by create and listed by info. */
#define ATTR_F_JAIL_ROW (ATTR_F_JAIL | ATTR_F_CREATE | ATTR_F_INFO)

static const struct attr attrs[] = {
#define ATTR(n, t, f, d, m, p, h)    \
	{                            \
		.name = n,           \
		.key = KEY_PREFIX n, \
		.type = ATTR_##t,    \
		.flags = f,          \
		.fallback = d,       \
		.max = m,            \
		.parameter = p,      \
		.help = h,           \
	},
#include "model/attributes.def"
#undef ATTR
};

static const char *const sysv_words[] = {
	[SYSV_NEW] = "new",
	[SYSV_INHERIT] = "inherit",
	[SYSV_DISABLE] = "disable",
};

size_t
attr_count(void)
{
	return COUNT_OF(attrs);
}

const struct attr *
attr_at(size_t i)
{
	assert(i < COUNT_OF(attrs));
	return &attrs[i];
}

const struct attr *
attr_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(attrs); i++) {
		if (strcmp(attrs[i].name, name) == 0)
			return &attrs[i];
	}
	return NULL;
}

static int
sysv_parse(const char *what, const char *s, enum sysv_mode *out, struct err *e)
{
	char quoted[64];

	for (size_t i = 0; i < COUNT_OF(sysv_words); i++) {
		if (strcmp(s, sysv_words[i]) == 0) {
			*out = (enum sysv_mode)i;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID,
	    "%s '%s': expected new, inherit or disable", what,
	    str_quote(quoted, sizeof(quoted), s));
}

/* One function per type: check S, give its stored form. */
typedef int parse_fn(const struct attr *a, const char *what, const char *s,
    char **stored, struct err *e);

static int
parse_bool(const struct attr *a UNUSED, const char *what, const char *s,
    char **stored, struct err *e)
{
	bool v;

	if (str_bool(what, s, &v, e) < 0)
		return -1;
	*stored = xstrdup(v ? "YES" : "NO");
	return 0;
}

static int
parse_uint(const struct attr *a, const char *what, const char *s, char **stored,
    struct err *e)
{
	uint64_t v;

	if (str_u64(what, s, 0, a->max, &v, e) < 0)
		return -1;
	*stored = xasprintf("%u", (unsigned)v);
	return 0;
}

static int
parse_sysvopt(const struct attr *a UNUSED, const char *what, const char *s,
    char **stored, struct err *e)
{
	enum sysv_mode m;

	if (sysv_parse(what, s, &m, e) < 0)
		return -1;
	*stored = xstrdup(s);
	return 0;
}

static int
parse_string(const struct attr *a UNUSED, const char *what, const char *s,
    char **stored, struct err *e)
{
	if (!conf_value_is_ok(s))
		return err_set(e, ERR_INVALID, "%s: expected one line", what);
	*stored = xstrdup(s);
	return 0;
}

static int
parse_signal(const struct attr *a UNUSED, const char *what, const char *s,
    char **stored, struct err *e)
{
	char name[SIGNAME_SIZE];
	int signo;

	if (signame_parse(s, &signo, e) < 0)
		return err_wrap(e, "%s", what);
	*stored = xstrdup(signame_format(name, signo));
	return 0;
}

static int
parse_size(const struct attr *a, const char *what, const char *s, char **stored,
    struct err *e)
{
	char limit[STR_SIZE_TEXT];
	uint64_t v;

	if (str_size(what, s, &v, e) < 0)
		return -1;
	if (v > a->max)
		return err_set(e, ERR_INVALID, "%s '%s': at most %s", what, s,
		    str_format_size(limit, a->max));
	*stored = xstrdup(s);
	return 0;
}

static parse_fn *const parsers[] = {
	[ATTR_BOOL] = parse_bool,
	[ATTR_UINT] = parse_uint,
	[ATTR_SYSVOPT] = parse_sysvopt,
	[ATTR_STRING] = parse_string,
	[ATTR_SIGNAL] = parse_signal,
	[ATTR_SIZE] = parse_size,
};

int
attr_parse(
    const struct attr *a, const char *value, char **stored, struct err *e)
{
	auto_free char *what = xasprintf("attribute %s", a->name);

	/* The empty value is the default where that is empty. */
	if (value[0] == '\0' && a->fallback[0] == '\0') {
		*stored = xstrdup("");
		return 0;
	}
	return parsers[a->type](a, what, value, stored, e);
}

char *
attr_value(const struct conf *c, const struct attr *a, bool *is_set)
{
	const char *raw = conf_raw(c, a->key);
	char *value = NULL;

	if (raw != NULL) {
		value = a->type == ATTR_STRING ? xstrdup(raw) : conf_trim(raw);
		if (value[0] == '\0') {
			free(value);
			value = NULL;
		}
	}
	if (is_set != NULL)
		*is_set = value != NULL;
	return value == NULL ? xstrdup(a->fallback) : value;
}

int
attr_check(const struct conf *c, struct err *e)
{
	for (size_t i = 0; i < attr_count(); i++) {
		const struct attr *a = attr_at(i);
		auto_free char *value = NULL, *stored = NULL;
		bool is_set;

		value = attr_value(c, a, &is_set);
		if (is_set && attr_parse(a, value, &stored, e) < 0)
			return err_recode(e, ERR_CORRUPT);
	}
	return 0;
}

bool
attr_bool(const struct conf *c, const char *name)
{
	const struct attr *a = attr_find(name);
	auto_free char *value = NULL;
	struct err e = ERR_INIT;
	bool v;

	assert(a != NULL && a->type == ATTR_BOOL);
	value = attr_value(c, a, NULL);
	if (str_bool(name, value, &v, &e) < 0)
		return str_eq(a->fallback, "YES");
	return v;
}

unsigned
attr_uint(const struct conf *c, const char *name)
{
	const struct attr *a = attr_find(name);
	auto_free char *value = NULL;
	struct err e = ERR_INIT;
	uint64_t v = 0;

	assert(a != NULL && a->type == ATTR_UINT);
	value = attr_value(c, a, NULL);
	if (str_u64(name, value, 0, a->max, &v, &e) == 0)
		return (unsigned)v;
	err_clear(&e);
	if (a->fallback[0] != '\0' &&
	    str_u64(name, a->fallback, 0, a->max, &v, &e) < 0)
		v = 0;
	return (unsigned)v;
}

/* Where an attribute goes in struct cell_attrs. */
static const struct {
	const char *name;
	size_t offset;
} cell_fields[] = {
#define FIELD(n, member)                               \
	{                                              \
		n, offsetof(struct cell_attrs, member) \
	}
	FIELD("enforce_statfs", enforce_statfs),
	FIELD("mount", allow_mount),
	FIELD("fdescfs", mount_fdescfs),
	FIELD("linprocfs", allow_linprocfs),
	FIELD("nullfs", allow_nullfs),
	FIELD("procfs", mount_procfs),
	FIELD("tmpfs", allow_tmpfs),
	FIELD("zfs", allow_zfs),
	FIELD("raw_sockets", raw_sockets),
	FIELD("sysvshm", sysvshm),
	FIELD("sysvsem", sysvsem),
	FIELD("sysvmsg", sysvmsg),
	FIELD("children", children),
	FIELD("mlock", mlock),
	FIELD("devfs_ruleset", devfs_ruleset),
	FIELD("userns", userns),
	FIELD("read-only-root", is_readonly_root),
#undef FIELD
};

int
attr_to_cell(const struct conf *c, struct cell_attrs *out, struct err *e)
{
	struct cell_attrs cell = { .userns = false };

	for (size_t i = 0; i < COUNT_OF(cell_fields); i++) {
		const struct attr *a = attr_find(cell_fields[i].name);
		void *field = (char *)&cell + cell_fields[i].offset;
		auto_free char *value = NULL;
		uint64_t number;

		assert(a != NULL);
		value = attr_value(c, a, NULL);
		switch (a->type) {
		case ATTR_BOOL:
			if (str_bool(a->key, value, field, e) < 0)
				return -1;
			break;
		case ATTR_UINT:
			if (str_u64(a->key, value, 0, a->max, &number, e) < 0)
				return -1;
			*(unsigned *)field = (unsigned)number;
			break;
		case ATTR_SYSVOPT:
			if (sysv_parse(a->key, value, field, e) < 0)
				return -1;
			break;
		case ATTR_STRING:
		case ATTR_SIGNAL:
		case ATTR_SIZE:
			assert(false && "not in struct cell_attrs");
		}
	}
	*out = cell;
	return 0;
}
