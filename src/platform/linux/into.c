/* SPDX-License-Identifier: BSD-2-Clause */
/* See into.h. */
#include "platform/linux/into.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"
#include "platform/report.h"

/* Descriptors of pot-init when it starts; the last one it is executed by. */
#define INTO_INIT_FD (INIT_EXEC_FD + 1)
#define INTO_FD_END  (INTO_INIT_FD + 1)

/* Signals that this process ignores: an exec would keep them ignored. */
int
into_look_at_signals(struct into *in, struct err *e)
{
	auto_close int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[4096], *p;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, "/proc/self/status");
	n = read(fd, text, sizeof(text) - 1); /* made in one piece */
	if (n < 0)
		return err_sys(e, "/proc/self/status: read");
	text[n] = '\0';
	p = strstr(text, "\nSigIgn:\t");
	if (p == NULL)
		return err_set(e, ERR_SYSTEM, "/proc/self/status: no SigIgn");
	in->ignored = strtoull(p + strlen("\nSigIgn:\t"), NULL, 16);
	return 0;
}

int
into_open(struct into *in, const struct cell_command *command, int initfd,
    struct err *e)
{
	in->command = command;
	/* The guest can't write to pot-init by /proc/PID/exe, although its
	 * root may be the host's root: this mount of it is read-only, and in
	 * nobody's mount namespace where it could be changed. */
	if (bind_build(initfd, "", AT_EMPTY_PATH,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, NULL, &in->initfd,
		e) < 0)
		return err_wrap(e, "pot-init");
	for (int i = 0; i < 3 && !command->tty; i++) {
		in->fds[i] = command->fds[i] >= 0 ?
		    command->fds[i] :
		    open("/dev/null", O_RDWR | O_CLOEXEC);
		if (in->fds[i] < 0)
			return err_sys(e, "/dev/null");
	}
	init_args_open(&in->args, command);
	return 0;
}

int
into_connect(struct into *in, int *sockp, struct err *e)
{
	cleanup_close(&in->sock);
	cleanup_close(sockp);
	return report_open(sockp, &in->sock, e);
}

void
into_fini(struct into *in)
{
	for (int i = 0; i < 3; i++) {
		if (in->command != NULL && in->command->fds[i] < 0 &&
		    !in->command->tty)
			cleanup_close(&in->fds[i]);
	}
	cleanup_close(&in->sock);
	cleanup_close(&in->initfd);
	init_args_fini(&in->args);
}

/* By the system call: signal(2) of libc leaves its own two (32, 33) alone,
 * and who started us may have them ignored. */
static void
signals_default(uint64_t ignored)
{
	static const unsigned long by_default[4]; /* struct sigaction */

	for (int signo = 1; signo <= 64; signo++) {
		if ((ignored >> (signo - 1) & 1) != 0)
			(void)syscall(SYS_rt_sigaction, signo, by_default, NULL,
			    sizeof(uint64_t));
	}
}

/*
 * A descriptor may be in the way of another one's place, so those below the
 * end are moved up first.
 */
int
into_arrange(struct into *in, struct err *e)
{
	int *from[INTO_FD_END] = { &in->fds[0], &in->fds[1], &in->fds[2],
		&in->statusfd, &in->sock, &in->initfd };

	for (int i = 0; i < INTO_FD_END; i++) {
		if (*from[i] == i || *from[i] < 0 || *from[i] >= INTO_FD_END)
			continue;
		*from[i] = fcntl(*from[i], F_DUPFD_CLOEXEC, INTO_FD_END);
		if (*from[i] < 0)
			return err_sys(e, "descriptor: move");
	}
	for (int i = 0; i < INTO_FD_END; i++) {
		int flags = i == INTO_INIT_FD ? O_CLOEXEC : 0;
		int rc = 0;

		if (*from[i] < 0)
			(void)close(i);
		else if (*from[i] == i)
			rc = fcntl(i, F_SETFD, flags != 0 ? FD_CLOEXEC : 0);
		else
			rc = dup3(*from[i], i, flags);
		if (rc < 0)
			return err_sys(e, "descriptor %d", i);
		if (*from[i] >= 0)
			*from[i] = i;
	}
	if (close_range(INTO_FD_END, ~0U, 0) < 0)
		return err_sys(e, "close_range");
	signals_default(in->ignored);
	return 0;
}

void
into_exec(struct into *in, const struct user_ids *u, struct err *e)
{
	const struct cell_command *c = in->command;

	(void)syscall(SYS_execveat, in->initfd, "",
	    init_args_fill(&in->args, in->mode, u, c), c->envp, AT_EMPTY_PATH);
	err_sys(e, "pot-init: exec");
}
