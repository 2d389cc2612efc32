/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Laying out an archive in an empty directory.  Everything is done by
 * descriptors, from the root down, without following a link; nothing that
 * is there is replaced, so an archive that says something twice, or goes
 * through a link, is damaged.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/tree_os.h"
#include "base/xmalloc.h"
#include "unpack/unpack.h"

#define DIRS_MAX ((size_t)1 << 22)

/* Times of directories are set when nothing is made in them any more. */
struct dir_times {
	char *path;
	struct timespec mtime;
};

struct extract {
	struct archive *a;
	int root;
	int parent; /* where the last entry was, opened */
	char parent_path[UNPACK_PATHMAX];
	struct dir_times *dirs;
	size_t ndirs, cap;
	struct buf *out;
	struct unpack_bound *bound;
	uint64_t left_out;
	char os[32], snapshot[32];
	bool has_head, has_tree;
};

static int
check_path(const char *path, struct err *e)
{
	size_t len;

	for (const char *p = path;; p += len + 1) {
		len = strcspn(p, "/");
		if (len == 0 || len > NAME_MAX || (len == 1 && p[0] == '.') ||
		    (len == 2 && p[0] == '.' && p[1] == '.'))
			return err_set(e, ERR_CORRUPT, "not a plain path");
		if (p[len] == '\0')
			return 0;
	}
}

/* The directory PATH, which has no name for the root. */
static int
open_dir(int root, const char *path, int *fdp, struct err *e)
{
	auto_close int fd =
	    openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "root");
	for (const char *p = path; *p != '\0';) {
		size_t len = strcspn(p, "/");
		char name[NAME_MAX + 1];
		int next;

		memcpy(name, p, len);
		name[len] = '\0';
		next = openat(
		    fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return err_set(e, ERR_CORRUPT,
			    "what it is in is no directory of the image");
		close(fd);
		fd = next;
		p += len + (p[len] == '/' ? 1 : 0);
	}
	*fdp = take_fd(&fd);
	return 0;
}

/* Where PATH is to be, and its last component; most entries follow one of
 * the same directory. */
static int
find_parent(struct extract *x, const char *path, int *fdp, const char **name,
    struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);
	char parent[UNPACK_PATHMAX];
	int fd;

	memcpy(parent, path, len);
	parent[len] = '\0';
	*name = slash == NULL ? path : slash + 1;
	if (x->parent < 0 || !str_eq(parent, x->parent_path)) {
		if (open_dir(x->root, parent, &fd, e) < 0)
			return -1;
		cleanup_close(&x->parent);
		x->parent = fd;
		memcpy(x->parent_path, parent, len + 1);
	}
	*fdp = x->parent;
	return 0;
}

