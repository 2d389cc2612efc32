/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of conf/pot.conf (reference 2.4): each replaces what is there of
 * its kind.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "engine/admin_file.h"
#include "engine/change.h"
#include "engine/cpu.h"
#include "engine/hooks.h"
#include "model/attributes.h"
#include "model/limits.h"
#include "supervise/supervise.h"

int
change_add_dep(struct change *c, struct err *e)
{
	const char *dep;

	if (request_need(c->req, "dependency", &dep, e) < 0)
		return -1;
	if (request_has(c->req, "remove")) {
		if (!conf_remove_value(c->pot->conf, "pot.depend", dep))
			return err_set(e, ERR_NOT_FOUND,
			    "pot %s: does not depend on %s", c->pot->name.s,
			    dep);
		return pot_save(c->pot, e);
	}
	if (str_eq(dep, c->pot->name.s))
		return err_set(
		    e, ERR_INVALID, "pot %s: can't depend on itself", dep);
	if (pot_need(c->g, dep, e) < 0)
		return -1;
	conf_add(c->pot->conf, "pot.depend", dep);
	return pot_save(c->pot, e);
}

int
change_set_cmd(struct change *c, struct err *e)
{
	const char *cmd;

	if (request_need(c->req, "cmd", &cmd, e) < 0 ||
	    pot_conf_set_cmd(c->pot->conf, cmd, e) < 0)
		return -1;
	/* Arguments of an image would win over it. */
	conf_remove(c->pot->conf, "pot.arg");
	return pot_save(c->pot, e);
}

int
change_set_env(struct change *c, struct err *e)
{
	auto_strv struct strv env = STRV_INIT;

	request_all(c->req, "variable", &env);
	if (env.n == 0)
		return err_set(e, ERR_USAGE, "set-env: no variable given");
	if (pot_conf_set_env(c->pot->conf, &env, e) < 0)
		return -1;
	return pot_save(c->pot, e);
}

int
change_set_hosts(struct change *c, struct err *e)
{
	auto_strv struct strv hosts = STRV_INIT;

	request_all(c->req, "host", &hosts);
	if (pot_conf_set_hosts(c->pot->conf, &hosts, e) < 0)
		return -1;
	return pot_save(c->pot, e);
}

/* The CPUs that were chosen at the start are known to the kernel alone. */
static int
change_live(struct change *c, const struct cell_ref *ref,
    struct limit_set *before, struct limit_set *after, struct err *e)
{
	const struct platform_limit_ops *limit = c->g->platform->limit;
	bool was_chosen =
	    limit_is_set(before, LIMIT_CPUS) && before->cpu_list[0] == '\0';

	if (was_chosen && limit->cpu_list(ref, before->cpu_list, e) < 0)
		return -1;
	/* As many as before are those that it has. */
	if (was_chosen && limit_is_set(after, LIMIT_CPUS) &&
	    after->value[LIMIT_CPUS] == before->value[LIMIT_CPUS] &&
	    after->cpu_list[0] == '\0')
		(void)str_copy(
		    after->cpu_list, before->cpu_list, sizeof(after->cpu_list));
	if (cpu_assign(c->g, c->pot->name.s, after, e) < 0)
		return -1;
	return limit->change(ref, before, after, e);
}

/* Its supervisor has to watch for kills from now on, or elsewhere. */
static void
tell_supervisor(struct change *c)
{
	auto_close int rundir = -1;
	struct err why = ERR_INIT;

	if (run_open(c->g, c->pot->name.s, &rundir, &why) < 0 ||
	    file_write(rundir, RUN_LIMITS, "", 0, 0640, 0, &why) < 0)
		log_warn(c->log, "%s: out-of-memory kills may not be told: %s",
		    c->pot->name.s, why.text);
}

/* Limits apply at once to a pot that runs. */
int
change_set_rss(struct change *c, struct err *e)
{
	struct limit_set before, after;
	struct run_state st;
	unsigned n = 0;

	if (limits_load(c->pot->conf, &before, e) < 0)
		return -1;
	for (size_t i = 0; i < limit_row_count(); i++) {
		const struct limit_row *row = limit_row_at(i);
		const char *v = request_get(c->req, row->option);

		if (v == NULL)
			continue;
		if (limits_set(c->pot->conf, row, v, e) < 0)
			return -1;
		n++;
	}
	if (n == 0)
		return err_set(e, ERR_USAGE, "set-rss: no limit given");
	if (limits_load(c->pot->conf, &after, e) < 0 ||
	    run_find(c->g, c->pot->name.s, &st, e) < 0)
		return -1;
	if (c->g->platform->limit->check(&after, e) < 0 ||
	    (st.is_alive && change_live(c, &st.ref, &before, &after, e) < 0))
		return err_wrap(e, "pot %s", c->pot->name.s);
	if (st.is_alive)
		tell_supervisor(c);
	return pot_save(c->pot, e);
}

