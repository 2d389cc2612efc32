/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening pots: the pot check of reference 3.4.
 */
#include "engine/pot.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define POT_CONF "pot.conf"

void
pot_close(struct pot *p)
{
	if (p == NULL)
		return;
	cleanup_close(&p->dir);
	cleanup_close(&p->confdir);
	conf_free(p->conf);
	pot_config_free(p->config);
	fscomp_fini(&p->fscomp);
	free(p->path);
	free(p);
}

void
pot_cleanup(struct pot **pp)
{
	pot_close(*pp);
	*pp = NULL;
}

int
pot_look(struct engine *g, const char *name, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct pot_name checked;
	int jails;

	if (name_parse_existing("pot", name, &checked, &ignored) < 0)
		return 0;
	if (engine_dir(g, DIR_JAILS, &jails, e) < 0)
		return -1;
	return file_exists(jails, name) ? 1 : 0;
}

int
pot_need(struct engine *g, const char *name, struct err *e)
{
	int is = pot_look(g, name, e);

	if (is == 0)
		return err_set(e, ERR_NOT_FOUND, "pot %s: not found", name);
	return is < 0 ? -1 : 0;
}

bool
pot_exists(struct engine *g, const char *name)
{
	struct err ignored = ERR_INIT;

	return pot_look(g, name, &ignored) > 0;
}

int
pot_names(struct engine *g, struct strv *out, struct err *e)
{
	auto_strv struct strv all = STRV_INIT;
	int jails;

	if (engine_dir(g, DIR_JAILS, &jails, e) < 0 ||
	    dir_list(jails, &all, e) < 0)
		return err_wrap(e, "pots");
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i][0] != '.')
			strv_add(out, all.v[i]);
	return 0;
}

int
pot_reload(struct pot *p, struct err *e)
{
	auto_free char *what = xasprintf("pot %s: %s", p->name.s, POT_CONF);
	auto_free char *fs_what = xasprintf("pot %s: fscomp.conf", p->name.s);
	auto_free char *m = xasprintf("%s/m", p->path);

	conf_free(p->conf);
	p->conf = NULL;
	pot_config_free(p->config);
	p->config = NULL;
	fscomp_fini(&p->fscomp);
	if (conf_read(p->confdir, POT_CONF, what, &p->conf, e) < 0 ||
	    pot_config_load(what, p->conf, &p->config, e) < 0 ||
	    fscomp_read(p->confdir, fs_what, m, &p->fscomp, e) < 0)
		return -1;
	return 0;
}

int
pot_save(struct pot *p, struct err *e)
{
	auto_free char *what = xasprintf("pot %s: %s", p->name.s, POT_CONF);
	struct pot_config *config;

	/* What could not be read again is never written. */
	if (pot_config_load(what, p->conf, &config, e) < 0)
		return -1;
	pot_config_free(config);
	if (conf_write(p->conf, p->confdir, POT_CONF, FILE_F_SYNC, e) < 0)
		return err_wrap(e, "pot %s", p->name.s);
	return pot_reload(p, e);
}

/* The pot's conf/, in what the storage has for the pot. */
static int
open_conf(struct pot *p, int jails, struct err *e)
{
	auto_free char *path = xasprintf("jails/%s", p->name.s);
	struct err missing = ERR_INIT;
	struct storage *s;
	bool is_new;

	if (dir_open(p->dir, "conf", &p->confdir, &missing) == 0)
		return 0;
	if (missing.code == ERR_NOT_FOUND) {
		if (engine_storage(p->g, &s, e) < 0)
			return -1;
		if (storage_attach(s, path, &is_new, e) < 0)
			return e->code == ERR_NOT_FOUND ?
			    err_recode(e, ERR_STATE) :
			    -1;
		if (is_new) {
			cleanup_close(&p->dir);
			return dir_open(jails, p->name.s, &p->dir, e) < 0 ?
			    -1 :
			    dir_open(p->dir, "conf", &p->confdir, e);
		}
		/* No lock is held: it may be on its way in or out. */
		return err_set(e, ERR_NOT_FOUND, "conf: not found");
	}
	*e = missing;
	return -1;
}

int
pot_open(struct engine *g, const char *name, struct pot **out, struct err *e)
{
	auto_pot struct pot *p = xcalloc(1, sizeof(*p));
	int jails;

	p->g = g;
	p->dir = p->confdir = -1;
	if (name_parse_existing("pot", name, &p->name, e) < 0 ||
	    engine_dir(g, DIR_JAILS, &jails, e) < 0)
		return -1;
	p->path = engine_path(g, FW_FS_ROOT, "jails/%s", p->name.s);
	if (dir_open(jails, p->name.s, &p->dir, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return err_wrap(e, "pots");
		err_clear(e);
		return err_set(
		    e, ERR_NOT_FOUND, "pot %s: not found", p->name.s);
	}
	if (open_conf(p, jails, e) < 0)
		err_wrap(e, "pot %s", p->name.s);
	else if (pot_reload(p, e) == 0) {
		*out = take_ptr(&p);
		return 0;
	}
	if (e->code == ERR_NOT_FOUND || e->code == ERR_LIMIT)
		err_recode(e, ERR_CORRUPT);
	return -1;
}

const char *
pot_stack(const struct pot *p)
{
	return p->config->stack != NULL ? p->config->stack : engine_stack(p->g);
}
