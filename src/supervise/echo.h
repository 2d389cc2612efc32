/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A descriptor of somebody else's (a terminal, a pipe shared with others)
 * that must never block us, and whose open file's flags are not ours to
 * change.  Where the system opens /dev/fd/N anew, the copy is non-blocking;
 * elsewhere poll(2) is asked before each write of at most PIPE_BUF.
 */
#ifndef POT_SUPERVISE_ECHO_H
#define POT_SUPERVISE_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct echo {
	int fd; /* -1: none, or closed by its reader */
	bool is_socket;
	bool is_polled; /* it would block: ask poll first */
};

/* FD becomes the echo's; -1 gives none. */
void echo_init(struct echo *c, int fd);
void echo_fini(struct echo *c);
/* The bytes that were taken, 0 if none are taken now.  If its reader is
 * gone, the echo ends (fd -1) and all bytes count as taken. */
size_t echo_write(struct echo *c, const void *data, size_t len);

#endif
