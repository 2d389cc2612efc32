/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories and files of control groups.  Every file is small and is read
 * or written by one call, as the kernel wants it; only lists of processes
 * may be long.  A group may be removed while it is read: ENOENT and ENODEV
 * mean the same here, that it is gone.
 */
#include "platform/linux/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#define FILE_PATH_SIZE (CGROUP_PATH_SIZE + 64)
#define DEPTH_MAX      64

static bool
is_gone(int error)
{
	return error == ENOENT || error == ENODEV;
}

int
cgroup_open(const struct cgroup_dir *d, const char *file, int flags)
{
	char path[FILE_PATH_SIZE];
	int len;

	if (file == NULL)
		return openat(d->dirfd, d->path, flags | O_CLOEXEC);
	len = snprintf(path, sizeof(path), "%s/%s", d->path, file);
	if (len < 0 || (size_t)len >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return openat(d->dirfd, path, flags | O_CLOEXEC);
}

int
cgroup_write(const struct cgroup_dir *d, const char *file, const char *text)
{
	auto_close int fd = cgroup_open(d, file, O_WRONLY);
	size_t len = strlen(text);

	/* An empty text has to reach the kernel too. */
	if (len == 0)
		text = "\n", len = 1;
	if (fd < 0)
		return -1;
	return write(fd, text, len) == (ssize_t)len ? 0 : -1;
}

ssize_t
cgroup_read(
    const struct cgroup_dir *d, const char *file, char *out, size_t size)
{
	auto_close int fd = cgroup_open(d, file, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, out, size - 1);
	if (n < 0)
		return -1;
	if (n > 0 && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return n;
}

/* Leading digits of S. */
static uint64_t
number(const char *s)
{
	uint64_t v;

	return str_take_u64(&s, UINT64_MAX, &v) ? v : 0;
}

int
cgroup_read_u64(const struct cgroup_dir *d, const char *file, uint64_t *out)
{
	char text[64];

	if (cgroup_read(d, file, text, sizeof(text)) < 0)
		return -1;
	*out = str_eq(text, "max") ? UINT64_MAX : number(text);
	return 0;
}

uint64_t
cgroup_stat_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *s = text; s != NULL; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (strncmp(s, key, len) == 0 && s[len] == ' ')
			return number(s + len + 1);
	}
	return 0;
}

int
cgroup_read_stat(const struct cgroup_dir *d, const char *file, const char *key,
    uint64_t *out)
{
	char text[8192];

	if (cgroup_read(d, file, text, sizeof(text)) < 0)
		return -1;
	*out = cgroup_stat_value(text, key);
	return 0;
}

int
cgroup_wait(const struct cgroup_dir *d, const char *key, uint64_t value,
    int timeout_ms, struct err *e)
{
	auto_close int fd = cgroup_open(d, "cgroup.events", O_RDONLY);
	uint64_t end = clock_mono_ms() + (uint64_t)timeout_ms, now;
	struct pollfd p = { .fd = fd, .events = POLLPRI };
	char text[256];
	ssize_t n;

	for (;;) {
		n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
		if (n < 0 && is_gone(errno))
			return value == 0;
		if (n < 0)
			return err_sys(e, "%s/cgroup.events: read", d->path);
		text[n] = '\0';
		if (cgroup_stat_value(text, key) == value)
			return 1;
		now = clock_mono_ms();
		if (now >= end)
			return 0;
		if (poll(&p, 1, (int)(end - now)) < 0 && errno != EINTR)
			return err_sys(e, "%s/cgroup.events: poll", d->path);
	}
}

int
cgroup_events_open(const struct cell_ref *ref)
{
	struct err ignored = ERR_INIT;
	struct cgroup_dir d;
	bool has;

	if (cgroup_of(CGROUP_TREE_V2, ref, &d, &has, &ignored) < 0)
		return -1;
	return cgroup_open(&d, "cgroup.events", O_RDONLY);
}

bool
cgroup_events_read(int fd)
{
	char text[256];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return false;
	text[n] = '\0';
	return cgroup_stat_value(text, "populated") != 0;
}

/* Directories of an open one, which is closed.  The link count of a group
 * says how many it holds, so that nobody lists the files of an empty one. */
static int
each_dir(int dirfd, cgroup_dir_fn *fn, void *arg, struct err *e)
{
	auto_close int fd = dirfd;
	auto_closedir DIR *dir = NULL;
	struct cgroup_dir here = { .path = "." };
	struct dirent *entry;
	struct stat st;
	int r = 0;

	if (fstat(fd, &st) == 0 && st.st_nlink <= 2)
		return 0;
	dir = fdopendir(fd);
	if (dir == NULL)
		return err_sys(e, "control group: opendir");
	here.dirfd = take_fd(&fd);
	while (r == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
		if (entry->d_type == DT_DIR && !str_eq(entry->d_name, ".") &&
		    !str_eq(entry->d_name, ".."))
			r = fn(&here, entry->d_name, arg, e);
	}
	if (r == 0 && entry == NULL && errno != 0)
		return err_sys(e, "control group: readdir");
	return r;
}

int
cgroup_each_dir(
    const struct cgroup_dir *d, cgroup_dir_fn *fn, void *arg, struct err *e)
{
	int fd = cgroup_open(d, NULL, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

	if (fd < 0 && is_gone(errno))
		return 0;
	if (fd < 0)
		return err_sys(e, "%s: open", d->path);
	return each_dir(fd, fn, arg, e);
}

struct pid_walk {
	cgroup_pid_fn *fn;
	void *arg;
	unsigned depth;
};

static int
pids_here(const struct cgroup_dir *d, const struct pid_walk *w, struct err *e)
{
	auto_close int fd = cgroup_open(d, "cgroup.procs", O_RDONLY);
	char text[4096];
	ssize_t n = -1;
	pid_t pid = 0;
	int r;

	while (fd >= 0 && (n = read(fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (chr_is_digit(text[i])) {
				pid = pid * 10 + (text[i] - '0');
				continue;
			}
			/* 0: of a pid namespace that we don't see */
			r = pid > 0 ? w->fn(pid, w->arg, e) : 0;
			if (r != 0)
				return r;
			pid = 0;
		}
	}
	/* EOPNOTSUPP: threads only; the group above lists their processes. */
	if (n < 0 && !is_gone(errno) && errno != EOPNOTSUPP)
		return err_sys(e, "%s/cgroup.procs: read", d->path);
	return 0;
}

static int
pids_below(
    const struct cgroup_dir *d, const char *name, void *arg, struct err *e)
{
	struct pid_walk *w = arg;
	struct cgroup_dir sub = { .dirfd = d->dirfd };
	int r;

	if (++w->depth > DEPTH_MAX)
		return err_set(e, ERR_LIMIT,
		    "control group %s: more than %d levels", name, DEPTH_MAX);
	str_copy(sub.path, name, sizeof(sub.path));
	r = pids_here(&sub, w, e);
	if (r == 0)
		r = cgroup_each_dir(&sub, pids_below, w, e);
	w->depth--;
	return r;
}

int
cgroup_each_pid(
    const struct cgroup_dir *d, cgroup_pid_fn *fn, void *arg, struct err *e)
{
	struct pid_walk w = { .fn = fn, .arg = arg };
	int r = pids_here(d, &w, e);

	return r != 0 ? r : cgroup_each_dir(d, pids_below, &w, e);
}
