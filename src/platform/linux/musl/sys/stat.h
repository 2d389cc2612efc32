/* SPDX-License-Identifier: BSD-2-Clause */
/* statx(2) as glibc declares it, where musl has it not yet (1.2.4). */
#ifndef POT_MUSL_STAT_H
#define POT_MUSL_STAT_H

#pragma GCC system_header

#include_next <sys/stat.h>

#ifndef STATX_MNT_ID
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int
statx(int dirfd, const char *restrict path, int flags, unsigned mask,
    struct statx *restrict st)
{
	return (int)syscall(SYS_statx, dirfd, path, flags, mask, st);
}
#endif

#endif
