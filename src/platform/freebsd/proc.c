/* SPDX-License-Identifier: BSD-2-Clause */
/* Who a process is, and which boot this is. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/param.h>
#include <sys/event.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "platform/freebsd/freebsd.h"

static int
proc_identify(pid_t pid, struct proc_id *out, struct err *e)
{
	struct kinfo_proc k;

	if (!procs_find(pid, &k))
		return err_set(
		    e, ERR_NOT_FOUND, "process %d: does not live", (int)pid);
	*out = (struct proc_id){ .pid = pid, .start = procs_start(&k) };
	return 0;
}

static bool
proc_is_alive(const struct proc_id *id)
{
	return procs_is_alive(id->pid, id->start);
}

/* The kernel lists what is pending, and takes note of SIGKILL in the process
 * until it looks. */
static bool
proc_is_ending(const struct proc_id *id)
{
	struct kinfo_proc k;

	return !procs_find(id->pid, &k) ||
	    (id->start != 0 && procs_start(&k) != id->start) ||
	    (k.ki_flag & P_WKILLED) != 0 || SIGISMEMBER(k.ki_siglist, SIGKILL);
}

/* An exiting process closes its files before NOTE_EXIT. */
static int
proc_wait_open(const struct proc_id *id, int *fdp, struct err *e)
{
	auto_close int kq = kqueue();
	struct kevent ev;

	if (kq < 0 || fcntl(kq, F_SETFD, FD_CLOEXEC) < 0)
		return err_sys(e, "kqueue");
	EV_SET(&ev, (uintptr_t)id->pid, EVFILT_PROC, EV_ADD | EV_ONESHOT,
	    NOTE_EXIT, 0, NULL);
	if (id->pid <= 0 || kevent(kq, &ev, 1, NULL, 0, NULL) < 0 ||
	    !procs_is_alive(id->pid, id->start))
		return err_set(
		    e, ERR_STATE, "process %d: not there", (int)id->pid);
	*fdp = take_fd(&kq);
	return 0;
}

/*
 * kern.boot_id is drawn at each boot (12.2).  Before it, the boot's time:
 * when somebody sets the clock that is another one, and run directories are
 * taken for a former boot's; the sh version has that, too.
 */
static int
proc_boot_id(char out[64], struct err *e)
{
	unsigned char id[16];
	struct timeval boot;
	size_t len = sizeof(id);

	if (sysctlbyname("kern.boot_id", id, &len, NULL, 0) == 0 &&
	    len == sizeof(id)) {
		for (size_t i = 0; i < sizeof(id); i++)
			str_fmt(out + 2 * i, 64 - 2 * i, "%02x", id[i]);
		return 0;
	}
	len = sizeof(boot);
	if (sysctlbyname("kern.boottime", &boot, &len, NULL, 0) < 0)
		return err_sys(e, "kern.boottime");
	str_fmt(out, 64, "%jd", (intmax_t)boot.tv_sec);
	return 0;
}

static int
proc_set_title(int argc UNUSED, char **argv UNUSED, const char *title,
    struct err *e UNUSED)
{
	setproctitle("-%s", title); /* '-': without the program's name */
	return 0;
}

const struct platform_proc_ops freebsd_proc_ops = {
	.identify = proc_identify,
	.is_alive = proc_is_alive,
	.is_ending = proc_is_ending,
	.wait_open = proc_wait_open,
	.boot_id = proc_boot_id,
	.set_title = proc_set_title,
};
