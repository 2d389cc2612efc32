/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot as a tar archive.  The tree does not change meanwhile: it is a
 * snapshot.  What an importer would not make is left out: sockets, and
 * device nodes, which a pot has from its platform.
 */
#include "unpack/unpack.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/tree_links.h"
#include "base/tree_os.h"
#include "base/tree_walk.h"

#define BLOCK ((size_t)1 << 17)

struct pack {
	struct archive *a;
	struct tree_links links;
	char path[UNPACK_PATHMAX];
	char block[BLOCK];
};

static int
write_header(struct pack *p, struct archive_entry *en, struct err *e)
{
	int rc = archive_write_header(p->a, en);

	/* A warning is about a name that is not in the locale's encoding;
	 * it was written as it is. */
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
		return unpack_failed(p->a, "image", e);
	return 0;
}

static int
add_attr(
    void *arg, const char *name, const void *value, size_t len, struct err *e)
{
	(void)e;
	archive_entry_xattr_add_entry(arg, name, value, len);
	return 0;
}

/* The parts that are no holes; the system that does not know says one. */
static void
find_data(int fd, off_t size, struct archive_entry *en)
{
	off_t at = 0, hole;

	if (lseek(fd, 0, SEEK_HOLE) < 0 || lseek(fd, 0, SEEK_HOLE) >= size)
		return;
	while (at < size && (at = lseek(fd, at, SEEK_DATA)) >= 0) {
		hole = lseek(fd, at, SEEK_HOLE);
		if (hole < 0)
			hole = size;
		archive_entry_sparse_add_entry(en, at, hole - at);
		at = hole;
	}
	/* Nothing but a hole: an empty piece at the end says so. */
	if (archive_entry_sparse_count(en) == 0)
		archive_entry_sparse_add_entry(en, size, 0);
}

static int
write_data(struct pack *p, int fd, off_t size, bool is_sparse, struct err *e)
{
	off_t at = 0;
	la_ssize_t done;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, "seek");
	while (at < size) {
		size_t want =
		    size - at > (off_t)BLOCK ? BLOCK : (size_t)(size - at);
		ssize_t n = io_read_full(fd, p->block, want);

		if (n < 0)
			return err_sys(e, "read");
		if (n == 0)
			return err_set(e, ERR_CORRUPT, "became shorter");
		/* It takes less at the hole that is the end of a file. */
		done = archive_write_data(p->a, p->block, (size_t)n);
		if (done < 0 || (done < n && !is_sparse))
			return unpack_failed(p->a, "image", e);
		at += n;
	}
	return 0;
}

static int
add_file(struct pack *p, const struct tree_entry *t, struct archive_entry *en,
    struct err *e)
{
	auto_close int fd = -1;
	const char *first;

	if (t->st.st_nlink > 1) {
		first = tree_links_find(&p->links, t->st.st_dev, t->st.st_ino);
		if (first != NULL) {
			archive_entry_set_hardlink(en, first);
			archive_entry_unset_size(en);
			return write_header(p, en, e);
		}
		tree_links_add(&p->links, t->st.st_dev, t->st.st_ino, p->path);
	}
	fd = openat(
	    t->dirfd, t->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open");
	if (tree_os_each_attr(fd, add_attr, en, e) < 0)
		return -1;
	find_data(fd, t->st.st_size, en);
	if (write_header(p, en, e) < 0)
		return -1;
	return write_data(
	    p, fd, t->st.st_size, archive_entry_sparse_count(en) > 0, e);
}

static int
add_link(struct pack *p, const struct tree_entry *t, struct archive_entry *en,
    struct err *e)
{
	char target[UNPACK_PATHMAX];
	ssize_t n = readlinkat(t->dirfd, t->name, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(e, "read link");
	target[n] = '\0';
	archive_entry_set_symlink(en, target);
	archive_entry_set_size(en, 0);
	return write_header(p, en, e);
}

static int
add_dir(struct pack *p, const struct tree_entry *t, struct archive_entry *en,
    struct err *e)
{
	auto_close int fd = -1;

