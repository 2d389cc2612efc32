/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk.  Names lie in one array used as a stack: a frame's part holds
 * its sub-directories that were not entered yet, behind those of its
 * parents.
 */
#include "base/tree_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/tree_os.h"
#include "base/xmalloc.h"

#define DIR_FLAGS  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
#define TYPE_BASE  1   /* added to a type, so that it is no NUL */
#define PATH_SHOWN 300 /* of a path in an error text */

struct frame {
	dev_t dev;
	ino_t ino;
	size_t name;  /* its own name, in its parent's part */
	size_t names; /* where its part begins */
	size_t next;  /* the sub-directory to enter next */
};

struct tree_walk {
	const struct tree_visitor *v;
	int fd;		/* of the last frame */
	uint64_t mount; /* what the walk does not leave */
	struct frame *frame;
	size_t n, cap;
	char *names;
	size_t names_len, names_cap;
};

static size_t
add_name(struct tree_walk *w, const char *name)
{
	size_t at = w->names_len, size = strlen(name) + 1;

	while (at + size > w->names_cap) {
		w->names_cap = w->names_cap != 0 ? w->names_cap * 2 : 4096;
		w->names = xreallocarray(w->names, w->names_cap, 1);
	}
	memcpy(w->names + at, name, size);
	w->names_len += size;
	return at;
}

static void
add_frame(struct tree_walk *w, const struct stat *st, size_t name)
{
	if (w->n == w->cap) {
		w->cap = w->cap != 0 ? w->cap * 2 : 64;
		w->frame = xreallocarray(w->frame, w->cap, sizeof(*w->frame));
	}
	w->frame[w->n++] = (struct frame){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.name = name,
		.names = w->names_len,
		.next = w->names_len,
	};
}

size_t
tree_walk_path(
    const struct tree_walk *w, const char *name, char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 1; i <= w->n; i++) {
		const char *part =
		    i < w->n ? w->names + w->frame[i].name : name;
		size_t room = len < size ? size - len : 0;

		if (part[0] == '\0')
			continue;
		len += (size_t)snprintf(room > 0 ? out + len : NULL, room,
		    "%s%s", len > 0 ? "/" : "", part);
	}
	if (len == 0 && size > 0)
		out[0] = '\0';
	return len;
}

/* The path with the top's name, for people. */
static void
show_path(const struct tree_walk *w, const char *name, char out[PATH_SHOWN])
{
	char path[PATH_SHOWN];

	if (tree_walk_path(w, name, path, sizeof(path)) >= sizeof(path))
		memcpy(path + sizeof(path) - 4, "...", 4);
	(void)str_quote(out, PATH_SHOWN, path);
}

static int
refuse_mount(const struct tree_walk *w, const char *name, struct err *e)
{
	char shown[PATH_SHOWN];

	show_path(w, name, shown);
	return err_set(
	    e, ERR_BUSY, "%s: a file system is mounted on %s", w->names, shown);
}

/* Add "top/path/of/directory: " to what went wrong there. */
static int
wrap_path(const struct tree_walk *w, struct err *e)
{
	char shown[PATH_SHOWN];

	if (w->n == 0)
		return -1;
	show_path(w, "", shown);
	return err_wrap(
	    e, "%s%s%s", w->names, shown[0] != '\0' ? "/" : "", shown);
}

/* While a directory is read each name has its type before it. */
static void
add_entry(struct tree_walk *w, const struct dirent *ent)
{
	char text[sizeof(ent->d_name) + 2];

	text[0] = (char)(ent->d_type + TYPE_BASE);
	(void)str_copy(text + 1, ent->d_name, sizeof(text) - 1);
	(void)add_name(w, text);
}

static int
read_names(struct tree_walk *w, struct err *e)
{
	auto_close int fd = fcntl(w->fd, F_DUPFD_CLOEXEC, 0);
	auto_closedir DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *ent;

	if (d == NULL)
		return err_sys(e, "open directory");
	(void)take_fd(&fd);
	while (errno = 0, (ent = readdir(d)) != NULL) {
		if (!str_eq(ent->d_name, ".") && !str_eq(ent->d_name, ".."))
			add_entry(w, ent);
	}
	/* ENOENT: the directory itself was removed. */
	if (errno != 0 && errno != ENOENT)
		return err_sys(e, "read directory");
	return 0;
}

