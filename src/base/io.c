/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole reads and writes. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

#define READ_MIN 1024

int
io_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t
io_read_full(int fd, void *data, size_t len)
{
	char *p = data;
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, p + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/*
 * Up to the length END of B, or the end.  A source of exactly the maximum is
 * fine, so at the maximum one more byte is asked for, to tell the end from too
 * much.  Steps double: a small file takes little memory and a large one few
 * calls.
 */
static int
read_until(int fd, size_t end, struct buf *b, const char *what, struct err *e)
{
	while (!b->is_full && b->len < end) {
		size_t room = b->max - b->len;
		size_t step = b->len > READ_MIN ? b->len : READ_MIN;
		char one, *p = &one;
		ssize_t n;

		if (room > step)
			room = step;
		if (room > 0)
			p = buf_reserve(b, room);
		n = read(fd, p, room > 0 ? room : 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "%s: read", what);
		if (n == 0)
			return 0;
		if (room == 0) {
			b->is_full = true;
			break;
		}
		b->len += (size_t)n;
		buf_add(b, "", 0);
	}
	return buf_check(b, what, e);
}

int
io_read_all(int fd, struct buf *b, const char *what, struct err *e)
{
	return read_until(fd, SIZE_MAX, b, what, e);
}

int
io_read_sized(
    int fd, off_t size, struct buf *b, const char *what, struct err *e)
{
	size_t end = size > 0 ? b->len + (size_t)size : SIZE_MAX;

	return read_until(fd, end, b, what, e);
}

int
io_pipe(int fds[2], struct err *e)
{
	int made[2];

	if (pipe2(made, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	fds[0] = made[0];
	fds[1] = made[1];
	return 0;
}

int
io_set_nonblock(int fd, struct err *e)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_sys(e, "descriptor %d: set non-blocking", fd);
	return 0;
}

int
io_wait_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, timeout_ms);

	if (n < 0 && errno == EINTR)
		return 0;
	if (n > 0 && (p.revents & POLLNVAL) != 0) {
		errno = EBADF;
		return -1;
	}
	return n;
}
