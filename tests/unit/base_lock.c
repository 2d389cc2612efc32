/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks between processes; nothing here depends on how long a thing takes. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/lock.h"
#include "base/str.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define LONG_MS 60000 /* a wait that has to end before it is over */

/* A process which holds the lock until it is told to let go. */
struct holder {
	pid_t pid;
	int go; /* a byte here, or its closing, ends it */
};

static void NO_RETURN
hold(int dirfd, enum lock_mode mode, bool removes, int ready, int go)
{
	struct lock l = LOCK_INIT;
	struct err e = ERR_INIT;
	char c;

	if (lock_take(&l, dirfd, "l", mode, LONG_MS, "start web, pid 10", &e) <
		0 ||
	    write(ready, "r", 1) != 1 || read(go, &c, 1) < 0)
		_exit(1);
	if (removes)
		lock_release_remove(&l, dirfd, "l");
	else
		lock_release(&l);
	_exit(0);
}

static struct holder
start_holder(int dirfd, enum lock_mode mode, bool removes)
{
	struct holder h;
	int ready[2], go[2];
	char c;

	assert_return_code(pipe(ready), errno);
	assert_return_code(pipe(go), errno);
	h.pid = fork();
	assert_return_code(h.pid, errno);
	if (h.pid == 0) {
		(void)close(go[1]);
		(void)close(ready[0]);
		hold(dirfd, mode, removes, ready[1], go[0]);
	}
	(void)close(go[0]);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
	h.go = go[1];
	return h;
}

static void
end_holder(struct holder *h)
{
	int status;

	(void)close(h->go);
	assert_int_equal(waitpid(h->pid, &status, 0), h->pid);
	assert_int_equal(status, 0);
}

static int
take(struct lock *l, const struct scratch *s, enum lock_mode mode,
    int timeout_ms, struct err *e)
{
	return lock_take(l, s->fd, "l", mode, timeout_ms, "test", e);
}

