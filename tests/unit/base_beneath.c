/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths below a hostile root.  The scratch directory has "root", which is
 * the guest's, and "outside", which nothing may touch.
 */
#include "unit.h"

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#if __has_include(<sys/sysmacros.h>)
#include <sys/sysmacros.h>
#endif

struct place {
	struct scratch *s;
	int root;
};

static struct place
place_open(void **state)
{
	struct place p = { .s = *state };
	struct err e = ERR_INIT;

	assert_ok(dir_make(p.s->fd, "outside", 0755, &e), &e);
	assert_ok(dir_make_open(p.s->fd, "root", 0755, &p.root, &e), &e);
	return p;
}

static void
make_link(const struct place *p, const char *target, const char *name)
{
	assert_return_code(symlinkat(target, p->root, name), errno);
}

static void
make_dirs(const struct place *p, const char *path)
{
	auto_close int fd = -1;
	struct err e = ERR_INIT;

	assert_ok(beneath_mkdirs(p->root, path, 0755, &fd, &e), &e);
}

static void
write_file(const struct place *p, const char *path, const char *text)
{
	struct err e = ERR_INIT;

	assert_ok(
	    beneath_write_file(p->root, path, text, strlen(text), 0644, &e),
	    &e);
}

static void
assert_file(const struct place *p, const char *path, const char *want)
{
	char text[100] = "";
	struct err e = ERR_INIT;
	auto_close int fd = -1;

	assert_ok(beneath_open(p->root, path, O_RDONLY, 0, &fd, &e), &e);
	assert_return_code(read(fd, text, sizeof(text) - 1), errno);
	assert_string_equal(text, want);
}

static void
assert_real(const struct place *p, const char *path, const char *want)
{
	char out[BENEATH_PATH_MAX];
	struct err e = ERR_INIT;

	assert_ok(beneath_realpath(p->root, path, out, sizeof(out), &e), &e);
	assert_string_equal(out, want);
}

static void
assert_outside_empty(const struct place *p)
{
	auto_strv struct strv names = STRV_INIT;
	auto_close int fd = -1;
	struct err e = ERR_INIT;

	assert_ok(dir_open(p->s->fd, "outside", &fd, &e), &e);
	assert_ok(dir_list(fd, &names, &e), &e);
	assert_int_equal(names.n, 0);
}

static void
walks(void **state)
{
	struct place p = place_open(state);

	make_dirs(&p, "a/b/c");
	write_file(&p, "a/b/file", "f");
	make_link(&p, "a/b", "rel");
	make_link(&p, "/a/b", "abs");
	make_link(&p, "../../../../a/b", "up");
	make_link(&p, "b/../b/./file", "a/inner");
	make_link(&p, "file", "a/b/final");
	make_link(&p, "a/b/", "slash");
	assert_file(&p, "a/b/file", "f");
	assert_file(&p, "/a//b/./file", "f");
	assert_file(&p, "../../a/b/file", "f");
	assert_file(&p, "a/../../../a/b/c/../file", "f");
	assert_file(&p, "rel/file", "f");
	assert_file(&p, "abs/file", "f");
	assert_file(&p, "up/file", "f");
	assert_file(&p, "a/inner", "f");
	assert_file(&p, "slash/final", "f");
	assert_real(&p, "a/inner", "/a/b/file");
	assert_real(&p, "abs/c/", "/a/b/c");
	assert_real(&p, "", "/");
	assert_real(&p, "/", "/");
	assert_real(&p, "../..", "/");
	assert_real(&p, "a/..", "/");
	assert_real(&p, "rel/../x", "/a/x");
	(void)close(p.root);
}

