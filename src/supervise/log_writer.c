/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log file.  Administrators move, cut and remove logs; each check finds
 * out.  It is opened for appending, so that a file that was cut grows from
 * its new end.
 */
#include "supervise/log_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/logfile.h"
#include "base/logline.h"
#include "base/str.h"

#define OPEN_FLAGS (O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
#define LOG_MODE   0640
#define NAME_SIZE  (sizeof(LOGFILE_NAME) + 12)

/* Readable by the group that owns the directory. */
static int
create(int dirfd, struct err *e)
{
	auto_close int fd = openat(
	    dirfd, LOGFILE_NAME, OPEN_FLAGS | O_CREAT | O_EXCL, LOG_MODE);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "log: create");
	if (fstat(dirfd, &st) < 0 || fchown(fd, (uid_t)-1, st.st_gid) < 0 ||
	    fchmod(fd, LOG_MODE) < 0) {
		/* Then only root reads it. */
	}
	return take_fd(&fd);
}

/* The time of the last whole record, and whether a newline ends the file. */
static int
read_end(struct log_writer *w, char *scratch, size_t size, struct err *e)
{
	off_t from = w->len > size ? (off_t)(w->len - size) : 0;
	ssize_t n = pread(w->fd, scratch, size, from);
	size_t len = n > 0 ? (size_t)n : 0;
	struct logline r;

	if (n < 0)
		return err_sys(e, "log: read");
	w->last_ns = 0;
	w->is_torn = len > 0 && scratch[len - 1] != '\n';
	while (len > 0 && w->last_ns == 0) {
		size_t end, start;

		while (len > 0 && scratch[len - 1] != '\n')
			len--;
		if (len == 0)
			break;
		end = start = len - 1;
		while (start > 0 && scratch[start - 1] != '\n')
			start--;
		if (logline_parse(scratch + start, end - start, &r))
			w->last_ns = r.time_ns;
		len = start;
	}
	return 0;
}

static int
reopen(struct log_writer *w, char *scratch, size_t size, struct err *e)
{
	struct stat st;

	log_writer_close(w);
	w->fd = openat(w->dirfd, LOGFILE_NAME, OPEN_FLAGS);
	if (w->fd < 0 && errno != ENOENT)
		return err_sys(e, "log: open");
	if (w->fd < 0 && (w->fd = create(w->dirfd, e)) < 0)
		return -1;
	if (fstat(w->fd, &st) < 0) {
		err_sys(e, "log: stat");
		log_writer_close(w);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		log_writer_close(w);
		return err_set(e, ERR_CORRUPT, "log: not a file");
	}
	w->ino = (uint64_t)st.st_ino;
	w->len = (uint64_t)st.st_size;
	return read_end(w, scratch, size, e);
}

int
log_writer_check(
    struct log_writer *w, char *scratch, size_t size, struct err *e)
{
	struct stat st;

	if (w->fd >= 0 &&
	    fstatat(w->dirfd, LOGFILE_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (uint64_t)st.st_ino == w->ino && (uint64_t)st.st_size == w->len)
		return 0;
	return reopen(w, scratch, size, e) < 0 ? -1 : 1;
}

ssize_t
log_writer_append(
    struct log_writer *w, const char *data, size_t len, struct err *e)
{
	ssize_t n;

	do
		n = write(w->fd, data, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "log: write");
	if (n == 0)
		return err_set(e, ERR_NO_SPACE, "log: nothing was written");
	w->len += (uint64_t)n;
	return n;
}

void
log_writer_cut(struct log_writer *w, uint64_t len)
{
	if (w->fd >= 0 && len < w->len && ftruncate(w->fd, (off_t)len) == 0)
		w->len = len;
}

static void
rotated_name(char out[NAME_SIZE], unsigned i)
{
	str_fmt(out, NAME_SIZE, i == 0 ? "%s" : "%s.%u", LOGFILE_NAME, i);
}

/* Move the i-th file up by one; it may be gone. */
static int
move_up(int dirfd, unsigned i, struct err *e)
{
	char from[NAME_SIZE], to[NAME_SIZE];

	rotated_name(from, i);
	rotated_name(to, i + 1);
	if (renameat(dirfd, from, dirfd, to) < 0 && errno != ENOENT)
		return err_sys(e, "%s: rename to %s", from, to);
	return 0;
}

static bool
is_there(int dirfd, unsigned i)
{
	char name[NAME_SIZE];
	struct stat st;

	rotated_name(name, i);
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;
}

/* The setting may have been higher once. */
static void
remove_beyond(int dirfd, unsigned i)
{
	char name[NAME_SIZE];

	do
		rotated_name(name, ++i);
	while (i <= LOGFILE_COUNT_MAX && unlinkat(dirfd, name, 0) == 0);
}

int
log_writer_rotate(struct log_writer *w, struct err *e)
{
	unsigned free_one = 1;

	if (w->count == 0) {
		if (unlinkat(w->dirfd, LOGFILE_NAME, 0) < 0 && errno != ENOENT)
			return err_sys(e, "log: remove");
	} else {
		while (free_one < w->count && is_there(w->dirfd, free_one))
			free_one++;
		for (unsigned i = free_one; i-- > 0;) {
			if (move_up(w->dirfd, i, e) < 0)
				return -1;
		}
	}
	remove_beyond(w->dirfd, w->count);
	log_writer_close(w);
	return 0;
}

void
log_writer_close(struct log_writer *w)
{
	cleanup_close(&w->fd);
	w->ino = w->len = w->last_ns = 0;
	w->is_torn = false;
}
