/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking snapshots and going back to them (reference 4.5).
 */
#include "engine/snapshots.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/uses.h"
#include "engine/volumes.h"

#define SNAP_CONF ".conf"
#define CONF_NEW  ".new"
#define CONF_OLD  ".old"

static int
open_pot_dir(struct op *op, int *dir, struct err *e)
{
	int jails;

	if (engine_dir(op->g, DIR_JAILS, &jails, e) < 0)
		return -1;
	return dir_open(jails, op->object, dir, e);
}

/* The volumes are in the journal: undo and redo need no configuration. */
static void
get_volumes(const struct op *op, struct strv *out)
{
	for (size_t i = 0; i < op->keys.n; i++)
		if (str_eq(op->keys.v[i], "volume"))
			strv_add(out, op->values.v[i]);
}

static int
undo_snap_conf(struct op *op, struct err *e)
{
	auto_close int dir = -1, snaps = -1;

	if (open_pot_dir(op, &dir, e) < 0)
		return -1;
	if (dir_open(dir, SNAP_CONF, &snaps, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return 0;
	}
	return tree_remove(snaps, op_get(op, "snapshot"), e);
}

static int
act_snap_conf(struct op *op, struct err *e)
{
	auto_close int dir = -1, snaps = -1;
	struct err ignored = ERR_INIT;
	struct storage *s;

	if (engine_storage(op->g, &s, e) < 0)
		return -1;
	if (storage_keeps_conf(s))
		return 0;
	if (open_pot_dir(op, &dir, e) < 0 ||
	    dir_make_open(dir, SNAP_CONF, 0700, &snaps, e) < 0)
		return -1;
	if (tree_copy(dir, "conf", snaps, op_get(op, "snapshot"), 0, e) == 0)
		return 0;
	if (undo_snap_conf(op, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}

int
snapshot_volumes_destroy(struct engine *g, const char *pot,
    const struct strv *volumes, const char *name, struct err *e)
{
	auto_free char *owner = xasprintf("jails/%s", pot);
	struct storage *s;

	if (engine_storage(g, &s, e) < 0)
		return -1;
	return storage_snapshot_destroy_pot(s, owner, volumes, name, e);
}

static int
undo_snap_volumes(struct op *op, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT;

	get_volumes(op, &volumes);
	return snapshot_volumes_destroy(
	    op->g, op->object, &volumes, op_get(op, "snapshot"), e);
}

/* Freezing may merge layers, and remove those that were merged: not below
 * those who have them mounted. */
int
snapshot_volumes(struct engine *g, const char *pot, const struct strv *volumes,
    const char *name, bool is_running, struct err *e)
{
	auto_free char *owner = xasprintf("jails/%s", pot);
	auto_strv struct strv users = STRV_INIT;
	auto_lock struct lock uses = LOCK_INIT;
	struct storage *s;

	if (engine_storage(g, &s, e) < 0 ||
	    uses_claim(g, owner, &uses, &users, e) < 0)
		return -1;
	return storage_snapshot_pot(
	    s, owner, volumes, name, is_running || users.n > 0, e);
}

static int
act_snap_volumes(struct op *op, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT;
	struct err ignored = ERR_INIT;

	get_volumes(op, &volumes);
	if (snapshot_volumes(op->g, op->object, &volumes,
		op_get(op, "snapshot"), false, e) == 0)
		return 0;
	if (undo_snap_volumes(op, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}

int
snapshot_new_pot(
    struct op *op, const struct strv *volumes, const char *name, struct err *e)
{
	auto_close int dir = -1, snaps = -1;
	struct storage *s;

	if (engine_storage(op->g, &s, e) < 0 ||
	    (!storage_keeps_conf(s) &&
		(open_pot_dir(op, &dir, e) < 0 ||
		    dir_make_open(dir, SNAP_CONF, 0700, &snaps, e) < 0 ||
		    tree_copy(dir, "conf", snaps, name, 0, e) < 0)))
		return -1;
	return snapshot_volumes(op->g, op->object, volumes, name, false, e);
}

static const struct op_step snapshot_steps[] = {
	{ "conf", act_snap_conf, undo_snap_conf, 0 },
	{ "volumes", act_snap_volumes, undo_snap_volumes, 0 },
};

const struct op_type op_snapshot = {
	.name = "snapshot",
	.steps = snapshot_steps,
	.nsteps = COUNT_OF(snapshot_steps),
	.direction = OP_UNDO,
	.changes_storage = true,
};

static int
act_revert_volumes(struct op *op, struct err *e)
{
	auto_free char *pot = xasprintf("jails/%s", op->object);
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;

	if (engine_storage(op->g, &s, e) < 0)
		return -1;
	get_volumes(op, &volumes);
	if (storage_revert_pot(s, pot, &volumes, op_get(op, "snapshot"), e) < 0)
		return err_wrap(e, "pot %s", op->object);
	return 0;
}

/* The configurations of newer snapshots go as their files went. */
static int
remove_newer(int snaps, const char *snap, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	if (dir_list(snaps, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (names.v[i][0] != '.' && strcmp(names.v[i], snap) > 0 &&
		    tree_remove(snaps, names.v[i], e) < 0)
			return -1;
	return 0;
}

/*
 * conf/ is replaced by a copy of the snapshot's: new beside it, then two
 * renames.  Whatever a crash leaves, running this again completes it.
 */
static int
act_revert_conf(struct op *op, struct err *e)
{
	auto_close int dir = -1, snaps = -1;
	const char *snap = op_get(op, "snapshot");

	if (open_pot_dir(op, &dir, e) < 0)
		return -1;
	if (dir_open(dir, SNAP_CONF, &snaps, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e); /* a storage that keeps conf/ itself */
		return 0;
	}
	if (remove_newer(snaps, snap, e) < 0)
		return -1;
	if (!file_exists(snaps, snap))
		return 0;
	if (tree_remove(snaps, CONF_NEW, e) < 0 ||
	    tree_copy(snaps, snap, snaps, CONF_NEW, 0, e) < 0)
		return -1;
	if (file_exists(dir, "conf") &&
	    (tree_remove(snaps, CONF_OLD, e) < 0 ||
		file_rename(dir, "conf", snaps, CONF_OLD, 0, e) < 0))
		return -1;
	if (file_rename(snaps, CONF_NEW, dir, "conf", FILE_F_SYNC, e) < 0)
		return -1;
	return tree_remove(snaps, CONF_OLD, e);
}

static const struct op_step revert_steps[] = {
	{ "volumes", act_revert_volumes, NULL, 0 },
	{ "conf", act_revert_conf, NULL, 0 },
};

const struct op_type op_revert = {
	.name = "revert",
	.steps = revert_steps,
	.nsteps = COUNT_OF(revert_steps),
	.direction = OP_FINISH,
	.changes_storage = true,
};

static int
act_purge_conf(struct op *op, struct err *e)
{
	auto_close int dir = -1, snaps = -1;

	if (open_pot_dir(op, &dir, e) < 0)
		return -1;
	if (dir_open(dir, SNAP_CONF, &snaps, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return 0;
	}
	for (size_t i = 0; i < op->keys.n; i++)
		if (str_eq(op->keys.v[i], "snapshot") &&
		    tree_remove(snaps, op->values.v[i], e) < 0)
			return -1;
	return 0;
}

static int
act_purge_volumes(struct op *op, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT;

	get_volumes(op, &volumes);
	for (size_t i = 0; i < op->keys.n; i++)
		if (str_eq(op->keys.v[i], "snapshot") &&
		    snapshot_volumes_destroy(
			op->g, op->object, &volumes, op->values.v[i], e) < 0)
			return -1;
	return 0;
}

static const struct op_step purge_steps[] = {
	{ "conf", act_purge_conf, NULL, 0 },
	{ "volumes", act_purge_volumes, NULL, 0 },
};

/* Forward: half a snapshot, of some of the volumes, is none. */
const struct op_type op_purge = {
	.name = "purge",
	.steps = purge_steps,
	.nsteps = COUNT_OF(purge_steps),
	.direction = OP_FINISH,
	.changes_storage = true,
	.frees_space = true,
};

int
snapshots_purge(struct op *lock, const struct pot *p, const struct strv *names,
    struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_strv struct strv volumes = STRV_INIT;

	if (names->n == 0)
		return 0;
	op_init(&op, p->g, &op_purge, lock->object, lock->log);
	op.is_lock_borrowed = true;
	for (size_t i = 0; i < names->n; i++)
		op_set(&op, "snapshot", names->v[i]);
	volumes_of(p, &volumes);
	for (size_t i = 0; i < volumes.n; i++)
		op_set(&op, "volume", volumes.v[i]);
	return op_run(&op, e);
}

int
snapshot_pot(struct engine *g, const char *pot, bool replace, char name[32],
    const struct log *log, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_strv struct strv volumes = STRV_INIT, all = STRV_INIT;
	auto_strv struct strv oldest = STRV_INIT;
	auto_pot struct pot *p = NULL;
	struct run_state st;

	if (pot_need(g, pot, e) < 0)
		return -1;
	op_init(&op, g, &op_snapshot, pot, log);
	if (op_lock(&op, false, e) < 0 || pot_open(g, pot, &p, e) < 0 ||
	    run_find(g, pot, &st, e) < 0)
		return -1;
	if (st.is_alive)
		return err_set(e, ERR_STATE, "pot %s: is running", pot);
	volumes_of(p, &volumes);
	if (volumes_snapshots(p, &all, e) < 0 ||
	    volumes_new_name(g, &volumes, name, e) < 0)
		return -1;
	op_set(&op, "snapshot", name);
	for (size_t i = 0; i < volumes.n; i++)
		op_set(&op, "volume", volumes.v[i]);
	if (op_run(&op, e) < 0)
		return -1;
	/* Pot 0.16 removes first (reference 4.5), and so has neither if the
	 * new one can't be taken. */
	if (!replace || all.n == 0)
		return 0;
	log_debug(log, "pot %s: removing snapshot %s", pot, all.v[0]);
	strv_add(&oldest, all.v[0]);
	return snapshots_purge(&op, p, &oldest, e);
}
