/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of the classic texts.
 */
#include "cli/print.h"

#include <string.h>
#include <unistd.h>

#include "base/str.h"

static const struct value *
item(const struct record *r, const char *key, size_t i, enum value_type type)
{
	const struct value *v = record_find(r, key);

	if (v == NULL || v->type != VALUE_LIST || i >= v->u.list.n ||
	    v->u.list.v[i].type != type)
		return NULL;
	return &v->u.list.v[i];
}

int
print_to_stdio(struct cli *c, struct err *e UNUSED)
{
	c->req.fds[0] = STDOUT_FILENO;
	c->req.fds[1] = STDERR_FILENO;
	c->req.nfds = 2;
	return 0;
}

const struct record *
print_record_at(const struct record *r, const char *key, size_t i)
{
	const struct value *v = item(r, key, i, VALUE_RECORD);

	return v == NULL ? NULL : v->u.record;
}

const char *
print_text_at(const struct record *r, const char *key, size_t i)
{
	const struct value *v = item(r, key, i, VALUE_STR);

	return v == NULL ? NULL : v->u.str;
}

const struct record *
print_sub(const struct record *r, const char *key)
{
	const struct value *v = record_find(r, key);

	return v == NULL || v->type != VALUE_RECORD ? NULL : v->u.record;
}

bool
print_has(const struct record *r, const char *key)
{
	const struct value *v = record_find(r, key);

	return v != NULL && v->type != VALUE_NULL;
}

const char *
print_bool(const struct record *r, const char *key)
{
	return record_get_bool(r, key) ? "true" : "false";
}

void
print_ip(struct cli *c, const struct record *r)
{
	const char *type = record_get_str(r, "network_type"), *ip;

	if (str_eq(type, "inherit") || str_eq(type, "none"))
		return;
	cli_print(c, "\tip :");
	for (size_t i = 0; (ip = print_text_at(r, "ip", i)) != NULL; i++)
		cli_print(c, " %s", ip);
	cli_print(c, "\n");
}

/* TEXT without the directory DIR, if it is below it. */
static const char *
below(const char *text, const char *dir, const char *sub)
{
	size_t n = strlen(dir), k = strlen(sub);

	if (strncmp(text, dir, n) == 0 && strncmp(text + n, sub, k) == 0)
		return text + n + k;
	return text;
}

void
print_datasets(struct cli *c, const struct record *r)
{
	struct err ignored = ERR_INIT;
	const struct framework *fw = cli_framework(c, &ignored);
	const struct record *d;

	for (size_t i = 0;
	     fw != NULL && (d = print_record_at(r, "datasets", i)) != NULL; i++)
		cli_print(c, "\t\t%s => %s%s\n",
		    below(record_get_str(d, "target"),
			framework_get(fw, FW_FS_ROOT), "/jails/"),
		    below(record_get_str(d, "source"),
			framework_get(fw, FW_ZFS_ROOT), "/"),
		    record_get_bool(d, "copy") ? " (copy)" : "");
}

void
print_snapshots(struct cli *c, const struct record *r)
{
	const struct record *s;
	size_t i = 0;

	if (!print_has(r, "snapshots")) {
		cli_print(c, "\t\tto see them needs root\n");
		return;
	}
	for (; (s = print_record_at(r, "snapshots", i)) != NULL; i++)
		cli_print(c, "\t\t%s\n", record_get_str(s, "full_name"));
	if (i == 0)
		cli_print(c, "\t\tno snapshots\n");
}
