/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker that reads an image may still do (platform/confine.h).  As
 * root it has a root directory of its own, few capabilities, Landlock and a
 * list of calls; as a user Landlock alone keeps it in its directory, so that
 * is what shows whether it holds.  A program with a sanitizer is not confined.
 * pot-test: plain
 */
#include "../unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/confine.h"

#define NOBODY 65534

/* In the child: the line of the check that failed is its exit status. */
#define CHECK(cond)                                \
	do {                                       \
		if (!(cond))                       \
			_exit(__LINE__ % 250 + 1); \
	} while (0)
#define FAILS(call, code) CHECK((call) < 0 && errno == (code))

static long
landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

/* A directory with a file and a directory, and a file beside it. */
static int
make_place(struct scratch *s)
{
	int dir, fd;

	assert_int_equal(fchmod(s->fd, 0755), 0);
	assert_int_equal(mkdirat(s->fd, "in", 0777), 0);
	dir = openat(s->fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_equal(fchmod(dir, 0777), 0);
	assert_int_equal(mkdirat(dir, "sub", 0700), 0);
	assert_int_equal(fchmodat(dir, "sub", 0777, 0), 0);
	assert_int_equal(symlinkat("../../out", dir, "sub/up"), 0);
	fd = openat(dir, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	(void)close(fd);
	fd = openat(s->fd, "out", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0666), 0);
	(void)close(fd);
	return dir;
}

static void
in_child(struct scratch *s, enum confine_kind kind, uid_t uid,
    void (*fn)(int dir, int outside))
{
	int dir = make_place(s), status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct confine c = { .kind = kind, .dir = dir };
		struct err e = ERR_INIT;

		CHECK(uid == 0 || geteuid() != 0 ||
		    (setgid(uid) == 0 && setuid(uid) == 0));
		CHECK(confine_files(&c, &e) == 0);
		fn(dir, s->fd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		fail_msg("line %d (modulo 250)", WEXITSTATUS(status) - 1);
	(void)close(dir);
}

static void
no_way_out(void)
{
	FAILS(socket(AF_INET, SOCK_STREAM, 0), EPERM);
	FAILS(socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
	FAILS(syscall(SYS_execve, "/bin/sh", NULL, NULL), EPERM);
#ifdef SYS_fork
	FAILS(syscall(SYS_fork), EPERM);
#endif
	FAILS(kill(getppid(), 0), EPERM);
	FAILS(syscall(SYS_mount, "x", "/", "tmpfs", 0, NULL), EPERM);
	FAILS(syscall(SYS_unshare, CLONE_NEWUSER), EPERM);
	FAILS(syscall(SYS_ptrace, 0, 0, 0, 0), EPERM);
	FAILS(syscall(SYS_chroot, "."), EPERM);
	FAILS(syscall(SYS_setuid, 0), EPERM);
}

static void
as_writer(int dir, int outside)
{
	int fd;

	no_way_out();
	fd = openat(dir, "sub/new", O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1 && fchown(fd, 7, 8) == 0 &&
	    fchmod(fd, 04755) == 0 && ftruncate(fd, 5) == 0);
	CHECK(mkdirat(dir, "more", 0700) == 0);
	CHECK(mknodat(dir, "fifo", S_IFIFO | 0600, 0) == 0);
	CHECK(linkat(dir, "sub/new", dir, "more/link", 0) == 0);
	CHECK(symlinkat("/etc/passwd", dir, "passwd") == 0);
	FAILS(openat(dir, "passwd", O_RDONLY), ENOENT);
	FAILS(openat(AT_FDCWD, "/etc/passwd", O_RDONLY), ENOENT);
	FAILS(openat(dir, "sub/up", O_RDONLY), ENOENT);
	CHECK(mknodat(dir, "null", S_IFCHR | 0666, makedev(1, 3)) < 0);
	CHECK(mknodat(dir, "disk", S_IFBLK | 0666, makedev(8, 0)) < 0);
	/* A descriptor that was left open by mistake. */
	CHECK(landlock_abi() < 1 || openat(outside, "out", O_RDONLY) < 0);
	CHECK(unlinkat(dir, "file", 0) < 0);
}

static void
as_reader(int dir, int outside)
{
	no_way_out();
	CHECK(openat(dir, "file", O_RDONLY) >= 0);
	CHECK(openat(dir, "file", O_WRONLY) < 0 || landlock_abi() < 1);
	CHECK(mkdirat(dir, "x", 0700) < 0);
	CHECK(openat(dir, "x", O_WRONLY | O_CREAT, 0600) < 0 ||
	    landlock_abi() < 1);
	FAILS(openat(dir, "sub/up", O_RDONLY), ENOENT);
	CHECK(landlock_abi() < 1 || openat(outside, "out", O_RDONLY) < 0);
}

static void
as_pure(int dir, int outside)
{
	(void)outside;
	no_way_out();
	CHECK(openat(dir, "file", O_RDONLY) < 0);
	CHECK(openat(AT_FDCWD, "/", O_RDONLY) < 0);
}

/* Nothing but Landlock says no here. */
static void
as_user_writer(int dir, int outside)
{
	int fd = openat(dir, "new", O_WRONLY | O_CREAT, 0600);

	CHECK(fd >= 0 && ftruncate(fd, 1) == 0);
	CHECK(linkat(dir, "new", dir, "sub/link", 0) == 0);
	FAILS(openat(AT_FDCWD, "/etc/passwd", O_RDONLY), EACCES);
	FAILS(openat(outside, "out", O_RDONLY), EACCES);
	FAILS(openat(outside, "out", O_WRONLY), EACCES);
	FAILS(openat(dir, "../out", O_RDONLY), EACCES);
	FAILS(openat(dir, "sub/up", O_RDONLY), EACCES);
	FAILS(openat(AT_FDCWD, "/tmp/pot-confined", O_WRONLY | O_CREAT, 0600),
	    EACCES);
}

static void
as_user_reader(int dir, int outside)
{
	CHECK(openat(dir, "file", O_RDONLY) >= 0);
	FAILS(openat(dir, "file2", O_WRONLY | O_CREAT, 0600), EACCES);
	FAILS(openat(dir, "sub/../../out", O_RDONLY), EACCES);
	FAILS(openat(outside, "out", O_RDONLY), EACCES);
}

static void
needs(bool needs_root, bool needs_landlock)
{
	if ((needs_root && geteuid() != 0) ||
	    (needs_landlock && landlock_abi() < 1))
		skip();
}

static void
writer(void **state)
{
	needs(true, false);
	in_child(*state, CONFINE_WRITE, 0, as_writer);
}

static void
reader(void **state)
{
	needs(true, false);
	in_child(*state, CONFINE_READ, 0, as_reader);
}

static void
pure(void **state)
{
	needs(true, false);
	in_child(*state, CONFINE_PURE, 0, as_pure);
}

static void
landlock_writer(void **state)
{
	needs(false, true);
	in_child(*state, CONFINE_WRITE, NOBODY, as_user_writer);
}

static void
landlock_reader(void **state)
{
	needs(false, true);
	in_child(*state, CONFINE_READ, NOBODY, as_user_reader);
}

#define confine_test(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		confine_test(writer),
		confine_test(reader),
		confine_test(pure),
		confine_test(landlock_writer),
		confine_test(landlock_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