static void
entry_times(struct archive_entry *en, struct timespec ts[2])
{
	ts[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
	ts[1] = ts[0];
	if (!archive_entry_mtime_is_set(en))
		return;
	ts[1].tv_sec = archive_entry_mtime(en);
	ts[1].tv_nsec = archive_entry_mtime_nsec(en);
	if (ts[1].tv_nsec < 0 || ts[1].tv_nsec > 999999999)
		ts[1].tv_nsec = 0;
	ts[0] = ts[1];
}

static int
take_id(la_int64_t id, uint32_t *out, struct err *e)
{
	/* The last one means "leave as it is". */
	if (id < 0 || id >= UINT32_MAX)
		return err_set(e, ERR_CORRUPT, "impossible owner");
	*out = (uint32_t)id;
	return 0;
}

/* Owner, attributes, mode: in this order, for each clears some of what
 * follows. */
static int
set_meta(int fd, struct archive_entry *en, struct err *e)
{
	const char *name;
	const void *value;
	uint32_t uid, gid;
	size_t len;

	if (take_id(archive_entry_uid(en), &uid, e) < 0 ||
	    take_id(archive_entry_gid(en), &gid, e) < 0)
		return -1;
	if (fchown(fd, uid, gid) < 0)
		return err_sys(e, "owner");
	(void)archive_entry_xattr_reset(en);
	while (archive_entry_xattr_next(en, &name, &value, &len) == ARCHIVE_OK)
		if (tree_os_set_attr(fd, name, value, len, e) < 0)
			return -1;
	if (fchmod(fd, archive_entry_perm(en) & 07777) < 0)
		return err_sys(e, "mode");
	return 0;
}

static int
write_blocks(struct extract *x, int fd, struct err *e)
{
	const void *data;
	la_int64_t at;
	size_t n;
	int rc;

	while ((rc = archive_read_data_block(x->a, &data, &n, &at)) ==
	    ARCHIVE_OK) {
		if (unpack_take(x->bound, n, e) < 0)
			return -1;
		for (size_t done = 0; done < n;) {
			ssize_t got = pwrite(fd, (const char *)data + done,
			    n - done, (off_t)at + (off_t)done);

			if (got < 0 && errno == EINTR)
				continue;
			if (got < 0)
				return err_sys(e, "write");
			done += (size_t)got;
		}
	}
	return rc == ARCHIVE_EOF ? 0 : unpack_failed(x->a, "content", e);
}

static int
make_file(struct extract *x, int dir, const char *name,
    struct archive_entry *en, struct err *e)
{
	la_int64_t size = archive_entry_size(en);
	struct timespec ts[2];
	auto_close int fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(e, "make");
	if (size < 0)
		return err_set(e, ERR_CORRUPT, "impossible size");
	if (write_blocks(x, fd, e) < 0)
		return -1;
	if (ftruncate(fd, (off_t)size) < 0)
		return err_sys(e, "size");
	if (set_meta(fd, en, e) < 0)
		return -1;
	entry_times(en, ts);
	if (futimens(fd, ts) < 0)
		return err_sys(e, "times");
	return 0;
}

static void
remember_dir(struct extract *x, const char *path, struct archive_entry *en)
{
	struct timespec ts[2];

	entry_times(en, ts);
	if (ts[1].tv_nsec == UTIME_OMIT)
		return;
	if (x->ndirs == x->cap) {
		x->cap = x->cap == 0 ? 256 : 2 * x->cap;
		x->dirs = xreallocarray(x->dirs, x->cap, sizeof(*x->dirs));
	}
	x->dirs[x->ndirs++] =
	    (struct dir_times){ .path = xstrdup(path), .mtime = ts[1] };
}

/* PATH is empty for the root, which is there. */
static int
make_dir(struct extract *x, int dir, const char *name, const char *path,
    struct archive_entry *en, struct err *e)
{
	auto_close int fd = -1;

	if (x->ndirs == DIRS_MAX)
		return err_set(e, ERR_LIMIT, "too many directories");
	if (name != NULL && mkdirat(dir, name, 0700) < 0)
		return err_sys(e, "make directory");
	fd = openat(dir, name == NULL ? "." : name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open directory");
	if (set_meta(fd, en, e) < 0)
		return -1;
	remember_dir(x, path, en);
	return 0;
}

static int
make_link(int dir, const char *name, struct archive_entry *en, struct err *e)
{
	const char *target = archive_entry_symlink(en);
	struct timespec ts[2];
	uint32_t uid, gid;

	if (target == NULL || target[0] == '\0')
		return err_set(e, ERR_CORRUPT, "link to nothing");
	if (take_id(archive_entry_uid(en), &uid, e) < 0 ||
	    take_id(archive_entry_gid(en), &gid, e) < 0)
		return -1;
	entry_times(en, ts);
	if (symlinkat(target, dir, name) < 0 ||
	    fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    utimensat(dir, name, ts, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "make link");
	return 0;
}

static int
make_fifo(int dir, const char *name, struct archive_entry *en, struct err *e)
{
	mode_t mode = archive_entry_perm(en) & 0777;
	uint32_t uid, gid;

	if (take_id(archive_entry_uid(en), &uid, e) < 0 ||
	    take_id(archive_entry_gid(en), &gid, e) < 0)
		return -1;
	if (mkfifoat(dir, name, mode) < 0 ||
	    fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "make FIFO");
	return 0;
}

/* "m/bin/sh" -> "bin/sh", "m" -> ""; NULL if it is not of the tree. */
static const char *
below_tree(const char *path)
{
	size_t n = sizeof(UNPACK_TREE) - 1;

	if (strncmp(path, UNPACK_TREE, n) != 0)
		return NULL;
	if (path[n] == '\0')
		return path + n;
	return path[n] == '/' ? path + n + 1 : NULL;
}

static int
make_hard_link(struct extract *x, int dir, const char *name, const char *target,
    struct err *e)
{
	const char *below = below_tree(target), *last;
	auto_close int from = -1;
	char parent[UNPACK_PATHMAX];

	if (below == NULL || below[0] == '\0' ||
	    str_copy(parent, below, sizeof(parent)) >= sizeof(parent) ||
	    check_path(below, e) < 0) {
		if (!err_is_set(e))
			(void)err_set(e, ERR_CORRUPT, "link to elsewhere");
		return -1;
	}
	last = strrchr(below, '/');
	parent[last == NULL ? 0 : last - below] = '\0';
	if (open_dir(x->root, parent, &from, e) < 0)
		return -1;
	if (linkat(from, last == NULL ? below : last + 1, dir, name, 0) < 0)
		return err_sys(e, "make hard link");
	return 0;
}

static int
make_entry(struct extract *x, const char *path, struct archive_entry *en,
    struct err *e)
{
	const char *hard = archive_entry_hardlink(en), *name;
	mode_t type = archive_entry_filetype(en);
	int dir;

	if (path[0] == '\0') {
		if (type != AE_IFDIR || x->has_tree)
			return err_set(e, ERR_CORRUPT, "not a directory");
		x->has_tree = true;
		return make_dir(x, x->root, NULL, path, en, e);
	}
	if (!x->has_tree)
		return err_set(e, ERR_CORRUPT, "comes before its root");
	if (check_path(path, e) < 0 || find_parent(x, path, &dir, &name, e) < 0)
		return -1;
	if (hard != NULL)
		return make_hard_link(x, dir, name, hard, e);
	switch (type) {
	case AE_IFREG:
		return make_file(x, dir, name, en, e);
	case AE_IFDIR:
		return make_dir(x, dir, name, path, en, e);
	case AE_IFLNK:
		return make_link(dir, name, en, e);
	case AE_IFIFO:
		return make_fifo(dir, name, en, e);
	default:
		x->left_out++;
		return 0;
	}
}

/* All of the present entry. */
static int
read_entry(struct extract *x, struct buf *out, struct err *e)
{
	char data[4096];
	la_ssize_t n;

	while ((n = archive_read_data(x->a, data, sizeof(data))) > 0)
		buf_add(out, data, (size_t)n);
	if (n < 0)
		return unpack_failed(x->a, "content", e);
	return buf_check(out, "it", e);
}

static int
take_conf(struct extract *x, const char *name, struct archive_entry *en,
    struct err *e)
{
	auto_buf struct buf raw = BUF_INIT(IMAGE_CONF_MAX);
	auto_buf struct buf text = BUF_INIT(IMAGE_CONF_MAX);
	int f = image_conf_find(name, strlen(name));

	if (f < 0 || archive_entry_filetype(en) != AE_IFREG ||
	    archive_entry_hardlink(en) != NULL)
		return err_set(e, ERR_CORRUPT, "not known");
	if (read_entry(x, &raw, e) < 0 ||
	    unpack_canonical((enum image_conf)f, &raw, &text, e) < 0)
		return -1;
	image_report_add(x->out, (enum image_conf)f,
	    (archive_entry_perm(en) & 0111) != 0, &text);
	return buf_check(x->out, "conf", e);
}

/* The value of KEY (with the end of the line before it), letters and digits. */
static int
take_value(
    const struct buf *b, const char *key, char *out, size_t size, struct err *e)
{
	const char *p = strstr(b->data, key);
	size_t n;

	if (p == NULL)
		return 0;
	p += strlen(key);
	n = strcspn(p, "\n");
	if (n >= size)
		return err_set(e, ERR_CORRUPT, "a value is too long");
	for (size_t i = 0; i < n; i++)
		if (!chr_is_alnum(p[i]))
			return err_set(e, ERR_CORRUPT, "not a plain value");
	memcpy(out, p, n);
	out[n] = '\0';
	return 0;
}

static int
take_head(struct extract *x, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(4096);

	if (read_entry(x, &b, e) < 0)
		return -1;
	if (!str_has_prefix(b.data, "format=1\n"))
		return err_set(e, ERR_CORRUPT,
		    "of a format that this version does not know");
	if (take_value(&b, "\nos=", x->os, sizeof(x->os), e) < 0 ||
	    take_value(&b, "\nsnapshot=", x->snapshot, sizeof(x->snapshot), e) <
		0)
		return -1;
	x->has_head = true;
	return 0;
}

static int
take_entry(struct extract *x, struct archive_entry *en, struct err *e)
{
	const char *given = archive_entry_pathname(en), *below;
	char path[UNPACK_PATHMAX], shown[256];
	size_t len;
	int rc;

	if (given == NULL ||
	    str_copy(path, given, sizeof(path)) >= sizeof(path))
		return err_set(e, ERR_CORRUPT, "image: impossible path");
	len = strlen(path);
	if (len > 0 && path[len - 1] == '/')
		path[len - 1] = '\0';
	below = below_tree(path);
	if (!x->has_head)
		rc = str_eq(path, UNPACK_HEAD) ?
		    take_head(x, e) :
		    err_set(e, ERR_CORRUPT, "expected " UNPACK_HEAD);
	else if (below != NULL)
		rc = unpack_take(x->bound, SPACE_PER_FILE, e) < 0 ?
		    -1 :
		    make_entry(x, below, en, e);
	else if (str_has_prefix(path, UNPACK_CONF "/") && !x->has_tree)
		rc = take_conf(x, path + sizeof(UNPACK_CONF), en, e);
	else
		rc = err_set(e, ERR_CORRUPT, "not expected here");
	if (rc < 0)
		return err_wrap(
		    e, "image: %s", str_quote(shown, sizeof(shown), path));
	return 0;
}

static int
set_times(struct extract *x, struct err *e)
{
	for (size_t i = x->ndirs; i-- > 0;) {
		struct timespec ts[2] = { x->dirs[i].mtime, x->dirs[i].mtime };
		auto_close int fd = -1;

		if (open_dir(x->root, x->dirs[i].path, &fd, e) < 0)
			return -1;
		if (futimens(fd, ts) < 0)
			return err_sys(e, "times");
	}
	return 0;
}

static int
extract(struct extract *x, struct err *e)
{
	struct archive_entry *en;
	int rc;

	while ((rc = archive_read_next_header(x->a, &en)) == ARCHIVE_OK ||
	    rc == ARCHIVE_WARN)
		if (take_entry(x, en, e) < 0)
			return -1;
	if (rc != ARCHIVE_EOF)
		return unpack_failed(x->a, "image", e);
	if (!x->has_tree)
		return err_set(e, ERR_CORRUPT, "image: without a file tree");
	return set_times(x, e);
}

int
unpack_extract(struct archive *a, int root, struct unpack_bound *b,
    struct buf *out, struct err *e)
{
	struct extract x = {
		.a = a, .root = root, .parent = -1, .out = out, .bound = b
	};
	int rc;

	image_report_begin(out);
	rc = extract(&x, e);
	if (rc == 0) {
		image_report_end(out, x.os, x.snapshot, x.left_out);
		rc = buf_check(out, "report", e);
	}
	for (size_t i = 0; i < x.ndirs; i++)
		free(x.dirs[i].path);
	free(x.dirs);
	cleanup_close(&x.parent);
	return rc;
}
