/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * copy-in and copy-out (reference 2.5).  The copying is done by us, by
 * descriptors below the pot's root, in a process that sees the pot's tree:
 * no program of the pot runs, and no link in it leads out.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/change.h"
#include "engine/view.h"

struct copy {
	int hostdir;	      /* holds the host's side */
	const char *hostname; /* its last component */
	const char *path;     /* in the pot, absolute */
	bool parents;
	unsigned flags;
	struct cell_ids pot; /* filled when the tree is there */
};

static bool
is_dir_at(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

/*
 * Put FROM/NAME into TO under TONAME as cp -a would: a directory onto a
 * directory is merged, a file replaces a file by rename, so that a link
 * the guest puts there is replaced and not written through.
 */
static int
copy_onto(const struct copy *c, const struct tree_ids *ids, int from,
    const char *name, int to, const char *toname, struct err *e)
{
	char tmp[64];

	if (!file_exists(to, toname))
		return tree_copy_ids(from, name, to, toname, c->flags, ids, e);
	if (is_dir_at(from, name)) {
		if (!is_dir_at(to, toname))
			return err_set(e, ERR_EXISTS,
			    "%s: exists and is not a directory", toname);
		return tree_copy_ids(
		    from, name, to, toname, c->flags | TREE_F_CONTENT, ids, e);
	}
	if (is_dir_at(to, toname))
		return err_set(e, ERR_EXISTS, "%s: is a directory", toname);
	str_fmt(tmp, sizeof(tmp), ".pot-copy.%ld", (long)getpid());
	if (tree_copy_ids(from, name, to, tmp, c->flags, ids, e) < 0)
		return -1;
	if (file_rename(to, tmp, to, toname, 0, e) == 0)
		return 0;
	(void)unlinkat(to, tmp, 0);
	return -1;
}

static int
copy_in_view(int rootfd, void *arg, struct err *e)
{
	const struct copy *c = arg;
	const struct tree_ids ids = { .to = c->pot.first,
		.count = c->pot.count,
		.is_strict = c->pot.count != 0 };
	char name[NAME_MAX + 1];
	auto_close int dir = -1;

	/* An existing directory: into it, under the source's name. */
	if (beneath_open(rootfd, c->path, O_RDONLY | O_DIRECTORY, 0, &dir, e) ==
	    0)
		return copy_onto(
		    c, &ids, c->hostdir, c->hostname, dir, c->hostname, e);
	err_clear(e);
	if (beneath_parent(rootfd, c->path, &dir, name, e) < 0) {
		auto_free char *parent = xstrdup(c->path);
		char *slash = strrchr(parent, '/');
		auto_close int made = -1;

		if (e->code != ERR_NOT_FOUND || !c->parents || slash == NULL)
			return -1;
		err_clear(e);
		*slash = '\0';
		if (beneath_mkdirs(rootfd, parent, 0755, &made, e) < 0 ||
		    beneath_parent(rootfd, c->path, &dir, name, e) < 0)
			return -1;
	}
	return copy_onto(c, &ids, c->hostdir, c->hostname, dir, name, e);
}

static int
copy_out_view(int rootfd, void *arg, struct err *e)
{
	const struct copy *c = arg;
	const struct tree_ids ids = { .from = c->pot.first,
		.count = c->pot.count };
	char name[NAME_MAX + 1];
	auto_close int dir = -1;

	if (beneath_parent(rootfd, c->path, &dir, name, e) < 0)
		return -1;
	if (!file_exists(dir, name))
		return err_set(
		    e, ERR_NOT_FOUND, "%s: not found in the pot", c->path);
	return copy_onto(c, &ids, dir, name, c->hostdir, name, e);
}

/* A path in the pot: absolute, and something below its root. */
static int
check_path(const char *path, struct err *e)
{
	size_t len = strlen(path);

	if (path[0] != '/')
		return err_set(
		    e, ERR_INVALID, "%s: not an absolute path", path);
	if (len >= PATH_MAX)
		return err_set(e, ERR_INVALID, "path in the pot: too long");
	return 0;
}

static int
check_running(struct change *c, struct err *e)
{
	struct run_state st;

	if (run_find(c->g, c->pot->name.s, &st, e) < 0)
		return -1;
	if (!st.is_alive)
		return 0;
	if (!request_has(c->req, "force"))
		return err_set(e, ERR_STATE,
		    "pot %s: is running (-F copies all the same)",
		    c->pot->name.s);
	log_info(c->log, "pot %s: copying while it runs", c->pot->name.s);
	return 0;
}

int
change_copy_in(struct change *c, struct err *e)
{
	struct copy copy = { .hostdir = -1,
		.parents = request_has(c->req, "parents") };
	const char *source;
	auto_free char *dir = NULL;
	auto_close int fd = -1;
	struct stat st;
	char *slash;

	if (request_need(c->req, "source", &source, e) < 0 ||
	    request_need(c->req, "target", &copy.path, e) < 0 ||
	    check_path(copy.path, e) < 0)
		return -1;
	if (stat(source, &st) < 0)
		return err_sys(e, "%s", source);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID,
		    "%s: neither a file nor a directory", source);
	if (check_running(c, e) < 0)
		return -1;
	/* The admin's own links are followed, once. */
	if ((dir = realpath(source, NULL)) == NULL)
		return err_sys(e, "%s", source);
	slash = strrchr(dir, '/');
	*slash = '\0';
	copy.hostname = slash + 1;
	if (dir_open(AT_FDCWD, dir[0] == '\0' ? "/" : dir, &fd, e) < 0)
		return -1;
	copy.hostdir = fd;
	if (view_run(c->pot, &copy.pot, copy_in_view, &copy, e) < 0)
		return err_wrap(e, "pot %s: copy-in", c->pot->name.s);
	return 0;
}

int
change_copy_out(struct change *c, struct err *e)
{
	struct copy copy = { .hostdir = -1, .flags = TREE_F_UNTRUSTED };
	const char *target;
	auto_close int fd = -1;

	if (request_need(c->req, "source", &copy.path, e) < 0 ||
	    request_need(c->req, "target", &target, e) < 0 ||
	    check_path(copy.path, e) < 0 || check_running(c, e) < 0 ||
	    dir_open(AT_FDCWD, target, &fd, e) < 0)
		return -1;
	copy.hostdir = fd;
	if (!request_has(c->req, "preserve"))
		copy.flags |= TREE_F_NO_SETID;
	if (view_run(c->pot, &copy.pot, copy_out_view, &copy, e) < 0)
		return err_wrap(e, "pot %s: copy-out", c->pot->name.s);
	return 0;
}
