/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying trees.  The target is made as the walk goes, a directory at a
 * time, private until it is complete; what a directory is like (owner,
 * mode, times) is set when it is left.  The target may lie in a pot that
 * runs: nothing there is followed or written through.
 */
#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "base/tree_data.h"
#include "base/tree_links.h"
#include "base/tree_os.h"
#include "base/tree_walk.h"
#include "base/xmalloc.h"

#define DIR_FLAGS	(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define MODE_MASK	((mode_t)07777)
#define LINK_PATH_MAX	1024 /* of a first name that others are linked to */
#define LINK_TARGET_MAX 4096

/* A directory of the target that is open or above the one that is. */
struct level {
	dev_t dev;
	ino_t ino;
	struct stat from; /* as it was before we read it */
};

struct copy {
	int todir; /* the caller's */
	const char *toname;
	unsigned flags;
	const struct tree_ids *ids; /* or NULL */
	bool made;		    /* something of ours is there */
	int top;		    /* the target's top directory, or -1 */
	int fd;			    /* the target's open directory, or -1 */
	struct level *level;
	size_t n, cap;
	struct tree_links links;
};

static bool
is_top(const struct copy *c)
{
	return c->n == 0;
}

/* Where an entry is to be made, and its name there. */
static int
target_dir(const struct copy *c)
{
	return is_top(c) ? c->todir : c->fd;
}

static const char *
target_name(const struct copy *c, const char *name)
{
	return is_top(c) ? c->toname : name;
}

static void
set_times(struct timespec ts[2], const struct stat *st)
{
	ts[0] = st->st_atim;
	ts[1] = st->st_mtim;
}

int
tree_ids_move(
    const struct tree_ids *ids, uint32_t id, uint32_t *out, struct err *e)
{
	if (ids != NULL && id - ids->from < ids->count)
		*out = ids->to + (id - ids->from);
	else if (ids != NULL && ids->is_strict)
		return err_set(e, ERR_INVALID,
		    "owner %u: outside the ids %u to %u", (unsigned)id,
		    (unsigned)ids->from,
		    (unsigned)(ids->from + ids->count - 1));
	else
		*out = id;
	return 0;
}

static int
owner_of(const struct copy *c, const struct stat *st, uint32_t *uid,
    uint32_t *gid, struct err *e)
{
	if (tree_ids_move(c->ids, st->st_uid, uid, e) < 0)
		return -1;
	return tree_ids_move(c->ids, st->st_gid, gid, e);
}

static mode_t
mode_of(const struct copy *c, const struct stat *st)
{
	mode_t mode = st->st_mode & MODE_MASK;

	if ((c->flags & TREE_F_NO_SETID) != 0 && !S_ISDIR(st->st_mode))
		mode &= ~(mode_t)(S_ISUID | S_ISGID);
	return mode;
}

/* Owner before mode, since chown takes the setuid bit away, and both
 * before attributes, since it takes capabilities; flags last of all. */
static int
copy_meta(const struct copy *c, int from, int to, const struct stat *st,
    struct err *e)
{
	struct timespec ts[2];
	uint32_t uid, gid;

	set_times(ts, st);
	if (owner_of(c, st, &uid, &gid, e) < 0)
		return -1;
	if (fchown(to, uid, gid) < 0)
		return err_sys(e, "set owner");
	if (fchmod(to, mode_of(c, st)) < 0)
		return err_sys(e, "set mode");
	/* It was moved away before its end: that much is known of it. */
	if (from >= 0 && tree_os_copy_attrs(from, to, c->flags, c->ids, e) < 0)
		return -1;
	if (futimens(to, ts) < 0)
		return err_sys(e, "set times");
	if (from < 0 || (c->flags & TREE_F_UNTRUSTED) != 0)
		return 0;
	return tree_os_copy_flags(from, to, e);
}

/* Owner and times of what cannot be opened; its mode is that of creation
 * (the umask is 0 while we copy). */
