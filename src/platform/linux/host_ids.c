/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ids that belong to somebody on the host: those of its users and groups,
 * and those that it lends to them for their own user namespaces.  Files
 * alone are read: no name service is asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "platform/linux/linux.h"

#define FILE_MAX ((size_t)16 << 20)

/* Lines of fields between colons. */
struct ids_file {
	const char *path;
	unsigned first; /* field of the first id */
	bool has_count; /* the next one says how many */
};

static const struct ids_file files[] = {
	{ "/etc/subuid", 1, true },
	{ "/etc/subgid", 1, true },
	{ "/etc/passwd", 2, false },
	{ "/etc/group", 2, false },
};

/* A line that says something else is somebody else's to complain about. */
static void
ids_line(const struct ids_file *f, const char *p, host_ids_fn *fn, void *arg)
{
	unsigned long first, count = 1;
	char *end;

	for (unsigned i = 0; i < f->first; i++) {
		p += strcspn(p, ":\n");
		if (*p != ':')
			return;
		p++;
	}
	if (*p < '0' || *p > '9')
		return;
	first = strtoul(p, &end, 10);
	if (f->has_count) {
		if (end[0] != ':' || end[1] < '0' || end[1] > '9')
			return;
		count = strtoul(end + 1, NULL, 10);
	}
	fn(arg, first, count);
}

static int
ids_read(const struct ids_file *f, host_ids_fn *fn, void *arg, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(FILE_MAX);
	auto_close int fd = open(f->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(e, "%s", f->path);
	if (io_read_all(fd, &b, f->path, e) < 0)
		return -1;
	for (const char *p = b.data; *p != '\0'; p += *p == '\n') {
		ids_line(f, p, fn, arg);
		p += strcspn(p, "\n");
	}
	return 0;
}

int
host_taken_ids(host_ids_fn *fn, void *arg, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		if (ids_read(&files[i], fn, arg, e) < 0)
			return -1;
	}
	return 0;
}
