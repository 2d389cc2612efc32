/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of a file and of its directory, by kqueue(2) EVFILT_VNODE.  The
 * filter lives as long as the descriptors of what it watches, and the
 * caller has only that of the queue: so they are kept here by its number,
 * and closed when that number is given out again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/event.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/xmalloc.h"
#include "platform/freebsd/freebsd.h"

#define FILE_EVENTS \
	(NOTE_WRITE | NOTE_EXTEND | NOTE_ATTRIB | NOTE_RENAME | NOTE_DELETE)

static struct watch {
	int queue, dir, file;
	char *name;
} * watches;
static size_t nwatches;

static void
watch_fini(struct watch *w)
{
	cleanup_close(&w->dir);
	cleanup_close(&w->file);
	free(w->name);
	w->name = NULL;
}

static struct watch *
watch_of(int queue)
{
	for (size_t i = 0; i < nwatches; i++) {
		if (watches[i].queue == queue)
			return &watches[i];
	}
	return NULL;
}

static int
add(int queue, int fd, unsigned events)
{
	struct kevent ev;

	EV_SET(&ev, (uintptr_t)fd, EVFILT_VNODE, EV_ADD | EV_CLEAR, events, 0,
	    NULL);
	return kevent(queue, &ev, 1, NULL, 0, NULL);
}

/* The file that has the name now; none is fine, the directory will tell. */
static int
watch_file(struct watch *w, struct err *e)
{
	cleanup_close(&w->file);
	w->file = openat(
	    w->dir, w->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (w->file < 0 && errno != ENOENT)
		return err_sys(e, "%s: watch", w->name);
	if (w->file >= 0 && add(w->queue, w->file, FILE_EVENTS) < 0)
		return err_sys(e, "%s: watch", w->name);
	return 0;
}

static int
watch_open(const char *dir, const char *name, int *fdp, struct err *e)
{
	auto_close int queue = kqueue();
	auto_close int dirfd = -1;
	struct watch *w;

	if (queue < 0 || fcntl(queue, F_SETFD, FD_CLOEXEC) < 0)
		return err_sys(e, "kqueue");
	if (dir_open(AT_FDCWD, dir, &dirfd, e) < 0)
		return -1;
	if (add(queue, dirfd, NOTE_WRITE | NOTE_RENAME | NOTE_DELETE) < 0)
		return err_sys(e, "%s: watch", dir);
	w = watch_of(queue);
	if (w != NULL) {
		watch_fini(w); /* of a queue that was closed */
	} else {
		watches =
		    xreallocarray(watches, nwatches + 1, sizeof(*watches));
		w = &watches[nwatches++];
	}
	*w = (struct watch){ .queue = queue,
		.dir = take_fd(&dirfd),
		.file = -1,
		.name = xstrdup(name) };
	if (watch_file(w, e) < 0) {
		watch_fini(w);
		return -1;
	}
	*fdp = take_fd(&queue);
	return 0;
}

/* After a change in the directory the name may be another file's. */
static int
watch_drain(int fd, struct err *e)
{
	static const struct timespec now = { .tv_sec = 0 };
	struct watch *w = watch_of(fd);
	bool is_renamed = false;
	struct kevent ev;
	int n;

	while ((n = kevent(fd, NULL, 0, &ev, 1, &now)) > 0) {
		if (w != NULL && (int)ev.ident == w->dir)
			is_renamed = true;
	}
	if (n < 0)
		return err_sys(e, "kqueue");
	return is_renamed ? watch_file(w, e) : 0;
}

const struct platform_watch_ops freebsd_watch_ops = {
	.open = watch_open,
	.drain = watch_drain,
};
