/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs list, ps and config.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/answer.h"
#include "engine/supervisor.h"
#include "engine/verbs.h"

static void
answer_name(struct call *c, const char *kind, const char *name)
{
	auto_record struct record *r = record_new();

	record_str(r, "kind", kind);
	record_str(r, "name", name);
	CALL_RECORD(c, r);
}

/* Who may not ask for snapshots is told so for each pot. */
static int
glance(struct call *c, struct err *e)
{
	struct storage *s;

	if (engine_storage(c->g, &s, e) < 0)
		return -1;
	return storage_glance(s, "jails", e) < 0 ? err_pardon(e, ERR_DENIED) :
						   0;
}

/* A pot that can't be read is listed by its name, with its error. */
static int
list_pots(struct call *c, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	const bool with_snapshots = !request_has(c->req, "names-only") &&
	    !request_has(c->req, "no-snapshots");

	if (pot_names(c->g, &names, e) < 0 ||
	    (with_snapshots && glance(c, e) < 0))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_record struct record *r = NULL;
		auto_pot struct pot *p = NULL;
		struct err why = ERR_INIT;
		struct run_state st;

		if (request_has(c->req, "names-only")) {
			answer_name(c, "pot", names.v[i]);
			continue;
		}
		r = record_new();
		if (run_find(c->g, names.v[i], &st, e) < 0)
			return -1;
		if (pot_open(c->g, names.v[i], &p, &why) < 0 ||
		    answer_pot(p, &st, with_snapshots, r, &why) < 0) {
			if (!pot_exists(c->g, names.v[i]))
				continue; /* destroyed meanwhile */
			record_free(r);
			r = record_new();
			record_str(r, "kind", "pot");
			record_str(r, "name", names.v[i]);
			record_bool(r, "active", st.is_alive);
			record_str(r, "error", why.text);
		}
		CALL_RECORD(c, r);
	}
	return 0;
}

/* Names in a directory; those that begin with a dot are the storage's. */
static int
list_dir(
    struct call *c, const char *kind, int dirfd, bool cut_sh, struct err *e)
{
	auto_strv struct strv all = STRV_INIT, seen = STRV_INIT;

	if (dir_list(dirfd, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		auto_free char *name = xstrdup(all.v[i]);

		if (name[0] == '.')
			continue;
		if (cut_sh && str_has_suffix(name, ".sh"))
			name[strlen(name) - 3] = '\0';
		if (strv_has(&seen, name))
			continue;
		strv_add(&seen, name);
		answer_name(c, kind, name);
	}
	return 0;
}

static int
list_path(struct call *c, const char *kind, const char *path, bool cut_sh,
    struct err *e)
{
	auto_close int fd = -1;

