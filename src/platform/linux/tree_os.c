/* SPDX-License-Identifier: BSD-2-Clause */
/* base/tree_os.h on Linux: statx(2), xattr(7) and the inode flags. */
#include "base/tree_os.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/xattr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"

static struct timespec
time_of(const struct statx_timestamp *t)
{
	return (struct timespec){ .tv_sec = t->tv_sec,
		.tv_nsec = (long)t->tv_nsec };
}

int
tree_os_stat(int dirfd, const char *name, struct stat *st, uint64_t *mount)
{
	struct statx x;
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
	    (name[0] == '\0' ? AT_EMPTY_PATH : 0);

	if (statx(dirfd, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, &x) < 0)
		return -1;
	*st = (struct stat){
		.st_dev = makedev(x.stx_dev_major, x.stx_dev_minor),
		.st_ino = x.stx_ino,
		.st_mode = x.stx_mode,
		.st_nlink = x.stx_nlink,
		.st_uid = x.stx_uid,
		.st_gid = x.stx_gid,
		.st_rdev = makedev(x.stx_rdev_major, x.stx_rdev_minor),
		.st_size = (off_t)x.stx_size,
		.st_blksize = (blksize_t)x.stx_blksize,
		.st_blocks = (blkcnt_t)x.stx_blocks,
		.st_atim = time_of(&x.stx_atime),
		.st_mtim = time_of(&x.stx_mtime),
		.st_ctim = time_of(&x.stx_ctime),
	};
	*mount = (x.stx_mask & STATX_MNT_ID) != 0 ? x.stx_mnt_id : st->st_dev;
	return 0;
}

/*
 * The names of all attributes, each with its NUL; their length.  The list
 * may grow between asking for its size and reading it.
 */
static ssize_t
list_names(int fd, char **names)
{
	for (;;) {
		ssize_t size = flistxattr(fd, NULL, 0), len;

		if (size <= 0)
			return size;
		*names = xreallocarray(*names, (size_t)size, 1);
		len = flistxattr(fd, *names, (size_t)size);
		if (len >= 0 || errno != ERANGE)
			return len;
	}
}

static ssize_t
get_value(int fd, const char *name, char **value)
{
	for (;;) {
		ssize_t size = fgetxattr(fd, name, NULL, 0), len;

		if (size < 0)
			return size;
		*value = xreallocarray(*value, (size_t)size, 1);
		len = fgetxattr(fd, name, *value, (size_t)size);
		if (len >= 0 || errno != ERANGE)
			return len;
	}
}

/*
 * May NAME be lost where the file system cannot keep it?  The user's may,
 * and a label that the host's policy sets anew; not capabilities, access
 * lists, or what overlayfs wrote.
 */
static bool
is_dispensable(const char *name)
{
	return str_has_prefix(name, "user.") ||
	    str_eq(name, "security.selinux");
}

ssize_t
tree_os_copy_range(int from, int to, off_t at, size_t len)
{
	off_t in = at, out = at;

	return copy_file_range(from, &in, to, &out, len, 0);
}

/* --- ids in attributes (linux/posix_acl_xattr.h, linux/capability.h) --- */

#define ACL_HEADER sizeof(struct posix_acl_xattr_header)
#define ACL_ENTRY  sizeof(struct posix_acl_xattr_entry)

static bool
is_acl(const char *name)
{
	return str_has_prefix(name, "system.posix_acl_");
}

/* What no guest may hand on: only users' own and access lists are not. */
static bool
is_trusted(const char *name)
{
	return !is_acl(name) && !str_has_prefix(name, "user.");
}

static int
acl_move(char *value, ssize_t len, const struct tree_ids *ids, struct err *e)
{
	struct posix_acl_xattr_entry en;

	for (size_t at = ACL_HEADER; at + ACL_ENTRY <= (size_t)len;
	     at += ACL_ENTRY) {
		uint32_t id;

		memcpy(&en, value + at, ACL_ENTRY);
		if (le16toh(en.e_tag) != ACL_USER &&
		    le16toh(en.e_tag) != ACL_GROUP)
			continue;
		if (tree_ids_move(ids, le32toh(en.e_id), &id, e) < 0)
			return -1;
		en.e_id = htole32(id);
		memcpy(value + at, &en, ACL_ENTRY);
	}
	return 0;
}

/* Capabilities are those of a user namespace's root; the old form does not
 * say whose: ours. */
