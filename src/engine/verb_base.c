/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb create-base: a base is unpacked and prepared under a name that
 * nobody looks at, and appears, whole, by a rename.  Beside a release of
 * FreeBSD there is then a pot of level 0, as pot 0.16 has it.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/bases.h"
#include "engine/op_base.h"
#include "engine/verbs.h"
#include "engine/volumes.h"
#include "image/mirror.h"
#include "model/family.h"
#include "storage/base.h"
#include "storage/debootstrap.h"
#include "storage/unpack.h"

static void
new_name(const struct op *op, struct pot_name *out)
{
	str_copy(out->s, ".new.", sizeof(out->s));
	str_copy(out->s + 5, op_get(op, "base"), sizeof(out->s) - 5);
}

static int
undo_unpack(struct op *op, struct err *e)
{
	struct pot_name name;
	int bases;

	new_name(op, &name);
	if (engine_dir(op->g, DIR_BASES, &bases, e) < 0)
		return -1;
	return tree_remove(bases, name.s, e);
}

static void
tell_progress(void *arg, const char *line)
{
	const struct op *op = arg;

	log_info(op->log, "%s", line);
}

/* A release of FreeBSD, from its mirror. */
static int
find_release(struct op *op, char *path, size_t size, struct err *e)
{
	const struct framework *fw = op->g->fw;
	auto_free char *program = xasprintf("%s/pot-fetch", fw->libexec_dir);
	auto_free char *manifests =
	    xasprintf("%s/share/freebsd/MANIFESTS", fw->prefix);
	const struct request *req = op->input;
	const char *mirror = request_get(req, "mirror");
	auto_strv struct strv env = STRV_INIT;
	const struct mirror_options o = {
		.mirror =
		    mirror != NULL ? mirror : framework_get(fw, FW_MIRROR),
		.cache_dir = framework_get(fw, FW_CACHE),
		.manifests_dir = manifests,
		.program = program,
		.env = &env,
		.log = op->log,
	};
	struct host_facts host;
	struct release r;

	request_all(req, "env", &env);
	if (op->g->platform->host->facts(&host, e) < 0 ||
	    release_parse(op_get(op, "release"), request_get(req, "arch"),
		host.machine, &r, e) < 0)
		return -1;
	return mirror_fetch(&o, &r, path, size, e);
}

static int
find_source(struct op *op, char *path, size_t size, struct err *e)
{
	const char *from = op_get(op, "from");
	struct debootstrap_options o = {
		.suite = op_get(op, "release"),
		.cache_dir = framework_get(op->g->fw, FW_CACHE),
		.progress = tell_progress,
		.arg = op,
	};
	bool was_there;

	if (from != NULL) {
		if (str_copy(path, from, size) >= size)
			return err_set(
			    e, ERR_INVALID, "%s: path too long", from);
		return 0;
	}
	if (release_is(o.suite))
		return find_release(op, path, size, e);
	if (debootstrap_fetch(&o, path, size, &was_there, e) < 0)
		return -1;
	if (was_there)
		log_info(op->log, "using %s", path);
	return 0;
}

/* Of FreeBSD; of another source nobody knows it. */
static int
put_osrelease(struct op *op, int base, struct err *e)
{
	const char *text = op_get(op, "release");
	auto_free char *line = NULL;
	struct host_facts host;
	struct release r;

	if (text == NULL || !release_is(text))
		return 0;
	if (op->g->platform->host->facts(&host, e) < 0 ||
	    release_parse(
		text, request_get(op->input, "arch"), host.machine, &r, e) < 0)
		return -1;
	line = xasprintf("%s\n", r.name);
	return file_write(base, BASE_OSRELEASE, line, strlen(line), 0644, 0, e);
}

