/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlayfs by fsconfig(2): one call for each layer, so that a chain may be
 * as long as the kernel likes (500) and no path is quoted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"

/* fsconfig(2) takes no longer string. */
#define FS_STRING_MAX 255

/* A layer by its path, or where that is too long by a descriptor's. */
static int
layer_set(int fsfd, const char *key, const char *path, struct err *e)
{
	auto_close int fd = -1;
	char text[32];

	if (strlen(path) <= FS_STRING_MAX)
		return fs_set(fsfd, path, key, path, e);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "%s: open", path);
	(void)snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	return fs_set(fsfd, path, key, text, e);
}

int
overlay_build(const struct mount_entry *m, const struct strv *words,
    uint64_t attr, int userns, int *fdp, struct err *e)
{
	auto_close int fsfd = -1;

	if (userns >= 0)
		return err_set(e, ERR_UNSUPPORTED, "overlay: user namespace");
	if (fs_open("overlay", &fsfd, e) < 0)
		return -1;
	for (size_t i = 0; i < m->lower.n; i++) {
		if (layer_set(fsfd, "lowerdir+", m->lower.v[i], e) < 0)
			return -1;
	}
	if (m->upper != NULL &&
	    (layer_set(fsfd, "upperdir", m->upper, e) < 0 ||
		layer_set(fsfd, "workdir", m->work, e) < 0))
		return -1;
	if (fs_set_words(fsfd, "overlay", words, e) < 0)
		return -1;
	return fs_mount(fsfd, "overlay", attr, fdp, e);
}
