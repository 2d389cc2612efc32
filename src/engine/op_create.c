/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Creating a pot.  The journal names the pot and is synced before anything
 * is made; the undo removes whatever lies in the pot's directory.
 */
#include "engine/op_create.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/admin_file.h"
#include "engine/bases.h"
#include "engine/flavours.h"
#include "engine/op_stop.h"
#include "engine/snapshots.h"
#include "engine/volumes.h"

void
create_input_add(struct create_input *in, char *volume, char *from, char *snap)
{
	in->volumes[in->nvolumes++] = (struct create_volume){
		.volume = volume, .from = from, .snap = snap
	};
}

void
create_input_fini(struct create_input *in)
{
	for (size_t i = 0; i < in->nvolumes; i++) {
		free(in->volumes[i].volume);
		free(in->volumes[i].from);
		free(in->volumes[i].snap);
	}
	in->nvolumes = 0;
	conf_free(in->conf);
	in->conf = NULL;
	fscomp_fini(&in->fscomp);
	strv_fini(&in->files);
	strv_fini(&in->steps);
	strv_fini(&in->env);
}

static int
undo_directory(struct op *op, struct err *e)
{
	auto_free char *pot = xasprintf("jails/%s", op->object);
	auto_strv struct strv volumes = STRV_INIT;
	struct run_state st;
	struct storage *s;
	int jails, logs;

	/* A flavour's script may have been running in it. */
	if (run_find(op->g, op->object, &st, e) < 0)
		return -1;
	if (st.has_run && stop_locked(op, op->object, &st, e) < 0)
		return -1;
	if (engine_storage(op->g, &s, e) < 0 ||
	    engine_dir(op->g, DIR_JAILS, &jails, e) < 0 ||
	    storage_destroy_pot(s, pot, e) < 0 ||
	    volumes_found(op->g, op->object, &volumes, e) < 0)
		return -1;
	for (size_t i = 0; i < volumes.n; i++)
		if (storage_destroy(s, volumes.v[i], e) < 0)
			return -1;
	if (tree_remove(jails, op->object, e) < 0 ||
	    engine_dir(op->g, DIR_LOG, &logs, e) < 0)
		return -1;
	return tree_remove(logs, op->object, e);
}

/* Is the root a volume of the pot's own, which brings the directory m? */
static bool
has_root(const struct create_input *in)
{
	return in->nvolumes > 0 && str_has_suffix(in->volumes[0].volume, "/m");
}

/* The input is the verb's, and lives as long as the operation. */
static int
call(struct op *op, create_fn *fn, struct err *e)
{
	return fn == NULL ?
	    0 :
	    fn(op, (struct create_input *)(uintptr_t)op->input, e);
}

