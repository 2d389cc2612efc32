/* SPDX-License-Identifier: BSD-2-Clause */
/* base/tree_os.h on FreeBSD: extattr(2), acl(3) and chflags(2). */
#include "base/tree_os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/acl.h>
#include <sys/extattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"

/* Flags that forbid changes, renames or removal (chflags(2)). */
#define FORBIDDING                                                \
	((unsigned long)(UF_IMMUTABLE | UF_APPEND | UF_NOUNLINK | \
	    SF_IMMUTABLE | SF_APPEND | SF_NOUNLINK))
/* Those that are a file's own; the rest are notes of its file system. */
#define COPIED (FORBIDDING | (unsigned long)(UF_NODUMP | UF_HIDDEN))

/* Each mount has a device number of its own, nullfs too. */
int
tree_os_stat(int dirfd, const char *name, struct stat *st, uint64_t *mount)
{
	int rc = name[0] == '\0' ?
	    fstat(dirfd, st) :
	    fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW);

	if (rc == 0)
		*mount = st->st_dev;
	return rc;
}

/* Not in the libc of 12, nor in its kernel. */
ssize_t
tree_os_copy_range(int from, int to, off_t at, size_t len)
{
#if __FreeBSD_version >= 1300037
	off_t in = at, out = at;

	return copy_file_range(from, &in, to, &out, len, 0);
#else
	(void)from, (void)to, (void)at, (void)len;
	errno = ENOSYS;
	return -1;
#endif
}

/* --- extended attributes --- */

/* Of the system's, access lists are copied as such. */
static bool
is_acl(const char *name)
{
	return str_has_prefix(name, "posix1e.") ||
	    str_has_prefix(name, "nfs4.");
}

static int
copy_attr(int from, int to, int space, const char *name, struct err *e)
{
	auto_free char *value = NULL;
	ssize_t size = extattr_get_fd(from, space, name, NULL, 0), len;

	if (size < 0 && errno == ENOATTR)
		return 0; /* removed meanwhile */
	if (size < 0)
		return err_sys(e, "attribute %s: read", name);
	/* A byte more tells whether it has grown. */
	value = xmalloc((size_t)size + 1);
	len = extattr_get_fd(from, space, name, value, (size_t)size + 1);
	if (len < 0 && errno == ENOATTR)
		return 0;
	if (len < 0)
		return err_sys(e, "attribute %s: read", name);
	if (len > size)
		return err_set(
		    e, ERR_BUSY, "attribute %s: changes all the time", name);
	if (extattr_set_fd(to, space, name, value, (size_t)len) >= 0)
		return 0;
	/* The user's may be lost where the file system keeps none. */
	if (errno == EOPNOTSUPP && space == EXTATTR_NAMESPACE_USER)
		return 0;
	return err_sys(e, "attribute %s: write", name);
}

/* The list is a length, a byte, and as many of the name, again and again. */
static int
copy_attrs(int from, int to, int space, struct err *e)
{
	auto_free char *list = NULL;
	ssize_t size = extattr_list_fd(from, space, NULL, 0), len;

	/* EPERM: the system's are not for us, as in a jail. */
	if (size <= 0)
		return size == 0 || errno == EOPNOTSUPP || errno == EPERM ?
		    0 :
		    err_sys(e, "attributes: list");
	list = xmalloc((size_t)size);
	len = extattr_list_fd(from, space, list, (size_t)size);
	if (len < 0)
		return err_sys(e, "attributes: list");
	for (ssize_t at = 0; at < len;) {
		size_t n = (unsigned char)list[at++];
		char name[EXTATTR_MAXNAMELEN + 1];

		if (n > (size_t)(len - at))
			break;
		memcpy(name, list + at, n);
		name[n] = '\0';
		at += (ssize_t)n;
		if (!is_acl(name) && copy_attr(from, to, space, name, e) < 0)
			return -1;
	}
	return 0;
}

#define USER_PREFIX "user."

