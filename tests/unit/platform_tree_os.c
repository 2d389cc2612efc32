/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base/tree_os.h on Linux: attributes, flags, and trees with mounts in them,
 * in a mount namespace of our own.  D25: a removal stops before anything is
 * removed when something is mounted below, a bind mount of the same file
 * system too.
 */
#include "unit.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/tree.h"
#include "base/tree_os.h"

#include <errno.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/mount.h>
#include <sys/xattr.h>

static void
put(int dirfd, const char *name, const char *text)
{
	struct err e = ERR_INIT;

	assert_ok(file_write(dirfd, name, text, strlen(text), 0644, 0, &e), &e);
}

static void
path_of(const struct scratch *s, const char *name, char out[500])
{
	assert_in_range(snprintf(out, 500, "%s/%s", s->path, name), 1, 499);
}

static void
stat_is_stat(void **state)
{
	static const char *const names[] = { "file", "link", "dir", "fifo" };
	struct scratch *s = *state;
	uint64_t mount, here;
	struct stat st;

	put(s->fd, "file", "12345");
	assert_return_code(symlinkat("file", s->fd, "link"), errno);
	assert_return_code(mkdirat(s->fd, "dir", 01751), errno);
	assert_return_code(mkfifoat(s->fd, "fifo", 0600), errno);
	assert_return_code(tree_os_stat(s->fd, "", &st, &here), errno);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct stat want;

		assert_return_code(
		    tree_os_stat(s->fd, names[i], &st, &mount), errno);
		assert_int_equal(mount, here);
		assert_return_code(
		    fstatat(s->fd, names[i], &want, AT_SYMLINK_NOFOLLOW),
		    errno);
		assert_int_equal(st.st_dev, want.st_dev);
		assert_int_equal(st.st_ino, want.st_ino);
		assert_int_equal(st.st_mode, want.st_mode);
		assert_int_equal(st.st_nlink, want.st_nlink);
		assert_int_equal(st.st_uid, want.st_uid);
		assert_int_equal(st.st_gid, want.st_gid);
		assert_int_equal(st.st_size, want.st_size);
		assert_int_equal(st.st_blocks, want.st_blocks);
		assert_memory_equal(
		    &st.st_mtim, &want.st_mtim, sizeof(st.st_mtim));
		assert_memory_equal(
		    &st.st_atim, &want.st_atim, sizeof(st.st_atim));
	}
	assert_return_code(fstatat(AT_FDCWD, "/dev/null", &st, 0), errno);
	{
		struct stat got;

		assert_return_code(
		    tree_os_stat(AT_FDCWD, "/dev/null", &got, &mount), errno);
		assert_int_equal(got.st_rdev, st.st_rdev);
		assert_int_not_equal(mount, here);
	}
	assert_int_equal(tree_os_stat(s->fd, "none", &st, &mount), -1);
	assert_int_equal(errno, ENOENT);
}

static void
assert_attr(const char *path, const char *name, const char *want, size_t len)
{
	char value[256];

	assert_int_equal(lgetxattr(path, name, value, sizeof(value)), len);
	assert_memory_equal(value, want, len);
}

/* A file capability, and an access list that lets user 1000 read. */
static const char capability[] = "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0";
static const char acl[] = "\2\0\0\0"
			  "\1\0\6\0\377\377\377\377"
			  "\2\0\4\0\350\3\0\0"
			  "\4\0\4\0\377\377\377\377"
			  "\20\0\4\0\377\377\377\377"
			  "\40\0\0\0\377\377\377\377";

/* Root of a user namespace has no privileged attributes. */
static bool
is_in_userns(void)
{
	char map[100] = "";
	unsigned long first, host, count;
	auto_close int fd = open("/proc/self/uid_map", O_RDONLY);

	if (fd < 0 || read(fd, map, sizeof(map) - 1) <= 0)
		return false;
	return sscanf(map, "%lu %lu %lu", &first, &host, &count) != 3 ||
	    first != host || count < UINT32_MAX;
}

