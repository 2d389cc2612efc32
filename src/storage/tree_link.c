/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One directory of each tree is open at a time; the way back is "..",
 * checked by device and inode, so depth costs no descriptors.
 */
#include "storage/tree_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "storage/attrs.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* A directory on the way down: what of it is still to be done. */
struct frame {
	struct strv names;
	size_t next;
	struct stat from, to;
};

struct walk {
	int from, to; /* the open directories */
	struct frame *v;
	size_t n, cap;
};

static void
walk_fini(struct walk *w)
{
	while (w->n > 0)
		strv_fini(&w->v[--w->n].names);
	free(w->v);
	cleanup_close(&w->from);
	cleanup_close(&w->to);
}

/* Begin with the directories that were just opened. */
static int
push(struct walk *w, struct err *e)
{
	struct frame *f;

	if (w->n == TREE_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "directories: more than %d levels",
		    TREE_DEPTH_MAX);
	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 16 : 2 * w->cap;
		w->v = xreallocarray(w->v, w->cap, sizeof(w->v[0]));
	}
	f = &w->v[w->n++];
	*f = (struct frame){ .names = STRV_INIT };
	if (fstat(w->from, &f->from) < 0 || fstat(w->to, &f->to) < 0)
		return err_sys(e, "stat");
	return dir_list(w->from, &f->names, e);
}

/* *FDP becomes its parent, which has to be the directory of ST. */
static int
ascend(int *fdp, const struct stat *st, struct err *e)
{
	auto_close int up = openat(*fdp, "..", DIR_FLAGS);
	struct stat found;

	if (up < 0 || fstat(up, &found) < 0)
		return err_sys(e, "..");
	if (found.st_dev != st->st_dev || found.st_ino != st->st_ino)
		return err_set(e, ERR_BUSY, "a directory was moved");
	cleanup_close(fdp);
	*fdp = take_fd(&up);
	return 0;
}

/* The topmost directory is complete: its times are the last thing set. */
static int
pop(struct walk *w, struct err *e)
{
	if (attrs_copy(w->from, w->to, e) < 0)
		return -1;
	strv_fini(&w->v[--w->n].names);
	if (w->n == 0)
		return 0;
	if (ascend(&w->from, &w->v[w->n - 1].from, e) < 0)
		return -1;
	return ascend(&w->to, &w->v[w->n - 1].to, e);
}

/* The file NAME, or a whiteout, takes the place of what is there. */
static int
link_file(const struct walk *w, const char *name, struct err *e)
{
	if (linkat(w->from, name, w->to, name, 0) == 0)
		return 0;
	if (errno == EEXIST) {
		if (tree_remove(w->to, name, e) < 0)
			return -1;
		if (linkat(w->from, name, w->to, name, 0) == 0)
			return 0;
	}
	/* Too many links, or a file whose flags forbid one more. */
	if (errno == EMLINK || errno == EPERM)
		return tree_copy(w->from, name, w->to, name, 0, e);
	return err_sys(e, "%s: link", name);
}

/* Make or join the directory NAME, and go there. */
static int
enter_dir(struct walk *w, const char *name, struct err *e)
{
	auto_close int from = openat(w->from, name, DIR_FLAGS), to = -1;
	bool is_opaque, is_replacing = false;
	struct stat st;

	if (from < 0)
		return err_sys(e, "%s: open", name);
	if (attrs_is_opaque(from, &is_opaque, e) < 0)
		return err_wrap(e, "%s", name);
	if (fstatat(w->to, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (is_opaque || !S_ISDIR(st.st_mode))) {
		if (tree_remove(w->to, name, e) < 0)
			return -1;
		is_replacing = true;
	}
	if (mkdirat(w->to, name, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "%s: make", name);
	to = openat(w->to, name, DIR_FLAGS);
	if (to < 0)
		return err_sys(e, "%s: open", name);
	if ((is_opaque || is_replacing) && attrs_set_opaque(to, e) < 0)
		return err_wrap(e, "%s", name);
	cleanup_close(&w->from);
	cleanup_close(&w->to);
	w->from = take_fd(&from);
	w->to = take_fd(&to);
	return push(w, e);
}

static int
step(struct walk *w, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(w->from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "%s: stat", name);
	return S_ISDIR(st.st_mode) ? enter_dir(w, name, e) :
				     link_file(w, name, e);
}

int
tree_link_over(int fromfd, int tofd, struct err *e)
{
	__attribute__((cleanup(walk_fini))) struct walk w = {
		.from = openat(fromfd, ".", DIR_FLAGS),
		.to = openat(tofd, ".", DIR_FLAGS),
	};

	if (w.from < 0 || w.to < 0)
		return err_sys(e, "open");
	if (push(&w, e) < 0)
		return -1;
	while (w.n > 0) {
		struct frame *f = &w.v[w.n - 1];
		int r = f->next < f->names.n ?
		    step(&w, f->names.v[f->next++], e) :
		    pop(&w, e);

		if (r < 0)
			return -1;
	}
	return 0;
}

int
tree_link(int fromfd, int todir, const char *toname, struct err *e)
{
	auto_close int to = -1;

	if (mkdirat(todir, toname, 0700) < 0)
		return err_sys(e, "%s: make", toname);
	to = openat(todir, toname, DIR_FLAGS);
	if (to < 0)
		return err_sys(e, "%s: open", toname);
	return tree_link_over(fromfd, to, e);
}
