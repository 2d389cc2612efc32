/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing to descriptors that are not ours alone. */
#include "supervise/echo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

/* An open file of our own of the same pipe or terminal, or -1. */
static int
reopen(int fd)
{
	auto_close int copy = -1;
	char path[32];
	int flags;

	str_fmt(path, sizeof(path), "/dev/fd/%d", fd);
	copy = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (copy < 0)
		return -1;
	/* It may be a mere dup(2), with the flags of the other. */
	flags = fcntl(copy, F_GETFL);
	return flags >= 0 && (flags & O_NONBLOCK) != 0 ? take_fd(&copy) : -1;
}

void
echo_init(struct echo *c, int fd)
{
	struct stat st;
	int copy, flags;

	*c = (struct echo){ .fd = fd };
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0) {
		echo_fini(c);
		return;
	}
	c->is_socket = S_ISSOCK(st.st_mode);
	if (!S_ISFIFO(st.st_mode) && isatty(fd) == 0)
		return; /* a file: nobody has to read it */
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0 && (flags & O_NONBLOCK) != 0)
		return;
	copy = reopen(fd);
	if (copy < 0) {
		c->is_polled = true;
		return;
	}
	(void)close(fd);
	c->fd = copy;
}

void
echo_fini(struct echo *c)
{
	cleanup_close(&c->fd);
}

static bool
is_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) > 0;
}

size_t
echo_write(struct echo *c, const void *data, size_t len)
{
	ssize_t n;

	if (c->fd < 0)
		return len;
	if (c->is_polled) {
		if (!is_writable(c->fd))
			return 0;
		if (len > PIPE_BUF)
			len = PIPE_BUF;
	}
	if (c->is_socket)
		n = send(c->fd, data, len, MSG_DONTWAIT);
	else
		n = write(c->fd, data, len);
	if (n >= 0)
		return (size_t)n;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return 0;
	echo_fini(c);
	return len;
}
