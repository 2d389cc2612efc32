/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last steps into a jail, which creating a cell and entering one share:
 * descriptors, limits and arguments of pot-init, and its execution by
 * descriptor (fexecve(2)), since the jail has no such file.
 */
#include "platform/freebsd/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/param.h>
#include <sys/procctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/init.h"

/* Descriptors of pot-init when it starts; the last one it is executed by. */
#define EXEC_INIT_FD (INIT_EXEC_FD + 1)
#define EXEC_FD_END  (EXEC_INIT_FD + 1)

int
jail_exec_open(struct jail_exec *x, const struct cell_spec *spec,
    const struct cell_command *command, struct err *e)
{
	static const char *const names[] = { "input", "output", "error" };
	struct stat st;

	x->command = command;
	x->initfd = spec->init_fd;
	for (int i = 0; i < 3 && !command->tty; i++) {
		x->fds[i] = command->fds[i] >= 0 ?
		    command->fds[i] :
		    open("/dev/null", O_RDWR | O_CLOEXEC);
		if (x->fds[i] < 0 || fstat(x->fds[i], &st) < 0)
			return err_sys(e, "standard %s", names[i]);
		/* It would lead out of the jail (jail(2), fchdir(2)). */
		if (S_ISDIR(st.st_mode))
			return err_set(e, ERR_INVALID,
			    "standard %s: is a directory", names[i]);
	}
	init_args_open(&x->args, command);
	return 0;
}

void
jail_exec_fini(struct jail_exec *x)
{
	for (int i = 0; i < 3; i++) {
		if (x->command != NULL && x->command->fds[i] < 0 &&
		    !x->command->tty)
			cleanup_close(&x->fds[i]);
	}
	init_args_fini(&x->args);
}

/*
 * A descriptor may be in the way of another one's place, so those below the
 * end are moved up first.  And until pot-init is executed nobody in the jail
 * may look into this process, which was one of the host.
 */
int
jail_exec_arrange(struct jail_exec *x, int *sock, struct err *e)
{
	int hide = PROC_TRACE_CTL_DISABLE;

	int *from[EXEC_FD_END] = { &x->fds[0], &x->fds[1], &x->fds[2],
		&x->statusfd, sock, &x->initfd };

	for (int i = 0; i < EXEC_FD_END; i++) {
		if (*from[i] == i || *from[i] < 0 || *from[i] >= EXEC_FD_END)
			continue;
		*from[i] = fcntl(*from[i], F_DUPFD_CLOEXEC, EXEC_FD_END);
		if (*from[i] < 0)
			return err_sys(e, "descriptor: move");
	}
	for (int i = 0; i < EXEC_FD_END; i++) {
		if (*from[i] < 0) {
			(void)close(i);
			continue;
		}
		if (*from[i] != i && dup2(*from[i], i) < 0)
			return err_sys(e, "descriptor %d", i);
		if (fcntl(i, F_SETFD, i == EXEC_INIT_FD ? FD_CLOEXEC : 0) < 0)
			return err_sys(e, "descriptor %d", i);
		*from[i] = i;
	}
	closefrom(EXEC_FD_END);
	(void)umask(022);
	/* EBUSY: the host's root traces us, as it may (ktrace -i). */
	if (procctl(P_PID, getpid(), PROC_TRACE_CTL, &hide) < 0 &&
	    errno != EBUSY)
		return err_sys(e, "procctl");
	return 0;
}

static void
signals_default(void)
{
	sigset_t none;

	for (int signo = 1; signo <= SIGRTMAX; signo++)
		(void)signal(signo, SIG_DFL); /* KILL and STOP refuse */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
limit_files(uint64_t n, struct err *e)
{
	const struct rlimit r = { .rlim_cur = (rlim_t)n,
		.rlim_max = (rlim_t)n };

	if (n != 0 && setrlimit(RLIMIT_NOFILE, &r) < 0)
		return err_sys(e, "open files: limit");
	return 0;
}

int
jail_exec_run(struct jail_exec *x, uint64_t open_files,
    const struct user_ids *u, struct err *e)
{
	char **argv;

	if (limit_files(open_files, e) < 0)
		return -1;
	signals_default();
	argv = init_args_fill(&x->args, x->mode, u, x->command);
	(void)fexecve(EXEC_INIT_FD, argv, x->command->envp);
	return err_sys(e, "pot-init: exec");
}
