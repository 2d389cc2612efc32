/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs init, de-init and recover: the installation's own directories.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/host_files.h"
#include "engine/op_stop.h"
#include "engine/recover.h"
#include "engine/supervisor.h"
#include "engine/verbs.h"

/* Below POT_FS_ROOT; what other verbs need is made here and nowhere else. */
static const char *const root_dirs[] = { "bases", "jails", "fscomp",
	"bridges" };

static int
make_root(struct call *c, int *rootfd, struct err *e)
{
	const char *root = framework_get(c->g->fw, FW_FS_ROOT);

	if (root[0] != '/' || root[1] == '\0')
		return err_set(e, ERR_INVALID,
		    "POT_FS_ROOT %s: expected an absolute path", root);
	if (dir_make_path(root, 0750, e) < 0 ||
	    dir_open(AT_FDCWD, root, rootfd, e) < 0)
		return -1;
	/* Members of the group may look, others not even that: conf files
	 * hold environments. */
	if (fchown(*rootfd, 0, engine_gid(c->g)) < 0 ||
	    fchmod(*rootfd, 0750) < 0)
		return err_sys(e, "%s", root);
	for (size_t i = 0; i < COUNT_OF(root_dirs); i++)
		if (dir_make(*rootfd, root_dirs[i], 0755, e) < 0)
			return -1;
	return 0;
}

static int
check_storage(struct call *c, struct err *e)
{
	const struct storage_options o = {
		.driver = framework_get(c->g->fw, FW_STORAGE),
		.fs_root = framework_get(c->g->fw, FW_FS_ROOT),
		.zfs_root = framework_get(c->g->fw, FW_ZFS_ROOT),
		.platform = c->g->platform,
	};

	struct storage *s;

	if (engine_storage(c->g, &s, e) < 0 ||
	    storage_init(s, framework_get(c->g->fw, FW_CACHE), e) < 0 ||
	    storage_probe(&o, e) < 0)
		return err_wrap(e, "POT_STORAGE %s", o.driver);
	log_info(c->log, "storage driver %s on %s", o.driver, o.fs_root);
	return 0;
}

/* Only types of networks that leave the host need an interface. */
static int
check_network(struct call *c, struct err *e)
{
	const char *extif = framework_get(c->g->fw, FW_EXTIF);
	struct host_facts host;

	if (c->g->platform->host->facts(&host, e) < 0)
		return -1;
	if (extif[0] == '\0')
		extif = host.extif;
	if (extif[0] == '\0')
		log_warn(c->log,
		    "no default route: pots of type inherit alone have a "
		    "network");
	else if (!c->g->platform->host->has_interface(extif))
		log_warn(c->log, "POT_EXTIF %s: no such interface", extif);
	else
		log_info(c->log, "external interface %s", extif);
	return 0;
}

