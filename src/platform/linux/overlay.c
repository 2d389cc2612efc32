/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlayfs by fsconfig(2): one call for each layer, so that a chain may be
 * as long as the kernel likes (500) and no path is quoted.  With a user
 * namespace each layer is mounted with its ids mapped first, since an
 * overlay as a whole can't be, and given by descriptor.
 *
 * Kernels that can't (lowerdir+ came with 6.7, layers by descriptor with
 * 6.13, detached ones with 6.15) say EINVAL, or to a descriptor EOPNOTSUPP;
 * for them there is overlay_work().
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"

/* fsconfig(2) takes no longer string. */
#define FS_STRING_MAX 255

/* With less than that available there may be no room for a directory. */
#define NEARLY_NOTHING ((uint64_t)64 << 10)

/* A layer by its path, or where that is too long by a descriptor's. */
static int
layer_path(int fsfd, const char *key, const char *path, struct err *e)
{
	auto_close int fd = -1;
	char text[32];

	if (strlen(path) <= FS_STRING_MAX)
		return fs_set(fsfd, path, key, path, e);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "%s: open", path);
	str_fmt(text, sizeof(text), "/proc/self/fd/%d", fd);
	return fs_set(fsfd, path, key, text, e);
}

static int
layers_by_path(int fsfd, const struct mount_entry *m, struct err *e)
{
	for (size_t i = 0; i < m->lower.n; i++) {
		if (layer_path(fsfd, "lowerdir+", m->lower.v[i], e) < 0)
			return -1;
	}
	if (m->upper == NULL)
		return 0;
	if (layer_path(fsfd, "upperdir", m->upper, e) < 0)
		return -1;
	return layer_path(fsfd, "workdir", m->work, e);
}

/* The upper and the work directory must be of one mount: that of the
 * directory both are below. */
int
overlay_map_upper(const struct mount_entry *m, const struct idmap *map,
    int *topfd, int *upperfd, int *workfd, struct err *e)
{
	auto_free char *top = xstrdup(m->upper);
	auto_close int tree = -1, upper = -1, work = -1;
	size_t n = 0, slash = 0;

	for (; top[n] != '\0' && top[n] == m->work[n]; n++) {
		if (top[n] == '/')
			slash = n;
	}
	top[slash] = '\0';
	if (bind_build(AT_FDCWD, slash > 0 ? top : "/", 0, 0, map, &tree, e) <
	    0)
		return -1;
	upper = openat(tree, m->upper + slash + 1, O_PATH | O_CLOEXEC);
	work = openat(tree, m->work + slash + 1, O_PATH | O_CLOEXEC);
	if (upper < 0 || work < 0)
		return err_sys(e, "%s", upper < 0 ? m->upper : m->work);
	*topfd = take_fd(&tree);
	*upperfd = take_fd(&upper);
	*workfd = take_fd(&work);
	return 0;
}

/* A detached mount is taken apart with its descriptor: these have to stay
 * until the overlay is made. */
struct mapped {
	int *fd;
	size_t n;
};

static void
mapped_fini(struct mapped *k)
{
	for (size_t i = 0; i < k->n; i++)
		(void)close(k->fd[i]);
	free(k->fd);
}

static int
layer_fd(int fsfd, const char *key, int fd, const char *path, struct err *e)
{
	if (fsconfig(fsfd, FSCONFIG_SET_FD, key, NULL, fd) < 0)
		return err_sys(e, "%s: %s", path, key);
	return 0;
}

static int
layers_mapped(int fsfd, const struct mount_entry *m, const struct idmap *map,
    struct mapped *k, struct err *e)
{
	auto_close int upper = -1, work = -1;

