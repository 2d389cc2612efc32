/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb update-config: configurations that older versions wrote, in
 * today's form.
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "engine/change.h"
#include "engine/verbs.h"
#include "model/potconf_update.h"

/* Old entries name the mount point by its path on the host (0.5 to 0.15.5).
 * It is written anew only then: a rewrite drops comments. */
static int
update_fscomp(struct change *c, struct strv *done, struct err *e)
{
	if (!c->pot->fscomp.was_old)
		return 0;
	strv_add(done, "fscomp.conf: mount points are relative now");
	return fscomp_write(&c->pot->fscomp, c->pot->confdir, FILE_F_SYNC, e);
}

static int
update(struct change *c, struct err *e)
{
	auto_strv struct strv done = STRV_INIT;
	size_t nconf;

	if (pot_conf_update(c->pot->conf, &done, e) < 0)
		return err_wrap(e, "pot %s", c->pot->name.s);
	nconf = done.n;
	if (update_fscomp(c, &done, e) < 0)
		return -1;
	for (size_t i = 0; i < done.n; i++)
		log_debug(c->log, "pot %s: %s", c->pot->name.s, done.v[i]);
	if (done.n > 0)
		log_info(
		    c->log, "pot %s: configuration updated", c->pot->name.s);
	return nconf > 0 ? pot_save(c->pot, e) : 0;
}

/* With -a one that can't be updated is told, and the others are. */
static int
update_all(struct call *c, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	if (pot_names(c->g, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct err one = ERR_INIT;

		if (change_pot(c, names.v[i], update, &one) == 0)
			continue;
		log_error(c->log, "%s", one.text);
		c->status = 1;
	}
	return 0;
}

int
verb_update_config(struct call *c, struct err *e)
{
	const char *name = request_get(c->req, "pot");

	if (name != NULL)
		return change_pot(c, name, update, e);
	if (request_has(c->req, "all"))
		return update_all(c, e);
	return err_set(
	    e, ERR_USAGE, "update-config: one of pot and all is needed");
}
