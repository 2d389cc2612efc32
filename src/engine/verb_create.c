/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb create: what may be asked for (reference 2.3), what a pot of
 * each type and level is made of (4.2), and its first configuration (3.3).
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/bases.h"
#include "engine/create.h"
#include "engine/op_create.h"
#include "engine/spec.h"
#include "engine/verbs.h"
#include "model/attributes.h"
#include "model/family.h"

#define OSRELEASE_MAX ((size_t)64)

/* What was asked for, checked. */
struct ask {
	enum pot_type type;
	unsigned level;
	const char *base;
	struct pot *from; /* -P, or NULL */
	const struct family *family;
	char *osrelease; /* what create-base has noted; NULL */
};

static int
parse_level(struct call *c, struct ask *a, struct err *e)
{
	const char *type = request_get(c->req, "type");
	const char *level = request_get(c->req, "level");
	uint64_t n;

	if (type == NULL)
		type = c->g->platform->default_pot_type;
	if (pot_type_parse(type, &a->type, e) < 0)
		return -1;
	n = a->type == POT_TYPE_SINGLE ? 0 : 1;
	if (level != NULL && str_u64("level", level, 0, 2, &n, e) < 0)
		return -1;
	if (a->type == POT_TYPE_SINGLE && n != 0)
		return err_set(e, ERR_USAGE,
		    "create: a single pot has no level %s", level);
	a->level = (unsigned)n;
	return 0;
}

/* The rules of reference 2.3, one violation one sentence. */
static int
check_sources(
    struct ask *a, const char *base, const char *base_pot, struct err *e)
{
	const struct pot_config *from =
	    a->from == NULL ? NULL : a->from->config;

	if (a->type == POT_TYPE_MULTI && a->level == 0) {
		if (base_pot != NULL)
			return err_set(e, ERR_USAGE,
			    "create: level 0 takes no pot to start from");
		if (base == NULL)
			return err_set(
			    e, ERR_USAGE, "create: level 0 needs a base");
	}
	if (a->level == 2 && from == NULL)
		return err_set(
		    e, ERR_USAGE, "create: level 2 needs a pot to start from");
	if (base == NULL && from == NULL)
		return err_set(e, ERR_USAGE,
		    "create: a base or a pot to start from is needed");
	if (from == NULL)
		return 0;
	if (from->type != a->type)
		return err_set(e, ERR_INVALID,
		    "create: pot %s is not of type %s", base_pot,
		    pot_type_word(a->type));
	if (a->level == 1 && from->level != 1)
		return err_set(e, ERR_INVALID,
		    "create: pot %s has level %u, expected 1", base_pot,
		    from->level);
	if (a->level == 2 && from->level < 1)
		return err_set(e, ERR_INVALID,
		    "create: pot %s has level 0, expected 1 or 2", base_pot);
	if (base != NULL && !str_eq(base, from->base))
		return err_set(e, ERR_INVALID,
		    "create: pot %s has base %s, not %s", base_pot, from->base,
		    base);
	return 0;
}

/* A name of a release; anything else a pot may have put there. */
static void
read_osrelease(struct ask *a, int base)
{
	auto_buf struct buf b = BUF_INIT(OSRELEASE_MAX);
	struct err ignored = ERR_INIT;

	if (file_read(base, BASE_OSRELEASE, &b, &ignored) < 0)
		return;
	b.data[strcspn(b.data, "\n")] = '\0';
	for (const char *p = b.data; *p != '\0'; p++)
		if (!chr_is_alnum(*p) && *p != '.' && *p != '-')
			return;
	if (b.data[0] != '\0')
		a->osrelease = xstrdup(b.data);
}