/* Look at one entry of a type (of d_type) and visit it: 1 if it is to be
 * entered. */
static int
visit_name(
    struct tree_walk *w, const char *name, unsigned char type, struct err *e)
{
	struct tree_entry en = { .walk = w, .dirfd = w->fd, .name = name };
	uint64_t mount = w->mount;
	int rc;

	if (w->v->wants_types_only && type != DT_UNKNOWN && type != DT_DIR)
		en.st.st_mode = (mode_t)DTTOIF(type);
	else if (tree_os_stat(w->fd, name, &en.st, &mount) < 0) {
		if (errno == ENOENT)
			return 0;
		(void)err_sys(e, "%s: stat", name);
		return wrap_path(w, e);
	}
	en.is_mount = mount != w->mount;
	if (en.is_mount && w->v->refuses_mounts)
		return refuse_mount(w, name, e);
	rc = w->v->visit(w->v->arg, &en, e);
	if (rc < 0)
		return wrap_path(w, e);
	return rc == 1 && S_ISDIR(en.st.st_mode) && !en.is_mount ? 1 : 0;
}

/* Visit all in the directory that was just opened; keep what to enter. */
static int
scan(struct tree_walk *w, struct err *e)
{
	size_t begin = w->names_len, kept = begin, end;

	if (read_names(w, e) < 0)
		return wrap_path(w, e);
	end = w->names_len;
	for (size_t i = begin, size; i < end; i += size) {
		const char *name = w->names + i + 1;
		int rc = visit_name(
		    w, name, (unsigned char)(w->names[i] - TYPE_BASE), e);

		if (rc < 0)
			return -1;
		size = strlen(name) + 2;
		if (rc == 1) {
			memmove(w->names + kept, w->names + i + 1, size - 1);
			kept += size - 1;
		}
	}
	w->names_len = kept;
	return 0;
}

/* What open(2) says of a name that was a directory when it was visited. */
static bool
means_vanished(int sys)
{
	return sys == ENOENT || sys == ENOTDIR || sys == ELOOP || sys == EMLINK;
}

/* Enter the directory at NAME of the names, seen from DIRFD. */
static int
enter(struct tree_walk *w, int dirfd, size_t at, struct err *e)
{
	const char *name = w->names + at;
	auto_close int fd = openat(dirfd, name, DIR_FLAGS);
	struct stat st;
	uint64_t mount;

	if (fd < 0 && w->n > 0 && means_vanished(errno))
		return 0;
	if (fd < 0 || tree_os_stat(fd, "", &st, &mount) < 0) {
		(void)err_sys(e, "%s: open directory", name);
		return wrap_path(w, e);
	}
	if (mount != w->mount && (w->n == 0 || w->v->refuses_mounts))
		return refuse_mount(w, name, e);
	if (mount != w->mount)
		return 0; /* mounted since it was visited */
	if (w->v->depth_max != 0 && w->n >= w->v->depth_max) {
		(void)err_set(e, ERR_LIMIT, "more than %zu directories deep",
		    w->v->depth_max);
		return wrap_path(w, e);
	}
	if (w->v->enter != NULL && w->v->enter(w->v->arg, fd, name, e) < 0)
		return wrap_path(w, e);
	cleanup_close(&w->fd);
	w->fd = take_fd(&fd);
	add_frame(w, &st, at);
	return scan(w, e);
}

/* Go up to the parent of the last frame, the directory that it was. */
static int
open_parent(struct tree_walk *w, struct err *e)
{
	const struct frame *parent = &w->frame[w->n - 2];
	auto_close int fd = openat(w->fd, "..", DIR_FLAGS);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "..: open directory");
	if (st.st_dev != parent->dev || st.st_ino != parent->ino)
		return err_set(e, ERR_BUSY, "was moved meanwhile");
	cleanup_close(&w->fd);
	w->fd = take_fd(&fd);
	return 0;
}

