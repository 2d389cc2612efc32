/* SPDX-License-Identifier: BSD-2-Clause */
/* What a pot does to its files, and what it sees of them. */
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "base/xmalloc.h"

#if __has_include(<sys/xattr.h>)
#include <sys/xattr.h>
#define HAS_XATTR 1
#else
#define HAS_XATTR 0
#endif

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int
write_text(int root, const char *path, const char *text, int flags)
{
	auto_close int fd =
	    openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	return fd < 0 ? -1 : io_write_all(fd, text, strlen(text));
}

static int
do_file(int root, char *const w[])
{
	return write_text(root, w[1], w[2], O_TRUNC);
}

static int
do_append(int root, char *const w[])
{
	return write_text(root, w[1], w[2], O_APPEND);
}

static int
do_dir(int root, char *const w[])
{
	return mkdirat(root, w[1], 0755);
}

static int
do_remove(int root, char *const w[])
{
	struct err e = ERR_INIT;
	auto_free char *dir = xstrdup(w[1]);
	char *slash = strrchr(dir, '/');
	auto_close int parent = -1;

	if (slash == NULL)
		return tree_remove(root, dir, &e);
	*slash = '\0';
	parent = openat(root, dir, DIR_FLAGS);
	return parent < 0 ? -1 : tree_remove(parent, slash + 1, &e);
}

static int
do_move(int root, char *const w[])
{
	return renameat(root, w[1], root, w[2]);
}

static int
do_link(int root, char *const w[])
{
	return linkat(root, w[1], root, w[2], 0);
}

static int
do_symlink(int root, char *const w[])
{
	return symlinkat(w[1], root, w[2]);
}

static int
do_fifo(int root, char *const w[])
{
	return mkfifoat(root, w[1], 0600);
}

static int
do_mode(int root, char *const w[])
{
	return fchmodat(root, w[1], (mode_t)strtoul(w[2], NULL, 8), 0);
}

static int
do_owner(int root, char *const w[])
{
	return fchownat(root, w[1], (uid_t)strtoul(w[2], NULL, 10),
	    (gid_t)strtoul(w[2], NULL, 10), AT_SYMLINK_NOFOLLOW);
}

static int
do_attr(int root, char *const w[])
{
#if HAS_XATTR
	auto_free char *name = xasprintf("user.%s", w[2]);
	auto_close int fd = openat(root, w[1], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fsetxattr(fd, name, w[3], strlen(w[3]), 0) == 0)
		return 0;
	return errno == ENOTSUP ? 0 : -1; /* struct fixture, has_attrs */
#else
	(void)root;
	(void)w;
	return 0;
#endif
}

static int
do_deep(int root, char *const w[])
{
	unsigned long n = strtoul(w[2], NULL, 10);
	auto_close int at = openat(root, ".", DIR_FLAGS);

	while (at >= 0 && n-- > 0) {
		int next;

		if (mkdirat(at, w[1], 0755) < 0)
			return -1;
		next = openat(at, w[1], DIR_FLAGS);
		cleanup_close(&at);
		at = next;
	}
	return at < 0 ? -1 : write_text(at, "end", "end", 0);
}

static const struct {
	const char *name;
	size_t words;
	int (*fn)(int root, char *const w[]);
} commands[] = {
	{ "file", 3, do_file },
	{ "append", 3, do_append },
	{ "dir", 2, do_dir },
	{ "remove", 2, do_remove },
	{ "move", 3, do_move },
	{ "link", 3, do_link },
	{ "symlink", 3, do_symlink },
	{ "fifo", 2, do_fifo },
	{ "mode", 3, do_mode },
	{ "owner", 3, do_owner },
	{ "attr", 4, do_attr },
	{ "deep", 3, do_deep },
};

static int
run_line(int root, const char *line, struct err *e)
{
	auto_strv struct strv words = STRV_INIT;
	size_t i;

	strv_add_words(&words, line);
	if (words.n == 0)
		return 0;
	for (i = 0; i < COUNT_OF(commands); i++) {
		if (!str_eq(commands[i].name, words.v[0]) ||
		    commands[i].words != words.n)
			continue;
		if (commands[i].fn(root, strv_argv(&words)) < 0)
			return err_sys(e, "%s", line);
		return 0;
	}
	return err_set(e, ERR_INVALID, "script: '%s'", line);
}

