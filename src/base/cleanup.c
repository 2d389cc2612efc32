/* SPDX-License-Identifier: BSD-2-Clause */
/* The clean-up handlers of cleanup.h; each keeps errno. */
#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void
cleanup_close(int *fdp)
{
	int sys = errno;

	if (*fdp >= 0)
		(void)close(*fdp);
	*fdp = -1;
	errno = sys;
}

void
cleanup_free(void *pp)
{
	int sys = errno;

	free(take_ptr(pp));
	errno = sys;
}

void
cleanup_closedir(void *pp)
{
	int sys = errno;
	DIR *d = take_ptr(pp);

	if (d != NULL)
		(void)closedir(d);
	errno = sys;
}