static int
copy_meta_at(const struct copy *c, int dirfd, const char *name,
    const struct stat *st, struct err *e)
{
	struct timespec ts[2];
	uint32_t uid, gid;

	set_times(ts, st);
	if (owner_of(c, st, &uid, &gid, e) < 0)
		return -1;
	if (fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "set owner");
	if (utimensat(dirfd, name, ts, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "set times");
	return 0;
}

static int
copy_regular(const struct copy *c, const struct tree_entry *en, int dirfd,
    const char *name, struct err *e)
{
	auto_close int to = -1,
		       from = openat(en->dirfd, en->name,
			   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			       O_CLOEXEC);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return err_sys(e, "open");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_BUSY, "changed while it was copied");
	to = openat(dirfd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return err_sys(e, "create");
	/* Of a file that something is mounted on only the name is copied. */
	if (!en->is_mount &&
	    tree_data_copy(from, to, st.st_size,
		(c->flags & TREE_F_NO_REFLINK) == 0, e) < 0)
		return -1;
	return copy_meta(c, from, to, &st, e);
}

static int
copy_symlink(const struct copy *c, const struct tree_entry *en, int dirfd,
    const char *name, struct err *e)
{
	char target[LINK_TARGET_MAX];
	ssize_t n = readlinkat(en->dirfd, en->name, target, sizeof(target));

	if (n < 0)
		return err_sys(e, "read link");
	if (n == (ssize_t)sizeof(target))
		return err_set(e, ERR_LIMIT, "link is too long");
	target[n] = '\0';
	if (symlinkat(target, dirfd, name) < 0)
		return err_sys(e, "create");
	/* Where links have modes; on Linux all have this one. */
	if ((en->st.st_mode & MODE_MASK) != 0777 &&
	    fchmodat(dirfd, name, en->st.st_mode & MODE_MASK,
		AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "set mode");
	return copy_meta_at(c, dirfd, name, &en->st, e);
}

static int
copy_node(const struct copy *c, const struct tree_entry *en, int dirfd,
    const char *name, struct err *e)
{
	mode_t mode = (en->st.st_mode & S_IFMT) | mode_of(c, &en->st);
	int rc = S_ISFIFO(mode) ? mkfifoat(dirfd, name, mode & MODE_MASK) :
				  mknodat(dirfd, name, mode, en->st.st_rdev);

	if (rc < 0)
		return err_sys(e, "create");
	return copy_meta_at(c, dirfd, name, &en->st, e);
}

/* 1 if the entry was made as a link to an earlier name of the same file. */
static int
try_link(struct copy *c, const struct tree_entry *en, struct err *e)
{
	const char *first =
	    tree_links_find(&c->links, en->st.st_dev, en->st.st_ino);
	char last[NAME_MAX + 1];
	auto_close int dirfd = -1;
	struct err ignored = ERR_INIT;

	if (first == NULL || c->top < 0)
		return 0;
	/* Somebody changed the target below us: then it is a file anew. */
	if (beneath_parent(c->top, first, &dirfd, last, &ignored) < 0)
		return 0;
	if (linkat(dirfd, last, c->fd, en->name, 0) == 0)
		return 1;
	if (errno == EEXIST)
		return err_sys(e, "create");
	return 0; /* too many links, say */
}

static void
note_link(struct copy *c, const struct tree_entry *en)
{
	char path[LINK_PATH_MAX];

	if (tree_walk_path(en->walk, en->name, path, sizeof(path)) <
		sizeof(path) &&
	    tree_links_find(&c->links, en->st.st_dev, en->st.st_ino) == NULL)
		tree_links_add(&c->links, en->st.st_dev, en->st.st_ino, path);
}

static int
copy_one(struct copy *c, const struct tree_entry *en, struct err *e)
{
	int dirfd = target_dir(c);
	const char *name = target_name(c, en->name);
	bool has_links = en->st.st_nlink > 1 && !is_top(c) && !en->is_mount;
	int rc = has_links ? try_link(c, en, e) : 0;

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (S_ISREG(en->st.st_mode))
		rc = copy_regular(c, en, dirfd, name, e);
	else if (S_ISLNK(en->st.st_mode))
		rc = copy_symlink(c, en, dirfd, name, e);
	else
		rc = copy_node(c, en, dirfd, name, e);
	if (rc == 0 && has_links)
		note_link(c, en);
	return rc;
}

/* What is in the way of a file when content is copied into a directory. */
static int
clear_way(struct copy *c, const struct tree_entry *en, struct err *e)
{
	if ((c->flags & TREE_F_CONTENT) == 0 || is_top(c))
		return 0;
	if (unlinkat(c->fd, en->name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno == EISDIR || errno == EPERM)
		return err_set(e, ERR_EXISTS, "a directory is in the way");
	return err_sys(e, "replace");
}

/* A directory that something is mounted on: an empty one. */
static int
copy_mount_point(struct copy *c, const struct tree_entry *en, struct err *e)
{
	auto_close int to = -1, from = -1;

	if (mkdirat(c->fd, en->name, 0700) < 0 &&
	    (errno != EEXIST || (c->flags & TREE_F_CONTENT) == 0))
		return err_sys(e, "create");
	from = openat(en->dirfd, en->name, DIR_FLAGS);
	to = openat(c->fd, en->name, DIR_FLAGS);
	if (from < 0 || to < 0)
		return err_sys(e, "open directory");
	return copy_meta(c, from, to, &en->st, e);
}

/* The copy must not find itself. */
static bool
is_target(const struct copy *c, const struct stat *st)
{
	return c->n > 0 && st->st_dev == c->level[0].dev &&
	    st->st_ino == c->level[0].ino;
}

/* Did it fail because the tree is in use?  What vanished, or became
 * something of another type while it was looked at, is left out. */
static bool
has_changed(const struct tree_entry *en, const struct err *e)
{
	struct stat st;

	if (fstatat(en->dirfd, en->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && e->code == ERR_NOT_FOUND;
	return (st.st_mode & S_IFMT) != (en->st.st_mode & S_IFMT) ||
	    (e->code == ERR_NOT_FOUND && st.st_ino != en->st.st_ino);
}

static int
visit(void *arg, const struct tree_entry *en, struct err *e)
{
	struct copy *c = arg;
	mode_t mode = en->st.st_mode;
	int rc;

	if (S_ISSOCK(mode) || is_target(c, &en->st))
		return 0;
	if ((S_ISBLK(mode) || S_ISCHR(mode)) &&
	    (c->flags & TREE_F_UNTRUSTED) != 0)
		return is_top(c) ?
		    err_set(e, ERR_DENIED, "%s: is a device", en->name) :
		    0;
	if (S_ISDIR(mode) && !en->is_mount)
		return 1;
	if (S_ISDIR(mode)) {
		rc = copy_mount_point(c, en, e);
	} else {
		rc = clear_way(c, en, e);
		if (rc == 0)
			rc = copy_one(c, en, e);
	}
	if (rc == 0) {
		c->made = true;
		return 0;
	}
	if (!is_top(c) && has_changed(en, e)) {
		err_clear(e);
		return 0;
	}
	return err_wrap(e, "%s", en->name);
}

static int
push_level(struct copy *c, int from, int to, struct err *e)
{
	struct stat st, before;

	if (fstat(from, &before) < 0 || fstat(to, &st) < 0)
		return err_sys(e, "stat");
	if (c->n == c->cap) {
		c->cap = c->cap != 0 ? c->cap * 2 : 64;
		c->level = xreallocarray(c->level, c->cap, sizeof(*c->level));
	}
	c->level[c->n++] = (struct level){
		.dev = st.st_dev,
		.ino = st.st_ino,
		.from = before,
	};
	return 0;
}

static int
enter(void *arg, int from, const char *name, struct err *e)
{
	struct copy *c = arg;
	int dirfd = target_dir(c);
	const char *toname = target_name(c, name);
	bool merges = (c->flags & TREE_F_CONTENT) != 0;
	auto_close int fd = -1;

	if (mkdirat(dirfd, toname, 0700) == 0)
		c->made = true;
	else if (errno != EEXIST || !merges)
		return err_sys(e, "%s: create", toname);
	fd = openat(dirfd, toname, DIR_FLAGS);
	if (fd < 0 && merges && errno != EACCES && errno != ENOENT)
		return err_set(e, ERR_EXISTS,
		    "%s: something else than a directory is in the way",
		    toname);
	if (fd < 0)
		return err_sys(e, "%s: open directory", toname);
	if (push_level(c, from, fd, e) < 0)
		return err_wrap(e, "%s", toname);
	cleanup_close(&c->fd);
	if (c->n == 1) {
		c->top = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (c->top < 0)
			return err_sys(e, "%s: duplicate", toname);
	}
	c->fd = take_fd(&fd);
	return 0;
}

static int
leave(void *arg, int from, struct err *e)
{
	struct copy *c = arg;
	auto_close int up = -1;
	struct stat st;

	if ((c->n > 1 || (c->flags & TREE_F_KEEP_OWNER_OF_ROOT) == 0) &&
	    copy_meta(c, from, c->fd, &c->level[c->n - 1].from, e) < 0)
		return -1;
	c->n--;
	if (c->n == 0)
		return 0;
	up = openat(c->fd, "..", DIR_FLAGS);
	if (up < 0 || fstat(up, &st) < 0)
		return err_sys(e, "copy: ..: open directory");
	if (st.st_dev != c->level[c->n - 1].dev ||
	    st.st_ino != c->level[c->n - 1].ino)
		return err_set(e, ERR_BUSY, "copy was moved meanwhile");
	cleanup_close(&c->fd);
	c->fd = take_fd(&up);
	return 0;
}

/* Half a copy helps nobody; what was there before is not ours. */
static void
remove_half(const struct copy *c)
{
	struct err ignored = ERR_INIT;

	if (!c->made || (c->flags & TREE_F_CONTENT) != 0)
		return;
	if (tree_remove(c->todir, c->toname, &ignored) < 0)
		err_clear(&ignored);
}

int
tree_copy(int fromdir, const char *fromname, int todir, const char *toname,
    unsigned flags, struct err *e)
{
	return tree_copy_ids(fromdir, fromname, todir, toname, flags, NULL, e);
}

int
tree_copy_ids(int fromdir, const char *fromname, int todir, const char *toname,
    unsigned flags, const struct tree_ids *ids, struct err *e)
{
	struct copy c = { .todir = todir,
		.toname = toname,
		.flags = flags,
		.ids = ids,
		.top = -1,
		.fd = -1,
		.links = TREE_LINKS_INIT };
	const struct tree_visitor v = { .visit = visit,
		.enter = enter,
		.leave = leave,
		.accepts_moves = true,
		.depth_max = TREE_DEPTH_MAX,
		.arg = &c };
	auto_close int guard = -1;
	mode_t old;
	int rc;

	if ((flags & TREE_F_GUEST) != 0) {
		if (tree_os_guard(fromdir, &guard, e) < 0)
			return -1;
		fromdir = guard;
	}
	old = umask(0);
	rc = tree_walk(fromdir, fromname, &v, e);
	(void)umask(old);
	cleanup_close(&c.fd);
	cleanup_close(&c.top);
	free(c.level);
	tree_links_fini(&c.links);
	if (rc < 0)
		remove_half(&c);
	return rc;
}
