/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See work.h.  The error comes back in shared memory: a pipe would be one
 * more descriptor, and with CLONE_FILES one for both.
 */
#include "platform/linux/work.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/linux/cell.h"

static NO_RETURN void
worker(pid_t parent, work_fn *fn, void *arg, struct err *result)
{
	struct err e = ERR_INIT;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(2);
	if (fn(arg, &e) < 0)
		*result = e;
	_exit(err_is_set(&e) ? 1 : 0);
}

static int
worker_wait(int pidfd, struct err *e)
{
	siginfo_t info;

	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0) {
		if (errno != EINTR)
			return err_sys(e, "worker: wait");
	}
	if (info.si_code != CLD_EXITED || info.si_status > 1)
		return err_set(e, ERR_CHILD, "worker died (%s %d)",
		    info.si_code == CLD_EXITED ? "exit" : "signal",
		    info.si_status);
	return 0;
}

int
work_in_child(uint64_t flags, work_fn *fn, void *arg, struct err *e)
{
	struct err *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	auto_close int pidfd = -1;
	pid_t self = getpid(), pid;
	int rc;

	if (result == MAP_FAILED)
		return err_sys(e, "worker: mmap");
	pid = cell_clone(flags, -1, &pidfd);
	if (pid == 0)
		worker(self, fn, arg, result);
	rc = pid < 0 ? err_sys(e, "worker: clone") : worker_wait(pidfd, e);
	if (rc == 0 && err_is_set(result)) {
		*e = *result;
		rc = -1;
	}
	(void)munmap(result, sizeof(*result));
	return rc;
}