static void
keeps_attributes(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char from[500], to[500], large[200];
	bool has_acl, has_privileged;
	struct stat a, b;

	put(s->fd, "from", "x");
	path_of(s, "from", from);
	path_of(s, "to", to);
	memset(large, 'l', sizeof(large));
	if (setxattr(from, "user.large", large, sizeof(large), 0) < 0)
		skip(); /* a file system without */
	assert_return_code(setxattr(from, "user.empty", "", 0, 0), errno);
	has_acl = setxattr(from, "system.posix_acl_access", acl,
		      sizeof(acl) - 1, 0) == 0;
	/* The owner's change would take the capability away. */
	(void)chown(from, 12, 34);
	has_privileged = setxattr(from, "security.capability", capability,
			     sizeof(capability), 0) == 0 &&
	    setxattr(from, "trusted.overlay.opaque", "y", 1, 0) == 0;
	assert_true(has_privileged || geteuid() != 0 || is_in_userns());
	assert_ok(tree_copy(s->fd, "from", s->fd, "to", 0, &e), &e);
	assert_attr(to, "user.large", large, sizeof(large));
	assert_attr(to, "user.empty", "", 0);
	if (has_acl) {
		assert_attr(
		    to, "system.posix_acl_access", acl, sizeof(acl) - 1);
	}
	if (has_privileged) {
		assert_attr(
		    to, "security.capability", capability, sizeof(capability));
		assert_attr(to, "trusted.overlay.opaque", "y", 1);
	}
	assert_return_code(stat(from, &a), errno);
	assert_return_code(stat(to, &b), errno);
	assert_int_equal(a.st_mode, b.st_mode);
}

/* Those of a guest give no rights where they are copied to. */
static void
an_untrusted_copy_has_no_capabilities(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char from[500], to[500];
	bool has_acl;

	put(s->fd, "from", "x");
	path_of(s, "from", from);
	path_of(s, "to", to);
	if (setxattr(from, "security.capability", capability,
		sizeof(capability), 0) < 0 ||
	    setxattr(from, "trusted.x", "y", 1, 0) < 0)
		skip(); /* not root */
	assert_return_code(setxattr(from, "user.x", "1", 1, 0), errno);
	has_acl = setxattr(from, "system.posix_acl_access", acl,
		      sizeof(acl) - 1, 0) == 0;
	assert_ok(
	    tree_copy(s->fd, "from", s->fd, "to", TREE_F_UNTRUSTED, &e), &e);
	assert_attr(to, "user.x", "1", 1);
	if (has_acl)
		assert_attr(
		    to, "system.posix_acl_access", acl, sizeof(acl) - 1);
	assert_int_equal(getxattr(to, "security.capability", NULL, 0), -1);
	assert_int_equal(errno, ENODATA);
	assert_int_equal(getxattr(to, "trusted.x", NULL, 0), -1);
}

/* Users that attributes name are others, too. */
static void
ids_in_attributes_are_moved(void **state)
{
	static const struct tree_ids in = { .to = 1000000, .count = 65536 };
	static const struct tree_ids out = { .from = 1000000, .count = 65536 };
	static const char moved_acl[] = "\2\0\0\0"
					"\1\0\6\0\377\377\377\377"
					"\2\0\4\0\050\106\017\0"
					"\4\0\4\0\377\377\377\377"
					"\20\0\4\0\377\377\377\377"
					"\40\0\0\0\377\377\377\377";
	/* Of the third form: those of user 1000000's root. */
	static const char moved_cap[] = "\1\0\0\3\0\4\0\0\0\0\0\0"
					"\0\0\0\0\0\0\0\0\100\102\017";
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char from[500], to[500], back[500];

	put(s->fd, "from", "x");
	path_of(s, "from", from);
	path_of(s, "to", to);
	path_of(s, "back", back);
	if (setxattr(from, "security.capability", capability,
		sizeof(capability), 0) < 0 ||
	    setxattr(from, "system.posix_acl_access", acl, sizeof(acl) - 1, 0) <
		0)
		skip(); /* not root, or a file system without */
	assert_ok(tree_copy_ids(s->fd, "from", s->fd, "to", 0, &in, &e), &e);
	assert_attr(
	    to, "system.posix_acl_access", moved_acl, sizeof(moved_acl) - 1);
	assert_attr(to, "security.capability", moved_cap, sizeof(moved_cap));
	assert_ok(tree_copy_ids(s->fd, "to", s->fd, "back", 0, &out, &e), &e);
	assert_attr(back, "system.posix_acl_access", acl, sizeof(acl) - 1);
	/* Root's own, in whichever form. */
	assert_attr(
	    back, "security.capability", capability, sizeof(capability));
}