static int
act_directory(struct op *op, struct err *e)
{
	const struct create_input *in = op->input;
	auto_free char *pot = xasprintf("jails/%s", op->object);
	auto_close int dir = -1, conf = -1;
	struct err ignored = ERR_INIT;
	struct storage *s;
	int jails;

	if (engine_dir(op->g, DIR_JAILS, &jails, e) < 0 ||
	    engine_storage(op->g, &s, e) < 0)
		return -1;
	if (in->make != NULL) {
		if (call(op, in->make, e) == 0)
			return 0;
		if (undo_directory(op, &ignored) < 0)
			err_clear(&ignored);
		return -1;
	}
	if (storage_create_pot(s, pot, e) < 0)
		return err_wrap(e, "pot %s: directory", op->object);
	if (dir_open(jails, op->object, &dir, e) == 0 &&
	    dir_make_open(dir, "conf", 0755, &conf, e) == 0 &&
	    (has_root(in) || dir_make(dir, "m", 0755, e) == 0))
		return 0;
	if (undo_directory(op, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}

/* What is copied from a base is of one moment, before or behind an update. */
static int
hold_base(struct op *op, struct lock *l, struct err *e)
{
	const struct create_input *in = op->input;

	for (size_t i = 0; i < in->nvolumes; i++) {
		const char *from = in->volumes[i].from;
		auto_free char *base = NULL;

		if (from == NULL || !str_has_prefix(from, "bases/"))
			continue;
		from += strlen("bases/");
		base = xstrndup(from, strcspn(from, "/"));
		return base_hold(op->g, base, l, op->log, e);
	}
	return 0;
}

static int
act_volumes(struct op *op, struct err *e)
{
	const struct create_input *in = op->input;
	auto_lock struct lock base = LOCK_INIT;
	struct storage *s;

	if (engine_storage(op->g, &s, e) < 0 || hold_base(op, &base, e) < 0)
		return -1;
	for (size_t i = 0; i < in->nvolumes; i++) {
		const struct create_volume *v = &in->volumes[i];

		if ((v->from == NULL ? storage_create(s, v->volume, e) :
				       storage_clone(s, v->from, v->snap,
					   v->volume, e)) < 0)
			return err_wrap(e, "pot %s", op->object);
	}
	return 0;
}

static int
act_content(struct op *op, struct err *e)
{
	const struct create_input *in = op->input;

	return call(op, in->fill, e);
}

/* The configuration comes last: a pot is one when its pot.conf is there. */
static int
act_conf(struct op *op, struct err *e)
{
	const struct create_input *in = op->input;
	auto_free char *path = xasprintf("%s/conf", op->object);
	auto_close int conf = -1;
	int jails;

	if (engine_dir(op->g, DIR_JAILS, &jails, e) < 0 ||
	    dir_open(jails, path, &conf, e) < 0)
		return -1;
	for (size_t i = 0; i < in->files.n; i++)
		if (file_exists(in->filesdir, in->files.v[i]) &&
		    admin_file_copy(in->filesdir, in->files.v[i], conf,
			in->files.v[i], e) < 0)
			return -1;
	if (in->resolv != NULL &&
	    admin_file_copy(AT_FDCWD, in->resolv, conf, "resolv.conf", e) < 0)
		return -1;
	if (fscomp_write(&in->fscomp, conf,
		in->fscomp.n > 0 ? FILE_F_SYNC_CONTENT : 0, e) < 0 ||
	    conf_write(in->conf, conf, "pot.conf",
		op->is_sync_left ? FILE_F_SYNC_CONTENT : FILE_F_SYNC, e) < 0)
		return err_wrap(e, "pot %s", op->object);
	return op->is_sync_left ? 0 : dir_sync(jails, e);
}

static int
act_flavours(struct op *op, struct err *e)
{
	const struct create_input *in = op->input;
	struct err why = ERR_INIT;

	for (size_t i = 0; i < in->steps.n; i++) {
		if (flavour_step(op, in->steps.v[i], &in->env, in->out, in->err,
			&why) == 0)
			continue;
		if (!in->keep) {
			*e = why;
			return -1;
		}
		/* -k: the half-made pot stays, the failure is told. */
		op->kept = why;
		return 0;
	}
	return 0;
}

static int
act_snapshot(struct op *op, struct err *e)
{
	const struct create_input *in = op->input;
	auto_strv struct strv volumes = STRV_INIT;

	if (call(op, in->settle, e) < 0)
		return -1;
	if (in->snapshot[0] == '\0')
		return 0;
	for (size_t i = 0; i < in->nvolumes; i++)
		strv_add(&volumes, in->volumes[i].volume);
	return snapshot_new_pot(op, &volumes, in->snapshot, e);
}

static const struct op_step create_steps[] = {
	{ "directory", act_directory, undo_directory, 0 },
	{ "volumes", act_volumes, NULL, 0 },
	{ "content", act_content, NULL, 0 },
	{ "conf", act_conf, NULL, 0 },
	{ "snapshot", act_snapshot, NULL, 0 },
	{ "flavours", act_flavours, NULL, STEP_F_USER },
};

const struct op_type op_create = {
	.name = "create",
	.steps = create_steps,
	.nsteps = COUNT_OF(create_steps),
	.direction = OP_UNDO,
	.changes_storage = true,
};

int
create_locked(struct op *op, struct create_input *in, struct err *e)
{
	op->input = in;
	if (op_run(op, e) < 0)
		return -1;
	if (err_is_set(&op->kept)) {
		*e = op->kept;
		return -1;
	}
	return 0;
}
