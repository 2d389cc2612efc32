/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlayfs in a child that shares our descriptors, so that it can leave the
 * mount in one of them: with mapped ids, because the child becomes another
 * user of file systems for it; and by mount(2), for kernels before 6.7, and
 * before 6.15 with mapped ids.  Such a mount has to be made at some place, in
 * a mount namespace of the child's own, and what is left is a detached copy.
 *
 * All layers are named by descriptors below /proc/self/fd, which keeps the
 * option string short (mount(2) takes a page) and free of quoting.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "platform/linux/cell.h"
#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"
#include "platform/linux/work.h"

#define MOUNT_DATA_MAX 4095
#define FD_DIR	       "/proc/self/fd"

struct overlay_job {
	const struct mount_entry *m;
	const struct strv *words;
	uint64_t attr;
	const struct idmap *map;
	bool is_old;
	int slot; /* descriptor that becomes the mount */
};

/* Descriptors of the layers.  The child shares our table, and must close
 * what it opens. */
struct layers {
	struct buf options;
	int fd[512];
	size_t n;
};

static void
layers_fini(struct layers *l)
{
	for (size_t i = 0; i < l->n; i++)
		(void)close(l->fd[i]);
	buf_fini(&l->options);
}

static int
layers_keep(struct layers *l, int fd, struct err *e)
{
	if (l->n == COUNT_OF(l->fd)) {
		(void)close(fd);
		return err_set(e, ERR_LIMIT, "overlay: more than %zu layers",
		    COUNT_OF(l->fd));
	}
	l->fd[l->n++] = fd;
	return 0;
}

/* A mapped layer counts only where it is mounted: on itself. */
static int
layer_open(struct layers *l, const char *path, const struct idmap *map,
    int *fdp, struct err *e)
{
	int fd;

	if (map == NULL) {
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return err_sys(e, "%s", path);
	} else {
		if (bind_build(AT_FDCWD, path, 0, 0, map, &fd, e) < 0)
			return -1;
		/* The last name may be a link, as open_tree(2) had it. */
		if (move_mount(fd, "", AT_FDCWD, path,
			MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) < 0) {
			err_sys(e, "%s: mount", path);
			(void)close(fd);
			return -1;
		}
	}
	*fdp = fd;
	return layers_keep(l, fd, e);
}

static int
upper_open(struct layers *l, const struct overlay_job *o, int *upper, int *work,
    struct err *e)
{
	const struct mount_entry *m = o->m;
	int top;

	if (o->map == NULL) {
		if (layer_open(l, m->upper, NULL, upper, e) < 0)
			return -1;
		return layer_open(l, m->work, NULL, work, e);
	}
	if (overlay_map_upper(m, o->map, &top, upper, work, e) < 0)
		return -1;
	if (layers_keep(l, top, e) < 0 || layers_keep(l, *upper, e) < 0 ||
	    layers_keep(l, *work, e) < 0)
		return -1;
	/* Anywhere will do: it is used by its descriptors. */
	if (move_mount(top, "", AT_FDCWD, m->work, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(e, "%s: mount", m->work);
	return 0;
}

static int
options_make(struct layers *l, const struct overlay_job *o, struct err *e)
{
	int upper, work, fd;

	if (o->m->upper != NULL) {
		if (upper_open(l, o, &upper, &work, e) < 0)
			return -1;
		buf_add_fmt(
		    &l->options, "upperdir=%d,workdir=%d,", upper, work);
	}
	buf_add_str(&l->options, "lowerdir=");
	for (size_t i = 0; i < o->m->lower.n; i++) {
		if (layer_open(l, o->m->lower.v[i], o->map, &fd, e) < 0)
			return -1;
		buf_add_fmt(&l->options, "%s%d", i > 0 ? ":" : "", fd);
	}
	for (size_t i = 0; i < o->words->n; i++)
		buf_add_fmt(&l->options, ",%s", o->words->v[i]);
	return buf_check(&l->options, "overlay: options", e);
}

static int
old_mount(const struct overlay_job *o, struct layers *l, struct err *e)
{
	/* It covers a layer here, and is seen only by its copy. */
	const char *at = o->m->lower.v[0];
	struct mount_attr private = { .propagation = MS_PRIVATE };
	auto_close int fd = -1;

	if (mount_setattr(
		AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof(private)) < 0)
		return err_sys(e, "mount namespace: make private");
	if (options_make(l, o, e) < 0)
		return -1;
	if (chdir(FD_DIR) < 0)
		return err_sys(e, FD_DIR);
	if (mount("overlay", at, "overlay", 0, l->options.data) < 0)
		return err_sys(e, "overlay: %s", l->options.data);
	if (bind_build(AT_FDCWD, at, 0, o->attr, NULL, &fd, e) < 0)
		return -1;
	if (dup3(fd, o->slot, O_CLOEXEC) < 0)
		return err_sys(e, "overlay: descriptor");
	return 0;
}

static int
old_build(const struct overlay_job *o, struct err *e)
{
	struct layers l = { .options = BUF_INIT(MOUNT_DATA_MAX) };
	int rc;

	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(e, "mount namespace");
	rc = old_mount(o, &l, e);
	layers_fini(&l);
	return rc;
}

/* What the overlay does to its layers it does as its maker: mapped files
 * have to be made by the pot's root. */
static int
overlay_work(void *arg, struct err *e)
{
	const struct overlay_job *o = arg;
	auto_close int fd = -1;

	if (o->map != NULL && userns_take_fsids(o->map->first, e) < 0)
		return -1;
	if (o->is_old)
		return old_build(o, e);
	if (overlay_build_new(o->m, o->words, o->attr, o->map, &fd, e) < 0) {
		if (e->sys != EINVAL && e->sys != EOPNOTSUPP)
			return -1;
		err_clear(e);
		return old_build(o, e);
	}
	if (dup3(fd, o->slot, O_CLOEXEC) < 0)
		return err_sys(e, "overlay: descriptor");
	return 0;
}

int
overlay_build_in_child(const struct mount_entry *m, const struct strv *words,
    uint64_t attr, const struct idmap *map, bool is_old, int *fdp,
    struct err *e)
{
	auto_close int slot = open("/", O_PATH | O_CLOEXEC);
	struct overlay_job o = { .m = m,
		.words = words,
		.attr = attr,
		.map = map,
		.is_old = is_old,
		.slot = slot };

	if (slot < 0)
		return err_sys(e, "/");
	if (work_in_child(CLONE_FILES, overlay_work, &o, e) < 0)
		return -1;
	*fdp = take_fd(&slot);
	return 0;
}