	fd = openat(
	    t->dirfd, t->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open");
	if (tree_os_each_attr(fd, add_attr, en, e) < 0)
		return -1;
	return write_header(p, en, e);
}

static int
add_entry(struct pack *p, const struct tree_entry *t, struct err *e)
{
	struct archive_entry *en = archive_entry_new();
	int rc;

	if (en == NULL)
		return err_set(e, ERR_SYSTEM, "no memory");
	archive_entry_set_pathname(en, p->path);
	archive_entry_copy_stat(en, &t->st);
	/* A count of links and numbers of this host tell nobody anything. */
	archive_entry_set_nlink(en, 1);
	if (S_ISREG(t->st.st_mode))
		rc = add_file(p, t, en, e);
	else if (S_ISLNK(t->st.st_mode))
		rc = add_link(p, t, en, e);
	else if (S_ISDIR(t->st.st_mode))
		rc = add_dir(p, t, en, e);
	else
		rc = write_header(p, en, e);
	archive_entry_free(en);
	return rc;
}

static int
visit(void *arg, const struct tree_entry *t, struct err *e)
{
	struct pack *p = arg;
	size_t n = sizeof(UNPACK_TREE) - 1, len;
	bool is_dir = S_ISDIR(t->st.st_mode);

	if (!is_dir && !S_ISREG(t->st.st_mode) && !S_ISLNK(t->st.st_mode) &&
	    !S_ISFIFO(t->st.st_mode))
		return 0;
	memcpy(p->path, UNPACK_TREE, n);
	len = tree_walk_path(
	    t->walk, t->name, p->path + n + 1, sizeof(p->path) - n - 1);
	if (len >= sizeof(p->path) - n - 1)
		return err_set(e, ERR_LIMIT, "path too long");
	/* The top has no name. */
	p->path[n] = len == 0 ? '\0' : '/';
	if (add_entry(p, t, e) < 0)
		return -1;
	return is_dir && !t->is_mount ? 1 : 0;
}

/* A file of our own making. */
static int
add_text(struct pack *p, const char *path, const struct buf *b,
    bool is_executable, struct err *e)
{
	struct archive_entry *en = archive_entry_new();
	int rc;

	if (en == NULL)
		return err_set(e, ERR_SYSTEM, "no memory");
	archive_entry_set_pathname(en, path);
	archive_entry_set_filetype(en, AE_IFREG);
	archive_entry_set_perm(en, is_executable ? 0755 : 0644);
	archive_entry_set_size(en, (la_int64_t)b->len);
	rc = write_header(p, en, e);
	if (rc == 0 && b->len > 0 &&
	    archive_write_data(p->a, b->data, b->len) != (la_ssize_t)b->len)
		rc = unpack_failed(p->a, path, e);
	archive_entry_free(en);
	return rc;
}

static int
add_head(struct pack *p, const struct pack_options *o, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	/* Capsicum knows no uname(3). */
	buf_add_fmt(&b,
	    "format=1\nos=%s\nmachine=%s\nname=%s\ntag=%s\nsnapshot=%s\n",
	    o->os, o->machine, o->name, o->tag, o->snapshot);
	return add_text(p, UNPACK_HEAD, &b, false, e);
}

static int
add_conf(struct pack *p, int first, struct err *e)
{
	for (int f = 0; f < IMAGE_CONF_COUNT; f++) {
		const char *name = image_conf_name((enum image_conf)f);
		auto_buf struct buf b = BUF_INIT(IMAGE_CONF_MAX);
		char path[64];
		struct stat st;

		if (fstat(first + f, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		str_fmt(path, sizeof(path), UNPACK_CONF "/%s", name);
		if (io_read_all(first + f, &b, path, e) < 0 ||
		    add_text(p, path, &b, (st.st_mode & 0111) != 0, e) < 0)
			return -1;
	}
	return 0;
}

int
unpack_pack(
    int tree, int out, int conf, const struct pack_options *o, struct err *e)
{
	static struct pack p = { .links = TREE_LINKS_INIT };
	const struct tree_visitor v = {
		.visit = visit, .is_confined = true, .arg = &p
	};
	int rc = -1;

	p.a = unpack_writer(out, o->kind, o->level, false, e);
	if (p.a == NULL)
		return -1;
	if (add_head(&p, o, e) == 0 && add_conf(&p, conf, e) == 0 &&
	    tree_walk(tree, ".", &v, e) == 0)
		rc = archive_write_close(p.a) == ARCHIVE_OK ?
		    0 :
		    unpack_failed(p.a, "image", e);
	(void)archive_write_free(p.a);
	tree_links_fini(&p.links);
	return rc;
}
