/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb update-base: a base is brought up to date, or goes back to what
 * it was before; and who of the pots that stand on it gets to see that.
 */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/others.h"
#include "engine/spec.h"
#include "engine/update_base.h"
#include "engine/verbs.h"
#include "engine/volumes.h"

#define POT_PREFIX "base-update-"

/* What was asked for, checked. */
struct ask {
	struct pot_name base, pot;
	const struct family *family;
	struct strv volumes; /* of which the state before is frozen */
	struct strv all;     /* the base and its parts */
	bool is_rollback, is_dry;
};

static void
ask_fini(struct ask *a)
{
	strv_fini(&a->volumes);
	strv_fini(&a->all);
}
#define auto_ask __attribute__((cleanup(ask_fini), unused))

/* The pot that works on the base while it is updated. */
static int
name_pot(struct ask *a, struct err *e)
{
	auto_free char *name = xasprintf(POT_PREFIX "%s", a->base.s);

	for (char *p = name; *p != '\0'; p++)
		if (*p == '.')
			*p = '_';
	return name_parse_new("pot", name, &a->pot, e);
}

static int
check_family(struct call *c, struct ask *a, struct err *e)
{
	const char *flavour = a->family->update_flavour;
	auto_free char *script = NULL;
	struct host_facts host;

	if (flavour == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "base %s: of no family that pot can update", a->base.s);
	if (c->g->platform->host->facts(&host, e) < 0)
		return -1;
	if (!str_eq(host.os, a->family->os) && !str_eq(host.os, "fake"))
		return err_set(e, ERR_UNSUPPORTED,
		    "base %s: is of %s, this host is %s", a->base.s,
		    a->family->os, host.os);
	script = xasprintf("%s/%s.sh", c->g->fw->flavour_dir, flavour);
	if (access(script, R_OK) < 0)
		return err_sys(e, "%s", script);
	return 0;
}

static int
find_volumes(struct call *c, struct ask *a, struct err *e)
{
	auto_free char *base = xasprintf("bases/%s", a->base.s);
	auto_strv struct strv parts = STRV_INIT;
	struct storage *s;

	if (engine_storage(c->g, &s, e) < 0)
		return -1;
	if (a->family->shared_name != NULL)
		strv_add(&parts, a->family->shared_name);
	strv_add(&parts, "custom");
	strv_add(&a->all, base);
	for (size_t i = 0; i < parts.n; i++) {
		auto_free char *part = xasprintf("%s/%s", base, parts.v[i]);

		if (storage_exists(s, part))
			strv_add(&a->all, part);
	}
	storage_base_volumes(s, base, &parts, &a->volumes);
	return 0;
}

static int
ask_open(struct call *c, struct ask *a, struct err *e)
{
	auto_free char *volume = NULL;
	auto_close int fd = -1;
	const char *name;
	struct storage *s;
	int bases;

	a->is_rollback = request_has(c->req, "rollback");
	a->is_dry = request_has(c->req, "dry");
	if (request_need(c->req, "base", &name, e) < 0 ||
	    name_parse_existing("base", name, &a->base, e) < 0 ||
	    name_pot(a, e) < 0 || engine_storage(c->g, &s, e) < 0 ||
	    engine_dir(c->g, DIR_BASES, &bases, e) < 0)
		return -1;
	if (a->is_rollback && request_has(c->req, "force"))
		return err_set(e, ERR_USAGE,
		    "update-base: what runs on a base can't go back with it: "
		    "force is not for rollback");
	volume = xasprintf("bases/%s", a->base.s);
	if (!storage_exists(s, volume))
		return err_set(
		    e, ERR_NOT_FOUND, "base %s: not found", a->base.s);
	if (dir_open(bases, a->base.s, &fd, e) < 0)
		return -1;
	a->family = family_detect(fd);
	if (!a->is_rollback && check_family(c, a, e) < 0)
		return -1;
	return find_volumes(c, a, e);
}

/* Numbers of the updates that can be taken back, oldest first: complete on
 * all volumes. */
static int
find_updates(
    struct call *c, const struct ask *a, struct strv *out, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	struct storage *s;

	if (engine_storage(c->g, &s, e) < 0)
		return -1;
	for (size_t i = 0; i < a->volumes.n; i++)
		if (storage_snapshots(s, a->volumes.v[i], &names, e) < 0)
			return -1;
	for (size_t i = 0; i < names.n; i++) {
		size_t times = 0;
		const char *number = names.v[i] + strlen(BASE_BEFORE);

		if (!str_has_prefix(names.v[i], BASE_BEFORE) ||
		    strv_has(out, number))
			continue;
		for (size_t k = 0; k < names.n; k++)
			times += str_eq(names.v[k], names.v[i]);
		if (times == a->volumes.n)
			strv_add(out, number);
	}
	strv_sort(out);
	return 0;
}

