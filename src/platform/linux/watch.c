/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of files in a directory, by dnotify (fcntl(2), F_NOTIFY): growth,
 * and names that come and go.  Unlike inotify(7) it has no limit: of inotify
 * instances root has 128, shared with all that runs on the host, and each
 * pot has its supervisor.  Nor does its end wait for a grace period.
 *
 * It tells by a signal, which a signalfd(2) makes readable; it is one that
 * does nothing when it is not blocked, so that it can't hurt a program that
 * is executed meanwhile.  All watches of a process share it, so what wakes
 * one may have been meant for another.
 *
 * A kernel without dnotify has inotify.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "platform/linux/linux.h"

#define WATCH_SIGNAL SIGURG
#define EVENTS	     (DN_MODIFY | DN_CREATE | DN_DELETE | DN_RENAME | DN_MULTISHOT)

/* The directory tells as long as it is open, and the caller has only the
 * descriptor of its signal: so it is kept here by that number, and closed
 * when the number is given out again. */
static struct watch {
	int fd, dir;
} * watches;
static size_t nwatches;

static void
keep(int fd, int dir)
{
	for (size_t i = 0; i < nwatches; i++) {
		if (watches[i].fd == fd) {
			(void)close(watches[i].dir);
			watches[i].dir = dir;
			return;
		}
	}
	watches = xreallocarray(watches, nwatches + 1, sizeof(*watches));
	watches[nwatches++] = (struct watch){ .fd = fd, .dir = dir };
}

static int
open_inotify(const char *dir, int *fdp, struct err *e)
{
	auto_close int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return err_sys(e, "inotify");
	if (inotify_add_watch(fd, dir,
		IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
		    IN_MOVED_TO | IN_ONLYDIR) < 0)
		return err_sys(e, "%s: watch", dir);
	*fdp = take_fd(&fd);
	return 0;
}

static int
watch_open(const char *dir, const char *name UNUSED, int *fdp, struct err *e)
{
	auto_close int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int fd = -1;
	sigset_t set;

	if (dirfd < 0)
		return err_sys(e, "%s: watch", dir);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, WATCH_SIGNAL);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_sys(e, "%s: watch", dir);
	if (fcntl(dirfd, F_SETSIG, WATCH_SIGNAL) < 0 ||
	    fcntl(dirfd, F_NOTIFY, EVENTS) < 0)
		return open_inotify(dir, fdp, e);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_sys(e, "%s: watch", dir);
	keep(fd, take_fd(&dirfd));
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
		return err_sys(e, "watch: read");
	return 0;
}

const struct platform_watch_ops linux_watch_ops = {
	.open = watch_open,
	.drain = watch_drain,
};
