/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Laying trees over each other as overlayfs would.  The layers are made by
 * hand, since the kernel never makes some that others may have made.
 */
#include "unit.h"

#include <errno.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "storage/attrs.h"
#include "storage/tree_link.h"

#define OPAQUE "trusted.overlay.opaque"

static void
dir(const struct scratch *s, const char *path)
{
	if (mkdirat(s->fd, path, 0755) < 0)
		fail_msg("%s: %s", path, strerror(errno));
}

static void
file(const struct scratch *s, const char *path, const char *text)
{
	auto_close int fd =
	    openat(s->fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void
whiteout(const struct scratch *s, const char *path)
{
	assert_int_equal(mknodat(s->fd, path, S_IFCHR, makedev(0, 0)), 0);
}

static bool
is_whiteout(const struct scratch *s, const char *path)
{
	struct stat st;

	return fstatat(s->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

static int
open_dir(const struct scratch *s, const char *path)
{
	int fd = openat(s->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return fd;
}

static void
make_opaque(const struct scratch *s, const char *path)
{
	auto_close int fd = open_dir(s, path);
	struct err e = ERR_INIT;

	assert_ok(attrs_set_opaque(fd, &e), &e);
}

static bool
is_opaque(const struct scratch *s, const char *path)
{
	auto_close int fd = open_dir(s, path);
	struct err e = ERR_INIT;
	bool yes;

	assert_ok(attrs_is_opaque(fd, &yes, &e), &e);
	return yes;
}

static void
attr(const struct scratch *s, const char *path, const char *name,
    const char *value)
{
	auto_close int fd = open_dir(s, path);

	assert_int_equal(fsetxattr(fd, name, value, strlen(value), 0), 0);
}

static bool
has_attr(const struct scratch *s, const char *path, const char *name)
{
	auto_close int fd = open_dir(s, path);
	char value[8];

	return fgetxattr(fd, name, value, sizeof(value)) >= 0;
}

static void
content(const struct scratch *s, const char *path, const char *expected)
{
	auto_close int fd = openat(s->fd, path, O_RDONLY | O_CLOEXEC);
	char text[64];
	ssize_t n;

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	assert_string_equal(text, expected);
}

static bool
exists(const struct scratch *s, const char *path)
{
	return faccessat(s->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
lay(const struct scratch *s, const char *from, const char *to)
{
	auto_close int fromfd = open_dir(s, from), tofd = open_dir(s, to);
	struct err e = ERR_INIT;

	assert_ok(tree_link_over(fromfd, tofd, &e), &e);
}

static void
over(void **state)
{
	const struct scratch *s = *state;
	struct stat a, b;

	if (geteuid() != 0)
		skip(); /* trusted attributes */
	dir(s, "low");
	dir(s, "low/d");
	dir(s, "low/gone");
	dir(s, "low/hidden");
	dir(s, "low/was_dir");
	dir(s, "low/both");
	file(s, "low/f", "low");
	file(s, "low/d/keep", "low");
	file(s, "low/d/drop", "low");
	file(s, "low/gone/x", "low");
	file(s, "low/hidden/x", "low");
	file(s, "low/was_dir/x", "low");
	file(s, "low/was_file", "low");
	file(s, "low/both/x", "low");
	whiteout(s, "low/was_white");
	make_opaque(s, "low/both");
	attr(s, "low/d", "user.old", "1");

	dir(s, "up");
	dir(s, "up/d");
	dir(s, "up/hidden");
	dir(s, "up/was_file");
	dir(s, "up/was_white");
	dir(s, "up/both");
	file(s, "up/f", "up");
	file(s, "up/d/new", "up");
	file(s, "up/hidden/y", "up");
	file(s, "up/was_dir", "up");
	file(s, "up/was_file/y", "up");
	file(s, "up/both/y", "up");
	whiteout(s, "up/d/drop");
	whiteout(s, "up/gone");
	whiteout(s, "up/never");
	make_opaque(s, "up/hidden");
	attr(s, "up/d", "user.new", "1");
	attr(s, "up/d", "trusted.overlay.origin", "x");
	assert_int_equal(fchmodat(s->fd, "up/d", 0700, 0), 0);

	dir(s, "out");
	lay(s, "low", "out");
	lay(s, "up", "out");
	content(s, "out/f", "up");
	content(s, "out/d/keep", "low");
	content(s, "out/d/new", "up");
	content(s, "out/hidden/y", "up");
	content(s, "out/was_dir", "up");
	content(s, "out/was_file/y", "up");
	content(s, "out/both/x", "low");
	content(s, "out/both/y", "up");
	assert_false(exists(s, "out/hidden/x"));
	/* What hides something further below goes on doing so. */
	assert_true(is_whiteout(s, "out/d/drop"));
	assert_true(is_whiteout(s, "out/gone"));
	assert_true(is_whiteout(s, "out/never"));
	assert_true(is_opaque(s, "out/hidden"));
	assert_true(is_opaque(s, "out/was_file"));
	assert_true(is_opaque(s, "out/was_white"));
	assert_true(is_opaque(s, "out/both"));
	assert_false(is_opaque(s, "out/d"));
	/* A directory is as the upper one shows it. */
	assert_true(has_attr(s, "out/d", "user.new"));
	assert_false(has_attr(s, "out/d", "user.old"));
	assert_false(has_attr(s, "out/d", "trusted.overlay.origin"));
	assert_int_equal(fstatat(s->fd, "up/d", &a, 0), 0);
	assert_int_equal(fstatat(s->fd, "out/d", &b, 0), 0);
	assert_int_equal(a.st_mode, b.st_mode);
	assert_int_equal(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
	assert_int_equal(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
	/* Nothing is copied, and the sources are as they were. */
	assert_int_equal(fstatat(s->fd, "up/f", &a, 0), 0);
	assert_int_equal(fstatat(s->fd, "out/f", &b, 0), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	content(s, "low/f", "low");
	content(s, "low/gone/x", "low");
	assert_true(exists(s, "low/d/drop"));
}

static void
whole(void **state)
{
	const struct scratch *s = *state;
	auto_close int from = -1;
	struct err e = ERR_INIT;

	dir(s, "a");
	dir(s, "a/d");
	file(s, "a/d/f", "x");
	assert_int_equal(symlinkat("/etc", s->fd, "a/l"), 0);
	assert_int_equal(mkfifoat(s->fd, "a/p", 0600), 0);
	from = open_dir(s, "a");
	assert_ok(tree_link(from, s->fd, "b", &e), &e);
	content(s, "b/d/f", "x");
	assert_true(exists(s, "b/l"));
	assert_true(exists(s, "b/p"));
	assert_err(tree_link(from, s->fd, "b", &e), &e, ERR_EXISTS);
}

/* A link in the lower tree is replaced, never gone through. */
static void
links(void **state)
{
	const struct scratch *s = *state;

	if (geteuid() != 0)
		skip(); /* trusted attributes */
	dir(s, "victim");
	file(s, "victim/f", "safe");
	dir(s, "out");
	assert_int_equal(symlinkat("../victim", s->fd, "out/d"), 0);
	assert_int_equal(symlinkat("../victim/f", s->fd, "out/f"), 0);
	dir(s, "up");
	dir(s, "up/d");
	file(s, "up/d/f", "evil");
	file(s, "up/f", "evil");
	lay(s, "up", "out");
	content(s, "victim/f", "safe");
	content(s, "out/d/f", "evil");
	content(s, "out/f", "evil");
}

/* Deeper than there are descriptors. */
static void
deep(void **state)
{
	const struct scratch *s = *state;
	auto_close int at = -1;
	int i;

	dir(s, "a");
	dir(s, "out");
	at = open_dir(s, "a");
	for (i = 0; i < 1500; i++) {
		int next;

		assert_int_equal(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		cleanup_close(&at);
		at = next;
	}
	lay(s, "a", "out");
	cleanup_close(&at);
	at = open_dir(s, "out");
	for (i = 0; i < 1500; i++) {
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		assert_true(next >= 0);
		cleanup_close(&at);
		at = next;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(over),
		scratch_test(whole),
		scratch_test(links),
		scratch_test(deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
