/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The locks of volumes that others mount, and who those are.
 */
#include "engine/uses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/bases.h"
#include "engine/others.h"
#include "engine/spec.h"

/* "fscomp/F", "jails/P" or "bases/B" of what a pot mounts; false: nobody's. */
static bool
owner_of(const char *volume, char *out, size_t size)
{
	static const char *const kinds[] = { "fscomp/", "jails/", "bases/" };

	for (size_t i = 0; volume != NULL && i < COUNT_OF(kinds); i++) {
		size_t len = strlen(kinds[i]);

		if (!str_has_prefix(volume, kinds[i]))
			continue;
		len += strcspn(volume + len, "/");
		if (len >= size)
			return false;
		memcpy(out, volume, len);
		out[len] = '\0';
		return true;
	}
	return false;
}

static void
lock_name(const char *owner, char *out, size_t size)
{
	str_fmt(out, size, "@use-%s", owner);
	*strchr(out, '/') = '-';
}

static int
take(struct engine *g, const char *owner, enum lock_mode mode, struct lock *l,
    struct err *e)
{
	char name[320], who[400];
	int dir;

	if (engine_dir(g, DIR_RUN_LOCK, &dir, e) < 0)
		return -1;
	lock_name(owner, name, sizeof(name));
	str_fmt(who, sizeof(who), "%s %s, pid %ld",
	    mode == LOCK_SHARED ? "mount of" : "change of", owner,
	    (long)getpid());
	return lock_take(l, dir, name, mode, LOCK_WAIT_MS, who, e);
}

int
uses_share(struct engine *g, const char *kind, const char *name, struct lock *l,
    struct err *e)
{
	auto_free char *owner = xasprintf("%s/%s", kind, name);

	return take(g, owner, LOCK_SHARED, l, e);
}

/* A base may be changed in place: its lock alone does not say if it is. */
static int
hold_one(struct engine *g, const char *owner, struct lock *l,
    const struct log *log, struct err *e)
{
	if (str_has_prefix(owner, "bases/"))
		return base_hold(g, owner + strlen("bases/"), l, log, e);
	return take(g, owner, LOCK_SHARED, l, e);
}

int
uses_hold(struct pot *p, struct uses *u, const struct log *log, struct err *e)
{
	auto_strv struct strv owners = STRV_INIT;
	auto_free char *self = xasprintf("jails/%s", p->name.s);

	for (size_t i = 0; i < p->fscomp.n; i++) {
		const char *v = spec_volume(p->g, p->fscomp.v[i].source);
		char owner[300];

		if (owner_of(v, owner, sizeof(owner)) && !str_eq(owner, self) &&
		    !strv_has(&owners, owner))
			strv_add(&owners, owner);
	}
	if (owners.n == 0)
		return 0;
	u->v = xreallocarray(NULL, owners.n, sizeof(*u->v));
	for (; u->n < owners.n; u->n++) {
		u->v[u->n] = (struct lock)LOCK_INIT;
		if (hold_one(p->g, owners.v[u->n], &u->v[u->n], log, e) < 0)
			return -1;
	}
	return 0;
}

void
uses_fini(struct uses *u)
{
	for (size_t i = 0; i < u->n; i++)
		lock_release(&u->v[i]);
	free(u->v);
	*u = (struct uses)USES_INIT;
}

static bool
mounts(const struct pot *p, const char *owner)
{
	for (size_t i = 0; i < p->fscomp.n; i++) {
		const char *v = spec_volume(p->g, p->fscomp.v[i].source);
		char found[300];

		if (owner_of(v, found, sizeof(found)) && str_eq(found, owner))
			return true;
	}
	return false;
}

static int
find(struct engine *g, const char *owner, struct strv *pots, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	const char *self =
	    str_has_prefix(owner, "jails/") ? owner + strlen("jails/") : "";
	int jails;

	if (run_names(g, &names, e) < 0 ||
	    engine_dir(g, DIR_JAILS, &jails, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_pot struct pot *p = NULL;
		struct err ignored = ERR_INIT;

		/* Blanks are escaped there, so such names are not looked for.
		 */
		if (!str_eq(names.v[i], self) &&
		    (strpbrk(owner, " \t\\") != NULL ||
			others_mention(
			    jails, names.v[i], "fscomp.conf", '/', owner)) &&
		    pot_open(g, names.v[i], &p, &ignored) == 0 &&
		    mounts(p, owner))
			strv_add(pots, names.v[i]);
	}
	return 0;
}

int
uses_claim(struct engine *g, const char *owner, struct lock *l,
    struct strv *pots, struct err *e)
{
	if (take(g, owner, LOCK_EXCLUSIVE, l, e) < 0)
		return -1;
	if (find(g, owner, pots, e) == 0)
		return 0;
	lock_release(l);
	return -1;
}

int
uses_claim_alone(
    struct engine *g, const char *owner, struct lock *l, struct err *e)
{
	auto_strv struct strv pots = STRV_INIT;
	const char *kind = str_has_prefix(owner, "fscomp/") ? "fscomp" :
	    str_has_prefix(owner, "bases/")		    ? "base" :
							      "pot";

	if (uses_claim(g, owner, l, &pots, e) < 0)
		return -1;
	if (pots.n == 0)
		return 0;
	lock_release(l);
	return err_set(e, ERR_STATE, "%s %s: is mounted in the running pot %s",
	    kind, strchr(owner, '/') + 1, pots.v[0]);
}

void
uses_forget(struct engine *g, const char *owner, struct lock *l)
{
	struct err ignored = ERR_INIT;
	char name[300];
	int dir;

	lock_name(owner, name, sizeof(name));
	if (engine_dir(g, DIR_RUN_LOCK, &dir, &ignored) == 0)
		lock_release_remove(l, dir, name);
}
