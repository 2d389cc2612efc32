/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying content.  All reads and writes name their offset, for SEEK_DATA
 * and SEEK_HOLE move the descriptor's own.
 */
#include "base/tree_data.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/tree_os.h"
#include "base/xmalloc.h"

#define CHUNK_SIZE  ((size_t)256 * 1024)
#define KERNEL_SIZE ((size_t)1 << 30) /* of one copy_file_range */

struct data {
	int from, to;
	bool uses_kernel; /* copy_file_range works so far */
	char *chunk;	  /* NULL until it is needed */
};

/* What copy_file_range(2) says where it does not apply. */
static bool
means_unsupported(int sys)
{
	return sys == ENOSYS || sys == EXDEV || sys == EINVAL ||
	    sys == EOPNOTSUPP || sys == EPERM || sys == ETXTBSY;
}

/* Up to LEN bytes at AT, inside the kernel; 0: it doesn't any more. */
static ssize_t
copy_in_kernel(struct data *d, off_t at, size_t len, struct err *e)
{
	ssize_t n;

	if (!d->uses_kernel)
		return 0;
	n = tree_os_copy_range(
	    d->from, d->to, at, len < KERNEL_SIZE ? len : KERNEL_SIZE);
	if (n > 0)
		return n;
	if (n < 0 && errno == EINTR)
		return copy_in_kernel(d, at, len, e);
	if (n < 0 && !means_unsupported(errno))
		return err_sys(e, "copy");
	/* Also 0: a file system that can't, or the end; read(2) tells. */
	d->uses_kernel = false;
	return 0;
}

static int
write_at(int fd, const char *p, size_t len, off_t at, struct err *e)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "write");
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Up to LEN bytes at AT through memory; 0 at the end of the file. */
static ssize_t
copy_by_hand(struct data *d, off_t at, size_t len, struct err *e)
{
	ssize_t n;

	if (d->chunk == NULL)
		d->chunk = xmalloc(CHUNK_SIZE);
	do
		n = pread(
		    d->from, d->chunk, len < CHUNK_SIZE ? len : CHUNK_SIZE, at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "read");
	if (write_at(d->to, d->chunk, (size_t)n, at, e) < 0)
		return -1;
	return n;
}

static int
copy_range(struct data *d, off_t at, off_t end, struct err *e)
{
	while (at < end) {
		ssize_t n = copy_in_kernel(d, at, (size_t)(end - at), e);

		if (n == 0)
			n = copy_by_hand(d, at, (size_t)(end - at), e);
		if (n < 0)
			return -1;
		if (n == 0)
			break; /* it became shorter */
		at += n;
	}
	return 0;
}

/*
 * The next range with data at or behind AT: 1, or 0 if there is none.  A
 * file system without SEEK_DATA has all of it as data.
 */
static int
next_range(int fd, off_t size, off_t *at, off_t *end, struct err *e)
{
	off_t data = lseek(fd, *at, SEEK_DATA), hole;

	if (data < 0 && errno == ENXIO)
		return 0;
	if (data < 0 && errno != EINVAL && errno != EOPNOTSUPP &&
	    errno != ENOTTY)
		return err_sys(e, "find data");
	if (data >= 0)
		*at = data;
	hole = data < 0 ? size : lseek(fd, data, SEEK_HOLE);
	if (hole < 0 && errno != ENXIO)
		return err_sys(e, "find hole");
	*end = hole < 0 || hole > size ? size : hole;
	return *at < size ? 1 : 0;
}

int
tree_data_copy(int from, int to, off_t size, bool may_share, struct err *e)
{
	struct data d = { .from = from, .to = to, .uses_kernel = may_share };
	off_t at = 0, end = 0;
	int rc = 0;

	/* First, for a write that makes a file longer may have the file
	 * system take room in advance, which then fills our holes. */
	if (ftruncate(to, size) < 0)
		return err_sys(e, "set size");
	while (at < size && (rc = next_range(from, size, &at, &end, e)) > 0) {
		rc = copy_range(&d, at, end, e);
		if (rc < 0)
			break;
		at = end;
	}
	free(d.chunk);
	return rc < 0 ? -1 : 0;
}
