/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb import (reference 6.3): an image becomes a pot.  What it says of
 * itself was read again by a worker; what would act on the host, hooks and
 * mounts, goes to conf/untrusted and does nothing until pot trust.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/create.h"
#include "engine/hooks.h"
#include "engine/image.h"
#include "engine/verbs.h"
#include "engine/volumes.h"
#include "image/report.h"

#define ORIGINS_MAX   16
#define REPORT_FILE   ".report"
#define DEVFS_KEY     "pot.attr.devfs_ruleset"
#define DEVFS_DEFAULT "4"

/* What does not come along: addresses and names of another host, and which
 * devices of this one are seen, which an image has no say in. */
static const char *const dropped_keys[] = { "host.hostname", "ip",
	"pot.attr.to-be-pruned", "pot.potbase", DEVFS_KEY };

struct import {
	struct call *c;
	const char *url;
	const char *key; /* NULL: none */
	unsigned depth;	 /* of images that stand on each other */
	struct image_files files;
	struct pot_name name;
	struct create_input *in;
	struct buf text; /* of the report */
	struct image_report report;
	int reportfd;
};

static int
unpack_into(int rootfd, void *arg, struct err *e)
{
	struct import *im = arg;

	return image_unpack(im->c->g, "unpack",
	    (int[]){ im->files.data, -1, -1, rootfd, im->reportfd }, 5, NULL,
	    e);
}

