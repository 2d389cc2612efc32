/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The volumes of a pot.
 */
#include "engine/volumes.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/spec.h"

#define TAG_MAX 9999999999 /* tags of ten digits sort as numbers do */

void
volumes_of(const struct pot *p, struct strv *out)
{
	auto_free char *prefix = xasprintf("jails/%s/", p->name.s);

	if (p->config->type == POT_TYPE_SINGLE)
		strv_add_fmt(out, "%sm", prefix);
	for (size_t i = 0; i < p->fscomp.n; i++) {
		const char *v = spec_volume(p->g, p->fscomp.v[i].source);

		if (v != NULL && str_has_prefix(v, prefix) && !strv_has(out, v))
			strv_add(out, v);
	}
}

int
volumes_found(
    struct engine *g, const char *name, struct strv *out, struct err *e)
{
	auto_strv struct strv all = STRV_INIT;
	struct storage *s;
	auto_close int dir = -1;
	int jails;

	if (engine_storage(g, &s, e) < 0 ||
	    engine_dir(g, DIR_JAILS, &jails, e) < 0)
		return -1;
	if (dir_open(jails, name, &dir, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	if (dir_list(dir, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (all.v[i][0] == '.' || str_eq(all.v[i], "conf"))
			continue;
		strv_add_fmt(out, "jails/%s/%s", name, all.v[i]);
	}
	return 0;
}

int
volumes_snapshots(const struct pot *p, struct strv *out, struct err *e)
{
	auto_free char *all = xasprintf("jails/%s", p->name.s);
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;

	if (engine_storage(p->g, &s, e) < 0 || storage_glance(s, all, e) < 0)
		return -1;
	volumes_of(p, &volumes);
	for (size_t i = 0; i < volumes.n; i++) {
		auto_strv struct strv one = STRV_INIT;

		if (storage_snapshots(s, volumes.v[i], &one, e) < 0)
			return err_wrap(e, "pot %s", p->name.s);
		for (size_t k = 0; k < one.n; k++)
			if (!strv_has(out, one.v[k]))
				strv_add(out, one.v[k]);
	}
	strv_sort(out);
	return 0;
}

int
volumes_common(const struct pot *p, struct strv *out, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT, any = STRV_INIT;
	auto_strv struct strv found = STRV_INIT;
	struct storage *s;

	if (engine_storage(p->g, &s, e) < 0 ||
	    volumes_snapshots(p, &any, e) < 0)
		return -1;
	volumes_of(p, &volumes);
	for (size_t i = 0; i < volumes.n; i++)
		if (storage_snapshots(s, volumes.v[i], &found, e) < 0)
			return err_wrap(e, "pot %s", p->name.s);
	for (size_t i = 0; i < any.n; i++) {
		size_t times = 0;

		for (size_t k = 0; k < found.n; k++)
			times += str_eq(found.v[k], any.v[i]);
		if (times == volumes.n)
			strv_add(out, any.v[i]);
	}
	return 0;
}

int
volumes_new_name(
    struct engine *g, const struct strv *volumes, char out[32], struct err *e)
{
	auto_strv struct strv used = STRV_INIT;
	int64_t t = clock_real_s();
	struct storage *s;

	if (engine_storage(g, &s, e) < 0)
		return -1;
	for (size_t i = 0; i < volumes->n; i++)
		if (storage_snapshots(s, volumes->v[i], &used, e) < 0)
			return -1;
	/* Later than all there are: names are sorted as text, the newest is
	 * the last, and the clock may have been set back. */
	for (size_t i = 0; i < used.n; i++) {
		struct err ignored = ERR_INIT;
		uint64_t tag;

		if (str_u64("snapshot", used.v[i], 0, TAG_MAX, &tag,
			&ignored) == 0 &&
		    (int64_t)tag >= t)
			t = (int64_t)tag + 1;
	}
	str_fmt(out, 32, "%" PRId64, t);
	return 0;
}
