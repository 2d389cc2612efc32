/* SPDX-License-Identifier: BSD-2-Clause */
/* fsopen(2): file systems as descriptors, and the kernel's words for what
 * it does not like.  And files as a pot sees them. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"
#include "platform/passwd.h"

/* The kernel's last message ("e overlay: ...") says more than errno. */
static int
fs_err(int fsfd, const char *what, struct err *e)
{
	int saved = errno;
	char text[256];
	ssize_t n = read(fsfd, text, sizeof(text) - 1);

	while (n > 0 && text[n - 1] == '\n')
		n--;
	errno = saved;
	if (n <= 2)
		return err_sys(e, "%s", what);
	text[n] = '\0';
	return err_sys(e, "%s: %s", what, text + 2);
}

int
fs_open(const char *type, int *fsfd, struct err *e)
{
	int fd = fsopen(type, FSOPEN_CLOEXEC);

	if (fd < 0 && errno == ENODEV)
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: the kernel has no such file system", type);
	if (fd < 0)
		return err_sys(e, "%s: fsopen", type);
	*fsfd = fd;
	return 0;
}

int
fs_set(int fsfd, const char *what, const char *key, const char *value,
    struct err *e)
{
	unsigned cmd = value != NULL ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

	if (fsconfig(fsfd, cmd, key, value, 0) == 0)
		return 0;
	fs_err(fsfd, key, e);
	return err_wrap(e, "%s", what);
}

int
fs_mount(int fsfd, const char *what, uint64_t attr, int *mntfd, struct err *e)
{
	int fd;

	if (fsconfig(fsfd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_err(fsfd, what, e);
	fd = fsmount(fsfd, FSMOUNT_CLOEXEC, (unsigned)attr);
	if (fd < 0)
		return fs_err(fsfd, what, e);
	*mntfd = fd;
	return 0;
}

/* A link into /proc could lead to a descriptor of the host's. */
int
inside_open(const char *path)
{
	return sys_openat2(AT_FDCWD, path,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
	    RESOLVE_NO_MAGICLINKS);
}
