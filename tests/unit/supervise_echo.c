/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing to what is not ours: never blocked, never a flag changed. */
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "supervise/echo.h"

#define MUCH ((size_t)1 << 20)

static char bytes[MUCH];

/* Write until nothing is taken: at least LEAST bytes were, and the reader
 * gets them all in order. */
static void
fill_and_drain(struct echo *c, int reader, size_t least)
{
	size_t taken = 0, n;
	static char back[MUCH];

	for (size_t i = 0; i < MUCH; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	while ((n = echo_write(c, bytes + taken, MUCH - taken)) > 0)
		taken += n;
	assert_true(taken >= least && taken < MUCH);
	assert_true(c->fd >= 0);
	assert_int_equal(io_read_full(reader, back, taken), (ssize_t)taken);
	assert_memory_equal(back, bytes, taken);
	/* There is room again. */
	assert_true(echo_write(c, bytes, 100) > 0);
}

static void
does_not_block_on_pipes(void **state UNUSED)
{
	struct err e = ERR_INIT;
	struct echo c;
	int fds[2];
	auto_close int copy = -1;

	assert_ok(io_pipe(fds, &e), &e);
	copy = dup(fds[1]); /* the caller's */
	echo_init(&c, fds[1]);
	fill_and_drain(&c, fds[0], 4096);
	assert_int_equal(fcntl(copy, F_GETFL) & O_NONBLOCK, 0);
	(void)close(fds[0]);
	/* Nobody reads: all is taken, and that was the end. */
	assert_int_equal(echo_write(&c, bytes, 1000), 1000);
	assert_int_equal(c.fd, -1);
	assert_int_equal(echo_write(&c, bytes, 1000), 1000);
	echo_fini(&c);
}

/* Without a copy of its own it asks first. */
static void
asks_poll(void **state UNUSED)
{
	struct err e = ERR_INIT;
	struct echo c;
	int fds[2];

	assert_ok(io_pipe(fds, &e), &e);
	c = (struct echo){ .fd = fds[1], .is_polled = true };
	fill_and_drain(&c, fds[0], 4096);
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	(void)close(fds[0]);
	echo_fini(&c);
}

static void
does_not_block_on_sockets(void **state UNUSED)
{
	struct echo c;
	int fds[2];
	auto_close int copy = -1;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	copy = dup(fds[1]);
	echo_init(&c, fds[1]);
	fill_and_drain(&c, fds[0], 1000);
	assert_int_equal(fcntl(copy, F_GETFL) & O_NONBLOCK, 0);
	(void)close(fds[0]);
	assert_int_equal(echo_write(&c, bytes, 1000), 1000);
	assert_int_equal(c.fd, -1);
}

static void
does_not_block_on_terminals(void **state UNUSED)
{
	auto_close int top = posix_openpt(O_RDWR | O_NOCTTY);
	auto_close int copy = -1;
	struct echo c;
	size_t taken = 0, n;
	int fd;

	if (top < 0 || grantpt(top) < 0 || unlockpt(top) < 0)
		skip();
	fd = open(ptsname(top), O_RDWR | O_NOCTTY);
	assert_true(fd >= 0);
	copy = dup(fd);
	echo_init(&c, fd);
	memset(bytes, 'x', MUCH);
	while ((n = echo_write(&c, bytes, 10000)) > 0)
		taken += n;
	assert_true(taken > 0 && taken < MUCH);
	assert_int_equal(fcntl(copy, F_GETFL) & O_NONBLOCK, 0);
	echo_fini(&c);
}

/* A file is written where its open file stands, and appended if it is open
 * for that: the caller has the descriptor, too. */
static void
shares_the_offset_of_files(void **state)
{
	const struct scratch *s = *state;
	auto_close int copy = -1;
	struct echo c;
	char back[16] = "";
	int fd = openat(s->fd, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	copy = dup(fd);
	assert_int_equal(io_write_all(fd, "one ", 4), 0);
	echo_init(&c, fd);
	assert_int_equal(echo_write(&c, "two ", 4), 4);
	assert_int_equal(io_write_all(copy, "three", 5), 0);
	assert_int_equal(pread(copy, back, sizeof(back), 0), 13);
	assert_string_equal(back, "one two three");
	echo_fini(&c);
}

static void
takes_what_is_no_descriptor(void **state UNUSED)
{
	struct echo c;

	echo_init(&c, -1);
	assert_int_equal(echo_write(&c, bytes, 5), 5);
	echo_init(&c, 1000);
	assert_int_equal(c.fd, -1);
	echo_fini(&c);
	echo_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_not_block_on_pipes),
		cmocka_unit_test(asks_poll),
		cmocka_unit_test(does_not_block_on_sockets),
		cmocka_unit_test(does_not_block_on_terminals),
		scratch_test(shares_the_offset_of_files),
		cmocka_unit_test(takes_what_is_no_descriptor),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