/* A device node there can't be opened, a file can. */
static void
a_guarded_tree_has_no_devices(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	auto_close int fd = -1, guard = -1;

	put(s->fd, "file", "x");
	if (mknodat(s->fd, "null", S_IFCHR | 0666, makedev(1, 3)) < 0)
		skip(); /* not root */
	fd = openat(s->fd, "null", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		skip(); /* on a file system without devices */
	assert_ok(tree_os_guard(s->fd, &guard, &e), &e);
	cleanup_close(&fd);
	fd = openat(guard, "null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fd, -1);
	assert_int_equal(errno, EACCES);
	fd = openat(guard, "file", O_RDONLY | O_CLOEXEC);
	assert_return_code(fd, errno);
}

/* What is mounted below is seen, so that a copy stops at it. */
static void
a_guarded_copy_is_the_same(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct stat st;

	assert_return_code(mkdirat(s->fd, "from", 0750), errno);
	put(s->fd, "from/file", "x");
	assert_ok(tree_copy(s->fd, "from", s->fd, "to", TREE_F_GUEST, &e), &e);
	assert_return_code(fstatat(s->fd, "to/file", &st, 0), errno);
	assert_int_equal(st.st_size, 1);
	assert_return_code(fstatat(s->fd, "to", &st, 0), errno);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_err(tree_copy(s->fd, "none", s->fd, "x", TREE_F_GUEST, &e), &e,
	    ERR_NOT_FOUND);
}

static void
keeps_attributes_of_directories(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char path[500];
	bool has_acl;

	assert_return_code(mkdirat(s->fd, "from", 0755), errno);
	assert_return_code(mkdirat(s->fd, "from/sub", 0755), errno);
	path_of(s, "from/sub", path);
	if (setxattr(path, "user.x", "1", 1, 0) < 0)
		skip();
	has_acl = setxattr(path, "system.posix_acl_default", acl,
		      sizeof(acl) - 1, 0) == 0;
	assert_ok(tree_copy(s->fd, "from", s->fd, "to", 0, &e), &e);
	path_of(s, "to/sub", path);
	assert_attr(path, "user.x", "1", 1);
	if (has_acl) {
		assert_attr(
		    path, "system.posix_acl_default", acl, sizeof(acl) - 1);
	}
}

static int
set_flag(int dirfd, const char *name, int flag)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY);
	int flags;

	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return -1;
	flags |= flag;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static void
removes_what_is_immutable(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	assert_return_code(mkdirat(s->fd, "t", 0755), errno);
	assert_return_code(mkdirat(s->fd, "t/sub", 0755), errno);
	put(s->fd, "t/sub/file", "x");
	put(s->fd, "t/append", "x");
	if (set_flag(s->fd, "t/sub/file", FS_IMMUTABLE_FL) < 0)
		skip(); /* not root, or a file system without */
	assert_return_code(set_flag(s->fd, "t/append", FS_APPEND_FL), errno);
	assert_return_code(set_flag(s->fd, "t/sub", FS_IMMUTABLE_FL), errno);
	assert_return_code(set_flag(s->fd, "t", FS_IMMUTABLE_FL), errno);
	assert_int_equal(unlinkat(s->fd, "t/sub/file", 0), -1);
	assert_ok(tree_remove(s->fd, "t", &e), &e);
	assert_false(file_exists(s->fd, "t"));
}

struct mount_case {
	const char *on;	    /* what is mounted on, below t */
	const char *source; /* NULL: tmpfs */
};

static const struct mount_case mount_cases[] = {
	{ "a/b", NULL },
	{ "a/b", "host" },	   /* bind mount of the same file system */
	{ "a/file", "host/file" }, /* a single file */
	{ "a/b/c/d/e", "host" }, { "a", "t/a" }, /* of itself */
};

/* t with directories and files to lose, and host, which is mounted. */
static void
make_trees(const struct scratch *s)
{
	static const char *const dirs[] = { "t", "t/a", "t/a/b", "t/a/b/c",
		"t/a/b/c/d", "t/a/b/c/d/e", "t/z", "host" };

	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		assert_return_code(mkdirat(s->fd, dirs[i], 0755), errno);
	put(s->fd, "t/0first", "1");
	put(s->fd, "t/a/file", "2");
	put(s->fd, "t/z/last", "3");
	put(s->fd, "host/file", "HOST");
}

static int
mount_case(const struct scratch *s, const struct mount_case *c)
{
	char on[500], source[500];

	path_of(s, "t", on);
	(void)snprintf(on, sizeof(on), "%s/t/%s", s->path, c->on);
	if (c->source == NULL)
		return mount("none", on, "tmpfs", 0, NULL);
	(void)snprintf(source, sizeof(source), "%s/%s", s->path, c->source);
	return mount(source, on, NULL, MS_BIND, NULL);
}

static void
unmount_case(const struct scratch *s, const struct mount_case *c)
{
	char on[500];

	(void)snprintf(on, sizeof(on), "%s/t/%s", s->path, c->on);
	assert_return_code(umount2(on, MNT_DETACH), errno);
}

/* Mounts of our own, which nobody else sees. */
static void
need_mounts(struct scratch *s)
{
	if (unshare(CLONE_NEWNS) < 0)
		skip(); /* not root */
	assert_return_code(
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), errno);
	/* The open one is of the namespace that we left. */
	(void)close(s->fd);
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_return_code(s->fd, errno);
}

