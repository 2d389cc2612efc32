/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The result of a configuration's evaluation by a shell, so that only one
 * command pays for it.  A file of root's (0600) in a directory that root
 * alone can write, named for the configuration; its content:
 *
 *	"POT-CONFIG 1 N\n"
 *	per file "DEV INO SIZE MTIME CTIME PATH\n"
 *	per variable NAME NUL VALUE NUL
 */
#include "model/framework_impl.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"

#define VERSION	  1
#define CACHE_MAX ((size_t)4 << 20)
#define NAME_SIZE 40

/* Named for the path of the first file, which every configuration has. */
static void
cache_name(char out[NAME_SIZE], const struct framework_file *files)
{
	str_fmt(out, NAME_SIZE, "config.%016" PRIx64,
	    str_hash(files[0].what, strlen(files[0].what)));
}

static void
encode_files(const struct framework_file *files, size_t n, struct buf *out)
{
	buf_add_fmt(out, "POT-CONFIG %d %zu\n", VERSION, n);
	for (size_t i = 0; i < n; i++) {
		const struct stat *st = &files[i].st;

		buf_add_fmt(out, "%ju %ju %jd %jd.%09ld %jd.%09ld %s\n",
		    (uintmax_t)st->st_dev, (uintmax_t)st->st_ino,
		    (intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
		    st->st_mtim.tv_nsec, (intmax_t)st->st_ctim.tv_sec,
		    st->st_ctim.tv_nsec, files[i].what);
	}
}

void
framework_cache_encode(const struct framework_file *files, size_t n,
    const struct strv *names, const struct strv *values, struct buf *out)
{
	encode_files(files, n, out);
	for (size_t i = 0; i < names->n; i++) {
		buf_add(out, names->v[i], strlen(names->v[i]) + 1);
		buf_add(out, values->v[i], strlen(values->v[i]) + 1);
	}
}

int
framework_cache_decode(const void *data, size_t len,
    const struct framework_file *files, size_t n, struct strv *names,
    struct strv *values)
{
	auto_buf struct buf head = BUF_INIT(CACHE_MAX);
	auto_strv struct strv all = STRV_INIT;
	const char *p = data, *end = p + len;

	encode_files(files, n, &head);
	if (head.is_full || len < head.len ||
	    memcmp(p, head.data, head.len) != 0)
		return 0;
	p += head.len;
	while (p < end) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));

		if (nul == NULL || all.n >= 2 * FRAMEWORK_ASSIGN_MAX)
			return 0;
		strv_add(&all, p);
		p = nul + 1;
	}
	if (all.n % 2 != 0)
		return 0;
	for (size_t i = 0; i < all.n; i += 2)
		framework_assign(names, values, all.v[i], all.v[i + 1]);
	return 1;
}

/* A directory that nobody but root can write. */
static bool
open_dir(const char *dir, int *fdp)
{
	struct stat st;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (fstat(fd, &st) < 0 || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		(void)close(fd);
		return false;
	}
	*fdp = fd;
	return true;
}

int
framework_cache_load(const char *dir, const struct framework_file *files,
    size_t n, struct strv *names, struct strv *values)
{
	auto_close int dirfd = -1, fd = -1;
	auto_buf struct buf b = BUF_INIT(CACHE_MAX);
	char name[NAME_SIZE];
	struct err e = ERR_INIT;
	struct stat st;

	cache_name(name, files);
	if (!open_dir(dir, &dirfd))
		return 0;
	fd =
	    openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != 0 || (st.st_mode & 077) != 0 || st.st_nlink != 1)
		return 0;
	if (io_read_all(fd, &b, name, &e) < 0)
		return 0;
	return framework_cache_decode(b.data, b.len, files, n, names, values);
}

void
framework_cache_save(const char *dir, const struct framework_file *files,
    size_t n, const struct strv *names, const struct strv *values)
{
	auto_close int dirfd = -1;
	auto_buf struct buf b = BUF_INIT(CACHE_MAX);
	char name[NAME_SIZE];
	struct err e = ERR_INIT;

	if (geteuid() != 0 || !open_dir(dir, &dirfd))
		return;
	cache_name(name, files);
	framework_cache_encode(files, n, names, values, &b);
	/* Without it the next command asks the shell again. */
	if (!b.is_full &&
	    file_write(dirfd, name, b.data, b.len, 0600, 0, &e) < 0)
		err_clear(&e);
}
