/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preparing bases.  The tree is fresh from an archive: its links are not
 * followed, since where they lead is the archive's choice.
 */
#include "storage/base.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"

#define DIR_FLAGS    (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define MODE_DIR     ((mode_t)0755)
#define MODE_TMP     ((mode_t)01777)
#define DEPTH_MAX    200
#define CUSTOM	     "opt/custom"
#define CUSTOM_DEPTH 2 /* its components */

/*
 * What a family has besides: directories, and links (relative to the root)
 * to directories of the pot's own.
 */
struct extra {
	const char *os; /* struct family */
	const char *dir;
	mode_t mode;
	const char *link; /* replaces an empty directory; NULL: none */
};

static const struct extra extras[] = {
	{ "FreeBSD", "usr/ports", MODE_DIR, NULL },
	{ "FreeBSD", CUSTOM "/usr.local.etc", MODE_DIR, "usr/local/etc" },
	{ "FreeBSD", CUSTOM "/usr.home", MODE_DIR, "usr/home" },
	{ "FreeBSD", CUSTOM "/usr.home", MODE_DIR, "home" },
	{ "FreeBSD", "dev", MODE_DIR, NULL },
	{ "FreeBSD", "proc", MODE_DIR, NULL },
	{ "FreeBSD", "tmp", MODE_TMP, NULL },
	{ "Linux", "dev", MODE_DIR, NULL },
	{ "Linux", "proc", MODE_DIR, NULL },
	{ "Linux", "run", MODE_DIR, NULL },
	{ "Linux", "sys", MODE_DIR, NULL },
	{ "Linux", "tmp", MODE_TMP, NULL },
};

/* Split PATH into its directory, opened (and made if IS_MADE), and NAME. */
static int
open_parent(int root, const char *path, bool is_made, int *fdp,
    char name[NAME_MAX + 1], struct err *e)
{
	auto_close int fd = openat(root, ".", DIR_FLAGS);

	if (fd < 0)
		return err_sys(e, "open");
	for (;;) {
		size_t len = strcspn(path, "/");
		int next;

		if (len > NAME_MAX)
			return err_set(e, ERR_INVALID, "%s: too long", path);
		memcpy(name, path, len);
		name[len] = '\0';
		if (path[len] == '\0')
			break;
		if (is_made && mkdirat(fd, name, MODE_DIR) < 0 &&
		    errno != EEXIST)
			return err_sys(e, "%s: make directory", path);
		next = openat(fd, name, DIR_FLAGS);
		if (next < 0)
			return err_sys(e, "%s: open directory", path);
		cleanup_close(&fd);
		fd = next;
		path += len + 1;
	}
	*fdp = take_fd(&fd);
	return 0;
}

bool
base_relink(const char *target, unsigned depth, const char *const *moved,
    char *out, size_t size)
{
	const char *p = target, *rest = NULL;
	unsigned level = depth, i;
	bool is_above = false, fits;
	struct buf b;

	if (target[0] == '/')
		return false;
	/* REST is what follows when it has climbed to the root last. */
	for (;;) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			is_above = is_above || level == 0; /* "/.." */
			if (level > 0)
				level--;
			if (level == 0)
				rest = p + len;
		} else if (len > 0 && !(len == 1 && p[0] == '.')) {
			level++;
		}
		if (p[len] == '\0')
			break;
		p += len + 1;
	}
	if (rest == NULL)
		return false;
	rest += strspn(rest, "/");
	for (i = 0; !is_above && moved[i] != NULL; i++) {
		size_t len = strlen(moved[i]);

		if (strncmp(rest, moved[i], len) == 0 &&
		    (rest[len] == '/' || rest[len] == '\0'))
			return false;
	}
	buf_init(&b, size - 1);
	for (i = 0; i < depth + CUSTOM_DEPTH; i++)
		buf_add_str(&b, i == 0 ? ".." : "/..");
	if (*rest != '\0')
		buf_add_fmt(&b, "/%s", rest);
	fits = !b.is_full;
	(void)str_copy(out, b.data, size);
	buf_fini(&b);
	return fits;
}

static int
relink_one(int dirfd, const char *name, unsigned depth,
    const char *const *moved, struct err *e)
{
	char target[PATH_MAX], fresh[PATH_MAX];
	struct timespec times[2];
	struct stat st;
	ssize_t n;

	n = readlinkat(dirfd, name, target, sizeof(target) - 1);
	if (n < 0 || fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "%s: read link", name);
	target[n] = '\0';
	if (!base_relink(target, depth, moved, fresh, sizeof(fresh)))
		return 0;
	if (unlinkat(dirfd, name, 0) < 0 || symlinkat(fresh, dirfd, name) < 0)
		return err_sys(e, "%s: replace link", name);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (fchownat(dirfd, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) <
		0 ||
	    utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "%s: set owner and times", name);
	return 0;
}

