/* SPDX-License-Identifier: BSD-2-Clause */
/* See into.h. */
#include "platform/linux/into.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"

/* Descriptors of pot-init when it starts; the last one it is executed by. */
#define INTO_INIT_FD (INIT_EXEC_FD + 1)
#define INTO_FD_END  (INTO_INIT_FD + 1)

#define INIT_ARGS 6 /* before the command */

#define ID_LIST_SIZE (INIT_GROUPS_MAX * 11 + 1)

static const char ready_packet[1] = { 'r' };

/* Signals that this process ignores: an exec would keep them ignored. */
static int
signals_ignored(uint64_t *mask, struct err *e)
{
	auto_close int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[4096], *p;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, "/proc/self/status");
	n = io_read_full(fd, text, sizeof(text) - 1);
	if (n < 0)
		return err_sys(e, "/proc/self/status: read");
	text[n] = '\0';
	p = strstr(text, "\nSigIgn:\t");
	if (p == NULL)
		return err_set(e, ERR_SYSTEM, "/proc/self/status: no SigIgn");
	*mask = strtoull(p + strlen("\nSigIgn:\t"), NULL, 16);
	return 0;
}

int
into_open(struct into *in, const struct cell_command *command, int initfd,
    struct err *e)
{
	size_t argc = 0;

	in->command = command;
	if (signals_ignored(&in->ignored, e) < 0)
		return -1;
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
	while (command->argv[argc] != NULL)
		argc++;
	in->argv = xcalloc(INIT_ARGS + argc + 1, sizeof(*in->argv));
	return 0;
}

int
into_connect(struct into *in, int *sockp, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "socket pair");
	cleanup_close(&in->sock);
	cleanup_close(sockp);
	in->sock = pair[1];
	*sockp = pair[0];
	return 0;
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
	free(in->argv);
	in->argv = NULL;
}

static void
signals_default(uint64_t ignored)
{
	for (int signo = 1; signo <= 64; signo++) {
		if ((ignored >> (signo - 1) & 1) != 0)
			(void)signal(signo, SIG_DFL);
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

static void
groups_format(const struct user_ids *u, char out[ID_LIST_SIZE])
{
	size_t n = 0;

	if (u->ngroups == 0)
		n = (size_t)snprintf(out, ID_LIST_SIZE, "-");
	for (size_t i = 0; i < u->ngroups; i++)
		n += (size_t)snprintf(out + n, ID_LIST_SIZE - n, "%s%u",
		    i > 0 ? "," : "", (unsigned)u->groups[i]);
	assert(n < ID_LIST_SIZE);
}

void
into_exec(struct into *in, const struct user_ids *u, struct err *e)
{
	const struct cell_command *c = in->command;
	char mode[2] = { in->mode, '\0' }, uid[12], gid[12];
	char groups[ID_LIST_SIZE], **argv;
	const char **p = in->argv;

	(void)snprintf(uid, sizeof(uid), "%u", (unsigned)u->uid);
	(void)snprintf(gid, sizeof(gid), "%u", (unsigned)u->gid);
	groups_format(u, groups);
	*p++ = "pot-init";
	*p++ = mode;
	*p++ = uid;
	*p++ = gid;
	*p++ = groups;
	*p++ = c->cwd != NULL ? c->cwd : "/";
	for (char *const *a = c->argv; *a != NULL; a++)
		*p++ = *a;
	*p = NULL;
	/* exec(3) takes pointers to what it won't change. */
	memcpy(&argv, &in->argv, sizeof(argv));
	(void)syscall(
	    SYS_execveat, in->initfd, "", argv, c->envp, AT_EMPTY_PATH);
	err_sys(e, "pot-init: exec");
}

void
into_fail(const struct into *in, const struct err *e)
{
	(void)err_send(in->sock, e);
	_exit(126);
}

int
into_send_ready(int sock, int fd, struct err *e)
{
	struct iovec iov = { .iov_len = sizeof(ready_packet) };
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	char packet[sizeof(ready_packet)];

	memcpy(packet, ready_packet, sizeof(packet));
	iov.iov_base = packet;
	if (fd >= 0) {
		memset(&control, 0, sizeof(control));
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
	}
	if (sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		return err_sys(e, "ready");
	return 0;
}

static int
packet_fd(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* One packet: its length, 0 at the end; a struct err in it fails. */
static ssize_t
packet_recv(int sock, void *data, size_t size, int *fdp, struct err *e)
{
	struct err sent;
	struct iovec iov = { .iov_base = &sent, .iov_len = sizeof(sent) };
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n;

	_Static_assert(sizeof(struct err) > sizeof(struct init_failure),
	    "packets are told by their size");
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ECONNRESET)
		n = 0;
	if (n < 0)
		return err_sys(e, "socket of the pot's first process");
	if (fdp != NULL)
		*fdp = packet_fd(&m);
	if (n == (ssize_t)sizeof(sent)) {
		sent.text[sizeof(sent.text) - 1] = '\0';
		err_set(e, sent.code, "%s", sent.text);
		e->sys = sent.sys;
		return -1;
	}
	if ((size_t)n > size)
		return err_set(e, ERR_CORRUPT, "packet of %zd bytes", n);
	memcpy(data, &sent, (size_t)n);
	return n;
}

int
into_wait_ready(int sock, int *fdp, struct err *e)
{
	char packet[sizeof(ready_packet)];
	ssize_t n = packet_recv(sock, packet, sizeof(packet), fdp, e);

	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_CHILD, "its process was killed");
	return 0;
}

struct step_row {
	const char *what;
	enum err_code code;
};

static const struct step_row step_rows[] = {
	[INIT_STEP_ARGS] = { "pot-init: arguments", ERR_SYSTEM },
	[INIT_STEP_SPAWN] = { "process for the command", ERR_SYSTEM },
	[INIT_STEP_USER] = { "user of the command", ERR_NOT_EXECUTABLE },
	[INIT_STEP_CWD] = { "working directory", ERR_NOT_EXECUTABLE },
	[INIT_STEP_EXEC] = { "command", ERR_NOT_EXECUTABLE },
};

int
into_wait_exec(int sock, struct err *e)
{
	struct init_failure f;
	ssize_t n = packet_recv(sock, &f, sizeof(f), NULL, e);

	if (n < 0)
		return -1;
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(f) || f.step < 0 ||
	    (size_t)f.step >= COUNT_OF(step_rows))
		return err_set(e, ERR_CORRUPT, "unknown packet");
	errno = f.errnum;
	err_sys(e, "%s", step_rows[f.step].what);
	if (f.step == INIT_STEP_EXEC &&
	    (f.errnum == ENOENT || f.errnum == ENOTDIR))
		return err_recode(e, ERR_NO_COMMAND);
	return err_recode(e, step_rows[f.step].code);
}
