/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log reader over any bytes.  The first byte chooses the query, a byte
 * 0xff splits the rest into a rotated and a current file.  Forward and
 * backward give the same number of records, and the tail so many at most.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/logfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/pot-fuzz.XXXXXX";
static int dirfd = -1;

static void
clean(void)
{
	(void)unlinkat(dirfd, "log", 0);
	(void)unlinkat(dirfd, "log.1", 0);
	(void)rmdir(dir);
}

static void
put(const char *name, const void *data, size_t size)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert(fd >= 0);
	assert(io_write_all(fd, data, size) == 0);
	(void)close(fd);
}

static unsigned
count(struct logfile *l,
    int (*step)(struct logfile *, struct logline *, struct err *))
{
	struct err e = ERR_INIT;
	struct logline r;
	unsigned n = 0;
	int got;

	while ((got = step(l, &r, &e)) > 0) {
		assert(memchr(r.text, '\n', r.len) == NULL);
		n++;
	}
	assert(got == 0);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct logfile_query q = LOGFILE_QUERY_ALL;
	struct err e = ERR_INIT;
	struct logfile *l;
	const uint8_t *split;
	unsigned forward, backward, tail;
	bool is_timed;

	if (size == 0)
		return 0;
	if (dirfd < 0) {
		assert(mkdtemp(dir) != NULL);
		dirfd = open(dir, O_RDONLY | O_DIRECTORY);
		assert(dirfd >= 0 && atexit(clean) == 0);
	}
	q.streams = data[0] & 7U;
	if ((data[0] & 8) != 0)
		q.since_ns = UINT64_C(1795351235123456789);
	if ((data[0] & 16) != 0)
		q.until_ns = UINT64_C(1795351235123456789);
	is_timed = (data[0] & 24) != 0;
	data++;
	size--;
	split = memchr(data, 0xff, size);
	if (split == NULL)
		split = data;
	put("log.1", data, (size_t)(split - data));
	put("log", split, (size_t)(data + size - split));

	assert(logfile_open(dirfd, &q, &l, &e) == 0);
	forward = count(l, logfile_next);
	assert(logfile_seek_end(l, &e) == 0);
	backward = count(l, logfile_prev);
	logfile_close(l);

	q.tail = 1;
	assert(logfile_open(dirfd, &q, &l, &e) == 0);
	tail = count(l, logfile_next);
	logfile_close(l);
	/* Where times go back in a file, who looks for one may find another
	 * when coming from the other side. */
	assert((forward == backward && tail <= forward) || is_timed);
	return 0;
}
