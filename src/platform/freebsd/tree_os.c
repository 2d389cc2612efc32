/* SPDX-License-Identifier: BSD-2-Clause */
/* base/tree_os.h on FreeBSD: extattr(2), acl(3) and chflags(2). */
#include "base/tree_os.h"

#include <sys/types.h>
#include <sys/acl.h>
#include <sys/extattr.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/xmalloc.h"

/* A mount has a device number of its own here; nullfs gives one, too. */
int
tree_os_stat(int dirfd, const char *name, struct stat *st, uint64_t *mount)
{
	int rc = name[0] == '\0' ?
	    fstat(dirfd, st) :
	    fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW);

	if (rc < 0)
		return -1;
	*mount = (uint64_t)st->st_dev;
	return 0;
}

static int
copy_attr(int from, int to, int space, const char *name, struct err *e)
{
	auto_free char *value = NULL;
	ssize_t size = extattr_get_fd(from, space, name, NULL, 0), len;

	if (size >= 0) {
		value = xmalloc((size_t)size);
		size = extattr_get_fd(from, space, name, value, (size_t)size);
	}
	if (size < 0 && errno == ENOATTR)
		return 0; /* removed meanwhile */
	if (size < 0)
		return err_sys(e, "attribute %s: read", name);
	len = extattr_set_fd(to, space, name, value, (size_t)size);
	if (len == size ||
	    (len < 0 && errno == EOPNOTSUPP && space == EXTATTR_NAMESPACE_USER))
		return 0;
	if (len >= 0)
		errno = EIO;
	return err_sys(e, "attribute %s: write", name);
}

/* The list is of names, each after a byte with its length, without NUL. */
static int
copy_space(int from, int to, int space, struct err *e)
{
	auto_free unsigned char *list = NULL;
	ssize_t size = extattr_list_fd(from, space, NULL, 0);

	/* EPERM: the system's names are not for us, as in a jail. */
	if (size < 0 && (errno == EOPNOTSUPP || errno == EPERM))
		return 0;
	if (size > 0) {
		list = xmalloc((size_t)size);
		size = extattr_list_fd(from, space, list, (size_t)size);
	}
	if (size < 0)
		return err_sys(e, "attributes: list");
	for (ssize_t i = 0; i < size; i += 1 + list[i]) {
		char name[EXTATTR_MAXNAMELEN + 1];

		if (i + 1 + list[i] > size)
			break;
		memcpy(name, list + i + 1, list[i]);
		name[list[i]] = '\0';
		if (copy_attr(from, to, space, name, e) < 0)
			return -1;
	}
	return 0;
}

/* UFS keeps POSIX.1e lists, ZFS those of NFSv4; what the mode says anyway
 * is no list. */
static int
copy_acl(int from, int to, acl_type_t type, struct err *e)
{
	acl_t acl = acl_get_fd_np(from, type);
	int trivial = 0, rc = 0;

	if (acl == NULL)
		return errno == EOPNOTSUPP || errno == EINVAL ?
		    0 :
		    err_sys(e, "access list: read");
	if (acl_is_trivial_np(acl, &trivial) == 0 && trivial == 0 &&
	    acl_set_fd_np(to, acl, type) < 0)
		rc = err_sys(e, "access list: write");
	(void)acl_free(acl);
	return rc;
}

struct acl_row {
	int conf; /* fpathconf: does the file have such lists? */
	acl_type_t type;
	bool is_of_dir;
};

static const struct acl_row acl_rows[] = {
	{ _PC_ACL_NFS4, ACL_TYPE_NFS4, false },
	{ _PC_ACL_EXTENDED, ACL_TYPE_ACCESS, false },
	{ _PC_ACL_EXTENDED, ACL_TYPE_DEFAULT, true },
};

int
tree_os_copy_attrs(int from, int to, struct err *e)
{
	struct stat st;

	if (fstat(from, &st) < 0)
		return err_sys(e, "stat");
	if (copy_space(from, to, EXTATTR_NAMESPACE_USER, e) < 0 ||
	    copy_space(from, to, EXTATTR_NAMESPACE_SYSTEM, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(acl_rows); i++) {
		const struct acl_row *row = &acl_rows[i];

		if (fpathconf(from, row->conf) <= 0 ||
		    (row->is_of_dir && !S_ISDIR(st.st_mode)))
			continue;
		if (copy_acl(from, to, row->type, e) < 0)
			return -1;
	}
	return 0;
}

int
tree_os_copy_flags(int from, int to, struct err *e)
{
	/* Those that the system keeps by itself, such as "archived", are
	 * not for us to set. */
	const unsigned long kept = UF_SETTABLE | SF_SETTABLE;
	struct stat st;

	if (fstat(from, &st) < 0)
		return err_sys(e, "stat");
	if ((st.st_flags & kept & ~(unsigned long)(UF_ARCHIVE | SF_ARCHIVED)) ==
	    0)
		return 0;
	if (fchflags(to, st.st_flags & kept) < 0 && errno != EOPNOTSUPP)
		return err_sys(e, "flags: set");
	return 0;
}

bool
tree_os_clear_flags(int dirfd, const char *name)
{
	struct stat st;
	uint64_t mount;

	if (tree_os_stat(dirfd, name, &st, &mount) < 0 || st.st_flags == 0)
		return false;
	return (name[0] == '\0' ?
		       fchflags(dirfd, 0) :
		       chflagsat(dirfd, name, 0, AT_SYMLINK_NOFOLLOW)) == 0;
}
