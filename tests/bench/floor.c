/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor: the least that a container start on Linux can do.  clone3 with
 * all namespaces, the root file system attached and pivoted to, /proc, exec.
 * No limits, no log, nobody supervises.  What an engine takes is compared
 * with this, measured on the same machine in the same minute.
 *
 * usage: floor [-N] [-w] ROOT COMMAND [ARG...]
 *	-N	no network namespace
 *	-w	wait for the command's end (else: until it was executed)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void
die(const char *what)
{
	(void)fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

/* In the child: never returns.  GATE closes when exec succeeds. */
static void
child(const char *root, char **argv, int gate)
{
	char path[] = "PATH=/bin:/usr/bin";
	char *const env[] = { path, NULL };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("private");
	int tree = (int)syscall(
	    SYS_open_tree, AT_FDCWD, root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		die("open_tree");
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, root,
		MOVE_MOUNT_F_EMPTY_PATH) < 0)
		die("move_mount");
	if (chdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0)
		die("pivot_root");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		NULL) < 0)
		die("proc");
	(void)execve(argv[0], argv, env);
	int e = errno;
	if (write(gate, &e, sizeof(e)) < 0)
		die("gate");
	_exit(127);
}

int
main(int argc, char **argv)
{
	bool has_net = true, is_waiting = false;
	int c, gate[2], failed = 0, status = 0;

	while ((c = getopt(argc, argv, "+Nw")) != -1) {
		if (c == 'N')
			has_net = false;
		else if (c == 'w')
			is_waiting = true;
		else
			return 2;
	}
	if (argc - optind < 2) {
		(void)fprintf(stderr, "usage: floor [-N] [-w] root command\n");
		return 2;
	}
	if (pipe2(gate, O_CLOEXEC) < 0)
		die("pipe");
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC |
		    CLONE_NEWUTS | (has_net ? CLONE_NEWNET : 0),
		.exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die("clone3");
	if (pid == 0)
		child(argv[optind], argv + optind + 1, gate[1]);
	(void)close(gate[1]);
	if (read(gate[0], &failed, sizeof(failed)) > 0) {
		errno = failed;
		die(argv[optind + 1]);
	}
	if (!is_waiting) {
		printf("%d\n", (int)pid);
		return 0;
	}
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
