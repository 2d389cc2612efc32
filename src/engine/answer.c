/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of pots.
 */
#include "engine/answer.h"

#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/volumes.h"
#include "model/lastrun.h"
#include "model/limits.h"

/* Does the pot get a copy of the file SOURCE, for want of such mounts? */
static bool
is_copied(const struct pot *p, const char *source)
{
	const struct platform_mount_ops *m = p->g->platform->mount;
	struct stat st;

	return m->copies_files != NULL && m->copies_files() &&
	    stat(source, &st) == 0 && S_ISREG(st.st_mode);
}

static void
add_datasets(const struct pot *p, struct record *r)
{
	record_list(r, "datasets");
	for (size_t i = 0; i < p->fscomp.n; i++) {
		struct record *d = record_new();

		record_str(d, "source", p->fscomp.v[i].source);
		record_str(d, "target", p->fscomp.v[i].target);
		record_str(d, "option", p->fscomp.v[i].option);
		record_bool(d, "copy", is_copied(p, p->fscomp.v[i].source));
		record_list_add(r, "datasets", d);
	}
}

/* One entry per volume and snapshot, as zfs would list them; null where
 * root alone may see them. */
static int
add_snapshots(const struct pot *p, struct record *r, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;

	record_list(r, "snapshots");
	if (engine_storage(p->g, &s, e) < 0)
		return -1;
	volumes_of(p, &volumes);
	for (size_t i = 0; i < volumes.n; i++) {
		auto_strv struct strv names = STRV_INIT;

		if (storage_snapshots(s, volumes.v[i], &names, e) < 0) {
			if (e->code != ERR_DENIED)
				return -1;
			err_clear(e);
			record_null(r, "snapshots");
			return 0;
		}
		for (size_t k = 0; k < names.n; k++) {
			struct record *snap = record_new();
			auto_free char *full = xasprintf("%s/%s@%s",
			    framework_get(p->g->fw, FW_ZFS_ROOT), volumes.v[i],
			    names.v[k]);

			record_str(snap, "volume", volumes.v[i]);
			record_str(snap, "name", names.v[k]);
			record_str(snap, "full_name", full);
			record_list_add(r, "snapshots", snap);
		}
	}
	return 0;
}

int
answer_pot(struct pot *p, const struct run_state *st, bool with_snapshots,
    struct record *r, struct err *e)
{
	const struct pot_config *c = p->config;

	record_str(r, "kind", "pot");
	record_str(r, "name", p->name.s);
	record_str(r, "type", pot_type_word(c->type));
	record_str(r, "base", c->base);
	record_int(r, "level", c->level);
	record_str(r, "base_pot", c->level == 2 ? c->potbase : NULL);
	record_str(r, "network_type", pot_network_word(c->network));
	record_strv(r, "ip", &c->ip);
	record_bool(r, "active", st->is_alive);
	add_datasets(p, r);
	return with_snapshots ? add_snapshots(p, r, e) : 0;
}

int
answer_last_run(const struct pot *p, struct record *r, struct err *e)
{
	struct lastrun last;
	struct record *sub;
	char text[CLOCK_RFC3339_SIZE];
	int is = lastrun_read(p->confdir, &last, e);

	if (is < 0)
		return -1;
	if (is == 0) {
		record_null(r, "last_run");
		return 0;
	}
	sub = record_new();
	record_str(sub, "reason", lastrun_reason_word(last.reason));
	record_int(sub, "status", last.status);
	record_str(sub, "started",
	    last.started_ns == 0 ? NULL :
				   clock_format_rfc3339(text, last.started_ns));
	record_str(sub, "ended",
	    last.ended_ns == 0 ? NULL :
				 clock_format_rfc3339(text, last.ended_ns));
	record_int(sub, "oom_kills", (int64_t)last.oom_kills);
	record_sub(r, "last_run", sub);
	return 0;
}

int
answer_limits(const struct pot *p, struct record *r, struct err *e)
{
	struct record *sub, *set;
	struct limit_set l;

	if (limits_load(p->conf, &l, e) < 0)
		return -1;
	sub = record_new();
	set = record_new();
	for (size_t i = 0; i < limit_row_count(); i++) {
		const struct limit_row *row = limit_row_at(i);
		auto_free char *stored = conf_get(p->conf, row->key);

		if (stored != NULL)
			record_str(set, row->option, stored);
	}
	limits_to_record(&l, sub);
	record_sub(r, "limits", sub);
	record_sub(r, "limits_set", set);
	return 0;
}