/* All links below the directory DIRFD, which was DEPTH levels deep. */
static int
relink_tree(int dirfd, unsigned depth, const char *const *moved, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	size_t i;

	if (depth > DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "directories: more than %d levels",
		    DEPTH_MAX);
	if (dir_list(dirfd, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		const char *name = names.v[i];
		auto_close int sub = -1;
		struct stat st;

		if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(e, "%s: stat", name);
		if (S_ISLNK(st.st_mode) &&
		    relink_one(dirfd, name, depth, moved, e) < 0)
			return -1;
		if (!S_ISDIR(st.st_mode))
			continue;
		sub = openat(dirfd, name, DIR_FLAGS);
		if (sub < 0)
			return err_sys(e, "%s: open", name);
		if (relink_tree(sub, depth + 1, moved, e) < 0)
			return err_wrap(e, "%s", name);
	}
	return 0;
}

/* Rename; where that is a way to another file system, copy. */
static int
move_tree(
    int fromdir, const char *from, int todir, const char *to, struct err *e)
{
	if (renameat(fromdir, from, todir, to) == 0)
		return 0;
	if (errno != EXDEV)
		return err_sys(e, "%s: move to %s", from, to);
	if (tree_copy(fromdir, from, todir, to, 0, e) < 0)
		return -1;
	return tree_remove(fromdir, from, e);
}

enum place { PLACE_EMPTY, PLACE_DIR, PLACE_OUR_LINK };

/* What is at NAME, which is to become a link to TARGET. */
static int
look_at(int dirfd, const char *name, const char *target, enum place *out,
    struct err *e)
{
	char found[PATH_MAX];
	struct stat st;
	ssize_t n;

	*out = PLACE_EMPTY;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "%s: stat", name);
	if (S_ISDIR(st.st_mode)) {
		*out = PLACE_DIR;
		return 0;
	}
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(dirfd, name, found, sizeof(found) - 1);
		if (n < 0)
			return err_sys(e, "%s: read link", name);
		found[n] = '\0';
		if (str_eq(found, target)) {
			*out = PLACE_OUR_LINK;
			return 0;
		}
	}
	return err_set(
	    e, ERR_UNSUPPORTED, "%s: expected a directory in a base", name);
}

/*
 * Move the directory FROM to TO (made empty if there is none), and put a
 * link to TARGET in its place.
 */
static int
move_and_link(int root, const char *from, const char *to, const char *target,
    struct err *e)
{
	char fromname[NAME_MAX + 1], toname[NAME_MAX + 1];
	auto_close int fromdir = -1, todir = -1;
	enum place place;

	if (open_parent(root, from, true, &fromdir, fromname, e) < 0 ||
	    open_parent(root, to, true, &todir, toname, e) < 0 ||
	    look_at(fromdir, fromname, target, &place, e) < 0)
		return -1;
	if (place == PLACE_OUR_LINK)
		return 0;
	if (place == PLACE_DIR) {
		/* An empty one may be there; anything else is in the way. */
		if (dir_remove(todir, toname, e) < 0 ||
		    move_tree(fromdir, fromname, todir, toname, e) < 0)
			return -1;
	} else if (dir_make(todir, toname, MODE_DIR, e) < 0) {
		return -1;
	}
	if (symlinkat(target, fromdir, fromname) < 0)
		return err_sys(e, "%s: make link", from);
	return 0;
}

static int
move_custom(int root, const struct family *f, const char *name, struct err *e)
{
	auto_free char *to = xasprintf(CUSTOM "/%s", name);
	auto_close int dir = -1;
	enum place place;

	if (look_at(root, name, to, &place, e) < 0)
		return -1;
	if (place == PLACE_DIR) {
		/* While it is in its old place, so that it is done once. */
		dir = openat(root, name, DIR_FLAGS);
		if (dir < 0)
			return err_sys(e, "%s: open", name);
		if (relink_tree(dir, 1, f->moved, e) < 0)
			return err_wrap(e, "%s", name);
	}
	return move_and_link(root, name, to, to, e);
}

/* The package database: its directory may have been moved itself. */
static int
move_package_db(int root, const struct family *f, struct err *e)
{
	auto_free char *from = NULL;
	auto_buf struct buf target = BUF_INIT(PATH_MAX);
	const char *p;
	size_t i, len = strcspn(f->package_db, "/");

	assert(f->moved != NULL); /* whose database is moved has moved parts */
	for (i = 0; f->moved[i] != NULL; i++)
		if (strlen(f->moved[i]) == len &&
		    strncmp(f->moved[i], f->package_db, len) == 0)
			break;
	from = xasprintf(
	    "%s%s", f->moved[i] != NULL ? CUSTOM "/" : "", f->package_db);
	for (p = strchr(from, '/'); p != NULL; p = strchr(p + 1, '/'))
		buf_add_str(&target, "../");
	buf_add_str(&target, f->package_db_to);
	return move_and_link(root, from, f->package_db_to, target.data, e);
}

static int
make_extra(int root, const struct extra *x, struct err *e)
{
	char name[NAME_MAX + 1];
	auto_close int parent = -1;
	auto_buf struct buf target = BUF_INIT(PATH_MAX);
	struct stat st;
	const char *p;

	if (open_parent(root, x->dir, true, &parent, name, e) < 0)
		return -1;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	    dir_make(parent, name, x->mode, e) < 0)
		return -1;
	if (x->link == NULL)
		return 0;
	for (p = strchr(x->link, '/'); p != NULL; p = strchr(p + 1, '/'))
		buf_add_str(&target, "../");
	buf_add_str(&target, x->dir);
	cleanup_close(&parent);
	if (open_parent(root, x->link, true, &parent, name, e) < 0)
		return -1;
	/* What the archive has there stays, but for an empty directory. */
	(void)unlinkat(parent, name, AT_REMOVEDIR);
	if (symlinkat(target.data, parent, name) < 0 && errno != EEXIST)
		return err_sys(e, "%s: make link", x->link);
	return 0;
}

int
base_prepare(int dirfd, const struct family *f, struct err *e)
{
	size_t i;

	for (i = 0; f->moved != NULL && f->moved[i] != NULL; i++)
		if (move_custom(dirfd, f, f->moved[i], e) < 0)
			return -1;
	if (f->package_db != NULL && move_package_db(dirfd, f, e) < 0)
		return -1;
	for (i = 0; i < COUNT_OF(extras); i++)
		if (str_eq(extras[i].os, f->os) &&
		    make_extra(dirfd, &extras[i], e) < 0)
			return -1;
	return 0;
}