int
edit_script(int root, char *script, struct err *e)
{
	char *line, *end;

	for (line = script; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		if (run_line(root, line, e) < 0)
			return -1;
	}
	return 0;
}

struct list {
	struct buf *out;
	struct strv seen; /* "DEV:INO PATH" of files with several links */
};

static void
list_links(struct list *l, const struct stat *st, const char *path)
{
	auto_free char *key =
	    xasprintf("%ju:%ju ", (uintmax_t)st->st_dev, (uintmax_t)st->st_ino);
	size_t i;

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return;
	for (i = 0; i < l->seen.n; i++)
		if (str_has_prefix(l->seen.v[i], key)) {
			buf_add_fmt(l->out, " =%s", l->seen.v[i] + strlen(key));
			return;
		}
	strv_add_fmt(&l->seen, "%s%s", key, path);
}

static void
list_attrs(struct list *l, int fd)
{
#if HAS_XATTR
	char names[4096], value[256];
	ssize_t n = flistxattr(fd, names, sizeof(names)), len;
	auto_strv struct strv sorted = STRV_INIT;
	const char *p;
	size_t i;

	for (p = names; n > 0 && p < names + n; p += strlen(p) + 1)
		if (str_has_prefix(p, "user."))
			strv_add(&sorted, p);
	strv_sort(&sorted);
	for (i = 0; i < sorted.n; i++) {
		len = fgetxattr(fd, sorted.v[i], value, sizeof(value) - 1);
		value[len > 0 ? len : 0] = '\0';
		buf_add_fmt(l->out, " %s=%s", sorted.v[i], value);
	}
#else
	(void)l;
	(void)fd;
#endif
}

static int
list_content(struct list *l, int dirfd, const char *name, const struct stat *st,
    struct err *e)
{
	auto_close int fd = -1;
	char target[1024];
	ssize_t n;

	if (S_ISLNK(st->st_mode)) {
		n = readlinkat(dirfd, name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		buf_add_fmt(l->out, " ->%s", target);
		return 0;
	}
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return 0;
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "%s", name);
	list_attrs(l, fd);
	if (S_ISDIR(st->st_mode))
		return 0;
	buf_add_str(l->out, " ");
	return io_read_all(fd, l->out, name, e);
}

static int list_dir(struct list *l, int dirfd, const char *path, struct err *e);

static int
list_one(struct list *l, int dirfd, const char *path, const char *name,
    struct err *e)
{
	auto_free char *full = xasprintf("%s/%s", path, name);
	auto_close int sub = -1;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "%s", full);
	buf_add_fmt(l->out, "%s %o %lu", full, (unsigned)st.st_mode,
	    (unsigned long)st.st_uid);
	list_links(l, &st, full);
	if (!S_ISDIR(st.st_mode))
		buf_add_fmt(l->out, " %jd", (intmax_t)st.st_mtim.tv_sec);
	if (list_content(l, dirfd, name, &st, e) < 0)
		return -1;
	buf_add_char(l->out, '\n');
	if (!S_ISDIR(st.st_mode))
		return 0;
	sub = openat(dirfd, name, DIR_FLAGS);
	if (sub < 0)
		return err_sys(e, "%s", full);
	return list_dir(l, sub, strlen(full) > 200 ? "..." : full, e);
}

static int
list_dir(struct list *l, int dirfd, const char *path, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	size_t i;

	if (dir_list(dirfd, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++)
		if (list_one(l, dirfd, path, names.v[i], e) < 0)
			return -1;
	return 0;
}

int
edit_list(int root, struct buf *out, struct err *e)
{
	struct list l = { .out = out };
	struct stat st;
	int r;

	if (fstat(root, &st) < 0)
		return err_sys(e, "root");
	buf_add_fmt(
	    out, ". %o %lu", (unsigned)st.st_mode, (unsigned long)st.st_uid);
	list_attrs(&l, root);
	buf_add_char(out, '\n');
	r = list_dir(&l, root, "", e);
	strv_fini(&l.seen);
	return r < 0 ? -1 : buf_check(out, "listing", e);
}