static void
names_what_is_missing(void **state)
{
	struct place p = place_open(state);
	struct err e = ERR_INIT;
	char out[BENEATH_PATH_MAX];
	int fd;

	make_dirs(&p, "a");
	make_link(&p, "/a/new", "dangling");
	write_file(&p, "file", "");
	assert_real(&p, "a/x/y", "/a/x/y");
	assert_real(&p, "a/x/../y", "/a/y");
	assert_real(&p, "a/x/../../file", "/file");
	assert_real(&p, "a/x/../../../../dangling/z", "/a/new/z");
	assert_real(&p, "x/../../../outside", "/outside");
	assert_err(beneath_realpath(p.root, "file/x", out, sizeof(out), &e), &e,
	    ERR_SYSTEM);
	assert_err(beneath_realpath(p.root, "file/", out, sizeof(out), &e), &e,
	    ERR_SYSTEM);
	assert_err(beneath_realpath(p.root, "a", out, 2, &e), &e, ERR_LIMIT);
	assert_err(beneath_open(p.root, "none", O_RDONLY, 0, &fd, &e), &e,
	    ERR_NOT_FOUND);
	assert_err(beneath_open(p.root, "none/x", O_RDONLY, 0, &fd, &e), &e,
	    ERR_NOT_FOUND);
	assert_err(beneath_open(p.root, "dangling", O_RDONLY, 0, &fd, &e), &e,
	    ERR_NOT_FOUND);
	assert_err(beneath_open(p.root, "file/x", O_RDONLY, 0, &fd, &e), &e,
	    ERR_SYSTEM);
	assert_err(beneath_open(p.root, "file/", O_RDONLY, 0, &fd, &e), &e,
	    ERR_SYSTEM);
	(void)close(p.root);
}

static void
opens_as_open_does(void **state)
{
	struct place p = place_open(state);
	struct err e = ERR_INIT;
	struct stat st;
	int fd;

	make_dirs(&p, "a");
	make_link(&p, "a/made", "link");
	assert_ok(
	    beneath_open(p.root, "link", O_WRONLY | O_CREAT, 0600, &fd, &e),
	    &e);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(
	    fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_WRONLY);
	assert_int_equal(write(fd, "x", 1), 1);
	(void)close(fd);
	assert_file(&p, "a/made", "x");
	assert_err(beneath_open(p.root, "link", O_WRONLY | O_CREAT | O_EXCL,
		       0600, &fd, &e),
	    &e, ERR_EXISTS);
	assert_err(
	    beneath_open(p.root, "link", O_RDONLY | O_NOFOLLOW, 0, &fd, &e), &e,
	    ERR_SYSTEM);
	assert_err(
	    beneath_open(p.root, "a", O_WRONLY, 0, &fd, &e), &e, ERR_SYSTEM);
	assert_err(
	    beneath_open(p.root, "a/made", O_RDONLY | O_DIRECTORY, 0, &fd, &e),
	    &e, ERR_SYSTEM);
	assert_ok(beneath_open(p.root, "/", O_RDONLY, 0, &fd, &e), &e);
	assert_return_code(fstat(fd, &st), errno);
	assert_true(S_ISDIR(st.st_mode));
	(void)close(fd);
	assert_ok(beneath_open(
		      p.root, "link", O_RDWR | O_APPEND | O_TRUNC, 0, &fd, &e),
	    &e);
	assert_true((fcntl(fd, F_GETFL) & O_APPEND) != 0);
	(void)close(fd);
	assert_file(&p, "a/made", "");
	(void)close(p.root);
}

/* Nobody hangs on a FIFO or writes to a device that the guest planted. */
static void
refuses_what_is_no_file(void **state)
{
	struct place p = place_open(state);
	struct err e = ERR_INIT;
	int fd;

	assert_return_code(mkfifoat(p.root, "fifo", 0600), errno);
	make_link(&p, "fifo", "link");
	assert_err(
	    beneath_open(p.root, "link", O_RDONLY, 0, &fd, &e), &e, ERR_DENIED);
	assert_err(
	    beneath_open(p.root, "fifo", O_WRONLY | O_CREAT, 0600, &fd, &e), &e,
	    ERR_DENIED);
	if (mknodat(p.root, "null", S_IFCHR | 0600, makedev(1, 3)) == 0) {
		assert_err(beneath_open(p.root, "null", O_WRONLY, 0, &fd, &e),
		    &e, ERR_DENIED);
	}
	write_file(&p, "fifo", "replaced");
	assert_file(&p, "fifo", "replaced");
	(void)close(p.root);
}

