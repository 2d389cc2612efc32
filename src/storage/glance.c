/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One look at many volumes: what a driver has told of all of them at once is
 * found again for each.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "storage/storage_impl.h"

void
glance_fini(struct storage *s)
{
	free(s->glance.path);
	s->glance.path = NULL;
	strv_fini(&s->glance.names);
	strv_fini(&s->glance.used);
}

int
storage_glance(struct storage *s, const char *path, struct err *e)
{
	glance_fini(s);
	if (s->driver->glance == NULL)
		return 0;
	if (s->driver->glance(s, path, e) < 0) {
		glance_fini(s);
		return err_wrap(e, "storage %s", s->fs_root);
	}
	s->glance.path = xstrdup(path);
	return 0;
}

/* The place of V's own line, or an error. */
static int
find(const struct storage *s, const struct volume *v, size_t *at, struct err *e)
{
	for (*at = 0; *at < s->glance.names.n; (*at)++)
		if (str_eq(s->glance.names.v[*at], v->path))
			return 0;
	return err_set(e, ERR_NOT_FOUND, "there is no such volume");
}

/* A part of a base that was not seen may be no more than a directory: who
 * has it is to be asked. */
bool
glance_has(const struct storage *s, const struct volume *v)
{
	const char *path = s->glance.path;
	size_t at, len = path != NULL ? strlen(path) : 0;
	struct err ignored = ERR_INIT;

	return path != NULL &&
	    (len == 0 ||
		(str_has_prefix(v->path, path) &&
		    (v->path[len] == '/' || v->path[len] == '\0'))) &&
	    (v->kind != VOLUME_BASE_PART || find(s, v, &at, &ignored) == 0);
}

int
glance_snapshots(const struct storage *s, const struct volume *v,
    struct strv *out, struct err *e)
{
	size_t i, len = strlen(v->path);

	if (find(s, v, &i, e) < 0)
		return -1;
	for (i = 0; i < s->glance.names.n; i++) {
		const char *name = s->glance.names.v[i];

		if (str_has_prefix(name, v->path) && name[len] == '@')
			strv_add(out, name + len + 1);
	}
	return 0;
}

int
glance_usage(const struct storage *s, const struct volume *v, uint64_t *bytes,
    struct err *e)
{
	size_t i;

	if (find(s, v, &i, e) < 0)
		return -1;
	return str_u64("used", s->glance.used.v[i], 0, UINT64_MAX, bytes, e);
}