static int
find_base(struct call *c, struct ask *a, struct err *e)
{
	auto_free char *volume = NULL;
	auto_close int fd = -1;
	struct pot_name checked;
	struct storage *s;
	int bases;

	if (name_parse_existing("base", a->base, &checked, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0 ||
	    engine_dir(c->g, DIR_BASES, &bases, e) < 0)
		return -1;
	volume = xasprintf("bases/%s", a->base);
	if (!storage_exists(s, volume))
		return err_set(e, ERR_NOT_FOUND,
		    "base %s: not found (pot create-base)", a->base);
	if (dir_open(bases, a->base, &fd, e) < 0)
		return -1;
	a->family = family_detect(fd);
	read_osrelease(a, fd);
	if (a->type == POT_TYPE_MULTI && a->family->shared == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "base %s: of no family that multi pots can share (-t "
		    "single)",
		    a->base);
	return 0;
}

/* What add_part() asks for. */
static int
glance(struct call *c, const char *base, const struct pot *from, struct err *e)
{
	auto_free char *all = from == NULL ?
	    xasprintf("bases/%s", base) :
	    xasprintf("jails/%s", from->name.s);
	struct storage *s;

	return engine_storage(c->g, &s, e) < 0 ? -1 : storage_glance(s, all, e);
}

/* The part of FROM that is its own copy of NAME, at its newest snapshot. */
static int
add_part(struct call *c, struct create_input *in, const char *pot,
    const char *part, const char *base, struct pot *from, struct err *e)
{
	char *source = from == NULL ?
	    xasprintf("bases/%s/%s", base, part) :
	    xasprintf("jails/%s/%s", from->name.s, part);
	auto_strv struct strv snaps = STRV_INIT;
	struct storage *s;
	char *snap = NULL;

	if (engine_storage(c->g, &s, e) < 0 ||
	    storage_snapshots(s, source, &snaps, e) < 0) {
		free(source);
		return -1;
	}
	if (base_newest(&snaps) != NULL)
		snap = xstrdup(base_newest(&snaps));
	else if (from != NULL) {
		free(source);
		return err_set(e, ERR_NOT_FOUND,
		    "pot %s: has no snapshot (pot snapshot -p %s)",
		    from->name.s, from->name.s);
	}
	create_input_add(in, xasprintf("jails/%s/%s", pot, part), source, snap);
	return 0;
}

static void
add_fscomp(struct call *c, struct create_input *in, const char *volume,
    const char *target, const char *option)
{
	auto_free char *source =
	    xasprintf("%s/%s", framework_get(c->g->fw, FW_ZFS_ROOT), volume);

	fscomp_add(&in->fscomp, source, target, option);
}

/* Level 2 stands on the shared part of its level-1 ancestor: on what FROM,
 * of whichever level, has there. */
static int
add_ancestors(struct call *c, struct create_input *in, const char *shared_at,
    const struct pot *from, struct err *e)
{
	int i = fscomp_find_target(&from->fscomp, shared_at);
	const char *volume =
	    i < 0 ? NULL : spec_volume(c->g, from->fscomp.v[i].source);

	if (volume == NULL)
		return err_set(e, ERR_CORRUPT,
		    "pot %s: fscomp.conf: nothing of a pot is on %s",
		    from->name.s, shared_at);
	add_fscomp(c, in, volume, shared_at, "ro");
	return 0;
}

static int
fill_multi(struct call *c, const struct ask *a, const char *pot,
    struct create_input *in, struct err *e)
{
	const char *part = a->family->shared_name;
	auto_free char *base = xasprintf("bases/%s", a->base);
	auto_free char *shared_at = xasprintf("/%s", a->family->shared);
	auto_free char *own_shared = xasprintf("jails/%s/%s", pot, part);
	auto_free char *own_custom = xasprintf("jails/%s/custom", pot);
	auto_free char *base_shared = xasprintf("bases/%s/%s", a->base, part);
	auto_free char *base_custom = xasprintf("bases/%s/custom", a->base);

	add_fscomp(c, in, base, "/", a->level == 0 ? NULL : "ro");
	if (a->level == 0) {
		add_fscomp(c, in, base_shared, shared_at, NULL);
		add_fscomp(c, in, base_custom, "/opt/custom", NULL);
		return 0;
	}
	if (glance(c, a->base, a->from, e) < 0)
		return -1;
	if (a->level == 1) {
		if (add_part(c, in, pot, part, a->base, a->from, e) < 0)
			return -1;
		add_fscomp(c, in, own_shared, shared_at, "zfs-remount");
	} else if (add_ancestors(c, in, shared_at, a->from, e) < 0) {
		return -1;
	}
	if (add_part(c, in, pot, "custom", a->base, a->from, e) < 0)
		return -1;
	add_fscomp(c, in, own_custom, "/opt/custom", "zfs-remount");
	return 0;
}

static int
fill_single(struct call *c, const struct ask *a, const char *pot,
    struct create_input *in, struct err *e)
{
	if (a->from != NULL)
		return add_part(c, in, pot, "m", a->base, a->from, e);
	create_input_add(in, xasprintf("jails/%s/m", pot),
	    xasprintf("bases/%s", a->base), NULL);
	return 0;
}

static void
fill_conf(struct call *c, const struct ask *a, const char *pot,
    const struct create_network *net, struct create_input *in)
{
	struct pot_config cfg = { .type = a->type,
		.level = a->level,
		.base = (char *)(uintptr_t)a->base,
		.cmd = (char *)(uintptr_t)a->family->default_command };

	cfg.osrelease = a->osrelease;
	if (a->from != NULL) {
		cfg.potbase = a->from->name.s;
		cfg.cmd = a->from->config->cmd;
	}
	create_network_apply(c, net, pot, &cfg);
	in->conf = pot_config_store(&cfg);
	free(cfg.hostname);
	strv_fini(&cfg.ip);
	strv_fini(&cfg.depends);
}

static int
ask_open(struct call *c, struct ask *a, struct err *e)
{
	const char *base = request_get(c->req, "base");
	const char *base_pot = request_get(c->req, "base-pot");

	if (parse_level(c, a, e) < 0)
		return -1;
	if (base_pot != NULL && pot_open(c->g, base_pot, &a->from, e) < 0)
		return -1;
	if (check_sources(a, base, base_pot, e) < 0)
		return -1;
	a->base = base != NULL ? base : a->from->config->base;
	return find_base(c, a, e);
}

int
verb_create(struct call *c, struct err *e)
{
	struct ask a = { .type = POT_TYPE_MULTI };
	struct create_network net;
	struct create_input in = { .filesdir = -1, .out = -1, .err = -1 };
	auto_op struct op op = { .type = NULL };
	struct pot_name name;
	const char *text;
	int r = -1;

	if (request_need(c->req, "pot", &text, e) < 0 ||
	    name_parse_new("pot", text, &name, e) < 0 ||
	    create_network_parse(c, NULL, &net, e) < 0)
		return -1;
	create_common(c, &in);
	in.resolv = net.resolv;
	if (ask_open(c, &a, e) < 0)
		goto out;
	op_init(&op, c->g, &op_create, name.s, c->log);
	if (op_lock(&op, false, e) < 0)
		goto out;
	if (pot_exists(c->g, name.s)) {
		r = err_set(e, ERR_EXISTS, "pot %s: exists already", name.s);
		goto out;
	}
	if ((a.type == POT_TYPE_SINGLE ? fill_single(c, &a, name.s, &in, e) :
					 fill_multi(c, &a, name.s, &in, e)) < 0)
		goto out;
	fill_conf(c, &a, name.s, &net, &in);
	log_info(c->log, "creating the pot %s of type %s, level %u, base %s",
	    name.s, pot_type_word(a.type), a.level, a.base);
	r = create_locked(&op, &in, e);
out:
	create_input_fini(&in);
	free(a.osrelease);
	pot_close(a.from);
	return r;
}