static int
caps_move(char **value, ssize_t *len, const struct tree_ids *ids, struct err *e)
{
	struct vfs_ns_cap_data cap = { .rootid = 0 };
	uint32_t root;

	if (*len != XATTR_CAPS_SZ_2 && *len != XATTR_CAPS_SZ_3)
		return 0;
	memcpy(&cap, *value, (size_t)*len);
	if (tree_ids_move(ids, le32toh(cap.rootid), &root, e) < 0)
		return -1;
	cap.rootid = htole32(root);
	cap.magic_etc = htole32(
	    VFS_CAP_REVISION_3 | (le32toh(cap.magic_etc) & VFS_CAP_FLAGS_MASK));
	*value = xreallocarray(*value, sizeof(cap), 1);
	memcpy(*value, &cap, sizeof(cap));
	*len = sizeof(cap);
	return 0;
}

static int
copy_attr(int from, int to, const char *name, const struct tree_ids *ids,
    struct err *e)
{
	auto_free char *value = NULL;
	ssize_t len = get_value(from, name, &value);
	int rc = 0;

	if (len < 0 && errno == ENODATA)
		return 0; /* removed meanwhile */
	if (len < 0)
		return err_sys(e, "attribute %s: read", name);
	if (ids != NULL && is_acl(name))
		rc = acl_move(value, len, ids, e);
	else if (ids != NULL && str_eq(name, XATTR_NAME_CAPS))
		rc = caps_move(&value, &len, ids, e);
	if (rc < 0)
		return err_wrap(e, "attribute %s", name);
	if (fsetxattr(to, name, value, (size_t)len, 0) == 0)
		return 0;
	if (errno == EOPNOTSUPP && is_dispensable(name))
		return 0;
	return err_sys(e, "attribute %s: write", name);
}

int
tree_os_copy_attrs(
    int from, int to, unsigned flags, const struct tree_ids *ids, struct err *e)
{
	auto_free char *names = NULL;
	ssize_t len = list_names(from, &names);

	if (len < 0 && errno == EOPNOTSUPP)
		return 0;
	if (len < 0)
		return err_sys(e, "attributes: list");
	for (ssize_t i = 0; i < len; i += (ssize_t)strlen(names + i) + 1) {
		if ((flags & TREE_F_UNTRUSTED) != 0 && is_trusted(names + i))
			continue;
		if (copy_attr(from, to, names + i, ids, e) < 0)
			return -1;
	}
	return 0;
}

/* Labels are the host's policy, trusted ones what overlayfs and the like keep
 * for themselves. */
static bool
is_portable(const char *name)
{
	return str_has_prefix(name, "user.") || is_acl(name) ||
	    str_eq(name, XATTR_NAME_CAPS);
}

int
tree_os_each_attr(int fd, tree_attr_fn *fn, void *arg, struct err *e)
{
	auto_free char *names = NULL;
	ssize_t len = list_names(fd, &names);

	if (len < 0 && errno == EOPNOTSUPP)
		return 0;
	if (len < 0)
		return err_sys(e, "attributes: list");
	for (ssize_t i = 0; i < len; i += (ssize_t)strlen(names + i) + 1) {
		auto_free char *value = NULL;
		ssize_t n;

		if (!is_portable(names + i))
			continue;
		n = get_value(fd, names + i, &value);
		if (n < 0 && errno == ENODATA)
			continue;
		if (n < 0)
			return err_sys(e, "attribute %s: read", names + i);
		if (fn(arg, names + i, value, (size_t)n, e) < 0)
			return -1;
	}
	return 0;
}

int
tree_os_set_attr(
    int fd, const char *name, const void *value, size_t len, struct err *e)
{
	if (!is_portable(name) || fsetxattr(fd, name, value, len, 0) == 0)
		return 0;
	if (errno == EOPNOTSUPP && is_dispensable(name))
		return 0;
	return err_sys(e, "attribute %s: write", name);
}

int
tree_os_copy_flags(int from, int to, struct err *e)
{
	/* What chattr(1) sets belongs to the file system, not to the file. */
	(void)from;
	(void)to;
	(void)e;
	return 0;
}

bool
tree_os_clear_flags(int dirfd, const char *name)
{
	auto_close int fd = -1;
	struct statx x;
	struct stat st;
	int flags;

	/* Only what has a flag is opened: no device has any. */
	if (statx(dirfd, name,
		AT_SYMLINK_NOFOLLOW | (name[0] == '\0' ? AT_EMPTY_PATH : 0),
		STATX_TYPE, &x) < 0 ||
	    (x.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) ==
		0)
		return false;
	fd = openat(dirfd, name[0] != '\0' ? name : ".",
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	/* On other types the ioctl could mean anything. */
	if (fd < 0 || fstat(fd, &st) < 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return false;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ||
	    (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) == 0)
		return false;
	flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
	return ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
}
