/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb trust: what an import put aside, hooks and mounts of the image,
 * becomes the pot's own.  A hook that the pot has by now stays; each file
 * moves by one rename, so whatever kills this, running it again completes it.
 */
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/change.h"
#include "engine/hooks.h"
#include "engine/image.h"
#include "image/report.h"
#include "model/fscomp.h"

static int
trust_hook(struct change *c, int dir, enum hook h, struct err *e)
{
	const char *name = hook_file(h);

	if (!file_exists(dir, name))
		return 0;
	if (file_exists(c->pot->confdir, name)) {
		log_warn(c->log, "%s: has a %s already, the image's is dropped",
		    c->pot->name.s, name);
		return file_remove(dir, name, e);
	}
	log_info(c->log, "%s: %s of the image is run from now on",
	    c->pot->name.s, name);
	return file_rename(dir, name, c->pot->confdir, name, FILE_F_SYNC, e);
}

static int
trust_mounts(struct change *c, int dir, struct err *e)
{
	const char *name = image_conf_name(IMAGE_FSCOMP_CONF);
	auto_free char *root = xasprintf("%s/m", c->pot->path);
	auto_fscomp struct fscomp f = FSCOMP_INIT;

	if (!file_exists(dir, name))
		return 0;
	if (fscomp_read(dir, name, root, &f, e) < 0)
		return -1;
	for (size_t i = 0; i < f.n; i++) {
		if (fscomp_find_target(&c->pot->fscomp, f.v[i].target) >= 0)
			continue;
		log_info(c->log, "%s: %s is mounted on %s from now on",
		    c->pot->name.s, f.v[i].source, f.v[i].target);
		fscomp_add(&c->pot->fscomp, f.v[i].source, f.v[i].target,
		    f.v[i].option);
	}
	if (fscomp_write(&c->pot->fscomp, c->pot->confdir, FILE_F_SYNC, e) < 0)
		return -1;
	return file_remove(dir, name, e);
}

int
change_trust(struct change *c, struct err *e)
{
	auto_close int dir = -1;

	if (dir_open(c->pot->confdir, IMAGE_UNTRUSTED, &dir, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		log_info(
		    c->log, "%s: there is nothing to trust", c->pot->name.s);
		return 0;
	}
	for (int h = 0; h < HOOK_COUNT; h++)
		if (trust_hook(c, dir, (enum hook)h, e) < 0)
			return -1;
	if (trust_mounts(c, dir, e) < 0)
		return -1;
	return tree_remove(c->pot->confdir, IMAGE_UNTRUSTED, e);
}
