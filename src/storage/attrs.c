/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where there is no <sys/xattr.h> there is no overlayfs either, and the
 * rest is POSIX.
 */
#include "storage/attrs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define MODE_MASK ((mode_t)07777)

#if __has_include(<sys/xattr.h>)
#include <sys/xattr.h>

#define MARKS  "trusted.overlay."
#define OPAQUE MARKS "opaque"

/* All values of one directory are below this (XATTR_LIST_MAX, _SIZE_MAX). */
#define XATTR_MAX ((size_t)1 << 16)

static int
copy_xattr(int fromfd, int tofd, const char *name, char *value, struct err *e)
{
	ssize_t n = fgetxattr(fromfd, name, value, XATTR_MAX);

	if (n < 0 && errno == ENODATA)
		return 0; /* gone meanwhile */
	if (n < 0)
		return err_sys(e, "read attribute %s", name);
	if (fsetxattr(tofd, name, value, (size_t)n, 0) < 0)
		return err_sys(e, "set attribute %s", name);
	return 0;
}

/* The names of FD's attributes, one after the other, N bytes in all. */
static int
list_xattrs(int fd, char **names, size_t *n, struct err *e)
{
	ssize_t len = flistxattr(fd, NULL, 0);

	*n = 0;
	*names = NULL;
	if (len == 0 || (len < 0 && errno == EOPNOTSUPP))
		return 0;
	*names = xmalloc(XATTR_MAX);
	len = flistxattr(fd, *names, XATTR_MAX);
	if (len < 0)
		return err_sys(e, "list attributes");
	*n = (size_t)len;
	return 0;
}

static bool
has_name(const char *names, size_t n, const char *name)
{
	const char *p;

	for (p = names; n > 0 && p < names + n; p += strlen(p) + 1)
		if (str_eq(p, name))
			return true;
	return false;
}

static int
copy_xattrs(int fromfd, int tofd, struct err *e)
{
	auto_free char *from = NULL, *to = NULL, *value = NULL;
	size_t nfrom, nto;
	const char *p;

	if (list_xattrs(fromfd, &from, &nfrom, e) < 0 ||
	    list_xattrs(tofd, &to, &nto, e) < 0)
		return -1;
	for (p = to; nto > 0 && p < to + nto; p += strlen(p) + 1)
		if (!str_has_prefix(p, MARKS) && !has_name(from, nfrom, p) &&
		    fremovexattr(tofd, p) < 0 && errno != ENODATA)
			return err_sys(e, "remove attribute %s", p);
	if (nfrom > 0)
		value = xmalloc(XATTR_MAX);
	for (p = from; nfrom > 0 && p < from + nfrom; p += strlen(p) + 1)
		if (!str_has_prefix(p, MARKS) &&
		    copy_xattr(fromfd, tofd, p, value, e) < 0)
			return -1;
	return 0;
}

int
attrs_is_opaque(int fd, bool *is_opaque, struct err *e)
{
	char value = '\0';
	ssize_t n = fgetxattr(fd, OPAQUE, &value, sizeof(value));

	if (n < 0 && errno != ENODATA && errno != EOPNOTSUPP)
		return err_sys(e, "read attribute " OPAQUE);
	*is_opaque = n == 1 && value == 'y';
	return 0;
}

int
attrs_set_opaque(int fd, struct err *e)
{
	if (fsetxattr(fd, OPAQUE, "y", 1, 0) < 0)
		return err_sys(e, "set attribute " OPAQUE);
	return 0;
}

#else

static int
copy_xattrs(int fromfd, int tofd, struct err *e)
{
	(void)fromfd;
	(void)tofd;
	(void)e;
	return 0;
}

int
attrs_is_opaque(int fd, bool *is_opaque, struct err *e)
{
	(void)fd;
	(void)e;
	*is_opaque = false;
	return 0;
}

int
attrs_set_opaque(int fd, struct err *e)
{
	(void)fd;
	return err_set(e, ERR_UNSUPPORTED, "overlayfs's attributes: not here");
}

#endif

int
attrs_copy(int fromfd, int tofd, struct err *e)
{
	struct stat from, to;
	struct timespec times[2];

	if (fstat(fromfd, &from) < 0 || fstat(tofd, &to) < 0)
		return err_sys(e, "stat");
	if ((from.st_uid != to.st_uid || from.st_gid != to.st_gid) &&
	    fchown(tofd, from.st_uid, from.st_gid) < 0)
		return err_sys(e, "set owner");
	if (((from.st_mode ^ to.st_mode) & MODE_MASK) != 0 &&
	    fchmod(tofd, from.st_mode & MODE_MASK) < 0)
		return err_sys(e, "set mode");
	if (copy_xattrs(fromfd, tofd, e) < 0)
		return -1;
	times[0] = from.st_atim;
	times[1] = from.st_mtim;
	if (futimens(tofd, times) < 0)
		return err_sys(e, "set times");
	return 0;
}
