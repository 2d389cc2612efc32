/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of volumes: checked here once, for all drivers. */
#include "storage/volume.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define PARTS_MAX 3

static int
bad(struct err *e, const char *what, const char *text, const char *expected)
{
	char quoted[128];

	return err_set(e, ERR_INVALID, "%s '%s': expected %s", what,
	    str_quote(quoted, sizeof(quoted), text), expected);
}

/* A component that is not ours (dot) and holds nothing that a chain file or
 * a terminal would take for more than a name. */
static bool
is_component(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || len > VOLUME_NAME_MAX || s[0] == '.' || s[0] == '@')
		return false;
	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return true;
}

/* Split PATH into at most PARTS_MAX components; their number, 0 if PATH is
 * not one of ours. */
static unsigned
split(const char *path, char parts[PARTS_MAX][VOLUME_NAME_MAX + 1])
{
	unsigned n = 0;
	const char *end;

	for (;; path = end + 1) {
		size_t len;

		end = strchr(path, '/');
		len = end != NULL ? (size_t)(end - path) : strlen(path);
		if (n == PARTS_MAX || !is_component(path, len))
			return 0;
		memcpy(parts[n], path, len);
		parts[n++][len] = '\0';
		if (end == NULL)
			return n;
	}
}

static void
fill(struct volume *v, enum volume_kind kind, const char *path, const char *dir,
    const char *name)
{
	*v = (struct volume){ .kind = kind };
	(void)str_copy(v->path, path, sizeof(v->path));
	(void)str_copy(v->dir, dir, sizeof(v->dir));
	(void)str_copy(v->name, name, sizeof(v->name));
	str_fmt(v->snaps, sizeof(v->snaps), "%s/.snap/%s", dir, name);
}

/* bases/B/PART: a directory inside of the base's tree. */
static void
fill_part(
    struct volume *v, const char *path, const char *base, const char *part)
{
	char dir[VOLUME_SIZE], *slash, *p;

	fill(v, VOLUME_BASE_PART, path, "", "");
	(void)str_copy(v->base, base, sizeof(v->base));
	if (str_eq(part, "custom")) {
		(void)str_copy(v->part, "opt/custom", sizeof(v->part));
	} else {
		(void)str_copy(v->part, part, sizeof(v->part));
		for (p = v->part; *p != '\0'; p++)
			if (*p == '.')
				*p = '/';
	}
	str_fmt(dir, sizeof(dir), "bases/%s/%s", base, v->part);
	slash = strrchr(dir, '/');
	*slash = '\0';
	(void)str_copy(v->dir, dir, sizeof(v->dir));
	(void)str_copy(v->name, slash + 1, sizeof(v->name));
	str_fmt(v->snaps, sizeof(v->snaps), "bases/.snap/%s/@%s", base, part);
}

/* "usr..x" or "usr." would make empty components. */
static bool
is_part(const char *s)
{
	return !str_has_suffix(s, ".") && strstr(s, "..") == NULL;
}

int
volume_parse(const char *path, struct volume *v, struct err *e)
{
	char parts[PARTS_MAX][VOLUME_NAME_MAX + 1], dir[VOLUME_SIZE];
	unsigned n = split(path, parts);

	if (n == 3 && str_eq(parts[0], "jails")) {
		str_fmt(dir, sizeof(dir), "jails/%s", parts[1]);
		fill(v, VOLUME_POT, path, dir, parts[2]);
	} else if (n == 2 && str_eq(parts[0], "bases")) {
		fill(v, VOLUME_BASE, path, "bases", parts[1]);
	} else if (n == 2 && str_eq(parts[0], "fscomp")) {
		fill(v, VOLUME_FSCOMP, path, "fscomp", parts[1]);
	} else if (n == 3 && str_eq(parts[0], "bases") && is_part(parts[2])) {
		fill_part(v, path, parts[1], parts[2]);
	} else {
		return bad(e, "volume", path,
		    "jails/POT/VOLUME, bases/BASE[/PART] or fscomp/NAME");
	}
	return 0;
}

int
volume_parse_pot(const char *path, struct volume *v, struct err *e)
{
	char parts[PARTS_MAX][VOLUME_NAME_MAX + 1];

	if (split(path, parts) != 2 || !str_eq(parts[0], "jails"))
		return bad(e, "volume", path, "jails/POT");
	fill(v, VOLUME_POT, path, "jails", parts[1]);
	return 0;
}

int
volume_check_snap(const char *snap, struct err *e)
{
	size_t i, len = strlen(snap);

	if (len == 0 || len > 64 || !chr_is_alnum(snap[0]))
		return bad(e, "snapshot", snap, "a name");
	for (i = 0; i < len; i++)
		if (!chr_is_alnum(snap[i]) && strchr("._-", snap[i]) == NULL)
			return bad(e, "snapshot", snap, "a name");
	return 0;
}
