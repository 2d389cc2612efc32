/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relay of a terminal.
 */
#include "engine/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/io.h"

static volatile sig_atomic_t size_changed;

static void
on_winch(int signo)
{
	(void)signo;
	size_changed = 1;
}

static void
copy_size(int from, int to)
{
	struct winsize w;

	if (ioctl(from, TIOCGWINSZ, &w) == 0)
		(void)ioctl(to, TIOCSWINSZ, &w);
}

/* One read, written whole: 1, 0 at the end, -1. */
static int
pump(int from, int to)
{
	char data[4096];
	ssize_t n = read(from, data, sizeof(data));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 :
		    errno == EIO			 ? 0 :
							   -1;
	if (n == 0)
		return 0;
	return io_write_all(to, data, (size_t)n) < 0 ? -1 : 1;
}

static int
loop(int tty, int in, int out, struct err *e)
{
	struct pollfd fds[2] = { { .fd = tty, .events = POLLIN },
		{ .fd = in, .events = POLLIN } };

	for (;;) {
		int r;

		if (size_changed) {
			size_changed = 0;
			copy_size(in, tty);
		}
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, "terminal: poll");
		}
		if (fds[0].revents != 0 && (r = pump(tty, out)) <= 0)
			return r < 0 ? err_sys(e, "terminal") : 0;
		if (fds[1].revents != 0 && (r = pump(in, tty)) <= 0) {
			char eof = 4;

			/* Our input's end is the terminal's end of file. */
			if (r < 0)
				return err_sys(e, "terminal");
			fds[1].fd = -1;
			if (io_write_all(tty, &eof, 1) < 0)
				return err_sys(e, "terminal");
		}
	}
}

int
terminal_relay(int tty, int in, int out, struct err *e)
{
	struct sigaction winch = { .sa_handler = on_winch }, old;
	struct termios saved, raw;
	bool is_terminal = tcgetattr(in, &saved) == 0;
	int r;

	if (is_terminal) {
		copy_size(in, tty);
		raw = saved;
		cfmakeraw(&raw);
		(void)sigaction(SIGWINCH, &winch, &old);
		(void)tcsetattr(in, TCSADRAIN, &raw);
	}
	r = loop(tty, in, out, e);
	if (is_terminal) {
		(void)tcsetattr(in, TCSADRAIN, &saved);
		(void)sigaction(SIGWINCH, &old, NULL);
	}
	return r;
}
