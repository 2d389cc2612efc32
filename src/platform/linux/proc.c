/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes of ours: who they are, and whether they still are. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/linux/handle.h"
#include "platform/linux/kernel.h"
#include "platform/linux/linux.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

/* The start is in clock ticks since boot: it is written to files that older
 * and newer kernels read, unlike a handle. */
static int
proc_identify(pid_t pid, struct proc_id *out, struct err *e)
{
	struct proc_stat ps;

	if (!proc_stat_read(pid, &ps) || ps.state == 'Z' || ps.state == 'X')
		return err_set(
		    e, ERR_NOT_FOUND, "process %d: not there", (int)pid);
	*out = (struct proc_id){ .pid = pid, .start = ps.start };
	return 0;
}

static bool
proc_is_alive(const struct proc_id *id)
{
	struct proc_stat ps;

	if (id->pid <= 0 || !proc_stat_read(id->pid, &ps))
		return false;
	return ps.state != 'Z' && ps.state != 'X' &&
	    (id->start == 0 || ps.start == id->start);
}

/*
 * kill(2) notes in the process that all of it is to end; the one call that
 * asks for this note frees the memory of such a process early, which it has
 * no use for any more.
 */
static bool
proc_is_ending(const struct proc_id *id)
{
	auto_close int fd = id->pid > 0 ? pidfd_open(id->pid, 0) : -1;
	struct proc_stat ps;

	if (fd < 0 || sys_process_mrelease(fd) == 0 || errno == ESRCH ||
	    errno == EAGAIN)
		return true;
	/* It is alive, or the kernel does not know the call. */
	if (errno == EINVAL && id->start == 0)
		return false;
	return !proc_stat_read(id->pid, &ps) || ps.state == 'Z' ||
	    ps.state == 'X' || (id->start != 0 && ps.start != id->start) ||
	    (ps.flags & (PF_EXITING | PF_SIGNALED)) != 0 ||
	    (ps.pending & (UINT64_C(1) << (SIGKILL - 1))) != 0;
}

/* An exiting process closes its files before its pidfd tells. */
static int
proc_wait_open(const struct proc_id *id, int *fdp, struct err *e)
{
	auto_close int fd = pidfd_open(id->pid, 0);
	struct proc_stat ps;

	if (fd < 0 && errno != ESRCH && errno != EINVAL)
		return err_sys(e, "pidfd of %d", (int)id->pid);
	if (fd < 0 ||
	    (id->start != 0 &&
		(!proc_stat_read(id->pid, &ps) || ps.start != id->start)))
		return err_set(
		    e, ERR_STATE, "process %d: not there", (int)id->pid);
	*fdp = take_fd(&fd);
	return 0;
}

static int
proc_boot_id(char out[64], struct err *e)
{
	auto_close int fd = open(BOOT_ID_PATH, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return err_sys(e, BOOT_ID_PATH);
	n = read(fd, out, 63); /* made in one piece */
	if (n < 0)
		return err_sys(e, BOOT_ID_PATH ": read");
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	if (out[0] == '\0')
		return err_set(e, ERR_SYSTEM, BOOT_ID_PATH ": empty");
	return 0;
}

/* ps(1) shows the memory in which the kernel put the arguments: one string
 * after the other, as long as they are together. */
static int
proc_set_title(int argc, char **argv, const char *title, struct err *e UNUSED)
{
	size_t room = 0, len = strlen(title);

	for (int i = 0; i < argc && argv[i] == argv[0] + room; i++)
		room += strlen(argv[i]) + 1;
	if (room > 0) {
		if (len >= room)
			len = room - 1;
		memset(argv[0], 0, room);
		memcpy(argv[0], title, len);
	}
	(void)prctl(PR_SET_NAME, title, 0, 0, 0);
	return 0;
}

const struct platform_proc_ops linux_proc_ops = {
	.identify = proc_identify,
	.is_alive = proc_is_alive,
	.is_ending = proc_is_ending,
	.wait_open = proc_wait_open,
	.boot_id = proc_boot_id,
	.set_title = proc_set_title,
};
