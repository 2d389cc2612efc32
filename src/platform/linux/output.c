/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * splice(2): bytes leave a FIFO and are in the file in one operation, so
 * that a kill -9 at any instant neither loses nor doubles one.
 */
#include <errno.h>
#include <fcntl.h>

#include "platform/linux/linux.h"

static ssize_t
output_move(int fifo, int file, off_t offset, size_t max, struct err *e)
{
	off64_t at = offset;
	ssize_t n;

	do
		n = splice(fifo, NULL, file, &at, max, SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return err_sys(e, "output: splice");
	return n;
}

const struct platform_output_ops linux_output_ops = {
	.move = output_move,
	.is_atomic = true,
};