static void
excludes(void **state)
{
	struct scratch *s = *state;
	struct holder h = start_holder(s->fd, LOCK_EXCLUSIVE, false);
	struct lock l = LOCK_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(lock_is_held(s->fd, "l", &e), 1);
	assert_int_equal(take(&l, s, LOCK_EXCLUSIVE, 0, &e), -1);
	assert_int_equal(e.code, ERR_BUSY);
	assert_string_equal(e.text, "lock l: held by start web, pid 10");
	err_clear(&e);
	assert_err(take(&l, s, LOCK_SHARED, 1, &e), &e, ERR_BUSY);
	assert_err(take(&l, s, LOCK_EXCLUSIVE, 30, &e), &e, ERR_BUSY);
	assert_int_equal(l.fd, -1);
	end_holder(&h);
	assert_int_equal(lock_is_held(s->fd, "l", &e), 0);
	assert_ok(take(&l, s, LOCK_EXCLUSIVE, 0, &e), &e);
	assert_int_equal(fcntl(l.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(lock_is_held(s->fd, "l", &e), 1);
	lock_release(&l);
	lock_release(&l);
	assert_int_equal(lock_is_held(s->fd, "l", &e), 0);
}

static void
shares(void **state)
{
	struct scratch *s = *state;
	struct holder h = start_holder(s->fd, LOCK_SHARED, false);
	struct lock l = LOCK_INIT;
	struct err e = ERR_INIT;

	assert_ok(take(&l, s, LOCK_SHARED, 0, &e), &e);
	lock_release(&l);
	assert_err(take(&l, s, LOCK_EXCLUSIVE, 0, &e), &e, ERR_BUSY);
	assert_int_equal(lock_is_held(s->fd, "l", &e), 1);
	end_holder(&h);
	assert_ok(take(&l, s, LOCK_EXCLUSIVE, 0, &e), &e);
	lock_release(&l);
}

/* Somebody who waits gets the lock when its holder lets go or dies. */
static void
waits_for_release(void **state)
{
	struct scratch *s = *state;

	for (int i = 0; i < 3; i++) {
		struct holder h = start_holder(s->fd, LOCK_EXCLUSIVE, i == 2);
		pid_t waiter = fork();
		int status;

		assert_return_code(waiter, errno);
		if (waiter == 0) {
			struct lock l = LOCK_INIT;
			struct err e = ERR_INIT;

			(void)close(h.go);
			_exit(take(&l, s, LOCK_EXCLUSIVE, LONG_MS, &e) < 0);
		}
		if (i == 1) {
			(void)kill(h.pid, SIGKILL);
			assert_int_equal(waitpid(h.pid, NULL, 0), h.pid);
			(void)close(h.go);
		} else {
			end_holder(&h);
		}
		assert_int_equal(waitpid(waiter, &status, 0), waiter);
		assert_int_equal(status, 0);
	}
}

/* Who gets the lock of a removed file has nothing: it starts over. */
static void
removed_by_its_holder(void **state)
{
	struct scratch *s = *state;
	struct lock l = LOCK_INIT;
	struct err e = ERR_INIT;

	assert_ok(take(&l, s, LOCK_EXCLUSIVE, 0, &e), &e);
	lock_release_remove(&l, s->fd, "l");
	assert_int_equal(l.fd, -1);
	assert_int_equal(faccessat(s->fd, "l", F_OK, 0), -1);
	assert_int_equal(lock_is_held(s->fd, "l", &e), 0);
	lock_release_remove(&l, s->fd, "l");
}

/*
 * Many processes take, count and remove.  Two holders at once would lose a
 * count, and so would a lock on an unlinked file.
 */
static void NO_RETURN
count_up(int dirfd, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		struct lock l = LOCK_INIT;
		struct err e = ERR_INIT;
		char text[32] = "";
		auto_close int fd = -1;

		if (lock_take(&l, dirfd, "l", LOCK_EXCLUSIVE, LONG_MS,
			"counter", &e) < 0)
			_exit(1);
		fd = openat(dirfd, "count", O_RDWR | O_CREAT, 0600);
		if (fd < 0 || pread(fd, text, sizeof(text) - 1, 0) < 0)
			_exit(1);
		(void)snprintf(
		    text, sizeof(text), "%ld\n", strtol(text, NULL, 10) + 1);
		if (pwrite(fd, text, strlen(text), 0) < 0)
			_exit(1);
		if (i % 2 == 0)
			lock_release_remove(&l, dirfd, "l");
		else
			lock_release(&l);
	}
	_exit(0);
}

#define COUNTERS 4
#define ROUNDS	 50

static void
nobody_is_lost(void **state)
{
	struct scratch *s = *state;
	char text[32] = "";
	auto_close int fd = -1;

	for (int i = 0; i < COUNTERS; i++) {
		pid_t pid = fork();

		assert_return_code(pid, errno);
		if (pid == 0)
			count_up(s->fd, ROUNDS);
	}
	for (int i = 0; i < COUNTERS; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	fd = openat(s->fd, "count", O_RDONLY);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_int_equal(strtol(text, NULL, 10), COUNTERS * ROUNDS);
}

/* A wait leaves no child, no changed mask and no timer behind. */
static void
wait_leaves_nothing(void **state)
{
	struct scratch *s = *state;
	struct holder h = start_holder(s->fd, LOCK_EXCLUSIVE, false);
	struct lock l = LOCK_INIT;
	struct err e = ERR_INIT;
	sigset_t before, after;

	assert_return_code(sigprocmask(SIG_SETMASK, NULL, &before), errno);
	assert_err(take(&l, s, LOCK_EXCLUSIVE, 20, &e), &e, ERR_BUSY);
	assert_return_code(sigprocmask(SIG_SETMASK, NULL, &after), errno);
	for (int i = 1; i < 32; i++) {
		assert_int_equal(
		    sigismember(&before, i), sigismember(&after, i));
	}
	end_holder(&h);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* A descriptor given to a child carries the lock. */
static void
goes_with_the_descriptor(void **state)
{
	struct scratch *s = *state;
	struct lock l = LOCK_INIT, other = LOCK_INIT;
	struct err e = ERR_INIT;
	int go[2], status;
	pid_t pid;
	char c;

	assert_return_code(pipe(go), errno);
	assert_ok(take(&l, s, LOCK_EXCLUSIVE, 0, &e), &e);
	pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0) {
		(void)close(go[1]);
		_exit(read(go[0], &c, 1) == 0 ? 0 : 1);
	}
	lock_release(&l);
	assert_int_equal(lock_is_held(s->fd, "l", &e), 1);
	assert_err(take(&other, s, LOCK_SHARED, 0, &e), &e, ERR_BUSY);
	(void)close(go[0]);
	(void)close(go[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(lock_is_held(s->fd, "l", &e), 0);
}

static void
refuses_what_is_no_file(void **state)
{
	struct scratch *s = *state;
	struct lock l = LOCK_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(lock_is_held(s->fd, "none", &e), 0);
	assert_return_code(mkfifoat(s->fd, "l", 0600), errno);
	assert_err(take(&l, s, LOCK_EXCLUSIVE, 0, &e), &e, ERR_CORRUPT);
	assert_return_code(unlinkat(s->fd, "l", 0), errno);
	assert_return_code(symlinkat("target", s->fd, "l"), errno);
	assert_int_equal(take(&l, s, LOCK_EXCLUSIVE, 0, &e), -1);
	assert_int_equal(faccessat(s->fd, "target", F_OK, 0), -1);
}

/* The record is one printable line, and a shorter one hides a longer one. */
static void
records_its_holder(void **state)
{
	struct scratch *s = *state;
	struct lock l = LOCK_INIT, other = LOCK_INIT;
	struct err e = ERR_INIT;
	char who[1000];

	memset(who, 'x', sizeof(who));
	who[sizeof(who) - 1] = '\0';
	assert_ok(lock_take(&l, s->fd, "l", LOCK_EXCLUSIVE, 0, who, &e), &e);
	assert_int_equal(take(&other, s, LOCK_EXCLUSIVE, 0, &e), -1);
	assert_true(str_has_suffix(e.text, "xxx..."));
	err_clear(&e);
	lock_release(&l);
	assert_ok(lock_take(&l, s->fd, "l", LOCK_EXCLUSIVE, 0, "a\nb", &e), &e);
	assert_int_equal(take(&other, s, LOCK_EXCLUSIVE, 0, &e), -1);
	assert_string_equal(e.text, "lock l: held by a\\nb");
	lock_release(&l);
}

/* A process's own lock: who asks learns the process, no child has it, and
 * the kinds exclude each other. */
static void
belongs_to_a_process(void **state)
{
	struct scratch *s = *state;
	struct lock l = LOCK_INIT;
	struct err e = ERR_INIT;
	int ready[2], go[2];
	pid_t pid, owner = 1;
	char c;

	assert_int_equal(lock_owner(s->fd, "l", &owner, &e), 0);
	assert_return_code(pipe(ready), errno);
	assert_return_code(pipe(go), errno);
	pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0) {
		(void)close(go[1]);
		if (lock_own(&l, s->fd, "l", &e) == 0 && fork() > 0)
			(void)!write(ready[1], "r", 1);
		_exit(read(go[0], &c, 1) < 0 ? 1 : 0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(lock_owner(s->fd, "l", &owner, &e), 1);
	assert_int_equal(owner, pid);
	assert_int_equal(lock_is_held(s->fd, "l", &e), 1);
	assert_err(lock_own(&l, s->fd, "l", &e), &e, ERR_BUSY);
	assert_err(take(&l, s, LOCK_EXCLUSIVE, 1, &e), &e, ERR_BUSY);
	assert_int_equal(kill(pid, SIGKILL), 0);
	/* Its child lives on. */
	assert_ok(take(&l, s, LOCK_EXCLUSIVE, 60000, &e), &e);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(lock_owner(s->fd, "l", &owner, &e), 1);
	assert_int_equal(owner, 0);
	lock_release(&l);
	assert_int_equal(lock_owner(s->fd, "l", &owner, &e), 0);
	for (int i = 0; i < 2; i++) {
		(void)close(ready[i]);
		(void)close(go[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(excludes),
		scratch_test(shares),
		scratch_test(waits_for_release),
		scratch_test(removed_by_its_holder),
		scratch_test(nobody_is_lost),
		scratch_test(wait_leaves_nothing),
		scratch_test(goes_with_the_descriptor),
		scratch_test(refuses_what_is_no_file),
		scratch_test(records_its_holder),
		scratch_test(belongs_to_a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
