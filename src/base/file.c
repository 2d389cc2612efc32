/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of ours.  A mode is set by fchmod: what a caller's umask takes away
 * would otherwise be part of our file formats.
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"

#define DIR_FLAGS   (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define MODE_MASK   ((mode_t)07777)
#define MODE_PARENT ((mode_t)0755) /* of what mkdir -p makes on its way */
#define TEMP_MARK   ".tmp"
#define TEMP_SIZE   (NAME_MAX + 24) /* NAME.tmp.PID */

int
dir_open(int dirfd, const char *path, int *fdp, struct err *e)
{
	int follow = path[0] == '/' ? 0 : O_NOFOLLOW;
	int fd = openat(dirfd, path, DIR_FLAGS | follow);

	if (fd < 0)
		return err_sys(e, "%s: open directory", path);
	*fdp = fd;
	return 0;
}

/*
 * Open; make it first if it is missing.  In this order, since what mkdir(2)
 * says of "." or of a name on a read-only file system differs.
 */
static int
make_open(int dirfd, const char *name, mode_t mode, int oflags, int *fdp,
    struct err *e)
{
	auto_close int fd = openat(dirfd, name, DIR_FLAGS | oflags);
	bool is_new;

	if (fd >= 0) {
		*fdp = take_fd(&fd);
		return 0;
	}
	if (errno != ENOENT)
		return err_sys(e, "%s: open directory", name);
	is_new = mkdirat(dirfd, name, mode) == 0;
	if (!is_new && errno != EEXIST)
		return err_sys(e, "%s: make directory", name);
	fd = openat(dirfd, name, DIR_FLAGS | oflags);
	if (fd < 0)
		return err_sys(e, "%s: open directory", name);
	if (is_new && fchmod(fd, mode & MODE_MASK) < 0)
		return err_sys(e, "%s: set mode", name);
	*fdp = take_fd(&fd);
	return 0;
}

int
dir_make_open(int dirfd, const char *name, mode_t mode, int *fdp, struct err *e)
{
	return make_open(dirfd, name, mode, O_NOFOLLOW, fdp, e);
}

int
dir_make(int dirfd, const char *name, mode_t mode, struct err *e)
{
	auto_close int fd = -1;

	return make_open(dirfd, name, mode, O_NOFOLLOW, &fd, e);
}

int
dir_make_path(const char *path, mode_t mode, struct err *e)
{
	auto_close int fd = open("/", DIR_FLAGS);
	const char *p = path;

	if (fd < 0)
		return err_sys(e, "/: open directory");
	while (*(p += strspn(p, "/")) != '\0') {
		size_t len = strcspn(p, "/");
		bool is_last = p[len + strspn(p + len, "/")] == '\0';
		char name[NAME_MAX + 1];
		int next;

		if (len >= sizeof(name))
			return err_set(e, ERR_INVALID,
			    "%s: a name is longer than %d", path, NAME_MAX);
		memcpy(name, p, len);
		name[len] = '\0';
		if (make_open(fd, name, is_last ? mode : MODE_PARENT, 0, &next,
			e) < 0)
			return err_wrap(e, "%s", path);
		(void)close(fd);
		fd = next;
		p += len;
	}
	return 0;
}

int
dir_list(int dirfd, struct strv *names, struct err *e)
{
	/* A descriptor of its own, for the read position is shared by dup. */
	auto_close int fd = openat(dirfd, ".", DIR_FLAGS);
	auto_closedir DIR *d = NULL;
	auto_strv struct strv found = STRV_INIT;
	const struct dirent *ent;

	if (fd < 0)
		return err_sys(e, "directory: open");
	d = fdopendir(fd);
	if (d == NULL)
		return err_sys(e, "directory: open");
	(void)take_fd(&fd);
	while (errno = 0, (ent = readdir(d)) != NULL) {
		if (!str_eq(ent->d_name, ".") && !str_eq(ent->d_name, ".."))
			strv_add(&found, ent->d_name);
	}
	if (errno != 0)
		return err_sys(e, "directory: read");
	strv_sort(&found);
	strv_add_all(names, &found);
	return 0;
}

int
dir_sync(int dirfd, struct err *e)
{
	/* EINVAL: a file system without it, which keeps directories anyway. */
	if (fsync(dirfd) < 0 && errno != EINVAL)
		return err_sys(e, "directory: sync");
	return 0;
}

/* The pid in "NAME.tmp.PID", or 0. */
static pid_t
temp_writer(const char *name)
{
	const char *dot = strrchr(name, '.');
	struct err e = ERR_INIT;
	uint64_t pid;

	if (dot == NULL || dot - name < (ptrdiff_t)sizeof(TEMP_MARK) - 1 ||
	    strncmp(dot - (sizeof(TEMP_MARK) - 1), TEMP_MARK,
		sizeof(TEMP_MARK) - 1) != 0 ||
	    str_u64("", dot + 1, 1, INT32_MAX, &pid, &e) < 0)
		return 0;
	return (pid_t)pid;
}