int
verb_init(struct call *c, struct err *e)
{
	static const enum framework_var paths[] = { FW_CACHE, FW_TMP,
		FW_LOG_DIR };
	auto_close int rootfd = -1;
	int run;

	if (request_has(c->req, "explain"))
		return host_files_init(c, e);
	if (c->g->platform->host->make_group(
		framework_get(c->g->fw, FW_GROUP), e) < 0 ||
	    make_root(c, &rootfd, e) < 0 || check_storage(c, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		if (dir_make_path(framework_get(c->g->fw, paths[i]), 0755, e) <
		    0)
			return -1;
	if (engine_dir(c->g, DIR_RUN_POT, &run, e) < 0 ||
	    check_network(c, e) < 0 || host_files_init(c, e) < 0)
		return -1;
	log_info(
	    c->log, "pot is ready in %s", framework_get(c->g->fw, FW_FS_ROOT));
	return 0;
}

static int
stop_all(struct call *c, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	if (run_names(c->g, &names, e) < 0)
		return -1;
	if (names.n > 0 && !request_has(c->req, "force"))
		return err_set(e, ERR_STATE,
		    "pot %s: is running (-f stops all pots first)", names.v[0]);
	for (size_t i = 0; i < names.n; i++) {
		auto_op struct op op = { .type = NULL };
		struct run_state st;

		op_init(&op, c->g, &op_stop, names.v[i], c->log);
		if (op_lock(&op, true, e) < 0 ||
		    run_find(c->g, names.v[i], &st, e) < 0 ||
		    (st.has_run && stop_locked(&op, names.v[i], &st, e) < 0))
			return -1;
	}
	return 0;
}

/* What is ours below a directory that may hold other things, or be a mount
 * point; never across a mount. */
static int
remove_known(
    const char *path, const char *const *names, size_t n, struct err *e)
{
	auto_close int fd = -1;

	if (dir_open(AT_FDCWD, path, &fd, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	for (size_t i = 0; i < n; i++)
		if (tree_remove(fd, names[i], e) < 0)
			return err_wrap(e, "%s", path);
	(void)rmdir(path); /* stays if there is more, or it is a mount */
	return 0;
}

/* A file system on which something is open can't be unmounted. */
static void
close_dirs(struct engine *g)
{
	static const enum engine_dir dirs[] = { DIR_JAILS, DIR_BASES,
		DIR_FSCOMP };

	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		cleanup_close(&g->dir[dirs[i]]);
}

int
verb_de_init(struct call *c, struct err *e)
{
	static const char *const in_root[] = { "jails", "bases", "fscomp",
		"bridges", "layers", "journal", ".storage.lock" };
	static const char *const in_run[] = { "pot", "journal", "lock", "boot",
		"boot.lock" };
	const char *root = framework_get(c->g->fw, FW_FS_ROOT);
	auto_strv struct strv pots = STRV_INIT;
	struct storage *s;

	if (request_has(c->req, "explain"))
		return host_files_deinit(c, e);
	if (stop_all(c, e) < 0 || pot_names(c->g, &pots, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0)
		return -1;
	close_dirs(c->g);
	if (storage_fini(s, e) < 0 ||
	    remove_known(root, in_root, COUNT_OF(in_root), e) < 0 ||
	    remove_known(framework_get(c->g->fw, FW_LOG_DIR),
		(const char *const *)strv_argv(&pots), pots.n, e) < 0 ||
	    remove_known(framework_get(c->g->fw, FW_RUN_DIR), in_run,
		COUNT_OF(in_run), e) < 0)
		return -1;
	if (host_files_deinit(c, e) < 0)
		return -1;
	log_info(c->log, "pot was removed from %s", root);
	return 0;
}

/* A running pot whose supervisor died is supervised again; a cell that died
 * while nobody looked is cleaned up. */
static int
settle_runs(struct call *c, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	int run_pot;

	if (engine_dir(c->g, DIR_RUN_POT, &run_pot, e) < 0 ||
	    dir_list(run_pot, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_op struct op op = { .type = NULL };
		struct run_state st;

		op_init(&op, c->g, &op_stop, names.v[i], c->log);
		if (op_lock(&op, false, e) < 0) {
			if (e->code != ERR_STATE)
				return -1;
			err_clear(e); /* somebody is at work */
			continue;
		}
		if (run_find(c->g, names.v[i], &st, e) < 0)
			return -1;
		if (st.is_alive) {
			supervisor_ensure(c->g, names.v[i], c->log);
		} else if (stop_locked(&op, names.v[i], &st, e) < 0) {
			return -1;
		}
	}
	return 0;
}

/* A group of control, named NAME.GENERATION, which no cell lives in. */
static int
settle_group(struct call *c, const char *group, struct err *e)
{
	const char *dot = strrchr(group, '.'), *digits = dot + 1;
	auto_free char *name = xstrndup(group, (size_t)(dot - group));
	auto_op struct op op = { .type = NULL };
	struct run_state st;
	struct cell_ref ref;
	uint64_t generation;

	/* 0: a rule of which nobody knows for which start it was made. */
	if (!str_take_u64(&digits, UINT64_MAX, &generation) || generation == 0)
		return 0;
	if (run_find(c->g, name, &st, e) < 0)
		return -1;
	if (st.is_alive && st.ref.generation == generation)
		return 0;
	/* A start makes the group before there is a cell: under the lock. */
	op_init(&op, c->g, &op_stop, name, c->log);
	if (op_lock(&op, false, e) < 0)
		return err_pardon(e, ERR_STATE); /* somebody is at work */
	if (run_find(c->g, name, &st, e) < 0)
		return -1;
	if (st.is_alive && st.ref.generation == generation)
		return 0;
	run_ref(c->g, name, generation, &ref);
	return c->g->platform->limit->remove(&ref, e);
}

/* What is left of a pot whose run directory was lost. */
static int
settle_groups(struct call *c, struct err *e)
{
	auto_strv struct strv groups = STRV_INIT;

	if (c->g->platform->limit->census(c->g->instance, &groups, e) < 0)
		return -1;
	for (size_t i = 0; i < groups.n; i++) {
		struct err why = ERR_INIT;

		if (settle_group(c, groups.v[i], &why) < 0)
			log_warn(c->log, "%s: %s", groups.v[i], why.text);
	}
	return 0;
}

/* A writer that was killed leaves its temporary file in conf/. */
static int
settle_confs(struct call *c, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	if (pot_names(c->g, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_pot struct pot *p = NULL;
		struct err ignored = ERR_INIT;

		if (pot_open(c->g, names.v[i], &p, &ignored) == 0 &&
		    dir_remove_temps(p->confdir, e) < 0)
			return err_wrap(e, "pot %s", names.v[i]);
	}
	return 0;
}

int
verb_recover(struct call *c, struct err *e)
{
	struct storage *s;
	unsigned swept;

	if (recover_all(c->g, c->log, e) < 0 || settle_runs(c, e) < 0 ||
	    settle_groups(c, e) < 0 || settle_confs(c, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0 ||
	    storage_sweep(s, false, &swept, e) < 0)
		return -1;
	if (swept > 0)
		log_info(c->log, "storage: %u leftovers removed", swept);
	return 0;
}
