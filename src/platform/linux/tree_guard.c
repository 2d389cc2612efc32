/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base/tree_os.h on Linux: a way into a tree on which no device node works.
 * A file of its own, for linux/fs.h and sys/mount.h say the same in words
 * that exclude each other.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/tree_os.h"

/* Only who may mount can; nobody else can open a disk either. */
int
tree_os_guard(int dirfd, int *fdp, struct err *e)
{
	struct mount_attr nodev = { .attr_set = MOUNT_ATTR_NODEV };
	auto_close int fd = open_tree(dirfd, "",
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);

	if (fd < 0 && errno == EPERM)
		fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	else if (fd >= 0 &&
	    mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &nodev,
		sizeof(nodev)) < 0)
		return err_sys(e, "mount without devices");
	if (fd < 0)
		return err_sys(e, "directory: open again");
	*fdp = take_fd(&fd);
	return 0;
}