int
change_export_ports(struct change *c, struct err *e)
{
	auto_strv struct strv ports = STRV_INIT;

	request_all(c->req, "port", &ports);
	if (ports.n == 0)
		return err_set(e, ERR_USAGE, "export-ports: no port given");
	if (pot_conf_set_ports(c->pot->conf, &ports, e) < 0)
		return -1;
	if (c->pot->config->network == POT_NETWORK_INHERIT)
		log_info(c->log,
		    "pot %s: network type inherit: ports need no export",
		    c->pot->name.s);
	return pot_save(c->pot, e);
}

static int
copy_hook(struct change *c, enum hook h, const char *path, struct err *e)
{
	const char *name = hook_file(h);
	struct stat st;

	if (stat(path, &st) < 0)
		return err_sys(e, "%s", path);
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return err_set(
		    e, ERR_INVALID, "%s: not an executable file", path);
	if (admin_file_copy(AT_FDCWD, path, c->pot->confdir, name, e) < 0)
		return err_wrap(e, "pot %s", c->pot->name.s);
	return 0;
}

/* Invalid ones are told and skipped; all invalid is a failure. */
int
change_set_hook(struct change *c, struct err *e)
{
	static const char *const fields[HOOK_COUNT] = { "prestart", "poststart",
		"prestop", "poststop" };
	auto_strv struct strv remove = STRV_INIT;
	unsigned good = 0, asked = 0;

	request_all(c->req, "remove", &remove);
	for (int h = 0; h < HOOK_COUNT; h++) {
		const char *path = request_get(c->req, fields[h]);
		struct err why = ERR_INIT;

		if (strv_has(&remove, fields[h])) {
			asked++;
			good++;
			if (file_remove(c->pot->confdir,
				hook_file((enum hook)h), e) < 0)
				return -1;
		}
		if (path == NULL)
			continue;
		asked++;
		if (copy_hook(c, (enum hook)h, path, &why) == 0)
			good++;
		else
			log_error(c->log, "%s", why.text);
	}
	if (asked == 0)
		return err_set(e, ERR_USAGE, "set-hook: no hook given");
	if (good == 0)
		return err_set(e, ERR_INVALID, "set-hook: no valid hook");
	return 0;
}

/* no-tmpfs: on stopped single pots alone (reference 3.6). */
static int
check_attribute(struct change *c, const struct attr *a, struct err *e)
{
	struct run_state st;

	if ((a->flags & ATTR_F_READONLY) != 0)
		return err_set(
		    e, ERR_INVALID, "attribute %s: is read-only", a->name);
	if (!str_eq(a->name, "no-tmpfs"))
		return 0;
	if (c->pot->config->type != POT_TYPE_SINGLE)
		return err_set(e, ERR_INVALID,
		    "attribute no-tmpfs: pot %s is not of type single",
		    c->pot->name.s);
	if (run_find(c->g, c->pot->name.s, &st, e) < 0)
		return -1;
	if (st.is_alive)
		return err_set(e, ERR_STATE,
		    "attribute no-tmpfs: pot %s is running", c->pot->name.s);
	return 0;
}

int
change_set_attribute(struct change *c, struct err *e)
{
	const char *name, *value = request_get(c->req, "value");
	const struct attr *a;
	auto_free char *stored = NULL, *key = NULL;
	auto_buf struct buf b = BUF_INIT(256);

	if (request_need(c->req, "attribute", &name, e) < 0)
		return -1;
	if (value == NULL)
		return err_set(e, ERR_USAGE, "set-attribute: value is missing");
	if ((a = attr_find(name)) == NULL)
		return err_set(e, ERR_INVALID, "attribute %s: unknown", name);
	if (check_attribute(c, a, e) < 0 ||
	    attr_parse(a, value, &stored, e) < 0)
		return -1;
	buf_add_fmt(&b, "pot.attr.%s", a->name);
	key = buf_take(&b);
	conf_set(c->pot->conf, key, stored);
	return pot_save(c->pot, e);
}
