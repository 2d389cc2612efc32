/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole reads and writes on descriptors; EINTR is handled. */
#ifndef POT_IO_H
#define POT_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

/* Write all; -1 with errno. */
int io_write_all(int fd, const void *data, size_t len) MUST_CHECK;
/* Read until LEN bytes or end of file; the count, or -1 with errno. */
ssize_t io_read_full(int fd, void *data, size_t len) MUST_CHECK;
/* Append everything up to end of file; over B's maximum is ERR_LIMIT.
 * WHAT names the source in errors. */
int io_read_all(int fd, struct buf *b, const char *what, struct err *e)
    MUST_CHECK;
/* The same of a regular file that fstat(2) says is SIZE long: nobody is asked
 * for its end.  0 is no size: what the kernel makes up has none. */
int io_read_sized(int fd, off_t size, struct buf *b, const char *what,
    struct err *e) MUST_CHECK;
/* pipe2(O_CLOEXEC); fds[0] reads. */
int io_pipe(int fds[2], struct err *e) MUST_CHECK;
int io_set_nonblock(int fd, struct err *e) MUST_CHECK;
/* Wait until FD is readable (or closed) for at most TIMEOUT_MS, -1 for
 * ever: 1 ready, 0 timed out, -1 with errno.  A signal that is handled ends
 * the wait as if the time were up. */
int io_wait_readable(int fd, int timeout_ms) MUST_CHECK;

#endif
