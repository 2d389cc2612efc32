/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I/O limits.  The kernel limits each disk by its device number, so a limit
 * is written for every disk that the host has: those in /sys/block that do
 * I/O of their own.  Disks that are made of others (dm, md) are left out: what
 * they do is done, limited and counted below; so are loop and RAM disks.
 */
#include "platform/linux/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define DEV_SIZE 24

/* v2 has one line for a disk, v1 a file for each. */
static const struct {
	enum limit_id id;
	const char *v2, *v1;
} io_rows[] = {
	{ LIMIT_IO_READ_BPS, "rbps", "blkio.throttle.read_bps_device" },
	{ LIMIT_IO_WRITE_BPS, "wbps", "blkio.throttle.write_bps_device" },
	{ LIMIT_IO_READ_IOPS, "riops", "blkio.throttle.read_iops_device" },
	{ LIMIT_IO_WRITE_IOPS, "wiops", "blkio.throttle.write_iops_device" },
};

struct io_job {
	const struct cgroup_dir *d;
	const struct limit_set *old, *new_set;
	bool is_v1;
	unsigned disks;
};

static bool
is_empty_dir(const struct cgroup_dir *d, const char *name)
{
	int fd = cgroup_open(d, name, O_RDONLY | O_DIRECTORY);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL && fd >= 0)
		close(fd);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			return false;
	}
	return true;
}

/* Is D in /sys/block a disk that does I/O?  Its "MAJOR:MINOR" to DEV. */
static bool
is_disk(const struct cgroup_dir *d, const char *name, char dev[DEV_SIZE])
{
	static const char *const made_of_memory[] = { "loop", "ram", "zram" };
	uint64_t sectors;

	for (size_t i = 0; i < COUNT_OF(made_of_memory); i++) {
		if (str_has_prefix(name, made_of_memory[i]))
			return false;
	}
	/* Paths of a multipath disk are hidden: they have no number. */
	return cgroup_read_u64(d, "size", &sectors) == 0 && sectors > 0 &&
	    cgroup_read(d, "dev", dev, DEV_SIZE) > 0 &&
	    is_empty_dir(d, "slaves");
}

/* The same for a device number: /sys/dev/block links to the disk. */
static bool
is_disk_number(const char *dev)
{
	struct cgroup_dir d = { .dirfd = AT_FDCWD };
	char target[256], again[DEV_SIZE];
	const char *name;
	ssize_t n;

	str_fmt(d.path, sizeof(d.path), "/sys/dev/block/%s", dev);
	n = readlink(d.path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	name = strrchr(target, '/');
	return name != NULL && is_disk(&d, name + 1, again);
}

/* The number after KEY, 0 if it has none. */
static uint64_t
figure(const char *line, const char *key)
{
	const char *s = strstr(line, key);
	uint64_t v;

	if (s == NULL)
		return 0;
	s += strlen(key);
	return str_take_u64(&s, UINT64_MAX, &v) ? v : 0;
}

/* "MAJ:MIN rbytes=1 wbytes=2 ..." in v2, "MAJ:MIN Read 1" in v1. */
static void
add_io(char *line, bool is_v1, uint64_t *rbytes, uint64_t *wbytes)
{
	const char *dev = strsep(&line, " ");
	uint64_t r, w;

	if (line == NULL)
		return;
	r = figure(line, is_v1 ? "Read " : "rbytes=");
	w = figure(line, is_v1 ? "Write " : "wbytes=");
	if ((r != 0 || w != 0) && is_disk_number(dev)) {
		*rbytes += r;
		*wbytes += w;
	}
}

int
cgroup_read_io(
    const struct cgroup_dir *d, bool is_v1, uint64_t *rbytes, uint64_t *wbytes)
{
	char text[16384], *rest = text, *line;

	if (cgroup_read(d,
		is_v1 ? "blkio.throttle.io_service_bytes_recursive" : "io.stat",
		text, sizeof(text)) < 0)
		return -1;
	*rbytes = *wbytes = 0;
	while ((line = strsep(&rest, "\n")) != NULL)
		add_io(line, is_v1, rbytes, wbytes);
	return 0;
}

static uint64_t
value_of(const struct limit_set *l, enum limit_id id)
{
	return limit_is_set(l, id) ? l->value[id] : 0;
}

static int
limit_disk_v1(const struct io_job *job, const char *dev, struct err *e)
{
	char text[64];
	uint64_t value;

	for (size_t i = 0; i < COUNT_OF(io_rows); i++) {
		value = value_of(job->new_set, io_rows[i].id);
		if (value == value_of(job->old, io_rows[i].id))
			continue;
		/* 0 lifts it. */
		str_fmt(text, sizeof(text), "%s %" PRIu64, dev, value);
		if (cgroup_write(job->d, io_rows[i].v1, text) < 0)
			return err_sys(e, "%s/%s: write %s", job->d->path,
			    io_rows[i].v1, text);
	}
	return 0;
}

static int
limit_disk_v2(const struct io_job *job, const char *dev, struct err *e)
{
	char text[192];
	size_t len;
	uint64_t value;

	len = (size_t)snprintf(text, sizeof(text), "%s", dev);
	for (size_t i = 0; i < COUNT_OF(io_rows); i++) {
		value = value_of(job->new_set, io_rows[i].id);
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    value != 0 ? " %s=%" PRIu64 : " %s=max", io_rows[i].v2,
		    value);
	}
	if (cgroup_write(job->d, "io.max", text) < 0)
		return err_sys(e, "%s/io.max: write %s", job->d->path, text);
	return 0;
}

static int
limit_disk(const char *name, struct io_job *job, struct err *e)
{
	struct cgroup_dir disk = { .dirfd = AT_FDCWD };
	char dev[DEV_SIZE];

	str_fmt(disk.path, sizeof(disk.path), "/sys/block/%s", name);
	if (!is_disk(&disk, name, dev))
		return 0;
	job->disks++;
	return job->is_v1 ? limit_disk_v1(job, dev, e) :
			    limit_disk_v2(job, dev, e);
}

int
cgroup_apply_io(const struct cgroup_dir *d, bool is_v1,
    const struct limit_set *old, const struct limit_set *new_set, struct err *e)
{
	struct io_job job = { d, old, new_set, is_v1, 0 };
	auto_closedir DIR *dir = opendir("/sys/block");
	struct dirent *entry;

	if (dir == NULL)
		return err_sys(e, "/sys/block: open");
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' &&
		    limit_disk(entry->d_name, &job, e) < 0)
			return -1;
	}
	if (job.disks == 0)
		return err_set(e, ERR_UNSUPPORTED,
		    "this host has no disk whose I/O could be limited");
	return 0;
}
