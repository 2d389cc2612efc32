/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks of the open file description.  A bounded wait is done by a child:
 * the lock belongs to the open file, which the child shares, so the lock it
 * gets is its parent's; a timer kills the child when time is up.  That needs
 * no signal handler in a caller which may have its own, and has no moment
 * at which a timer could be missed.
 */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"

#define WHO_SIZE 160

/*
 * Where fcntl(2) has locks of the open file, they are used: they can be
 * asked for without being taken.  Elsewhere flock(2) and fcntl(2) locks see
 * each other, so F_GETLK answers for flock.
 */
#ifdef F_OFD_SETLK
#define LOCK_GET_CMD F_OFD_GETLK

static int
try_lock(int fd, enum lock_mode mode, bool is_waiting)
{
	struct flock fl = { .l_type = mode == LOCK_SHARED ? F_RDLCK : F_WRLCK,
		.l_whence = SEEK_SET };
	int rc = fcntl(fd, is_waiting ? F_OFD_SETLKW : F_OFD_SETLK, &fl);

	if (rc < 0 && errno == EACCES)
		errno = EAGAIN;
	return rc;
}
#else
#define LOCK_GET_CMD F_GETLK

static int
try_lock(int fd, enum lock_mode mode, bool is_waiting)
{
	return flock(fd,
	    (mode == LOCK_SHARED ? LOCK_SH : LOCK_EX) |
		(is_waiting ? 0 : LOCK_NB));
}
#endif

/* In the child: wait for the lock, at most until the timer ends us. */
static void NO_RETURN
wait_in_child(int fd, enum lock_mode mode, int timeout_ms)
{
	static const int ending[] = { SIGALRM, SIGINT, SIGTERM, SIGHUP };
	const struct itimerval it = { .it_value = {
					  .tv_sec = timeout_ms / 1000,
					  .tv_usec = timeout_ms % 1000 * 1000L,
				      } };
	sigset_t mask;

	/* Nothing else of the parent's may live on in here. */
	if (dup2(fd, 0) < 0)
		_exit(1);
	closefrom(1);
	(void)sigfillset(&mask);
	for (size_t i = 0; i < COUNT_OF(ending); i++) {
		(void)signal(ending[i], SIG_DFL);
		(void)sigdelset(&mask, ending[i]);
	}
	if (setitimer(ITIMER_REAL, &it, NULL) < 0)
		_exit(1);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	_exit(try_lock(0, mode, true) < 0 ? 1 : 0);
}

static int
wait_for(int fd, enum lock_mode mode, int timeout_ms, struct err *e)
{
	sigset_t all, old;
	pid_t pid;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid == 0)
		wait_in_child(fd, mode, timeout_ms);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid < 0)
		return err_sys(e, "fork");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* Does NAME still mean the file that is open here? */
static bool
is_current(const struct stat *held, int dirfd, const char *name)
{
	struct stat named;

	return fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    held->st_dev == named.st_dev && held->st_ino == named.st_ino;
}