int
dir_remove_temps(int dirfd, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	if (dir_list(dirfd, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		pid_t pid = temp_writer(names.v[i]);

		if (pid != 0 && kill(pid, 0) < 0 && errno == ESRCH &&
		    file_remove(dirfd, names.v[i], e) < 0)
			return -1;
	}
	return 0;
}

int
dir_remove(int dirfd, const char *name, struct err *e)
{
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(e, "%s: remove directory", name);
	return 0;
}

/*
 * What open(2) says of a name that is not a regular file: a link with
 * O_NOFOLLOW (ELOOP, or EMLINK on BSD), a socket (ENXIO, EOPNOTSUPP).
 */
static bool
means_not_a_file(int sys)
{
	return sys == ELOOP || sys == EMLINK || sys == ENXIO ||
	    sys == EOPNOTSUPP;
}

int
file_read_as(
    int dirfd, const char *name, const char *what, struct buf *b, struct err *e)
{
	/* O_NONBLOCK: a FIFO without a writer would hang in open. */
	auto_close int fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && !means_not_a_file(errno))
		return err_sys(e, "%s: open", what);
	if (fd >= 0 && fstat(fd, &st) < 0)
		return err_sys(e, "%s: stat", what);
	if (fd < 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_CORRUPT, "%s: not a regular file", what);
	return io_read_sized(fd, st.st_size, b, what, e);
}

int
file_read(int dirfd, const char *name, struct buf *b, struct err *e)
{
	return file_read_as(dirfd, name, name, b, e);
}

/* An empty temporary file; a stale one of our pid is from before. */
static int
temp_open(int dirfd, const char *temp, int more, struct err *e)
{
	const int flags =
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | more;
	int fd = openat(dirfd, temp, flags, 0600);

	if (fd < 0 && errno == EEXIST && unlinkat(dirfd, temp, 0) == 0)
		fd = openat(dirfd, temp, flags, 0600);
	if (fd < 0)
		return err_sys(e, "%s: create", temp);
	return fd;
}

static int
temp_fill(int dirfd, const char *temp, const void *data, size_t len,
    mode_t mode, bool is_synced, struct err *e)
{
	auto_close int fd = temp_open(dirfd, temp, 0, e);

	if (fd < 0)
		return -1;
	if (io_write_all(fd, data, len) < 0)
		return err_sys(e, "%s: write", temp);
	if (fchmod(fd, mode & MODE_MASK) < 0)
		return err_sys(e, "%s: set mode", temp);
	if (is_synced && fsync(fd) < 0)
		return err_sys(e, "%s: sync", temp);
	return 0;
}

/* link(2) never replaces, so of two writers only one makes the file. */
static int
temp_place(int dirfd, const char *temp, const char *name, unsigned flags,
    struct err *e)
{
	if ((flags & FILE_F_EXCL) == 0) {
		if (renameat(dirfd, temp, dirfd, name) < 0)
			return err_sys(e, "%s: rename to", name);
		return 0;
	}
	if (linkat(dirfd, temp, dirfd, name, 0) < 0)
		return err_sys(e, "%s: create", name);
	if (unlinkat(dirfd, temp, 0) < 0)
		return err_sys(e, "%s: remove", temp);
	return 0;
}

static int
temp_name(char temp[TEMP_SIZE], const char *name, struct err *e)
{
	if (snprintf(temp, TEMP_SIZE, "%s" TEMP_MARK ".%ld", name,
		(long)getpid()) >= TEMP_SIZE)
		return err_set(e, ERR_INVALID, "%s: name too long", name);
	return 0;
}

int
file_create(int dirfd, const char *name, const void *data, size_t len, int *fdp,
    struct err *e)
{
	char temp[TEMP_SIZE];
	auto_close int fd = -1;

	if (temp_name(temp, name, e) < 0 ||
	    (fd = temp_open(dirfd, temp, O_APPEND, e)) < 0)
		return -1;
	if (io_write_all(fd, data, len) < 0)
		err_sys(e, "%s: write", temp);
	else if (temp_place(dirfd, temp, name, FILE_F_EXCL, e) == 0) {
		*fdp = take_fd(&fd);
		return 0;
	}
	(void)unlinkat(dirfd, temp, 0);
	return -1;
}

int
file_write(int dirfd, const char *name, const void *data, size_t len,
    mode_t mode, unsigned flags, struct err *e)
{
	bool is_synced = (flags & (FILE_F_SYNC | FILE_F_SYNC_CONTENT)) != 0;
	char temp[TEMP_SIZE];

	if (temp_name(temp, name, e) < 0)
		return -1;
	if (temp_fill(dirfd, temp, data, len, mode, is_synced, e) < 0 ||
	    temp_place(dirfd, temp, name, flags, e) < 0) {
		(void)unlinkat(dirfd, temp, 0);
		return -1;
	}
	return (flags & FILE_F_SYNC) != 0 ? dir_sync(dirfd, e) : 0;
}

int
file_remove(int dirfd, const char *name, struct err *e)
{
	if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT)
		return err_sys(e, "%s: remove", name);
	return 0;
}

int
file_rename(int olddir, const char *oldname, int newdir, const char *newname,
    unsigned flags, struct err *e)
{
	if ((flags & FILE_F_EXCL) != 0 && file_exists(newdir, newname))
		return err_set(e, ERR_EXISTS, "%s: exists", newname);
	if (renameat(olddir, oldname, newdir, newname) < 0)
		return err_sys(e, "%s: rename to %s", oldname, newname);
	if ((flags & FILE_F_SYNC) == 0)
		return 0;
	if (dir_sync(newdir, e) < 0)
		return -1;
	return olddir != newdir ? dir_sync(olddir, e) : 0;
}

bool
file_exists(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}