	if (dir_open(AT_FDCWD, path, &fd, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	return list_dir(c, kind, fd, cut_sh, e);
}

int
verb_list(struct call *c, struct err *e)
{
	const char *kind = request_get(c->req, "kind");
	auto_free char *bridges = engine_path(c->g, FW_FS_ROOT, "bridges");
	int fd;

	if (kind == NULL || str_eq(kind, "pots"))
		return list_pots(c, e);
	if (str_eq(kind, "bases"))
		return engine_dir(c->g, DIR_BASES, &fd, e) < 0 ?
		    -1 :
		    list_dir(c, "base", fd, false, e);
	if (str_eq(kind, "fscomps"))
		return engine_dir(c->g, DIR_FSCOMP, &fd, e) < 0 ?
		    -1 :
		    list_dir(c, "fscomp", fd, false, e);
	if (str_eq(kind, "flavours"))
		return list_path(c, "flavour", c->g->fw->flavour_dir, true, e);
	if (str_eq(kind, "bridges"))
		return list_path(c, "bridge", bridges, false, e);
	return err_set(e, ERR_USAGE, "list: unknown kind %s", kind);
}

/* Cheap for a thousand pots: nothing is read but the run directory. */
static int
answer_running(struct call *c, const struct cell_ref *ref, struct err *e)
{
	auto_record struct record *r = NULL;
	auto_close int rundir = -1;
	struct run_status status;
	char text[CLOCK_RFC3339_SIZE];

	if (run_open(c->g, ref->name, &rundir, e) < 0 ||
	    run_read_status(rundir, &status, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	r = record_new();
	record_str(r, "name", ref->name);
	record_str(r, "status", status.is_known ? "idle" : "running");
	record_str(r, "started", clock_format_rfc3339(text, ref->generation));
	if (status.is_known)
		record_int(r, "exit_code", run_status_code(&status));
	else
		record_null(r, "exit_code");
	record_int(r, "oom_kills", (int64_t)run_read_oom(rundir));
	CALL_RECORD(c, r);
	return 0;
}

static int
list_running(void *arg, const struct cell_ref *ref, struct err *e)
{
	struct call *c = arg;

	if (!request_has(c->req, "names-only"))
		return answer_running(c, ref, e);
	answer_name(c, "pot", ref->name);
	return 0;
}

int
verb_ps(struct call *c, struct err *e)
{
	struct supervisor_round round = SUPERVISOR_ROUND_INIT;
	auto_strv struct strv names = STRV_INIT;
	int r;

	if (run_candidates(c->g, &names, e) < 0)
		return -1;
	if (c->req->uid == 0)
		supervisor_round_begin(c->g, &names, &round);
	r = run_each(c->g, &names, list_running, c, e);
	if (c->req->uid == 0)
		supervisor_round_end(c->g, &names, &round, c->log);
	return r;
}

static char *
config_syslogd(struct engine *g)
{
	const char *gateway = framework_get(g->fw, FW_GATEWAY);

	return xasprintf("-b 127.0.0.1 -b %s -a %s", gateway,
	    framework_get(g->fw, FW_NETWORK));
}

/* The names of `config -g`, and their labels (reference 2.1). */
static const struct {
	const char *name, *label;
	enum framework_var var;
	const char *below; /* appended to the value */
	char *(*make)(struct engine *g);
} configs[] = {
	{ "fs_root", "fs_root", FW_FS_ROOT, "", NULL },
	{ "zfs_root", "zfs_root", FW_ZFS_ROOT, "", NULL },
	{ "gateway", "gateway", FW_GATEWAY, "", NULL },
	{ "syslogd", "syslogd flags", FW_COUNT, "", config_syslogd },
	{ "pot_prefix", "pot prefix", FW_FS_ROOT, "/jails", NULL },
	{ "fscomp_prefix", "fscomp prefix", FW_FS_ROOT, "/fscomp", NULL },
	{ "network_stack", "network stack", FW_NETWORK_STACK, "", NULL },
	/* Ours. */
	{ "run_dir", "run directory", FW_RUN_DIR, "", NULL },
	{ "log_dir", "log directory", FW_LOG_DIR, "", NULL },
	{ "storage", "storage driver", FW_STORAGE, "", NULL },
};

int
verb_config(struct call *c, struct err *e)
{
	const char *name = request_get(c->req, "name");
	bool is_found = false;

	for (size_t i = 0; i < COUNT_OF(configs); i++) {
		auto_record struct record *r = NULL;
		auto_free char *value = NULL;

		if (name != NULL && !str_eq(name, configs[i].name))
			continue;
		is_found = true;
		r = record_new();
		if (configs[i].make != NULL)
			value = configs[i].make(c->g);
		else if (configs[i].var == FW_NETWORK_STACK)
			value = xstrdup(engine_stack(c->g));
		else
			value = xasprintf("%s%s",
			    framework_get(c->g->fw, configs[i].var),
			    configs[i].below);
		record_str(r, "name", configs[i].name);
		record_str(r, "label", configs[i].label);
		record_str(r, "value", value);
		CALL_RECORD(c, r);
	}
	if (!is_found)
		return err_set(
		    e, ERR_USAGE, "config: %s is not a valid name", name);
	return 0;
}
