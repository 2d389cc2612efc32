/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of an administrator's files. */
#include "engine/admin_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree_data.h"

static int
copy_to(
    int from, int todir, const char *name, const struct stat *st, struct err *e)
{
	mode_t mode = (st->st_mode & 0111) != 0 ? 0755 : 0644;
	auto_close int to = openat(todir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (to < 0)
		return err_sys(e, "%s", name);
	if (tree_data_copy(from, to, st->st_size, true, e) < 0)
		return err_wrap(e, "%s", name);
	if (fchmod(to, mode) < 0 || fsync(to) < 0)
		return err_sys(e, "%s", name);
	return 0;
}

int
admin_file_copy(
    int fromdir, const char *from, int todir, const char *to, struct err *e)
{
	/* O_NONBLOCK: what is no file must not make us wait. */
	auto_close int fd =
	    openat(fromdir, from, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char temp[NAME_MAX + 1];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "%s", from);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "%s: not a file", from);
	/* As file_write() names it, so that dir_remove_temps() knows it. */
	str_fmt(temp, sizeof(temp), "%s.tmp.%ld", to, (long)getpid());
	if (copy_to(fd, todir, temp, &st, e) == 0 &&
	    file_rename(todir, temp, todir, to, 0, e) == 0)
		return 0;
	(void)unlinkat(todir, temp, 0);
	return -1;
}