/* Later than every snapshot that there is, update-N among them. */
static int
new_number(struct call *c, const struct ask *a, char out[32], struct err *e)
{
	auto_strv struct strv done = STRV_INIT;

	if (volumes_new_name(c->g, &a->all, out, e) < 0 ||
	    find_updates(c, a, &done, e) < 0)
		return -1;
	while (strv_has(&done, out)) {
		uint64_t n;

		if (str_u64("snapshot", out, 0, UINT64_MAX - 1, &n, e) < 0)
			return -1;
		str_fmt(out, 32, "%llu", (unsigned long long)n + 1);
	}
	return 0;
}

/*
 * A single pot was copied or cloned.  A multi pot mounts the base, but for
 * what is its own: where that is all of /usr, as with Debian, there is
 * nothing left that an update changes.
 */
static struct record *
pot_record(struct call *c, const struct ask *a, const struct pot *p,
    const struct run_state *st)
{
	auto_free char *prefix = xasprintf("bases/%s", a->base.s);
	auto_strv struct strv sees = STRV_INIT, own = STRV_INIT;
	struct record *r = record_new();
	size_t len = strlen(prefix);

	for (size_t i = 0; i < p->fscomp.n; i++) {
		const struct fscomp_entry *f = &p->fscomp.v[i];
		const char *v = spec_volume(c->g, f->source);

		if (v == NULL)
			continue;
		if (strncmp(v, prefix, len) == 0 &&
		    (v[len] == '/' || v[len] == '\0'))
			strv_add(&sees, f->target);
		else if (str_has_prefix(v, "jails/"))
			strv_add(&own, f->target);
	}
	if (p->config->type == POT_TYPE_SINGLE)
		strv_add(&own, "/");
	record_str(r, "name", p->name.s);
	record_str(r, "type", pot_type_word(p->config->type));
	record_int(r, "level", p->config->level);
	record_bool(r, "running", st->is_alive);
	record_strv(r, "sees", &sees);
	record_strv(r, "own", &own);
	record_bool(
	    r, "recreate", strv_has(&own, "/") || strv_has(&own, "/usr"));
	return r;
}

static int
add_pots(struct call *c, const struct ask *a, struct record *r, struct err *e)
{
	auto_others struct others named = OTHERS_INIT;
	const struct strv *pots = &named.by[OTHERS_BASE];

	record_list(r, "pots");
	if (others_find(c->g, a->base.s, &named, e) < 0)
		return -1;
	for (size_t i = 0; i < pots->n; i++) {
		auto_pot struct pot *p = NULL;
		struct err ignored = ERR_INIT;
		struct run_state st;

		if (pot_open(c->g, pots->v[i], &p, &ignored) < 0 ||
		    run_find(c->g, pots->v[i], &st, &ignored) < 0)
			continue;
		record_list_add(r, "pots", pot_record(c, a, p, &st));
	}
	return 0;
}

static int
answer(struct call *c, const struct ask *a, const char *number, struct err *e)
{
	auto_record struct record *r = record_new();
	auto_free char *snap =
	    number == NULL ? NULL : xasprintf(BASE_BEFORE "%s", number);
	auto_free char *script = a->is_rollback || !a->is_dry ?
	    NULL :
	    xasprintf(
		"%s/%s.sh", c->g->fw->flavour_dir, a->family->update_flavour);

	record_str(r, "name", a->base.s);
	record_str(r, "family", a->family->name);
	record_str(r, "action", a->is_rollback ? "rollback" : "update");
	record_bool(r, "dry", a->is_dry);
	record_str(r, "snapshot", snap);
	record_str(r, "script", script);
	if (add_pots(c, a, r, e) < 0)
		return -1;
	CALL_RECORD(c, r);
	return 0;
}

/* An older one can't be taken back behind a newer one's back. */
static int
purge_older(
    struct call *c, const struct ask *a, const char *number, struct err *e)
{
	auto_strv struct strv done = STRV_INIT;
	struct storage *s;