/* The directory of frame I, looked for in DIRFD, its parent. */
static int
open_frame(const struct tree_walk *w, size_t i, int dirfd)
{
	const struct frame *f = &w->frame[i];
	auto_close int fd = openat(dirfd, w->names + f->name, DIR_FLAGS);
	struct stat st;
	uint64_t mount;

	if (fd < 0 || tree_os_stat(fd, "", &st, &mount) < 0 ||
	    st.st_dev != f->dev || st.st_ino != f->ino || mount != w->mount)
		return -1;
	return take_fd(&fd);
}

/*
 * The last frame's parent is not above it any more, or can't be reached from
 * there: go down from the top again, as far as all is where it was, and forget
 * the frames below that.
 */
static int
find_again(struct tree_walk *w, int dirfd, struct err *e)
{
	auto_close int fd = open_frame(w, 0, dirfd);
	size_t found = 1;

	if (fd < 0)
		return err_set(e, ERR_BUSY, "was moved meanwhile");
	for (; found < w->n - 1; found++) {
		int next = open_frame(w, found, fd);

		if (next < 0)
			break;
		cleanup_close(&fd);
		fd = next;
	}
	if (found < w->n - 1 && !w->v->accepts_moves)
		return err_set(e, ERR_BUSY, "was moved meanwhile");
	for (; w->n - 1 > found; w->n--)
		if (w->v->leave != NULL && w->v->leave(w->v->arg, -1, e) < 0)
			return -1;
	cleanup_close(&w->fd);
	w->fd = take_fd(&fd);
	return 0;
}

static int
go_up(struct tree_walk *w, int dirfd, struct err *e)
{
	if (!w->v->is_confined) {
		if (open_parent(w, e) == 0)
			return 0;
		if (!w->v->accepts_moves)
			return -1;
		err_clear(e);
	}
	return find_again(w, dirfd, e);
}

/* The last frame is done.  DIRFD is the directory that holds the top. */
static int
leave(struct tree_walk *w, int dirfd, struct err *e)
{
	const struct frame *f;

	if (w->v->leave != NULL && w->v->leave(w->v->arg, w->fd, e) < 0)
		return wrap_path(w, e);
	if (w->n > 1 && go_up(w, dirfd, e) < 0)
		return wrap_path(w, e);
	f = &w->frame[w->n - 1];
	w->names_len = f->names;
	w->n--;
	if (w->n == 0)
		cleanup_close(&w->fd);
	if (w->v->after != NULL &&
	    w->v->after(
		w->v->arg, w->n > 0 ? w->fd : dirfd, w->names + f->name, e) < 0)
		return wrap_path(w, e);
	return 0;
}

static int
walk_all(struct tree_walk *w, int dirfd, struct err *e)
{
	if (enter(w, dirfd, 0, e) < 0)
		return -1;
	while (w->n > 0) {
		struct frame *f = &w->frame[w->n - 1];
		size_t at = f->next;

		if (at == w->names_len) {
			if (leave(w, dirfd, e) < 0)
				return -1;
			continue;
		}
		f->next += strlen(w->names + at) + 1;
		if (enter(w, w->fd, at, e) < 0)
			return -1;
	}
	return 0;
}

int
tree_walk(
    int dirfd, const char *name, const struct tree_visitor *v, struct err *e)
{
	struct tree_walk w = { .v = v, .fd = -1 };
	struct tree_entry en = { .walk = &w, .dirfd = dirfd, .name = name };
	int rc;

	if (tree_os_stat(dirfd, name, &en.st, &w.mount) < 0)
		return err_sys(e, "%s: stat", name);
	rc = v->visit(v->arg, &en, e);
	if (rc <= 0 || !S_ISDIR(en.st.st_mode))
		return rc < 0 ? -1 : 0;
	(void)add_name(&w, name);
	rc = walk_all(&w, dirfd, e);
	cleanup_close(&w.fd);
	free(w.frame);
	free(w.names);
	return rc;
}
