/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into zfs-fuse(8): at each unmount that calls sync(2), which waits
 * for every disk of the host, and it answers nobody meanwhile.
 */
#include <unistd.h>

void
sync(void)
{
}