static void
stays_inside(void **state)
{
	struct place p = place_open(state);
	char target[600], out[BENEATH_PATH_MAX];
	struct err e = ERR_INIT;
	int fd;

	(void)snprintf(target, sizeof(target), "%s/outside", p.s->path);
	make_link(&p, target, "abs");
	make_link(&p, "../outside", "rel");
	make_link(&p, "../../../../../../../../..", "top");
	make_dirs(&p, "a");
	make_link(&p, "../../outside/victim", "a/file");
	assert_int_equal(
	    beneath_open(p.root, "abs/x", O_WRONLY | O_CREAT, 0600, &fd, &e),
	    -1);
	err_clear(&e);
	assert_int_equal(
	    beneath_open(p.root, "rel/x", O_WRONLY | O_CREAT, 0600, &fd, &e),
	    -1);
	err_clear(&e);
	assert_real(&p, "top", "/");
	assert_real(&p, "top/outside", "/outside");
	assert_ok(beneath_realpath(p.root, "abs/x", out, sizeof(out), &e), &e);
	assert_true(str_has_prefix(out, p.s->path));
	write_file(&p, "a/file", "mine");
	assert_file(&p, "a/file", "mine");
	make_dirs(&p, "abs/deep/er");
	make_dirs(&p, "rel/deep/er");
	assert_real(&p, "outside/deep/er", "/outside/deep/er");
	assert_outside_empty(&p);
	(void)close(p.root);
}

static void
links_are_bounded(void **state)
{
	struct place p = place_open(state);
	struct err e = ERR_INIT;
	char name[20], target[20], out[BENEATH_PATH_MAX];
	int fd;

	make_link(&p, "loop", "loop");
	make_link(&p, "two", "one");
	make_link(&p, "one", "two");
	make_link(&p, "grow/x", "grow");
	assert_err(
	    beneath_open(p.root, "loop", O_RDONLY, 0, &fd, &e), &e, ERR_LIMIT);
	assert_err(
	    beneath_open(p.root, "one/x", O_RDONLY, 0, &fd, &e), &e, ERR_LIMIT);
	assert_err(beneath_realpath(p.root, "grow", out, sizeof(out), &e), &e,
	    ERR_LIMIT);
	assert_err(
	    beneath_mkdirs(p.root, "loop/x", 0700, &fd, &e), &e, ERR_LIMIT);
	write_file(&p, "l0", "end");
	for (int i = 1; i <= BENEATH_LINKS_MAX + 1; i++) {
		(void)snprintf(name, sizeof(name), "l%d", i);
		(void)snprintf(target, sizeof(target), "l%d", i - 1);
		make_link(&p, target, name);
	}
	assert_err(
	    beneath_open(p.root, name, O_RDONLY, 0, &fd, &e), &e, ERR_LIMIT);
	assert_file(&p, target, "end"); /* exactly the maximum */
	(void)close(p.root);
}

