/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb clone (reference 2.3, 4.4): a new pot on a snapshot of another,
 * in constant time where the storage can.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/create.h"
#include "engine/hooks.h"
#include "engine/image.h"
#include "engine/snapshots.h"
#include "engine/spec.h"
#include "engine/verbs.h"
#include "engine/volumes.h"

/* What a clone doesn't take over: its own network and host name, and that
 * its source has run (defect D23 of pot 0.16: a clone was pruned before it
 * ever ran). */
static const char dropped_keys[] = "host.hostname bridge ip vnet "
				   "network_type pot.stack pot.dns "
				   "pot.attr.to-be-pruned";

/* One volume's snapshot to stand on, or NULL. */
static int
pick_snapshot(struct call *c, const char *volume, const char *wanted,
    char **snap, struct err *e)
{
	auto_strv struct strv all = STRV_INIT;
	struct storage *s;

	*snap = NULL;
	if (engine_storage(c->g, &s, e) < 0 ||
	    storage_snapshots(s, volume, &all, e) < 0)
		return -1;
	if (wanted != NULL) {
		if (strv_has(&all, wanted))
			*snap = xstrdup(wanted);
		return 0;
	}
	if (all.n > 0)
		*snap = xstrdup(all.v[all.n - 1]);
	return 0;
}

/* The snapshot that is taken for a clone, and does not outlive its failure. */
struct taken {
	struct strv volumes; /* which had none */
	char name[32];	     /* "": nothing was taken */
};

static void
undo_taken(struct call *c, const char *src, const struct taken *t)
{
	struct err why = ERR_INIT;

	if (t->name[0] != '\0' &&
	    snapshot_volumes_destroy(c->g, src, &t->volumes, t->name, &why) < 0)
		log_error(c->log, "%s", why.text);
}

/* A snapshot in SNAPS for each of the volumes of SRC; of one that has none
 * it is taken now (-F). */
static int
pick_snapshots(struct call *c, struct pot *src, const struct strv *volumes,
    struct strv *snaps, struct taken *t, struct err *e)
{
	const char *wanted = request_get(c->req, "snapshot");
	auto_free char *all = xasprintf("jails/%s", src->name.s);
	struct run_state st;
	struct storage *s;

	if (engine_storage(c->g, &s, e) < 0 || storage_glance(s, all, e) < 0)
		return -1;
	for (size_t i = 0; i < volumes->n; i++) {
		auto_free char *snap = NULL;

		if (pick_snapshot(c, volumes->v[i], wanted, &snap, e) < 0)
			return -1;
		if (snap == NULL)
			strv_add(&t->volumes, volumes->v[i]);
		strv_add(snaps, snap != NULL ? snap : "");
	}
	if (t->volumes.n == 0)
		return 0;
	if (wanted != NULL)
		return err_set(e, ERR_NOT_FOUND, "pot %s: has no snapshot %s",
		    src->name.s, wanted);
	if (!request_has(c->req, "force"))
		return err_set(e, ERR_NOT_FOUND,
		    "pot %s: has no snapshot (pot snapshot -p %s, or clone -F)",
		    src->name.s, src->name.s);
	if (run_find(c->g, src->name.s, &st, e) < 0 ||
	    volumes_new_name(c->g, &t->volumes, t->name, e) < 0)
		return -1;
	if (st.is_alive)
		log_info(c->log,
		    "pot %s: runs, its files are copied as they are now",
		    src->name.s);
	for (size_t i = 0; i < snaps->n; i++) {
		if (snaps->v[i][0] != '\0')
			continue;
		free(snaps->v[i]);
		snaps->v[i] = xstrdup(t->name);
	}
	return snapshot_volumes(
	    c->g, src->name.s, &t->volumes, t->name, st.is_alive, e);
}

static int
fill_volumes(struct pot *src, const char *pot, const struct strv *volumes,
    const struct strv *snaps, struct create_input *in, struct err *e)
{
	for (size_t i = 0; i < volumes->n; i++) {
		const char *leaf = strrchr(volumes->v[i], '/') + 1;

		if (in->nvolumes == COUNT_OF(in->volumes))
			return err_set(e, ERR_LIMIT,
			    "pot %s: more volumes than %zu", src->name.s,
			    COUNT_OF(in->volumes));
		create_input_add(in, xasprintf("jails/%s/%s", pot, leaf),
		    xstrdup(volumes->v[i]), xstrdup(snaps->v[i]));
	}
	return 0;
}

/* The entries of SRC, its own volumes replaced by the clone's; all others
 * stay with their options (defect D5). */
static void
fill_fscomp(
    struct call *c, struct pot *src, const char *pot, struct create_input *in)
{
	auto_free char *prefix = xasprintf(
	    "%s/jails/%s/", framework_get(c->g->fw, FW_ZFS_ROOT), src->name.s);

