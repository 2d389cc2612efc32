/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life and death of a cell, by pidfd: nothing here can reach a process that
 * got the pid of one that is gone.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "platform/linux/cell.h"
#include "platform/linux/cgroup.h"
#include "platform/linux/handle.h"
#include "platform/linux/kernel.h"
#include "platform/linux/linux.h"

/* SIGKILL is not waited for longer: something is stuck in the kernel. */
#define KILL_WAIT_MS 30000
#define KILL_ASK_MS  20

/*
 * Has it ended, but for zombies that others have to reap?  Somebody who came
 * in by exec is a child of a process of the host; while that is stopped, the
 * kernel keeps the pid namespace.  All else is gone by then.
 */
static bool
is_gone(const struct cell_ref *ref, const struct handle *h, int pidfd)
{
	struct err ignored = ERR_INIT;
	size_t n = 1;

	if (handle_is_running(h, pidfd))
		return false;
	if (pidfd_is_dead(pidfd))
		return true;
	return handle_is_exiting(h, pidfd) &&
	    cgroup_pids(ref, NULL, 0, &n, &ignored) == 0 && n == 0;
}

bool
cell_is_alive(const struct cell_ref *ref)
{
	struct err ignored = ERR_INIT;
	auto_close int pidfd = -1;
	struct handle h;

	return handle_open(ref, &h, &pidfd, &ignored) == 0 &&
	    !is_gone(ref, &h, pidfd);
}

/* A pidfd of a cell that lives. */
int
cell_open(
    const struct cell_ref *ref, struct handle *h, int *pidfdp, struct err *e)
{
	auto_close int pidfd = -1;

	if (handle_open(ref, h, &pidfd, e) < 0)
		return -1;
	if (is_gone(ref, h, pidfd))
		return err_set(e, ERR_STATE, "not running");
	*pidfdp = take_fd(&pidfd);
	return 0;
}

int
cell_wait_open(const struct cell_ref *ref, int *fdp, struct err *e)
{
	struct handle h;

	return handle_open(ref, &h, fdp, e);
}

/*
 * The kernel tells the status of a child of ours; of another process once it
 * was reaped, to those who hold its pidfd (6.15); while it is a zombie,
 * /proc has it.
 */
int
cell_exit_status(
    const struct cell_ref *ref, int waitfd, int *status, struct err *e)
{
	struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };
	siginfo_t si = { .si_pid = 0 };
	struct proc_stat ps;
	auto_close int own = -1;
	struct handle h;
	int fd = waitfd, wstatus;

	if (handle_parse(ref, &h, e) < 0)
		return -1;
	if (fd < 0 && handle_open(ref, &h, &own, e) == 0)
		fd = own;
	err_clear(e);
	if (fd >= 0 && waitid(P_PIDFD, (id_t)fd, &si, WEXITED | WNOHANG) == 0 &&
	    si.si_pid != 0) {
		*status = si.si_code == CLD_EXITED ? si.si_status :
						     128 + si.si_status;
		return 0;
	}
	if (fd >= 0 && ioctl(fd, PIDFD_GET_INFO, &info) == 0 &&
	    (info.mask & PIDFD_INFO_EXIT) != 0)
		wstatus = info.exit_code;
	else if (fd >= 0 && proc_stat_read(h.pid, &ps) && ps.state == 'Z' &&
	    handle_is(&h, fd))
		wstatus = ps.exit_code;
	else
		return err_set(e, ERR_UNSUPPORTED,
		    "the kernel knows its exit status no more");
	*status =
	    WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus);
	return 0;
}

/*
 * Two events tell of its end: that of the process, and for what is_gone() is
 * about, that of the last one in its control group.  That may come a moment
 * before the first process is known to end; nothing tells of this.
 */
static bool
wait_gone(const struct cell_ref *ref, const struct handle *h, int pidfd)
{
	uint64_t now = clock_mono_ms(), end = now + KILL_WAIT_MS;
	auto_close int events = cgroup_events_open(ref);
	struct pollfd p[] = { { .fd = pidfd, .events = POLLIN },
		{ .fd = events, .events = POLLPRI } };

	for (; now < end; now = clock_mono_ms()) {
		/* Reading asks for the next event.  A group that is gone
		 * has none. */
		if (p[1].fd >= 0 && !cgroup_events_read(p[1].fd))
			p[1].fd = -1;
		if (poll(p, COUNT_OF(p),
			p[1].fd < 0 ? KILL_ASK_MS : (int)(end - now)) < 0 &&
		    errno != EINTR)
			return false;
		/* Only this says that all it had is closed: it is waited for
		 * a moment, whatever is_gone() says. */
		if (p[0].revents != 0)
			return true;
		if (p[1].fd < 0 && is_gone(ref, h, pidfd))
			return true;
	}
	return false;
}

/* The whole pot dies with its first process; the control group also takes
 * those that were on their way in. */
int
cell_kill(const struct cell_ref *ref, struct err *e)
{
	auto_close int pidfd = -1;
	siginfo_t info;
	struct handle h;

	if (cgroup_kill(ref, e) < 0)
		return -1;
	if (handle_open(ref, &h, &pidfd, e) < 0) {
		if (e->code != ERR_STATE)
			return -1;
		err_clear(e);
		return 0;
	}
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return err_sys(e, "kill");
	if (!wait_gone(ref, &h, pidfd))
		return err_set(e, ERR_TIMEOUT,
		    "process %d does not end: killed %d s ago", (int)h.pid,
		    KILL_WAIT_MS / 1000);
	/* Reap it if it is ours. */
	(void)waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
	return 0;
}

/* How signals get through: pot-init forwards the value (init.h). */
static const int scope_values[] = {
	[CELL_SIGNAL_MAIN] = 0,
	[CELL_SIGNAL_ALL] = INIT_VALUE_ALL,
	[CELL_SIGNAL_STOP] = INIT_VALUE_STOP,
	[CELL_SIGNAL_LAST] = INIT_VALUE_LAST,
};

/* A command that is the first process itself handles what it is sent: the
 * kernel drops signals for which it has no handler. */
static int
signal_own(const struct cell_ref *ref, int pidfd, enum cell_signal_scope scope,
    int signo, struct err *e)
{
	if (scope == CELL_SIGNAL_LAST)
		return 0; /* it is the kernel's affair then */
	if (scope == CELL_SIGNAL_ALL)
		return procs_signal_all(ref, signo, e);
	if (pidfd_send_signal(pidfd, signo, NULL, 0) < 0)
		return err_sys(e, "signal %d", signo);
	return 0;
}

int
cell_signal(const struct cell_ref *ref, enum cell_signal_scope scope, int signo,
    struct err *e)
{
	auto_close int pidfd = -1;
	siginfo_t info = { .si_signo = INIT_SIGNAL, .si_code = SI_QUEUE };
	struct handle h;

	if (cell_open(ref, &h, &pidfd, e) < 0)
		return -1;
	if (signo < 0 || signo > INIT_SIGNAL)
		return err_set(e, ERR_INVALID, "signal %d: unknown", signo);
	if (h.is_own)
		return signal_own(ref, pidfd, scope, signo, e);
	info.si_value.sival_int = signo | scope_values[scope];
	if (pidfd_send_signal(pidfd, INIT_SIGNAL, &info, 0) < 0)
		return err_sys(e, "signal %d", signo);
	return 0;
}
