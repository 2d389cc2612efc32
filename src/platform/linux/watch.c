/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inotify(7): a watch on a directory tells of growth of the files in it and
 * of renames, whichever files come and go.
 */
#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/linux/linux.h"

static int
watch_open(const char *dir, const char *name UNUSED, int *fdp, struct err *e)
{
	auto_close int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return err_sys(e, "inotify");
	if (inotify_add_watch(fd, dir,
		IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
		    IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) <
	    0)
		return err_sys(e, "%s: watch", dir);
	*fdp = take_fd(&fd);
	return 0;
}

static int
watch_drain(int fd, struct err *e)
{
	char events[4096];
	ssize_t n;

	do
		n = read(fd, events, sizeof(events));
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0 && errno != EAGAIN)
		return err_sys(e, "inotify: read");
	return 0;
}

const struct platform_watch_ops linux_watch_ops = {
	.open = watch_open,
	.drain = watch_drain,
};
