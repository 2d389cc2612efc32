/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's way to move output uses nothing that other systems lack, so its
 * promise is tried here, too: a mover that is killed at any moment loses
 * and doubles nothing.
 */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "platform/freebsd/freebsd.h"

#define KILLS 60
#define LINES 40000

static const struct platform_output_ops *const ops = &freebsd_output_ops;

static struct err e;

struct ends {
	int fifo, file;
};

static struct ends
open_ends(const struct scratch *s)
{
	struct ends x;

	if (mkfifoat(s->fd, "fifo", 0600) < 0)
		assert_int_equal(errno, EEXIST);
	x.fifo = openat(s->fd, "fifo", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	x.file = openat(s->fd, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(x.fifo >= 0 && x.file >= 0);
	return x;
}

static void
close_ends(struct ends *x)
{
	(void)close(x->fifo);
	(void)close(x->file);
}

static off_t
size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void
test_room_is_what_waits(void **state)
{
	struct ends x = open_ends(*state);

	assert_int_equal(write(x.fifo, "hello", 5), 5);
	assert_int_equal(ops->move(x.fifo, x.file, 0, 1 << 20, &e), 5);
	assert_int_equal(size_of(x.file), 5);
	assert_int_equal(ops->move(x.fifo, x.file, 5, 1 << 20, &e), 0);
	assert_int_equal(size_of(x.file), 5);
	close_ends(&x);
}

/* At any offset, over pages and blocks. */
static void
test_offsets(void **state)
{
	static const off_t offsets[] = { 0, 1, 4095, 4096, 4097, 65535,
		1 << 20 };
	struct ends x = open_ends(*state);
	char data[9000], back[9000];

	memset(data, 'd', sizeof(data));
	for (size_t i = 0; i < COUNT_OF(offsets); i++) {
		assert_int_equal(
		    write(x.fifo, data, sizeof(data)), sizeof(data));
		assert_int_equal(
		    ops->move(x.fifo, x.file, offsets[i], 1 << 20, &e),
		    sizeof(data));
		assert_int_equal(pread(x.file, back, sizeof(back), offsets[i]),
		    sizeof(back));
		assert_memory_equal(data, back, sizeof(data));
		assert_int_equal(
		    size_of(x.file), offsets[i] + (off_t)sizeof(data));
	}
	close_ends(&x);
}

static void
recovers(struct ends *x, const char *data, size_t len, off_t keep, off_t want)
{
	assert_int_equal(ftruncate(x->file, 0), 0);
	assert_int_equal(pwrite(x->file, data, len, 0), (ssize_t)len);
	assert_ok(ops->recover(x->file, keep, &e), &e);
	assert_int_equal(size_of(x->file), want);
}

static void
test_recover(void **state)
{
	struct ends x = open_ends(*state);
	static char many[20000];

	recovers(&x, "", 0, 0, 0);
	recovers(&x, "abc", 3, 0, 3);
	recovers(&x, "abc\0\0", 5, 0, 3);
	recovers(&x, "a\0c\0\0", 5, 0, 3);
	/* What was read for sure stays. */
	recovers(&x, "abc\0\0", 5, 4, 4);
	recovers(&x, "abc\0\0", 5, 5, 5);
	recovers(&x, "abc", 3, 7, 3);
	recovers(&x, many, sizeof(many), 0, 0);
	recovers(&x, many, sizeof(many), 4097, 4097);
	many[12345] = 'x';
	recovers(&x, many, sizeof(many), 0, 12346);
	close_ends(&x);
}

/* A disk that is full leaves the bytes in the FIFO and no room behind. */
static void
test_full_disk(void **state)
{
	struct ends x = open_ends(*state);
	auto_close int full = open("/dev/full", O_RDWR | O_CLOEXEC);
	char back[8];

	if (full < 0)
		skip(); /* Linux alone has it */
	assert_int_equal(write(x.fifo, "hello", 5), 5);
	assert_err(ops->move(x.fifo, full, 0, 4096, &e), &e, ERR_NO_SPACE);
	assert_int_equal(read(x.fifo, back, sizeof(back)), 5);
	close_ends(&x);
}

/* Numbered lines, as fast as they are taken. */
static NO_RETURN void
write_lines(const struct scratch *s)
{
	int fd = openat(s->fd, "fifo", O_WRONLY);
	char line[32];

	for (unsigned i = 0; i < LINES; i++) {
		int n = snprintf(line, sizeof(line), "line %u\n", i);

		if (write(fd, line, (size_t)n) != n)
			_exit(1);
	}
	_exit(0);
}

static NO_RETURN void
move_all(struct ends *x)
{
	off_t at;
	ssize_t n = 0;

	if (ops->recover(x->file, 0, &e) < 0)
		_exit(1);
	for (at = size_of(x->file); n >= 0; at += n)
		n = ops->move(x->fifo, x->file, at, 1 << 16, &e);
	_exit(2);
}

static void
check_lines(const struct scratch *s)
{
	int fd = openat(s->fd, "file", O_RDONLY);
	FILE *f = fdopen(fd, "r");
	char got[64], want[64];
	unsigned i = 0;

	assert_non_null(f);
	for (; fgets(got, sizeof(got), f) != NULL; i++) {
		(void)snprintf(want, sizeof(want), "line %u\n", i);
		assert_string_equal(got, want);
	}
	(void)fclose(f);
	assert_int_equal(i, LINES);
}

static void
test_killed_movers(void **state)
{
	struct scratch *s = *state;
	struct ends x = open_ends(s);
	pid_t writer = fork(), mover;
	int status;
	ssize_t n;
	off_t at;

	if (writer == 0)
		write_lines(s);
	for (unsigned i = 0; i < KILLS; i++) {
		struct timespec t = { .tv_nsec = i * 7919L % 3000 * 1000 };

		mover = fork();
		if (mover == 0)
			move_all(&x);
		(void)nanosleep(&t, NULL);
		assert_int_equal(kill(mover, SIGKILL), 0);
		assert_int_equal(waitpid(mover, &status, 0), mover);
		assert_true(WIFSIGNALED(status));
	}
	assert_ok(ops->recover(x.file, 0, &e), &e);
	at = size_of(x.file);
	/* The rest, until the writer is gone and nothing waits. */
	for (bool is_gone = false;;) {
		n = ops->move(x.fifo, x.file, at, 1 << 16, &e);
		assert_true(n >= 0);
		at += n;
		if (n == 0 && is_gone)
			break;
		if (!is_gone && waitpid(writer, &status, WNOHANG) == writer)
			is_gone = true;
	}
	assert_int_equal(status, 0);
	close_ends(&x);
	check_lines(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_room_is_what_waits),
		scratch_test(test_offsets),
		scratch_test(test_recover),
		scratch_test(test_full_disk),
		scratch_test(test_killed_movers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