static void
paths_are_bounded(void **state)
{
	struct place p = place_open(state);
	struct err e = ERR_INIT;
	char path[2 * BENEATH_PATH_MAX], name[NAME_MAX + 1], long_name[300];
	int fd;

	memset(long_name, 'n', sizeof(long_name));
	long_name[NAME_MAX + 1] = '\0';
	assert_err(beneath_open(p.root, long_name, O_RDONLY, 0, &fd, &e), &e,
	    ERR_SYSTEM);
	long_name[NAME_MAX] = '\0';
	assert_ok(beneath_parent(p.root, long_name, &fd, name, &e), &e);
	assert_string_equal(name, long_name);
	(void)close(fd);
	memset(path, '/', sizeof(path));
	path[BENEATH_PATH_MAX - 1] = '\0';
	assert_real(&p, path, "/");
	path[BENEATH_PATH_MAX - 1] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_err(
	    beneath_open(p.root, path, O_RDONLY, 0, &fd, &e), &e, ERR_LIMIT);
	for (int i = 0; i < BENEATH_DEPTH_MAX; i++)
		memcpy(path + (ptrdiff_t)2 * i, "d/", 2);
	path[2 * BENEATH_DEPTH_MAX] = '\0';
	make_dirs(&p, path);
	path[2 * BENEATH_DEPTH_MAX] = 'd';
	path[2 * BENEATH_DEPTH_MAX + 1] = '\0';
	assert_err(beneath_mkdirs(p.root, path, 0755, &fd, &e), &e, ERR_LIMIT);
	(void)close(p.root);
}

static void
splits_off_the_last(void **state)
{
	struct place p = place_open(state);
	char name[NAME_MAX + 1];
	struct err e = ERR_INIT;
	struct stat st, want;
	int fd;

	make_dirs(&p, "a/b");
	make_link(&p, "/a", "link");
	assert_return_code(fstatat(p.root, "a", &want, 0), errno);
	assert_ok(beneath_parent(p.root, "link/b/", &fd, name, &e), &e);
	assert_string_equal(name, "b");
	assert_return_code(fstat(fd, &st), errno);
	assert_true(st.st_ino == want.st_ino);
	(void)close(fd);
	assert_ok(beneath_parent(p.root, "link", &fd, name, &e), &e);
	assert_string_equal(name, "link");
	(void)close(fd);
	assert_err(beneath_parent(p.root, "/", &fd, name, &e), &e, ERR_INVALID);
	assert_err(beneath_parent(p.root, "", &fd, name, &e), &e, ERR_INVALID);
	assert_err(
	    beneath_parent(p.root, "a/..", &fd, name, &e), &e, ERR_INVALID);
	assert_err(
	    beneath_parent(p.root, "a/.", &fd, name, &e), &e, ERR_INVALID);
	assert_err(
	    beneath_parent(p.root, "x/y", &fd, name, &e), &e, ERR_NOT_FOUND);
	(void)close(p.root);
}

static void
makes_with_exact_mode(void **state)
{
	struct place p = place_open(state);
	mode_t old = umask(077);
	struct err e = ERR_INIT;
	struct stat st;
	int fd;

	assert_ok(beneath_mkdirs(p.root, "/a/../a/b", 01777, &fd, &e), &e);
	assert_return_code(fstat(fd, &st), errno);
	assert_int_equal(st.st_mode & 07777, 01777);
	(void)close(fd);
	assert_ok(beneath_write_file(p.root, "a/f", "x", 1, 0644, &e), &e);
	assert_return_code(fstatat(p.root, "a/f", &st, 0), errno);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(umask(old), 077);
	write_file(&p, "file", "");
	assert_err(
	    beneath_mkdirs(p.root, "file/x", 0700, &fd, &e), &e, ERR_SYSTEM);
	assert_ok(beneath_mkdirs(p.root, "..", 0700, &fd, &e), &e);
	(void)close(fd);
	(void)close(p.root);
}

static ino_t
inode_of(const struct place *p, const char *name)
{
	struct stat st;

	assert_return_code(
	    fstatat(p->root, name, &st, AT_SYMLINK_NOFOLLOW), errno);
	return st.st_ino;
}