	if (engine_storage(c->g, &s, e) < 0 || find_updates(c, a, &done, e) < 0)
		return -1;
	for (size_t i = 0; i < done.n; i++) {
		auto_free char *before = xasprintf(BASE_BEFORE "%s", done.v[i]);

		if (str_eq(done.v[i], number))
			continue;
		for (size_t k = a->all.n; k-- > 0;)
			if ((storage_snapshot_destroy(
				 s, a->all.v[k], done.v[i], e) < 0 &&
				err_pardon(e, ERR_NOT_FOUND) < 0) ||
			    (storage_snapshot_destroy(
				 s, a->all.v[k], before, e) < 0 &&
				err_pardon(e, ERR_NOT_FOUND) < 0))
				return -1;
	}
	return 0;
}

static void
set_arguments(struct op *op, const struct ask *a, const char *number)
{
	op_set(op, "base", a->base.s);
	op_set(op, "snapshot", number);
	op_set(op, "pot", a->pot.s);
	for (size_t i = 0; i < a->volumes.n; i++)
		op_set(op, "volume", a->volumes.v[i]);
	for (size_t i = 0; i < a->all.n; i++)
		op_set(op, "all", a->all.v[i]);
}

/* What is in the way names the base already. */
static int
failed(const struct ask *a, struct err *e)
{
	return str_has_prefix(e->text, "base ") ?
	    -1 :
	    err_wrap(e, "base %s", a->base.s);
}

static int
update(struct call *c, struct op *op, const struct ask *a, struct err *e)
{
	const struct update_input in = { .req = c->req,
		.family = a->family,
		.out = c->req->nfds > 0 ? c->req->fds[0] : -1,
		.err = c->req->nfds > 1 ? c->req->fds[1] : -1 };
	struct err why = ERR_INIT;
	char number[32];
	int rc;

	if (pot_exists(c->g, a->pot.s))
		return err_set(e, ERR_EXISTS,
		    "pot %s: exists, and its name is that of the pot which "
		    "updates base %s",
		    a->pot.s, a->base.s);
	if (new_number(c, a, number, e) < 0)
		return -1;
	set_arguments(op, a, number);
	if (request_has(c->req, "force"))
		op_set(op, "force", "1");
	log_info(c->log, "base %s: updating", a->base.s);
	op->input = &in;
	rc = op_run(op, e);
	op->input = NULL;
	if (rc < 0)
		return failed(a, e);
	if (purge_older(c, a, number, &why) < 0)
		log_warn(c->log, "base %s: %s", a->base.s, why.text);
	return answer(c, a, number, e);
}

static int
roll_back(struct call *c, struct op *op, const struct ask *a, struct err *e)
{
	auto_strv struct strv done = STRV_INIT;
	const char *number;
	char anew[32];

	if (find_updates(c, a, &done, e) < 0)
		return -1;
	if (done.n == 0)
		return err_set(e, ERR_NOT_FOUND,
		    "base %s: there is no update to take back", a->base.s);
	number = done.v[done.n - 1];
	if (new_number(c, a, anew, e) < 0)
		return -1;
	set_arguments(op, a, number);
	op_set(op, "anew", anew);
	log_info(c->log, "base %s: taking its last update back", a->base.s);
	if (op_run(op, e) < 0)
		return failed(a, e);
	return answer(c, a, NULL, e);
}

static int
explain(struct call *c, const struct ask *a, struct err *e)
{
	auto_strv struct strv done = STRV_INIT;
	char number[32];

	if (!a->is_rollback)
		return new_number(c, a, number, e) < 0 ?
		    -1 :
		    answer(c, a, number, e);
	if (find_updates(c, a, &done, e) < 0)
		return -1;
	if (done.n == 0)
		return err_set(e, ERR_NOT_FOUND,
		    "base %s: there is no update to take back", a->base.s);
	return answer(c, a, done.v[done.n - 1], e);
}

int
verb_update_base(struct call *c, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_ask struct ask a = { .family = NULL };
	char object[256];
	const char *name;

	/* A half-made update has to be undone before anything is looked at. */
	if (request_need(c->req, "base", &name, e) < 0 ||
	    name_parse_existing("base", name, &a.base, e) < 0 ||
	    base_check_idle(c->g, a.base.s, e) < 0)
		return -1;
	base_object(a.base.s, object);
	op_init(&op, c->g,
	    request_has(c->req, "rollback") ? &op_rollback_base :
					      &op_update_base,
	    object, c->log);
	if (op_lock(&op, false, e) < 0 || ask_open(c, &a, e) < 0)
		return -1;
	if (a.is_dry)
		return explain(c, &a, e);
	return a.is_rollback ? roll_back(c, &op, &a, e) : update(c, &op, &a, e);
}