	for (size_t i = 0; i < src->fscomp.n; i++) {
		const struct fscomp_entry *f = &src->fscomp.v[i];
		auto_free char *own = NULL;

		if (str_has_prefix(f->source, prefix))
			own = xasprintf("%s/jails/%s/%s",
			    framework_get(c->g->fw, FW_ZFS_ROOT), pot,
			    f->source + strlen(prefix));
		fscomp_add(&in->fscomp, own != NULL ? own : f->source,
		    f->target, f->option);
	}
}

static void
fill_conf(struct call *c, struct pot *src, const char *pot,
    const struct create_network *net, struct create_input *in)
{
	struct pot_config cfg = { .type = src->config->type };
	const char *key, *value;

	in->conf = conf_new();
	for (size_t i = 0; conf_line(src->conf, i, &key, &value); i++)
		if (!str_has_word(dropped_keys, key))
			conf_add(in->conf, key, value);
	create_network_apply(c, net, pot, &cfg);
	pot_conf_set_network(in->conf, &cfg);
	free(cfg.hostname);
	strv_fini(&cfg.ip);
	strv_fini(&cfg.depends);
}

static int
prepare(struct call *c, struct pot *src, const char *pot,
    const struct create_network *net, struct create_input *in,
    struct taken *taken, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT, snaps = STRV_INIT;

	if (src->config->type == POT_TYPE_MULTI && src->config->level == 0)
		return err_set(e, ERR_INVALID,
		    "pot %s: of level 0 can't be cloned", src->name.s);
	volumes_of(src, &volumes);
	if (pick_snapshots(c, src, &volumes, &snaps, taken, e) < 0 ||
	    fill_volumes(src, pot, &volumes, &snaps, in, e) < 0)
		return -1;
	if (file_exists(src->confdir, IMAGE_UNTRUSTED))
		log_warn(c->log,
		    "%s: hooks and mounts of its image are not trusted, the "
		    "clone gets none (pot trust %s)",
		    src->name.s, src->name.s);
	fill_fscomp(c, src, pot, in);
	fill_conf(c, src, pot, net, in);
	in->filesdir = src->confdir;
	for (int h = 0; h < HOOK_COUNT; h++)
		strv_add(&in->files, hook_file((enum hook)h));
	/* A resolver file that was just given is not overwritten by SRC's. */
	if (net->resolv == NULL && net->dns == POT_DNS_CUSTOM)
		strv_add(&in->files, "resolv.conf");
	in->resolv = net->resolv;
	return 0;
}

/*
 * SRC is locked too, so that nobody snapshots, reverts or destroys it
 * meanwhile; always the one with the lesser name first, so that two clones
 * across each other can't wait for each other.
 */
static int
lock_both(struct op *new_op, struct op *src_op, struct err *e)
{
	bool is_new_first = strcmp(new_op->object, src_op->object) < 0;

	if (op_lock(is_new_first ? new_op : src_op, false, e) < 0)
		return -1;
	return op_lock(is_new_first ? src_op : new_op, false, e);
}

int
verb_clone(struct call *c, struct err *e)
{
	static const struct op_type op_source = { .name = "clone" };
	struct create_input in = { .filesdir = -1, .out = -1, .err = -1 };
	auto_op struct op op = { .type = NULL }, from = { .type = NULL };
	auto_pot struct pot *src = NULL;
	struct taken taken = { .name = "" };
	struct create_network net;
	const char *text, *srcname;
	struct pot_name name;
	int r = -1;

	if (request_need(c->req, "pot", &text, e) < 0 ||
	    request_need(c->req, "from", &srcname, e) < 0 ||
	    name_parse_new("pot", text, &name, e) < 0)
		return -1;
	if (request_has(c->req, "snapshot") && request_has(c->req, "force"))
		return err_set(e, ERR_USAGE,
		    "clone: a snapshot and -F exclude each other");
	if (pot_need(c->g, srcname, e) < 0)
		return -1;
	if (str_eq(name.s, srcname)) /* one lock, not two */
		return err_set(e, ERR_EXISTS, "pot %s: exists already", name.s);
	create_common(c, &in);
	op_init(&op, c->g, &op_create, name.s, c->log);
	op_init(&from, c->g, &op_source, srcname, c->log);
	if (lock_both(&op, &from, e) < 0 ||
	    pot_open(c->g, srcname, &src, e) < 0 ||
	    create_network_parse(c, src, &net, e) < 0)
		goto out;
	/* Only now: one that is half gone was in the way, and is not any more.
	 */
	if (pot_exists(c->g, name.s)) {
		r = err_set(e, ERR_EXISTS, "pot %s: exists already", name.s);
		goto out;
	}
	if (prepare(c, src, name.s, &net, &in, &taken, e) == 0) {
		log_info(c->log, "cloning the pot %s from %s", name.s, srcname);
		r = create_locked(&op, &in, e);
	}
	/* What -k keeps stands on the snapshot. */
	if (r < 0 && !pot_exists(c->g, name.s))
		undo_taken(c, srcname, &taken);
out:
	strv_fini(&taken.volumes);
	create_input_fini(&in);
	return r;
}