/* Only what is the same in all that counts is left alone. */
static void
write_keeps_the_same(void **state)
{
	struct place p = place_open(state);
	struct err e = ERR_INIT;
	char big[10000];
	ino_t ino;

	write_file(&p, "f", "text");
	ino = inode_of(&p, "f");
	write_file(&p, "f", "text");
	assert_int_equal(inode_of(&p, "f"), ino);
	write_file(&p, "f", "texx");
	assert_file(&p, "f", "texx");
	write_file(&p, "f", "tex");
	assert_file(&p, "f", "tex");

	assert_return_code(fchmodat(p.root, "f", 0600, 0), errno);
	ino = inode_of(&p, "f");
	write_file(&p, "f", "tex");
	assert_int_not_equal(inode_of(&p, "f"), ino);

	/* Of two names one may be somebody else's. */
	assert_return_code(linkat(p.root, "f", p.root, "g", 0), errno);
	write_file(&p, "f", "tex");
	assert_int_not_equal(inode_of(&p, "f"), inode_of(&p, "g"));

	memset(big, 'b', sizeof(big));
	assert_ok(
	    beneath_write_file(p.root, "f", big, sizeof(big), 0644, &e), &e);
	ino = inode_of(&p, "f");
	assert_ok(
	    beneath_write_file(p.root, "f", big, sizeof(big), 0644, &e), &e);
	assert_int_equal(inode_of(&p, "f"), ino);
	big[sizeof(big) - 1] = 'c';
	assert_ok(
	    beneath_write_file(p.root, "f", big, sizeof(big), 0644, &e), &e);
	assert_int_not_equal(inode_of(&p, "f"), ino);
	(void)close(p.root);
}

static void
write_replaces(void **state)
{
	struct place p = place_open(state);
	auto_strv struct strv names = STRV_INIT;
	struct err e = ERR_INIT;

	write_file(&p, "victim", "v");
	make_link(&p, "victim", "link");
	write_file(&p, "link", "new");
	assert_file(&p, "victim", "v");
	assert_file(&p, "link", "new");
	make_dirs(&p, "dir");
	assert_err(beneath_write_file(p.root, "dir", "x", 1, 0600, &e), &e,
	    ERR_SYSTEM);
	assert_ok(dir_list(p.root, &names, &e), &e);
	assert_int_equal(names.n, 3); /* no temporary file is left */
	(void)close(p.root);
}

/*
 * The guest: "a/b" is by turns a directory, a link to the outside and
 * nothing, and "a/b/c" moves up and down.  It works by descriptors, for it
 * must not follow its own links out.
 */
static void NO_RETURN
swap_for_ever(int root, int a, int b, const char *outside)
{
	for (unsigned i = 0;; i++) {
		char old[20];

		(void)renameat(a, "b", root, "kept");
		(void)symlinkat(outside, a, "b");
		(void)unlinkat(a, "b", 0);
		(void)symlinkat("../../outside", a, "b");
		(void)renameat(a, "b", root, "link");
		/* Our opponent may have made a directory there. */
		(void)snprintf(old, sizeof(old), "old%u", i);
		if (renameat(root, "kept", a, "b") < 0 &&
		    renameat(a, "b", root, old) == 0)
			(void)renameat(root, "kept", a, "b");
		(void)renameat(b, "c", root, "c");
		(void)symlinkat("..", b, "c");
		(void)unlinkat(b, "c", 0);
		(void)renameat(root, "link", b, "c");
		(void)unlinkat(b, "c", 0);
		(void)symlinkat("../../../outside", b, "c");
		(void)unlinkat(b, "c", 0);
		(void)snprintf(old, sizeof(old), "c%u", i);
		if (renameat(root, "c", b, "c") < 0 &&
		    renameat(b, "c", root, old) == 0)
			(void)renameat(root, "c", b, "c");
	}
}

#define RACE_ROUNDS 4000

