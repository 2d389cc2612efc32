/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in an image becomes a pot.  What it says of itself was read again by
 * a worker; what would act on the host, hooks and mounts, goes to
 * conf/untrusted and does nothing until pot trust.
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
#include "engine/import.h"
#include "engine/volumes.h"
#include "model/family.h"

#define REPORT_FILE   ".report"
#define DEVFS_KEY     "pot.attr.devfs_ruleset"
#define DEVFS_DEFAULT "4"

/* What does not come along: addresses and names of another host, and which
 * devices of this one are seen, which an image has no say in. */
static const char dropped_keys[] =
    "host.hostname ip pot.attr.to-be-pruned pot.potbase " DEVFS_KEY;

static int
open_report(struct import *im, int dir, struct err *e)
{
	im->reportfd = openat(dir, REPORT_FILE,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (im->reportfd < 0 || unlinkat(dir, REPORT_FILE, 0) < 0)
		return err_sys(e, "%s", REPORT_FILE);
	return 0;
}

static int
unpack_into(int rootfd, void *arg, struct err *e)
{
	auto_free char *job = NULL;
	struct import *im = arg;
	uint64_t max;

	if (image_max(im->c->g, &max, e) < 0)
		return -1;
	job = xasprintf("unpack %llu", (unsigned long long)max);
	return image_unpack(im->c->g, job,
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

	if (open_report(im, potdir, e) < 0)
		return -1;
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
	if (lseek(im->reportfd, 0, SEEK_SET) < 0)
		return err_sys(e, "report");
	if (io_read_all(im->reportfd, &im->text, "report", e) < 0)
		return -1;
	return image_report_parse(im->text.data, im->text.len, &im->report, e);
}

/* OS is empty if nobody knows. */
static int
check_os(struct import *im, const char *os, struct err *e)
{
	struct host_facts host;

	if (im->c->g->platform->host->facts(&host, e) < 0)
		return -1;
	if (str_eq(os, host.os))
		return 0;
	return err_set(e, ERR_UNSUPPORTED,
	    "the image is one of %s, which this host (%s) can't run; a host "
	    "of that system can",
	    os[0] == '\0' ? "an unknown system" : os, host.os);
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
	im->in.conf = conf_new();
	for (size_t i = 0; conf_line(c, i, &key, &value); i++)
		if (!str_has_word(dropped_keys, key))
			conf_add(im->in.conf, key, value);
	create_hostname(im->c->g, im->name.s, hostname);
	quoted = xasprintf("\"%s\"", hostname);
	conf_set(im->in.conf, "host.hostname", quoted);
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

/* What the report has goes into the pot, conf/ of which is new. */
static int
take_report(struct import *im, int pot, struct err *e)
{
	auto_close int conf = -1;
	struct image_label l = { .tag = "" };

	if (dir_open(pot, "conf", &conf, e) < 0 || fill_conf(im, e) < 0 ||
	    put_untrusted(im, conf, e) < 0)
		return -1;
	if (im->report.file[IMAGE_RESOLV_CONF].data != NULL &&
	    put_file(conf, IMAGE_RESOLV_CONF, &im->report, e) < 0)
		return -1;
	(void)str_copy(l.image, im->files.ref.name, sizeof(l.image));
	(void)str_copy(l.tag, im->files.ref.tag, sizeof(l.tag));
	(void)str_copy(l.snapshot, im->report.snapshot, sizeof(l.snapshot));
	return image_label_write(im->c->g, im->name.s, pot, &l, e);
}

static int
open_pot(struct op *op, int *fdp, struct err *e)
{
	int jails;

	if (engine_dir(op->g, DIR_JAILS, &jails, e) < 0)
		return -1;
	return dir_open(jails, op->object, fdp, e);
}

static int
take_archive(struct op *op, struct create_input *in, struct err *e)
{
	struct import *im = in->arg;
	auto_close int pot = -1;

	if (open_pot(op, &pot, e) < 0 || unpack_tree_of(im, pot, e) < 0 ||
	    read_report(im, e) < 0 || check_os(im, im->report.os, e) < 0)
		return -1;
	if (im->report.left_out > 0)
		log_warn(im->c->log,
		    "%s: device nodes and sockets of the image: %llu left out",
		    im->name.s, (unsigned long long)im->report.left_out);
	(void)str_copy(in->snapshot, im->report.snapshot, sizeof(in->snapshot));
	return take_report(im, pot, e);
}

/* What is open in the pot's directory would be in the way of the undo. */
static int
close_report(struct import *im, int rc)
{
	cleanup_close(&im->reportfd);
	return rc;
}

int
import_archive(struct op *op, struct create_input *in, struct err *e)
{
	return close_report(in->arg, take_archive(op, in, e));
}

int
import_receive(struct op *op, struct create_input *in, struct err *e)
{
	const struct import *im = in->arg;

	return image_receive(op->g, im->name.s, im->files.data, e);
}

/* A stream does not say of which system it is. */
static int
check_tree(struct import *im, int pot, struct err *e)
{
	auto_close int root = -1;
	const char *os;

	if (dir_open(pot, "m", &root, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		return err_set(e, ERR_CORRUPT,
		    "the image is not of a single pot: it has no root");
	}
	os = family_detect(root)->os;
	return os[0] == '\0' ? 0 : check_os(im, os, e);
}

/* Nothing but the volume stays of what the sender had in the directory. */
static int
empty_pot(int pot, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	auto_close int conf = -1;

	if (dir_list(pot, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (!str_eq(names.v[i], "m") &&
		    tree_remove(pot, names.v[i], e) < 0)
			return -1;
	return dir_make_open(pot, "conf", 0755, &conf, e);
}

/* The newest snapshot of what was received, which others may stand on. */
static int
find_snapshot(struct import *im, struct err *e)
{
	auto_free char *volume = xasprintf("jails/%s/m", im->name.s);
	auto_strv struct strv names = STRV_INIT;
	struct storage *s;

	if (engine_storage(im->c->g, &s, e) < 0 ||
	    storage_snapshots(s, volume, &names, e) < 0)
		return -1;
	if (names.n > 0)
		(void)str_copy(im->report.snapshot, names.v[names.n - 1],
		    sizeof(im->report.snapshot));
	return 0;
}

static int
take_stream(struct op *op, struct create_input *in, struct err *e)
{
	struct import *im = in->arg;
	auto_close int pot = -1, conf = -1;

	if (open_pot(op, &pot, e) < 0 || check_tree(im, pot, e) < 0)
		return -1;
	if (dir_open(pot, "conf", &conf, e) < 0)
		return err_wrap(e, "the image");
	/* Beside conf/ of the sender, which may have anything. */
	if (open_report(im, conf, e) < 0 ||
	    image_unpack(im->c->g, "conf",
		(int[]){ conf, -1, -1, -1, im->reportfd }, 5, NULL, e) < 0 ||
	    read_report(im, e) < 0 || empty_pot(pot, e) < 0 ||
	    find_snapshot(im, e) < 0)
		return -1;
	return take_report(im, pot, e);
}

int
import_stream(struct op *op, struct create_input *in, struct err *e)
{
	return close_report(in->arg, take_stream(op, in, e));
}

int
import_settle(struct op *op, struct create_input *in, struct err *e)
{
	auto_free char *pot = xasprintf("jails/%s", op->object);
	struct storage *s;

	(void)in;
	return engine_storage(op->g, &s, e) < 0 ? -1 :
						  storage_resnap_pot(s, pot, e);
}