static int
unpack_tree_of(struct import *im, int potdir, struct err *e)
{
	struct engine *g = im->c->g;
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;
	auto_free char *volume = xasprintf("jails/%s/m", im->name.s);
	auto_free char *root =
	    engine_path(g, FW_FS_ROOT, "jails/%s/m", im->name.s);
	struct storage *s;

	im->reportfd = openat(potdir, REPORT_FILE,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (im->reportfd < 0 || unlinkat(potdir, REPORT_FILE, 0) < 0)
		return err_sys(e, "%s", REPORT_FILE);
	if (lseek(im->files.data, 0, SEEK_SET) < 0)
		return err_sys(e, "image");
	if (engine_storage(g, &s, e) < 0 ||
	    storage_mount(s, volume, "/", false, &plan, e) < 0)
		return -1;
	return g->platform->mount->view(&plan, root, unpack_into, im, e);
}

static int
read_report(struct import *im, struct err *e)
{
	struct host_facts host;

	if (lseek(im->reportfd, 0, SEEK_SET) < 0)
		return err_sys(e, "report");
	if (io_read_all(im->reportfd, &im->text, "report", e) < 0 ||
	    image_report_parse(im->text.data, im->text.len, &im->report, e) <
		0 ||
	    im->c->g->platform->host->facts(&host, e) < 0)
		return -1;
	if (!str_eq(im->report.os, host.os))
		return err_set(e, ERR_UNSUPPORTED,
		    "the image is one of %s, this is %s",
		    im->report.os[0] == '\0' ? "an unknown system" :
					       im->report.os,
		    host.os);
	return 0;
}

static bool
is_dropped(const char *key)
{
	for (size_t i = 0; i < COUNT_OF(dropped_keys); i++)
		if (str_eq(key, dropped_keys[i]))
			return true;
	return false;
}

static void
tell_network(struct import *im, enum pot_network network, const char *ip)
{
	if (pot_network_is_own(network) && network != POT_NETWORK_NONE)
		log_warn(im->c->log,
		    "%s: network type %s%s%s of the image: give it addresses "
		    "of this host (clone -N -i)",
		    im->name.s, pot_network_word(network),
		    ip == NULL ? "" : ", address ", ip == NULL ? "" : ip);
}

static int
fill_conf(struct import *im, struct err *e)
{
	char hostname[HOSTNAME_SIZE];
	auto_free char *quoted = NULL;
	auto_conf struct conf *c = NULL;
	struct pot_config *config = NULL;
	const char *key, *value, *ip;
	enum pot_network network;

	if (im->report.file[IMAGE_POT_CONF].data == NULL)
		return err_set(e, ERR_CORRUPT, "the image has no pot.conf");
	if (conf_parse("pot.conf of the image",
		im->report.file[IMAGE_POT_CONF].data,
		im->report.file[IMAGE_POT_CONF].len, &c, e) < 0 ||
	    pot_config_load("pot.conf of the image", c, &config, e) < 0)
		return -1;
	network = config->network;
	if (config->type != POT_TYPE_SINGLE) {
		pot_config_free(config);
		return err_set(e, ERR_INVALID,
		    "the image is of a multi pot, which can't be imported");
	}
	pot_config_free(config);
	im->in->conf = conf_new();
	for (size_t i = 0; conf_line(c, i, &key, &value); i++)
		if (!is_dropped(key))
			conf_add(im->in->conf, key, value);
	create_hostname(im->c->g, im->name.s, hostname);
	quoted = xasprintf("\"%s\"", hostname);
	conf_set(im->in->conf, "host.hostname", quoted);
	ip = conf_raw(c, "ip");
	tell_network(im, network, ip);
	if (conf_raw(c, DEVFS_KEY) != NULL &&
	    !str_eq(conf_raw(c, DEVFS_KEY), DEVFS_DEFAULT))
		log_warn(im->c->log,
		    "%s: devfs_ruleset %s of the image is not taken over",
		    im->name.s, conf_raw(c, DEVFS_KEY));
	return 0;
}

static int
put_file(
    int dir, enum image_conf f, const struct image_report *r, struct err *e)
{
	return file_write(dir, image_conf_name(f), r->file[f].data,
	    r->file[f].len, r->file[f].is_executable ? 0755 : 0644, FILE_F_SYNC,
	    e);
}

/* The lines of fscomp.conf that are of no host: none are, a single pot has
 * its root by itself. */
static bool
has_mounts(const struct image_report *r)
{
	return r->file[IMAGE_FSCOMP_CONF].data != NULL &&
	    r->file[IMAGE_FSCOMP_CONF].len > 0;
}

static int
put_untrusted(struct import *im, int conf, struct err *e)
{
	const struct image_report *r = &im->report;
	auto_close int dir = -1;
	bool any = false;

	for (int f = 0; f < IMAGE_CONF_COUNT; f++) {
		if (f == IMAGE_POT_CONF || f == IMAGE_RESOLV_CONF ||
		    r->file[f].data == NULL ||
		    (f == IMAGE_FSCOMP_CONF && !has_mounts(r)))
			continue;
		if (dir < 0 &&
		    dir_make_open(conf, IMAGE_UNTRUSTED, 0700, &dir, e) < 0)
			return -1;
		if (put_file(dir, (enum image_conf)f, r, e) < 0)
			return -1;
		log_warn(im->c->log, "%s: %s of the image %s", im->name.s,
		    image_conf_name((enum image_conf)f),
		    f == IMAGE_FSCOMP_CONF ? "is not mounted" : "is not run");
		any = true;
	}
	if (any)
		log_warn(im->c->log,
		    "%s: look at them in conf/%s, then: pot trust %s",
		    im->name.s, IMAGE_UNTRUSTED, im->name.s);
	return 0;
}

/* A step of create: the volume is there and empty. */
static int
fill(struct op *op, struct create_input *in, struct err *e)
{
	struct import *im = in->fill_arg;
	auto_free char *path = xasprintf("%s/conf", op->object);
	auto_close int pot = -1, conf = -1;
	struct image_label l = { .tag = "" };
	int jails;

	if (engine_dir(op->g, DIR_JAILS, &jails, e) < 0 ||
	    dir_open(jails, op->object, &pot, e) < 0 ||
	    dir_open(jails, path, &conf, e) < 0 ||
	    unpack_tree_of(im, pot, e) < 0 || read_report(im, e) < 0 ||
	    fill_conf(im, e) < 0 || put_untrusted(im, conf, e) < 0)
		return -1;
	if (im->report.file[IMAGE_RESOLV_CONF].data != NULL &&
	    put_file(conf, IMAGE_RESOLV_CONF, &im->report, e) < 0)
		return -1;
	if (im->report.left_out > 0)
		log_warn(im->c->log,
		    "%s: device nodes and sockets of the image: %llu left out",
		    im->name.s, (unsigned long long)im->report.left_out);
	(void)str_copy(in->snapshot, im->report.snapshot, sizeof(in->snapshot));
	(void)str_copy(l.tag, im->files.ref.tag, sizeof(l.tag));
	(void)str_copy(l.snapshot, in->snapshot, sizeof(l.snapshot));
	return image_label_write(pot, &l, e);
}

static int
check_format(struct import *im, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(IMAGE_SMALL_MAX);
	struct err why = ERR_INIT;

	if (lseek(im->files.data, 0, SEEK_SET) < 0)
		return err_sys(e, "image");
	if (image_unpack(im->c->g, "probe", &im->files.data, 1, &b, &why) < 0) {
		*e = why;
		return -1;
	}
	if (!str_eq(b.data, "zfs\n"))
		return 0;
	return err_set(e, ERR_UNSUPPORTED,
	    "the image is a stream of ZFS, which the storage driver %s can't "
	    "receive",
	    framework_get(im->c->g->fw, FW_STORAGE));
}

static int
make_pot(struct import *im, struct err *e)
{
	struct create_input in = {
		.filesdir = -1, .out = -1, .err = -1, .fill_arg = im
	};
	auto_op struct op op = { .type = NULL };
	int rc = -1;

	in.fill = fill;
	im->in = &in;
	op_init(&op, im->c->g, &op_create, im->name.s, im->c->log);
	if (op_lock(&op, false, e) < 0)
		return -1;
	if (pot_exists(im->c->g, im->name.s))
		return err_set(
		    e, ERR_EXISTS, "pot %s: exists already", im->name.s);
	create_input_add(&in, xasprintf("jails/%s/m", im->name.s), NULL, NULL);
	log_info(im->c->log, "importing %s:%s as %s", im->files.ref.name,
	    im->files.ref.tag, im->name.s);
	rc = create_locked(&op, &in, e);
	create_input_fini(&in);
	return rc;
}

static int import_image(struct call *c, const struct image_ref *ref,
    const char *url, const char *key, unsigned depth, struct err *e);

/* What the image stands on, if it is not there yet. */
static int
import_origin(struct import *im, struct err *e)
{
	const struct image_meta *m = &im->files.meta;
	struct pot_name name;

	if (!m->has_origin)
		return 0;
	if (im->depth == ORIGINS_MAX)
		return err_set(e, ERR_LIMIT,
		    "more than %d images stand on each other", ORIGINS_MAX);
	if (image_ref_local(&m->origin, &name, e) < 0)
		return -1;
	if (pot_exists(im->c->g, name.s))
		return 0;
	return import_image(
	    im->c, &m->origin, im->url, im->key, im->depth + 1, e);
}

/* One image at a time of each name: its files are shared. */
static int
obtain(struct import *im, const struct image_ref *ref, struct err *e)
{
	static const struct op_type op_fetch = { .name = "fetch" };
	auto_op struct op op = { .type = NULL };
	auto_free char *object = xasprintf("@image-%s", im->name.s);

	op_init(&op, im->c->g, &op_fetch, object, im->c->log);
	if (op_lock(&op, false, e) < 0)
		return -1;
	return image_obtain(im->c, ref, im->url, im->key, &im->files, e);
}

static int
import_image(struct call *c, const struct image_ref *ref, const char *url,
    const char *key, unsigned depth, struct err *e)
{
	struct import im = { .c = c,
		.url = url,
		.key = key,
		.depth = depth,
		.files = IMAGE_FILES_INIT,
		.text = BUF_INIT(IMAGE_REPORT_MAX),
		.reportfd = -1 };
	int rc = -1;

	if (image_ref_local(ref, &im.name, e) < 0)
		return -1;
	if (pot_exists(c->g, im.name.s))
		return err_set(
		    e, ERR_EXISTS, "pot %s: exists already", im.name.s);
	if (obtain(&im, ref, e) == 0 && check_format(&im, e) == 0 &&
	    import_origin(&im, e) == 0)
		rc = make_pot(&im, e);
	buf_fini(&im.text);
	cleanup_close(&im.files.data);
	cleanup_close(&im.reportfd);
	if (rc < 0)
		return err_wrap(e, "import %s:%s", ref->name, ref->tag);
	return 0;
}

static int
check_policy(struct engine *g, const char *key, struct err *e)
{
	const char *policy = framework_get(g->fw, FW_UNSIGNED_IMAGES);
	bool accepts;

	if (str_bool("POT_UNSIGNED_IMAGES", policy, &accepts, e) < 0)
		return -1;
	if (key == NULL && !accepts)
		return err_set(e, ERR_DENIED,
		    "import: POT_UNSIGNED_IMAGES refuses images without "
		    "signature: name a public key (-C, or "
		    "POT_DEFAULT_SIGNATURE_PUBKEY)");
	return 0;
}

int
verb_import(struct call *c, struct err *e)
{
	const char *name, *tag, *key = request_get(c->req, "key");
	const char *url = request_get(c->req, "url");
	struct image_ref ref;

	if (key == NULL)
		key = framework_get(c->g->fw, FW_PUBKEY);
	if (key[0] == '\0')
		key = NULL;
	if (url == NULL)
		url = "file://";
	if (request_need(c->req, "image", &name, e) < 0 ||
	    request_need(c->req, "tag", &tag, e) < 0 ||
	    image_ref_parse(name, tag, &ref, e) < 0)
		return -1;
	if (url[0] == '\0')
		return err_set(e, ERR_USAGE, "import: an empty URL");
	if (check_policy(c->g, key, e) < 0)
		return -1;
	return import_image(c, &ref, url, key, 0, e);
}