static void
race_round(int root, int i, unsigned *done)
{
	static const char *const paths[] = { "a/b/victim", "a/b/c/victim",
		"a/b/c/../victim", "a/b/../b/c/../../b/victim" };
	const char *path = paths[i % (int)COUNT_OF(paths)];
	char name[NAME_MAX + 1];
	struct err e = ERR_INIT;
	auto_close int fd = -1, dir = -1, made = -1;

	if (beneath_open(
		root, path, O_WRONLY | O_CREAT | O_TRUNC, 0600, &fd, &e) == 0)
		*done += write(fd, "touched", 7) == 7;
	err_clear(&e);
	if (beneath_write_file(root, path, "touched", 7, 0600, &e) == 0)
		(*done)++;
	err_clear(&e);
	if (beneath_parent(root, path, &dir, name, &e) == 0)
		(void)unlinkat(dir, name, 0);
	err_clear(&e);
	if (beneath_mkdirs(root, path, 0700, &made, &e) == 0)
		(void)unlinkat(dir, name, AT_REMOVEDIR);
}

static void
swaps_lead_nowhere(void **state)
{
	struct place p = place_open(state);
	auto_strv struct strv names = STRV_INIT;
	char outside[600], text[20] = "";
	struct err e = ERR_INIT;
	unsigned done = 0;
	auto_close int out = -1, fd = -1, a = -1, b = -1;
	pid_t pid;

	(void)snprintf(outside, sizeof(outside), "%s/outside", p.s->path);
	make_dirs(&p, "a/b/c");
	assert_ok(dir_open(p.root, "a", &a, &e), &e);
	assert_ok(dir_open(a, "b", &b, &e), &e);
	assert_ok(dir_open(p.s->fd, "outside", &out, &e), &e);
	assert_ok(file_write(out, "victim", "safe", 4, 0600, 0, &e), &e);
	assert_ok(dir_make(out, "c", 0700, &e), &e);
	pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0)
		swap_for_ever(p.root, a, b, outside);
	for (int i = 0; i < RACE_ROUNDS; i++)
		race_round(p.root, i, &done);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);

	assert_true(done > 0); /* not all were refused */
	assert_ok(dir_list(out, &names, &e), &e);
	assert_int_equal(names.n, 2);
	fd = openat(out, "victim", O_RDONLY);
	assert_return_code(read(fd, text, sizeof(text) - 1), errno);
	assert_string_equal(text, "safe");
	strv_fini(&names);
	assert_ok(dir_list(p.s->fd, &names, &e), &e);
	assert_int_equal(names.n, 2); /* "outside" and "root" */
	(void)close(p.root);
}

/* The walk leaves no descriptor open, whatever its end. */
static void
descriptors_are_closed(void **state)
{
	struct place p = place_open(state);
	struct err e = ERR_INIT;
	int before = dup(p.root), after, fd;
	char out[100];

	(void)close(before);
	make_dirs(&p, "a/b/c");
	make_link(&p, "/a/b", "l");
	make_link(&p, "loop", "loop");
	write_file(&p, "l/c/../f", "x");
	assert_file(&p, "a/../l/../b/f", "x");
	assert_err(beneath_open(p.root, "l/c/../x/y", O_RDONLY, 0, &fd, &e), &e,
	    ERR_NOT_FOUND);
	assert_err(beneath_open(p.root, "l/../../loop", O_RDONLY, 0, &fd, &e),
	    &e, ERR_LIMIT);
	assert_err(beneath_realpath(p.root, "l/c", out, 2, &e), &e, ERR_LIMIT);
	after = dup(p.root);
	(void)close(after);
	assert_int_equal(before, after);
	(void)close(p.root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(walks),
		scratch_test(names_what_is_missing),
		scratch_test(opens_as_open_does),
		scratch_test(refuses_what_is_no_file),
		scratch_test(stays_inside),
		scratch_test(links_are_bounded),
		scratch_test(paths_are_bounded),
		scratch_test(splits_off_the_last),
		scratch_test(makes_with_exact_mode),
		scratch_test(write_keeps_the_same),
		scratch_test(write_replaces),
		scratch_test(swaps_lead_nowhere),
		scratch_test(descriptors_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
