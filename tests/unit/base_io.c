/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole reads and writes. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/io.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#define BIG (1 << 20)

static void
pipe_is_cloexec(void **state UNUSED)
{
	struct err e = ERR_INIT;
	int p[2];

	assert_ok(io_pipe(p, &e), &e);
	assert_int_equal(fcntl(p[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(p[1], F_GETFD), FD_CLOEXEC);
	assert_ok(io_set_nonblock(p[0], &e), &e);
	assert_true((fcntl(p[0], F_GETFL) & O_NONBLOCK) != 0);
	(void)close(p[0]);
	(void)close(p[1]);
	assert_err(io_set_nonblock(p[0], &e), &e, ERR_SYSTEM);
}

/* A child writes more than a pipe holds, in pieces. */
static pid_t
start_writer(int p[2])
{
	struct err e = ERR_INIT;
	pid_t pid;

	assert_ok(io_pipe(p, &e), &e);
	pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0) {
		char *data = malloc(BIG);

		if (data == NULL)
			_exit(1);
		memset(data, 'x', BIG);
		(void)close(p[0]);
		_exit(io_write_all(p[1], data, BIG) == 0 ? 0 : 1);
	}
	(void)close(p[1]);
	return pid;
}

static void
reads_everything(void **state UNUSED)
{
	auto_buf struct buf b = BUF_INIT(BIG);
	struct err e = ERR_INIT;
	int p[2], status;
	pid_t pid = start_writer(p);

	assert_ok(io_read_all(p[0], &b, "pipe", &e), &e);
	assert_int_equal(b.len, BIG); /* exactly the maximum is fine */
	assert_int_equal(b.data[BIG - 1], 'x');
	assert_int_equal(b.data[BIG], '\0');
	(void)close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
refuses_too_much(void **state UNUSED)
{
	auto_buf struct buf b = BUF_INIT(BIG - 1);
	struct err e = ERR_INIT;
	int p[2];
	pid_t pid = start_writer(p);

	assert_err(io_read_all(p[0], &b, "pipe", &e), &e, ERR_LIMIT);
	(void)close(p[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_err(io_read_all(p[0], &b, "pipe", &e), &e, ERR_LIMIT);
	buf_clear(&b);
	assert_err(io_read_all(p[0], &b, "pipe", &e), &e, ERR_SYSTEM);
}

static void
reads_in_full(void **state UNUSED)
{
	char *data = malloc(BIG);
	int p[2];
	pid_t pid = start_writer(p);

	assert_non_null(data);
	assert_int_equal(io_read_full(p[0], data, 10), 10);
	assert_int_equal(io_read_full(p[0], data, BIG), BIG - 10);
	assert_int_equal(io_read_full(p[0], data, 10), 0);
	(void)close(p[0]);
	assert_int_equal(io_read_full(p[0], data, 10), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	free(data);
}

static void
on_alarm(int signo UNUSED)
{
}

static void
waits(void **state UNUSED)
{
	const struct sigaction sa = { .sa_handler = on_alarm };
	/* Repeated: the first one might come before poll(2) is entered. */
	struct itimerval tick = { { 0, 10000 }, { 0, 10000 } }, off = { 0 };
	struct err e = ERR_INIT;
	int p[2];

	assert_ok(io_pipe(p, &e), &e);
	assert_int_equal(io_wait_readable(p[0], 0), 0);
	assert_int_equal(io_wait_readable(p[0], 1), 0);
	assert_return_code(sigaction(SIGALRM, &sa, NULL), errno);
	assert_return_code(setitimer(ITIMER_REAL, &tick, NULL), errno);
	assert_int_equal(io_wait_readable(p[0], -1), 0);
	assert_return_code(setitimer(ITIMER_REAL, &off, NULL), errno);
	assert_int_equal(io_write_all(p[1], "x", 1), 0);
	assert_int_equal(io_wait_readable(p[0], -1), 1);
	assert_int_equal(io_read_full(p[0], &(char){ 0 }, 1), 1);
	(void)close(p[1]);
	assert_int_equal(io_wait_readable(p[0], -1), 1); /* closed */
	(void)close(p[0]);
	assert_int_equal(io_wait_readable(p[0], 0), -1);
	assert_int_equal(errno, EBADF);
}

/* What fstat(2) said is a hint: files grow and shrink. */
static void
reads_a_sized_file(void **state UNUSED)
{
	static const off_t sizes[] = { 0, 1, 4096, 9999, 10000, 20000 };
	FILE *f = tmpfile();
	char text[10000];

	assert_non_null(f);
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		auto_buf struct buf b = BUF_INIT(10000);
		struct err e = ERR_INIT;

		assert_int_equal(
		    pwrite(fileno(f), text, sizeof(text), 0), sizeof(text));
		assert_int_equal(lseek(fileno(f), 0, SEEK_SET), 0);
		assert_ok(io_read_sized(fileno(f), sizes[i], &b, "f", &e), &e);
		assert_true(b.len >= (size_t)sizes[i] || b.len == sizeof(text));
		assert_true(sizes[i] > 0 || b.len == sizeof(text));
		assert_int_equal(strspn(b.data, "x"), b.len);
	}
	auto_buf struct buf small = BUF_INIT(9999);
	struct err e = ERR_INIT;
	assert_int_equal(lseek(fileno(f), 0, SEEK_SET), 0);
	assert_err(
	    io_read_sized(fileno(f), 10000, &small, "f", &e), &e, ERR_LIMIT);
	(void)fclose(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipe_is_cloexec),
		cmocka_unit_test(reads_everything),
		cmocka_unit_test(refuses_too_much),
		cmocka_unit_test(reads_in_full),
		cmocka_unit_test(waits),
		cmocka_unit_test(reads_a_sized_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
