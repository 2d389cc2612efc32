/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal of the pot.  The process is in the pot already, so what it
 * opens is checked to be what it should be: the multiplexer of a devpts.
 * The other end comes from the kernel, by no path at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/linux/inside.h"
#include "platform/linux/kernel.h"

#define PTMX_PATH "/dev/pts/ptmx"
#define TTY_GROUP 5

static bool
is_ptmx(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	    st.st_rdev == makedev(5, 2) && fstatfs(fd, &fs) == 0 &&
	    fs.f_type == DEVPTS_SUPER_MAGIC;
}

int
tty_open(uid_t owner, int *masterp, int *slavep, struct err *e)
{
	auto_close int master = -1, slave = -1;
	int unlock = 0;

	master = sys_openat2(AT_FDCWD, PTMX_PATH,
	    O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, RESOLVE_NO_SYMLINKS);
	if (master < 0)
		return err_sys(e, "terminal: the pot's " PTMX_PATH);
	if (!is_ptmx(master))
		return err_set(e, ERR_CORRUPT,
		    "terminal: the pot's " PTMX_PATH " is something else");
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return err_sys(e, "terminal: unlock");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_sys(e, "terminal: other end");
	if (fchown(slave, owner, TTY_GROUP) < 0 || fchmod(slave, 0620) < 0)
		return err_sys(e, "terminal: owner");
	/* It was only not to hang on what is no terminal. */
	if (fcntl(master, F_SETFL, O_RDWR) < 0)
		return err_sys(e, "terminal: flags");
	*masterp = take_fd(&master);
	*slavep = take_fd(&slave);
	return 0;
}
