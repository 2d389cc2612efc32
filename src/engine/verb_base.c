/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb create-base: a base is unpacked and prepared under a name that
 * nobody looks at, and appears, whole, by a rename.
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
#include "engine/op_base.h"
#include "engine/verbs.h"
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
		if (family->shared == NULL || base_prepare(fd, family, e) == 0)
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

int
verb_create_base(struct call *c, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_free char *object = NULL, *volume = NULL;
	struct pot_name base;
	struct storage *s;

	if (check_request(c, &base, e) < 0 || engine_storage(c->g, &s, e) < 0)
		return -1;
	volume = xasprintf("bases/%s", base.s);
	object = xasprintf("@base-%s", base.s);
	op_init(&op, c->g, &op_base, object, c->log);
	if (op_lock(&op, false, e) < 0)
		return -1;
	if (storage_exists(s, volume))
		return err_set(
		    e, ERR_EXISTS, "base %s: exists already", base.s);
	op.input = c->req; /* what is not for the journal: proxies */
	op_set(&op, "base", base.s);
	if (request_has(c->req, "from"))
		op_set(&op, "from", request_get(c->req, "from"));
	else
		op_set(&op, "release", request_get(c->req, "release"));
	return op_run(&op, e);
}
