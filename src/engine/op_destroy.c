/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destroying a pot: once begun, it is finished.  pot.conf goes first, so
 * that what is left of a crash is never taken for a pot.
 */
#include "engine/op_destroy.h"

#include <fcntl.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/volumes.h"

static int
act_conf(struct op *op, struct err *e)
{
	auto_free char *path = xasprintf("%s/conf", op->object);
	auto_close int conf = -1;
	int jails;

	if (engine_dir(op->g, DIR_JAILS, &jails, e) < 0)
		return -1;
	if (dir_open(jails, path, &conf, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return 0;
	}
	return file_remove(conf, "pot.conf", e);
}

static int
act_volumes(struct op *op, struct err *e)
{
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;

	if (engine_storage(op->g, &s, e) < 0 ||
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
	int jails;

	if (engine_dir(op->g, DIR_JAILS, &jails, e) < 0 ||
	    tree_remove(jails, op->object, e) < 0)
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
