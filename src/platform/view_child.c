/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run a mount_view_fn in a child process.  The child has its own copy of
 * everything, so the function can only change the tree; its error comes
 * back through a pipe as it is.
 */
#include "platform/view_child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"

static NO_RETURN void
run(const char *root, mount_view_fn *fn, void *arg, int fd)
{
	struct err e = ERR_INIT;
	int rootfd = -1, status = 0;

	if (dir_open(AT_FDCWD, root, &rootfd, &e) < 0 ||
	    fn(rootfd, arg, &e) < 0) {
		assert(err_is_set(&e));
		status = err_send(fd, &e) < 0 ? 2 : 1;
	}
	_exit(status);
}

int
view_child(const char *root, mount_view_fn *fn, void *arg, struct err *e)
{
	int fds[2], status, got;
	pid_t pid;

	if (io_pipe(fds, e) < 0)
		return -1;
	auto_close int reader = fds[0];
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		run(root, fn, arg, fds[1]);
	}
	close(fds[1]);
	if (pid < 0)
		return err_sys(e, "fork");
	got = err_recv(reader, e);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno == EINTR)
			continue;
		return got == 0 ? err_sys(e, "waitpid") : -1;
	}
	if (got != 0)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, ERR_CHILD, "%s: worker died (status 0x%x)",
		    root, (unsigned)status);
	return 0;
}