static void
mounts_stop_a_removal(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	need_mounts(s);
	make_trees(s);
	for (size_t i = 0; i < COUNT_OF(mount_cases); i++) {
		const struct mount_case *c = &mount_cases[i];
		char want[300];
		int rc;

		assert_return_code(mount_case(s, c), errno);
		rc = tree_remove(s->fd, "t", &e);
		unmount_case(s, c);
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, ERR_BUSY);
		(void)snprintf(want, sizeof(want),
		    "t: a file system is mounted on %s", c->on);
		assert_string_equal(e.text, want);
		err_clear(&e);
		/* Nothing was removed, here or there. */
		assert_true(file_exists(s->fd, "t/0first"));
		assert_true(file_exists(s->fd, "t/a/file"));
		assert_true(file_exists(s->fd, "t/z/last"));
		assert_true(file_exists(s->fd, "t/a/b/c/d/e"));
		assert_true(file_exists(s->fd, "host/file"));
	}
	assert_ok(tree_remove(s->fd, "t", &e), &e);
	assert_false(file_exists(s->fd, "t"));
}

static void
mounted_top_is_not_removed(void **state)
{
	static const struct mount_case top = { ".", "host" };
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	need_mounts(s);
	make_trees(s);
	assert_return_code(mount_case(s, &top), errno);
	assert_int_equal(tree_remove(s->fd, "t", &e), -1);
	unmount_case(s, &top);
	assert_int_equal(e.code, ERR_BUSY);
	assert_true(file_exists(s->fd, "host/file"));
}

static void
mounts_are_copied_empty(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	need_mounts(s);
	make_trees(s);
	for (size_t i = 0; i < COUNT_OF(mount_cases); i++) {
		const struct mount_case *c = &mount_cases[i];
		char on[300];
		struct stat st;
		int rc;

		assert_return_code(mount_case(s, c), errno);
		rc = tree_copy(s->fd, "t", s->fd, "copy", 0, &e);
		unmount_case(s, c);
		assert_ok(rc, &e);
		(void)snprintf(on, sizeof(on), "copy/%s", c->on);
		assert_return_code(fstatat(s->fd, on, &st, 0), errno);
		if (S_ISDIR(st.st_mode)) {
			/* So empty that rmdir takes it. */
			assert_return_code(
			    unlinkat(s->fd, on, AT_REMOVEDIR), errno);
		} else {
			assert_int_equal(st.st_size, 0);
		}
		assert_true(file_exists(s->fd, "copy/z/last"));
		assert_ok(tree_remove(s->fd, "copy", &e), &e);
	}
}

/* What is mounted is not the tree's; a mounted tree may be the top. */
static void
mounts_are_not_measured(void **state)
{
	static const struct mount_case inside = { "a/b", "host" },
				       top = { ".", "host" };
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	uint64_t empty, with, host, mounted;
	char data[50000];

	need_mounts(s);
	make_trees(s);
	memset(data, 'x', sizeof(data));
	assert_ok(file_write(s->fd, "host/file", data, sizeof(data), 0600,
		      FILE_F_SYNC, &e),
	    &e);
	assert_ok(tree_usage(s->fd, "t", &empty, &e), &e);
	assert_ok(tree_usage(s->fd, "host", &host, &e), &e);
	assert_return_code(mount_case(s, &inside), errno);
	assert_ok(tree_usage(s->fd, "t", &with, &e), &e);
	unmount_case(s, &inside);
	assert_true(host >= sizeof(data));
	assert_true(with <= empty);
	assert_return_code(mount_case(s, &top), errno);
	assert_ok(tree_usage(s->fd, "t", &mounted, &e), &e);
	unmount_case(s, &top);
	assert_int_equal(mounted, host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(stat_is_stat),
		scratch_test(keeps_attributes),
		scratch_test(an_untrusted_copy_has_no_capabilities),
		scratch_test(ids_in_attributes_are_moved),
		scratch_test(a_guarded_tree_has_no_devices),
		scratch_test(a_guarded_copy_is_the_same),
		scratch_test(keeps_attributes_of_directories),
		scratch_test(removes_what_is_immutable),
		scratch_test(mounts_stop_a_removal),
		scratch_test(mounted_top_is_not_removed),
		scratch_test(mounts_are_copied_empty),
		scratch_test(mounts_are_not_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
