/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open(2) for the programs that are linked with musl: musl's own sets
 * close-on-exec a second time, for kernels before 2.6.23.  Its openat(3)
 * does not.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/types.h>

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return openat(AT_FDCWD, path, flags, mode);
}
