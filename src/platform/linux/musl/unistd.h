/* SPDX-License-Identifier: BSD-2-Clause */
/* close_range(2) and closefrom(3) as glibc declares them; musl has neither
 * yet.  closefrom() is close_range() alone: all kernels of ours have it. */
#ifndef POT_MUSL_UNISTD_H
#define POT_MUSL_UNISTD_H

#pragma GCC system_header

#include_next <unistd.h>

#include <sys/syscall.h>

static inline int
close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline void
closefrom(int first)
{
	(void)close_range((unsigned)first, ~0U, 0);
}

#endif