	k->fd = xcalloc(m->lower.n + 1, sizeof(*k->fd));
	for (; k->n < m->lower.n; k->n++) {
		const char *path = m->lower.v[k->n];
		int *fd = &k->fd[k->n];

		if (bind_build(AT_FDCWD, path, 0, 0, map, fd, e) < 0)
			return -1;
		if (layer_fd(fsfd, "lowerdir+", *fd, path, e) < 0) {
			(void)close(*fd);
			return -1;
		}
	}
	if (m->upper == NULL)
		return 0;
	if (overlay_map_upper(m, map, &k->fd[k->n], &upper, &work, e) < 0)
		return -1;
	k->n++;
	if (layer_fd(fsfd, "upperdir", upper, m->upper, e) < 0)
		return -1;
	return layer_fd(fsfd, "workdir", work, m->work, e);
}

int
overlay_build_new(const struct mount_entry *m, const struct strv *words,
    uint64_t attr, const struct idmap *map, int *fdp, struct err *e)
{
	__attribute__((cleanup(mapped_fini))) struct mapped k = { .n = 0 };
	auto_close int fsfd = -1;
	int rc;

	if (fs_open("overlay", &fsfd, e) < 0)
		return -1;
	rc = map != NULL ? layers_mapped(fsfd, m, map, &k, e) :
			   layers_by_path(fsfd, m, e);
	if (rc < 0 || fs_set_words(fsfd, "overlay", words, e) < 0)
		return -1;
	return fs_mount(fsfd, "overlay", attr, fdp, e);
}

static int
build(const struct mount_entry *m, const struct strv *words, uint64_t attr,
    const struct idmap *map, int *fdp, struct err *e)
{
	struct err old = ERR_INIT;

	if (map != NULL)
		return overlay_build_in_child(
		    m, words, attr, map, false, fdp, e);
	if (overlay_build_new(m, words, attr, NULL, fdp, e) == 0)
		return 0;
	if (e->sys != EINVAL)
		return -1;
	if (overlay_build_in_child(m, words, attr, NULL, true, fdp, &old) < 0) {
		/* Twice EINVAL: the first error tells more.  Otherwise it was
		 * but a kernel that does not know lowerdir+. */
		if (old.sys != EINVAL)
			*e = old;
		return -1;
	}
	err_clear(e);
	return 0;
}

/* Where the file system that PATH is on begins, as far as ".." tells. */
static void
cut_to_top(char *path)
{
	struct stat st, up;
	char *slash;

	if (stat(path, &st) < 0)
		return;
	while ((slash = strrchr(path, '/')) != NULL && slash != path) {
		*slash = '\0';
		if (stat(path, &up) == 0 && up.st_dev == st.st_dev)
			continue;
		*slash = '/';
		return;
	}
}

/*
 * Overlayfs makes a directory in its work directory; if it can't, there is no
 * error, but everything is read-only, and who writes later is told a thing
 * that is not so.
 */
static int
check_writable(const struct mount_entry *m, int fd, struct err *e)
{
	auto_free char *top = xstrdup(m->upper);
	struct statvfs now, fs;

	if (fstatvfs(fd, &now) < 0)
		return err_sys(e, "%s: overlay", m->upper);
	if ((now.f_flag & ST_RDONLY) == 0)
		return 0;
	if (statvfs(m->work, &fs) < 0)
		return err_sys(e, "%s", m->work);
	cut_to_top(top);
	errno = EROFS;
	if ((fs.f_flag & ST_RDONLY) == 0 &&
	    (fs.f_bavail * fs.f_frsize < NEARLY_NOTHING ||
		(fs.f_files > 0 && fs.f_ffree == 0)))
		errno = ENOSPC;
	return err_sys(e, "file system %s: overlay", top);
}

int
overlay_build(const struct mount_entry *m, const struct strv *words,
    uint64_t attr, const struct idmap *map, int *fdp, struct err *e)
{
	auto_close int fd = -1;

	if (build(m, words, attr, map, &fd, e) < 0)
		return -1;
	if (m->upper != NULL && (attr & MOUNT_ATTR_RDONLY) == 0 &&
	    check_writable(m, fd, e) < 0)
		return -1;
	*fdp = take_fd(&fd);
	return 0;
}
