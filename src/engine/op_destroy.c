/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destroying a pot: once begun, it is finished.  pot.conf goes first, so
 * that what is left of a crash is never taken for a pot.
 *
 * On a full disk the journal lies in the run directory, which a reboot
 * empties.  A rename needs no space, so what is begun is told by names,
 * too: conf/pot.conf becomes conf/.destroyed, and when the volumes are gone
 * PDIR becomes .gone.NAME.
 */
#include "engine/op_destroy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/volumes.h"

#define BEGUN ".destroyed"
#define GONE  ".gone."

bool
destroy_is_begun(struct engine *g, const char *name)
{
	auto_free char *path = xasprintf("%s/conf", name);
	auto_close int conf = -1;
	struct err ignored = ERR_INIT;
	int jails;

	return engine_dir(g, DIR_JAILS, &jails, &ignored) == 0 &&
	    dir_open(jails, path, &conf, &ignored) == 0 &&
	    file_exists(conf, BEGUN) && !file_exists(conf, "pot.conf");
}

int
destroy_finish(
    struct engine *g, const char *name, const struct log *log, struct err *e)
{
	auto_op struct op op = { .type = NULL };

	log_info(log, "%s: finishing an interrupted destroy", name);
	op_init(&op, g, &op_destroy, name, log);
	op.is_recovery = op.is_lock_borrowed = true;
	for (size_t i = 0; i < op_destroy.nsteps; i++)
		if (op_destroy.steps[i].act(&op, e) < 0)
			return err_wrap(e, "%s: recovery", name);
	return 0;
}

/* Those that lost their journal in a reboot: begun, or all but gone. */
int
destroy_finish_all(struct engine *g, const struct log *log, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	int jails;

	if (engine_dir(g, DIR_JAILS, &jails, e) < 0 ||
	    dir_list(jails, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		bool is_gone = str_has_prefix(names.v[i], GONE);
		const char *name = names.v[i] + (is_gone ? strlen(GONE) : 0);
		auto_op struct op op = { .type = NULL };

		if (!is_gone && !destroy_is_begun(g, name))
			continue;
		/* Taking the lock finishes what has begun. */
		op_init(&op, g, &op_destroy, name, log);
		if (op_lock(&op, false, e) < 0 ||
		    (is_gone && tree_remove(jails, names.v[i], e) < 0))
			return err_wrap(e, "%s", name);
	}
	return 0;
}

static bool
is_journal_synced(const struct op *op)
{
	struct err ignored = ERR_INIT;
	int dir;

	return engine_dir(op->g, DIR_JOURNAL, &dir, &ignored) == 0 &&
	    op->journal.dirfd == dir;
}

/* What is mounted in a pot's directory stops the destroy before it begins,
 * and while the pot still has its name (D25). */
static int
check_mounts(struct op *op, struct err *e)
{
	auto_free char *pot = xasprintf("jails/%s", op->object);
	struct storage *s;

	if (engine_storage(op->g, &s, e) < 0)
		return -1;
	return storage_check_pot(s, pot, e);
}

static int
act_conf(struct op *op, struct err *e)
{
	auto_free char *path = xasprintf("%s/conf", op->object);
	auto_close int conf = -1;
	int jails;

	if (check_mounts(op, e) < 0 ||
	    engine_dir(op->g, DIR_JAILS, &jails, e) < 0)
		return -1;
	if (dir_open(jails, path, &conf, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	if (!file_exists(conf, "pot.conf"))
		return 0;
	/* On a file system that is full even a name may not change (ZFS, with
	 * a quota).  Then a reboot in the middle leaves what can be destroyed
	 * once more. */
	if (file_rename(conf, "pot.conf", conf, BEGUN, 0, e) < 0)
		return err_pardon(e, ERR_NO_SPACE);
	return is_journal_synced(op) ? 0 : dir_sync(conf, e);
}

static int
act_volumes(struct op *op, struct err *e)
{
	auto_free char *pot = xasprintf("jails/%s", op->object);
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;

	if (engine_storage(op->g, &s, e) < 0 ||
	    storage_destroy_pot(s, pot, e) < 0 ||
	    volumes_found(op->g, op->object, &volumes, e) < 0)
		return -1;
	for (size_t i = 0; i < volumes.n; i++)
		if (storage_destroy(s, volumes.v[i], e) < 0)
			return err_wrap(e, "pot %s", op->object);
	return 0;
}

static int
act_directory(struct op *op, struct err *e)
{
	auto_free char *gone = xasprintf(GONE "%s", op->object);
	const char *name = gone;
	int jails;

	if (engine_dir(op->g, DIR_JAILS, &jails, e) < 0 ||
	    check_mounts(op, e) < 0 || tree_remove(jails, gone, e) < 0)
		return err_wrap(e, "pot %s", op->object);
	if (renameat(jails, op->object, jails, gone) < 0) {
		if (errno == ENOENT)
			return 0;
		name = op->object; /* no room for a longer name, say */
	}
	if (tree_remove(jails, name, e) < 0)
		return err_wrap(e, "pot %s", op->object);
	return 0;
}

static int
act_logs(struct op *op, struct err *e)
{
	int logs;

	if (engine_dir(op->g, DIR_LOG, &logs, e) < 0)
		return -1;
	return tree_remove(logs, op->object, e);
}

static const struct op_step destroy_steps[] = {
	{ "conf", act_conf, NULL, 0 },
	{ "volumes", act_volumes, NULL, 0 },
	{ "directory", act_directory, NULL, 0 },
	{ "logs", act_logs, NULL, 0 },
};

const struct op_type op_destroy = {
	.name = "destroy",
	.steps = destroy_steps,
	.nsteps = COUNT_OF(destroy_steps),
	.direction = OP_FINISH,
	.changes_storage = true,
	.frees_space = true,
};
