/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bringing a base up to date, in place.  What it was is frozen first; then a
 * pot of level 0, which is there for this alone, has the base for its root
 * and runs the family's script.  Whatever fails, or is killed, the base goes
 * back to what was frozen.
 *
 * Arguments: base; snapshot, the update's number; pot; volume (list), of
 * which the state before is frozen; all (list), the base and its parts.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/bases.h"
#include "engine/create.h"
#include "engine/destroy.h"
#include "engine/update_base.h"
#include "engine/uses.h"

/* Ends at once: the pot is persistent, and no service of the base starts. */
#define IDLE_COMMAND "/bin/sh -c :"

static void
args(const struct op *op, const char *key, struct strv *out)
{
	for (size_t i = 0; i < op->keys.n; i++)
		if (str_eq(op->keys.v[i], key))
			strv_add(out, op->values.v[i]);
}

static void
before_name(const struct op *op, char out[64])
{
	str_fmt(out, 64, BASE_BEFORE "%s", op_get(op, "snapshot"));
}

static int
has_snapshot(struct storage *s, const char *volume, const char *snap, bool *out,
    struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	*out = false;
	if (storage_snapshots(s, volume, &names, e) < 0)
		return -1;
	*out = strv_has(&names, snap);
	return 0;
}

/* On all of the operation's volumes KEY; that some have none is no error. */
static int
destroy_snapshots(
    struct op *op, const char *key, const char *snap, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;

	if (engine_storage(op->g, &s, e) < 0)
		return -1;
	args(op, key, &volumes);
	for (size_t i = volumes.n; i-- > 0;)
		if (storage_snapshot_destroy(s, volumes.v[i], snap, e) < 0 &&
		    err_pardon(e, ERR_NOT_FOUND) < 0)
			return -1;
	return 0;
}

/* On those that have none of that name yet. */
static int
take_snapshots(struct op *op, const char *key, const char *snap, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;
	bool has;

	if (engine_storage(op->g, &s, e) < 0)
		return -1;
	args(op, key, &volumes);
	for (size_t i = 0; i < volumes.n; i++)
		if (has_snapshot(s, volumes.v[i], snap, &has, e) < 0 ||
		    (!has &&
			storage_snapshot(s, volumes.v[i], snap, false, e) < 0))
			return -1;
	return 0;
}

/* The journal is there, so nobody begins to use the base from now on; those
 * who run with it already are in the way, unless FORCE. */
static int
act_claim(struct op *op, struct err *e)
{
	auto_free char *owner = xasprintf("bases/%s", op_get(op, "base"));
	auto_strv struct strv pots = STRV_INIT;
	auto_lock struct lock uses = LOCK_INIT;

	if (op_get(op, "force") == NULL)
		return uses_claim_alone(op->g, owner, &uses, e);
	if (uses_claim(op->g, owner, &uses, &pots, e) < 0)
		return -1;
	for (size_t i = 0; i < pots.n; i++)
		log_info(op->log, "pot %s: runs, and sees each step of this",
		    pots.v[i]);
	return 0;
}

static int
forget(struct op *op, struct err *e)
{
	char snap[64];

	before_name(op, snap);
	return destroy_snapshots(op, "volume", snap, e);
}

/* What has no snapshot was not changed yet when the crash came. */
static int
revert(struct op *op, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;
	char snap[64];
	bool has;

	before_name(op, snap);
	if (engine_storage(op->g, &s, e) < 0)
		return -1;
	args(op, "volume", &volumes);
	for (size_t i = 0; i < volumes.n; i++)
		if (has_snapshot(s, volumes.v[i], snap, &has, e) < 0 ||
		    (has && storage_revert(s, volumes.v[i], snap, e) < 0))
			return -1;
	return 0;
}

/* Somebody may have been faster with the name: then it is his. */
static bool
is_ours(struct op *op, const char *name)
{
	auto_pot struct pot *p = NULL;
	struct err broken = ERR_INIT;

	return pot_open(op->g, name, &p, &broken) < 0 ||
	    (p->config->type == POT_TYPE_MULTI && p->config->level == 0 &&
		str_eq(p->config->base, op_get(op, "base")));
}

/* The pot of the update, if it is there. */
static int
remove_pot(struct op *op, struct err *e)
{
	const char *name = op_get(op, "pot");
	struct call c = { .g = op->g, .log = op->log };
	auto_op struct op lock = { .type = NULL };

	/* Its own journal, if the crash was while it was made. */
	op_init(&lock, op->g, &op_create, name, op->log);
	if (op_lock(&lock, true, e) < 0)
		return -1;
	op_unlock(&lock);
	return pot_exists(op->g, name) && is_ours(op, name) ?
	    destroy_pot(&c, name, DESTROY_F_FORCE | DESTROY_F_BASE, e) :
	    0;
}

/*
 * All that was done, in one step: what was frozen is destroyed only behind
 * the way back to it.  The tree is replaced, so nobody may have it mounted.
 */
static int
undo_snapshot(struct op *op, struct err *e)
{
	auto_free char *owner = xasprintf("bases/%s", op_get(op, "base"));
	auto_lock struct lock uses = LOCK_INIT;

	if (remove_pot(op, e) < 0)
		return -1;
	if (uses_claim_alone(op->g, owner, &uses, e) < 0)
		return err_wrap(e,
		    "it is half new, and goes back when nothing runs with it");
	return revert(op, e) < 0 ? -1 : forget(op, e);
}