static int
open_lock(int dirfd, const char *name, struct stat *st, struct err *e)
{
	auto_close int fd = openat(dirfd, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(e, "lock %s: open", name);
	if (fstat(fd, st) < 0)
		return err_sys(e, "lock %s: stat", name);
	if (!S_ISREG(st->st_mode))
		return err_set(
		    e, ERR_CORRUPT, "lock %s: not a regular file", name);
	return take_fd(&fd);
}

/*
 * The record is the file's first line.  It is not cleared at release: it is
 * only read while somebody holds the lock.  It is for people, so a full disk
 * does not keep anybody from working.
 */
static void
record(int fd, const char *who)
{
	char quoted[WHO_SIZE], line[WHO_SIZE + 1];
	int len = snprintf(
	    line, sizeof(line), "%s\n", str_quote(quoted, sizeof(quoted), who));
	ssize_t n = pwrite(fd, line, (size_t)len, 0);

	(void)n;
}

static void
read_record(int fd, char *who, size_t size)
{
	ssize_t n = pread(fd, who, size - 1, 0);

	who[n > 0 ? n : 0] = '\0';
	who[strcspn(who, "\n")] = '\0';
}

static int
report_busy(int fd, const char *name, struct err *e)
{
	char who[WHO_SIZE + 1];

	read_record(fd, who, sizeof(who));
	return err_set(e, ERR_BUSY, "lock %s: held by %s", name,
	    who[0] != '\0' ? who : "another process");
}

/* 1: FD has the lock; 0: time is up. */
static int
lock_within(int fd, const char *name, enum lock_mode mode, int64_t left_ms,
    struct err *e)
{
	if (try_lock(fd, mode, false) == 0)
		return 1;
	if (errno != EWOULDBLOCK && errno != EAGAIN)
		return err_sys(e, "lock %s", name);
	if (left_ms <= 0)
		return 0;
	if (wait_for(fd, mode, (int)left_ms, e) < 0)
		return err_wrap(e, "lock %s", name);
	/* A lock the child got is held already, and this says so. */
	if (try_lock(fd, mode, false) == 0)
		return 1;
	if (errno != EWOULDBLOCK && errno != EAGAIN)
		return err_sys(e, "lock %s", name);
	return 0;
}

int
lock_take(struct lock *l, int dirfd, const char *name, enum lock_mode mode,
    int timeout_ms, const char *who, struct err *e)
{
	int64_t end = (int64_t)clock_mono_ms() + timeout_ms;

	for (;;) {
		struct stat held;
		auto_close int fd = open_lock(dirfd, name, &held, e);
		int rc;

		if (fd < 0)
			return -1;
		rc = lock_within(
		    fd, name, mode, end - (int64_t)clock_mono_ms(), e);
		if (rc < 0)
			return -1;
		if (!is_current(&held, dirfd, name))
			continue; /* its holder removed it: start over */
		if (rc == 0)
			return report_busy(fd, name, e);
		record(fd, who);
		l->fd = take_fd(&fd);
		return 0;
	}
}

void
lock_release(struct lock *l)
{
	cleanup_close(&l->fd);
}

void
lock_release_remove(struct lock *l, int dirfd, const char *name)
{
	int sys = errno;

	if (l->fd >= 0)
		(void)unlinkat(dirfd, name, 0);
	lock_release(l);
	errno = sys;
}

/* For a look at it; -1 with errno. */
static int
open_to_ask(int dirfd, const char *name)
{
	return openat(
	    dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* 1 and *FL if it is held, 0 if not. */
static int
ask(int dirfd, const char *name, int cmd, struct flock *fl, struct err *e)
{
	auto_close int fd = open_to_ask(dirfd, name);

	*fl = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(e, "lock %s: open", name);
	if (fcntl(fd, cmd, fl) < 0)
		return err_sys(e, "lock %s", name);
	return fl->l_type != F_UNLCK ? 1 : 0;
}

int
lock_is_held(int dirfd, const char *name, struct err *e)
{
	struct flock fl;

	return ask(dirfd, name, LOCK_GET_CMD, &fl, e);
}

void
lock_who(int dirfd, const char *name, char *who, size_t size)
{
	auto_close int fd = open_to_ask(dirfd, name);

	who[0] = '\0';
	if (fd >= 0)
		read_record(fd, who, size);
}

int
lock_own(struct lock *l, int dirfd, const char *name, struct err *e)
{
	struct stat st;
	auto_close int fd = open_lock(dirfd, name, &st, e);
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_SETLK, &fl) < 0) {
		if (errno == EAGAIN || errno == EACCES)
			return report_busy(fd, name, e);
		return err_sys(e, "lock %s", name);
	}
	l->fd = take_fd(&fd);
	return 0;
}

int
lock_owner(int dirfd, const char *name, pid_t *pid, struct err *e)
{
	struct flock fl;
	int is = ask(dirfd, name, F_GETLK, &fl, e);

	if (is > 0)
		*pid = fl.l_pid > 0 ? fl.l_pid : 0;
	return is;
}
