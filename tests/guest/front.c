/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests in sh: runs a command as somebody at a keyboard would, with the
 * signals' default actions (a shell's background job ignores SIGINT, and
 * that can't be undone in a shell); with -t on a terminal of its own, whose
 * output is copied; with -n as nobody, a member of one group.  Ends with the
 * command's status.
 *
 * usage: front [-t | -n GID] COMMAND...
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static _Noreturn void
run(char **argv)
{
	static const int signals[] = { SIGINT, SIGHUP, SIGTERM, SIGQUIT,
		SIGPIPE };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], SIG_DFL);
	(void)execvp(argv[0], argv);
	_exit(127);
}

static _Noreturn void
run_on_terminal(char **argv, int master)
{
	const char *name = ptsname(master);
	int slave;

	(void)setsid();
	slave = name == NULL ? -1 : open(name, O_RDWR);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		_exit(126);
	for (int i = 0; i < 3; i++) {
		if (dup2(slave, i) < 0)
			_exit(126);
	}
	(void)close(slave);
	(void)close(master);
	run(argv);
}

int
main(int argc, char **argv)
{
	int master, status;
	char block[4096];
	ssize_t n;
	pid_t pid;

	if (argc > 3 && strcmp(argv[1], "-n") == 0) {
		gid_t group = (gid_t)strtoul(argv[2], NULL, 10);

		if (setgroups(1, &group) < 0 || setgid(group) < 0 ||
		    setuid(65534) < 0)
			return 126;
		run(argv + 3);
	}
	if (argc > 1 && strcmp(argv[1], "-t") != 0)
		run(argv + 1);
	if (argc < 3)
		return 2;
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return 126;
	pid = fork();
	if (pid == 0)
		run_on_terminal(argv + 2, master);
	if (pid < 0)
		return 126;
	/* Linux says EIO when nobody has the terminal open any more. */
	while ((n = read(master, block, sizeof(block))) > 0) {
		if (write(STDOUT_FILENO, block, (size_t)n) != n)
			return 126;
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return 126;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}