static int
act_snapshot(struct op *op, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct storage *s;
	char snap[64];

	before_name(op, snap);
	if (engine_storage(op->g, &s, e) == 0 &&
	    take_snapshots(op, "volume", snap, e) == 0) {
		/* What follows changes files that nobody syncs. */
		storage_sync_all(s);
		return 0;
	}
	if (undo_snapshot(op, &ignored) < 0)
		log_error(op->log, "%s", ignored.text);
	return -1;
}

/* Where a multi pot has the volume "bases/B", "bases/B/custom". */
static char *
part_target(
    const struct op *op, const struct family *family, const char *volume)
{
	const char *part =
	    volume + strlen("bases/") + strlen(op_get(op, "base"));

	if (part[0] == '\0')
		return xstrdup("/");
	if (str_eq(part + 1, "custom"))
		return xstrdup("/opt/custom");
	return xasprintf("/%s", family->shared);
}

/* The base is all of the pot's tree, and can be written to. */
static void
fill_pot(struct op *op, struct create_input *in)
{
	const struct update_input *u = op->input;
	const char *zroot = framework_get(op->g->fw, FW_ZFS_ROOT);
	const char *base = op_get(op, "base");
	struct pot_config cfg = { .type = POT_TYPE_MULTI,
		.base = (char *)(uintptr_t)base,
		.cmd = (char *)(uintptr_t)IDLE_COMMAND,
		.network = POT_NETWORK_INHERIT,
		.dns = POT_DNS_INHERIT,
		.stack = (char *)(uintptr_t)engine_stack(op->g) };
	auto_strv struct strv all = STRV_INIT;
	char hostname[HOSTNAME_SIZE];

	create_hostname(op->g, op_get(op, "pot"), hostname);
	cfg.hostname = hostname;
	in->conf = pot_config_store(&cfg);
	args(op, "all", &all);
	for (size_t i = 0; i < all.n; i++) {
		auto_free char *source = xasprintf("%s/%s", zroot, all.v[i]);
		auto_free char *target = part_target(op, u->family, all.v[i]);

		fscomp_add(&in->fscomp, source, target, NULL);
	}
	strv_add_fmt(&in->steps, "script:%s/%s.sh", op->g->fw->flavour_dir,
	    u->family->update_flavour);
	request_all(u->req, "env", &in->env);
	in->out = u->out;
	in->err = u->err;
}

static int
run_pot(struct op *op, struct err *e)
{
	struct create_input in = { .filesdir = -1 };
	auto_op struct op pot = { .type = NULL };
	int r;

	op_init(&pot, op->g, &op_create, op_get(op, "pot"), op->log);
	if (op_lock(&pot, false, e) < 0)
		return -1;
	fill_pot(op, &in);
	r = create_locked(&pot, &in, e);
	create_input_fini(&in);
	return r;
}

static int
act_work(struct op *op, struct err *e)
{
	auto_free char *base = xasprintf("bases/%s", op_get(op, "base"));
	struct storage *s;
	char snap[64];

	before_name(op, snap);
	if (engine_storage(op->g, &s, e) < 0 ||
	    storage_detach_base(s, base, snap, e) < 0 || run_pot(op, e) < 0)
		return -1;
	return remove_pot(op, e);
}

static int
undo_after(struct op *op, struct err *e)
{
	return destroy_snapshots(op, "all", op_get(op, "snapshot"), e);
}

/* Pots of level 1 are made from the newest snapshot of the base's parts, if
 * there is any: it has to be of what they are now. */
static int
renew_snapshots(struct op *op, const char *name, struct err *e)
{
	auto_strv struct strv all = STRV_INIT, names = STRV_INIT;
	struct storage *s;

	if (engine_storage(op->g, &s, e) < 0)
		return -1;
	args(op, "all", &all);
	for (size_t i = 1; i < all.n; i++)
		if (storage_snapshots(s, all.v[i], &names, e) < 0)
			return -1;
	return base_newest(&names) == NULL ? 0 :
					     take_snapshots(op, "all", name, e);
}

static int
act_after(struct op *op, struct err *e)
{
	struct err ignored = ERR_INIT;

	if (renew_snapshots(op, op_get(op, "snapshot"), e) == 0)
		return 0;
	if (undo_after(op, &ignored) < 0)
		log_error(op->log, "%s", ignored.text);
	return -1;
}

static const struct op_step update_steps[] = {
	{ "claim", act_claim, NULL, 0 },
	{ "snapshot", act_snapshot, undo_snapshot, 0 },
	{ "work", act_work, NULL, 0 }, /* that of snapshot */
	{ "after", act_after, undo_after, 0 },
};

const struct op_type op_update_base = {
	.name = "update-base",
	.steps = update_steps,
	.nsteps = COUNT_OF(update_steps),
	.direction = OP_UNDO,
	.changes_storage = true,
};

/* Of the update that is taken back no snapshot is left; what pots are made
 * from from now on gets another number. */
static int
act_revert(struct op *op, struct err *e)
{
	auto_free char *owner = xasprintf("bases/%s", op_get(op, "base"));
	auto_lock struct lock uses = LOCK_INIT;

	if (uses_claim_alone(op->g, owner, &uses, e) < 0 || revert(op, e) < 0)
		return -1;
	return undo_after(op, e);
}

static int
act_anew(struct op *op, struct err *e)
{
	return renew_snapshots(op, op_get(op, "anew"), e);
}

static const struct op_step rollback_steps[] = {
	{ "claim", act_claim, NULL, 0 },
	{ "revert", act_revert, NULL, 0 },
	{ "anew", act_anew, NULL, 0 },
	{ "forget", forget, NULL, 0 },
};

const struct op_type op_rollback_base = {
	.name = "rollback-base",
	.steps = rollback_steps,
	.nsteps = COUNT_OF(rollback_steps),
	.direction = OP_FINISH,
	.changes_storage = true,
};