static int
act_unpack(struct op *op, struct err *e)
{
	const struct family *family;
	char source[PATH_MAX];
	struct pot_name name;
	auto_close int fd = -1;
	struct err ignored = ERR_INIT;
	int bases;

	new_name(op, &name);
	if (engine_dir(op->g, DIR_BASES, &bases, e) < 0 ||
	    find_source(op, source, sizeof(source), e) < 0)
		return -1;
	log_info(op->log, "unpacking %s", source);
	if (unpack_tree(source, bases, name.s, e) == 0 &&
	    dir_open(bases, name.s, &fd, e) == 0) {
		family = family_detect(fd);
		log_info(op->log, "base %s is of family %s", op_get(op, "base"),
		    family->name);
		if ((family->shared == NULL ||
			base_prepare(fd, family, e) == 0) &&
		    put_osrelease(op, fd, e) == 0)
			return 0;
	}
	if (undo_unpack(op, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}

static int
act_publish(struct op *op, struct err *e)
{
	auto_free char *base = xasprintf("bases/%s", op_get(op, "base"));
	struct pot_name name;
	struct storage *s;

	new_name(op, &name);
	if (engine_storage(op->g, &s, e) < 0)
		return -1;
	return storage_adopt_base(s, name.s, base, e);
}

static const struct op_step base_steps[] = {
	{ "unpack", act_unpack, undo_unpack, 0 },
	{ "publish", act_publish, NULL, 0 },
};

const struct op_type op_base = {
	.name = "create-base",
	.steps = base_steps,
	.nsteps = COUNT_OF(base_steps),
	.direction = OP_UNDO,
	.changes_storage = true,
};

/* Either a release, whose name is the base's unless one is given, or a
 * source of one's own and a name. */
static int
check_request(struct call *c, struct pot_name *base, struct err *e)
{
	const char *release = request_get(c->req, "release");
	const char *from = request_get(c->req, "from");
	const char *name = request_get(c->req, "name");
	struct host_facts host;
	struct release r;

	if ((release == NULL) == (from == NULL))
		return err_set(e, ERR_USAGE,
		    "create-base: exactly one of release and from is needed");
	if (release != NULL && release_is(release)) {
		if (c->g->platform->host->facts(&host, e) < 0 ||
		    release_parse(release, request_get(c->req, "arch"),
			host.machine, &r, e) < 0)
			return -1;
		release = r.short_name;
	}
	if (name == NULL)
		name = release;
	if (name == NULL)
		return err_set(
		    e, ERR_USAGE, "create-base: a name is needed with from");
	if (from != NULL && from[0] != '/')
		return err_set(
		    e, ERR_INVALID, "%s: not an absolute path", from);
	return name_parse_new_dotted("base", name, base, e);
}

/*
 * What pots of level 1 are made from, as with pot 0.16.  Other drivers would
 * copy it all, and make them from the base as it is.
 */
static int
take_snapshots(struct call *c, const char *base, struct err *e)
{
	static const char *const parts[] = { "", "/usr.local", "/custom" };
	auto_strv struct strv volumes = STRV_INIT;
	struct storage *s;
	char name[32];

	if (engine_storage(c->g, &s, e) < 0)
		return -1;
	if (!storage_has_streams(s))
		return 0;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		auto_free char *volume =
		    xasprintf("bases/%s%s", base, parts[i]);

		if (storage_exists(s, volume))
			strv_add(&volumes, volume);
	}
	if (volumes_new_name(c->g, &volumes, name, e) < 0)
		return -1;
	for (size_t i = 0; i < volumes.n; i++)
		if (storage_snapshot(s, volumes.v[i], name, false, e) < 0)
			return -1;
	return 0;
}

static void
no_record(void *arg, const struct record *r)
{
	(void)arg;
	(void)r;
}

/* The base is there and can be used, whatever becomes of this. */
static void
make_companion(struct call *c, const char *base)
{
	const struct sink sink = { .record = no_record, .log = *c->log };
	auto_free char *pot = base_companion(base);
	struct err why = ERR_INIT;
	auto_request struct request r;
	int status;

	if (take_snapshots(c, base, &why) < 0) {
		log_warn(c->log, "base %s: no snapshot: %s", base, why.text);
		err_clear(&why);
	}
	request_init(&r, "create");
	r.uid = c->req->uid;
	r.gid = c->req->gid;
	request_add(&r, "pot", pot);
	request_add(&r, "type", "multi");
	request_add(&r, "level", "0");
	request_add(&r, "base", base);
	if (engine_request(c->g, &r, &sink, &status, &why) < 0)
		log_warn(c->log, "base %s: no pot %s: %s", base, pot, why.text);
	else
		log_info(c->log,
		    "base %s: as it was released; pot update-base -b %s "
		    "brings it up to date",
		    base, base);
}

static int
make_base(struct call *c, const struct pot_name *base, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_free char *volume = xasprintf("bases/%s", base->s);
	char object[256];
	struct storage *s;

	if (engine_storage(c->g, &s, e) < 0)
		return -1;
	base_object(base->s, object);
	op_init(&op, c->g, &op_base, object, c->log);
	if (op_lock(&op, false, e) < 0)
		return -1;
	if (storage_exists(s, volume))
		return err_set(
		    e, ERR_EXISTS, "base %s: exists already", base->s);
	op.input = c->req; /* what is not for the journal: proxies */
	op_set(&op, "base", base->s);
	if (request_has(c->req, "from"))
		op_set(&op, "from", request_get(c->req, "from"));
	else
		op_set(&op, "release", request_get(c->req, "release"));
	return op_run(&op, e);
}

int
verb_create_base(struct call *c, struct err *e)
{
	const char *release = request_get(c->req, "release");
	struct pot_name base;

	if (check_request(c, &base, e) < 0 || make_base(c, &base, e) < 0)
		return -1;
	if (release != NULL && release_is(release))
		make_companion(c, base.s);
	return 0;
}