int
tree_os_each_attr(int fd, tree_attr_fn *fn, void *arg, struct err *e)
{
	auto_free char *list = NULL;
	ssize_t size = extattr_list_fd(fd, EXTATTR_NAMESPACE_USER, NULL, 0);
	ssize_t len;

	if (size <= 0)
		return size == 0 || errno == EOPNOTSUPP ?
		    0 :
		    err_sys(e, "attributes: list");
	list = xmalloc((size_t)size);
	len = extattr_list_fd(fd, EXTATTR_NAMESPACE_USER, list, (size_t)size);
	if (len < 0)
		return err_sys(e, "attributes: list");
	for (ssize_t at = 0; at < len;) {
		size_t n = (unsigned char)list[at++];
		char name[sizeof(USER_PREFIX) + EXTATTR_MAXNAMELEN];
		char *bare = name + sizeof(USER_PREFIX) - 1;
		auto_free char *value = NULL;
		ssize_t got;

		if (n > (size_t)(len - at))
			break;
		memcpy(name, USER_PREFIX, sizeof(USER_PREFIX) - 1);
		memcpy(bare, list + at, n);
		bare[n] = '\0';
		at += (ssize_t)n;
		got = extattr_get_fd(fd, EXTATTR_NAMESPACE_USER, bare, NULL, 0);
		if (got < 0)
			continue; /* removed meanwhile */
		value = xmalloc((size_t)got + 1);
		got = extattr_get_fd(
		    fd, EXTATTR_NAMESPACE_USER, bare, value, (size_t)got);
		if (got >= 0 && fn(arg, name, value, (size_t)got, e) < 0)
			return -1;
	}
	return 0;
}

int
tree_os_set_attr(
    int fd, const char *name, const void *value, size_t len, struct err *e)
{
	if (!str_has_prefix(name, USER_PREFIX) ||
	    extattr_set_fd(fd, EXTATTR_NAMESPACE_USER,
		name + sizeof(USER_PREFIX) - 1, value, len) >= 0 ||
	    errno == EOPNOTSUPP)
		return 0;
	return err_sys(e, "attribute %s: write", name);
}

/* --- access control lists --- */

static int
copy_acl(int from, int to, acl_type_t type, struct err *e)
{
	acl_t acl = acl_get_fd_np(from, type);
	int trivial = 0, rc = 0;

	if (acl == NULL)
		return errno == EINVAL || errno == EOPNOTSUPP ?
		    0 :
		    err_sys(e, "access list: read");
	/* What only repeats the mode was copied with it.  An empty default
	 * list can't be set, and need not be. */
	if (acl_is_trivial_np(acl, &trivial) < 0)
		rc = err_sys(e, "access list");
	else if (trivial == 0 && acl_set_fd_np(to, acl, type) < 0)
		rc = err_sys(e, "access list: write");
	(void)acl_free(acl);
	return rc;
}

static int
copy_acls(int from, int to, struct err *e)
{
	struct stat st;

	if (fpathconf(from, _PC_ACL_NFS4) == 1)
		return copy_acl(from, to, ACL_TYPE_NFS4, e);
	if (fpathconf(from, _PC_ACL_EXTENDED) != 1)
		return 0;
	if (copy_acl(from, to, ACL_TYPE_ACCESS, e) < 0)
		return -1;
	if (fstat(from, &st) < 0)
		return err_sys(e, "access list");
	return S_ISDIR(st.st_mode) ? copy_acl(from, to, ACL_TYPE_DEFAULT, e) :
				     0;
}

/* Nothing here has ids of its own, so IDS is NULL. */
int
tree_os_copy_attrs(int from, int to, unsigned flags,
    const struct tree_ids *ids UNUSED, struct err *e)
{
	if (copy_attrs(from, to, EXTATTR_NAMESPACE_USER, e) < 0 ||
	    ((flags & TREE_F_UNTRUSTED) == 0 &&
		copy_attrs(from, to, EXTATTR_NAMESPACE_SYSTEM, e) < 0))
		return -1;
	return copy_acls(from, to, e);
}

/* Device nodes outside of devfs are no devices here. */
int
tree_os_guard(int dirfd, int *fdp, struct err *e)
{
	*fdp = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	return *fdp < 0 ? err_sys(e, "duplicate") : 0;
}

/* --- flags --- */

int
tree_os_copy_flags(int from, int to, struct err *e)
{
	struct stat st;
	unsigned long flags;

	if (fstat(from, &st) < 0)
		return err_sys(e, "flags");
	flags = (unsigned long)st.st_flags & COPIED;
	if (flags != 0 && fchflags(to, flags) < 0 && errno != EOPNOTSUPP)
		return err_sys(e, "flags");
	return 0;
}

bool
tree_os_clear_flags(int dirfd, const char *name)
{
	struct stat st;
	uint64_t mount;
	unsigned long rest;

	if (tree_os_stat(dirfd, name, &st, &mount) < 0 ||
	    ((unsigned long)st.st_flags & FORBIDDING) == 0)
		return false;
	rest = (unsigned long)st.st_flags & ~FORBIDDING;
	if (name[0] == '\0')
		return fchflags(dirfd, rest) == 0;
	return chflagsat(dirfd, name, rest, AT_SYMLINK_NOFOLLOW) == 0;
}
