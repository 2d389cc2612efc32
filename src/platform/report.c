/* SPDX-License-Identifier: BSD-2-Clause */
/* See report.h. */
#include "platform/report.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "init/init.h"

#define READY_BYTE 'r'
#define READY_MAX  64 /* shorter than any other packet but init_failure */

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

int
report_open(int *starter, int *child, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "socket pair");
	*starter = pair[0];
	*child = pair[1];
	return 0;
}

int
report_ready(int sock, int fd, const void *data, size_t len, struct err *e)
{
	char packet[READY_MAX];
	struct iovec iov = { .iov_base = packet, .iov_len = len + 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control c;

	if (len >= sizeof(packet))
		return err_set(e, ERR_INVALID, "ready: %zu bytes", len);
	packet[0] = READY_BYTE;
	if (len > 0)
		memcpy(packet + 1, data, len);
	if (fd >= 0) {
		memset(&c, 0, sizeof(c));
		c.head.cmsg_len = CMSG_LEN(sizeof(fd));
		c.head.cmsg_level = SOL_SOCKET;
		c.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&c.head), &fd, sizeof(fd));
		m.msg_control = &c;
		m.msg_controllen = sizeof(c);
	}
	if (sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		return err_sys(e, "ready");
	return 0;
}

bool
report_wait_go(int sock)
{
	char go;
	ssize_t n;

	do
		n = recv(sock, &go, 1, 0);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

void
report_fail(int sock, const struct err *e)
{
	(void)send(sock, e, sizeof(*e), MSG_NOSIGNAL);
	_exit(126);
}

/* A packet, and a descriptor if one came with it. */
union packet {
	struct err err;
	struct init_failure failure;
	char bytes[sizeof(struct err)];
};

/* The length, 0 at the end; a struct err in it is the answer. */
static ssize_t
receive(int sock, union packet *p, int *fdp, struct err *e)
{
	struct iovec iov = { .iov_base = p, .iov_len = sizeof(*p) };
	union control control;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	/* ECONNRESET is said once, of a packet of ours that was not read; what
	 * was sent before it comes next. */
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return err_sys(e, "socket of the new process");
	c = CMSG_FIRSTHDR(&m);
	if (fdp != NULL && c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fdp, CMSG_DATA(c), sizeof(int));
	if (n != (ssize_t)sizeof(struct err))
		return n;
	(void)err_adopt(e, &p->err);
	return -1;
}

int
report_wait_ready(int sock, void *data, size_t len, int *fdp, struct err *e)
{
	union packet p;
	ssize_t n = receive(sock, &p, fdp, e);

	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_CHILD, "its process was killed");
	if ((size_t)n != len + 1 || p.bytes[0] != READY_BYTE)
		return err_set(e, ERR_CORRUPT, "packet of %zd bytes", n);
	if (len > 0)
		memcpy(data, p.bytes + 1, len);
	return 0;
}

int
report_go(int sock, struct err *e)
{
	if (send(sock, "", 1, MSG_NOSIGNAL) < 0)
		return err_set(e, ERR_STATE, "was killed before it started");
	return 0;
}

/* Of a failing exec the reason is all there is to say here: which command it
 * was, the caller knows. */
static const struct step {
	const char *what;
	enum err_code code;
} steps[] = {
	[INIT_STEP_ARGS] = { "pot-init: arguments", ERR_SYSTEM },
	[INIT_STEP_SPAWN] = { "process for the command", ERR_SYSTEM },
	[INIT_STEP_USER] = { "user of the command", ERR_NOT_EXECUTABLE },
	[INIT_STEP_CWD] = { "working directory", ERR_NOT_EXECUTABLE },
	[INIT_STEP_EXEC] = { NULL, ERR_NOT_EXECUTABLE },
};

/* What the command was to have at that step, if that is known. */
static const char *
step_object(int step, const struct cell_command *c)
{
	if (c == NULL)
		return NULL;
	return step == INIT_STEP_CWD ? c->cwd :
	    step == INIT_STEP_USER   ? c->user :
				       NULL;
}

int
report_wait_exec(int sock, const struct cell_command *c, struct err *e)
{
	union packet p;
	ssize_t n = receive(sock, &p, NULL, e);
	const struct step *step;
	const char *object;
	enum err_code code;

	if (n <= 0)
		return (int)n;
	if (n != (ssize_t)sizeof(p.failure) || p.failure.step < 0 ||
	    (size_t)p.failure.step >= COUNT_OF(steps))
		return err_set(e, ERR_CORRUPT, "packet of %zd bytes", n);
	step = &steps[p.failure.step];
	code = step->code;
	if (p.failure.step == INIT_STEP_EXEC &&
	    (p.failure.errnum == ENOENT || p.failure.errnum == ENOTDIR))
		code = ERR_NO_COMMAND;
	if (step->what == NULL)
		return err_set(e, code, "%s", strerror(p.failure.errnum));
	object = step_object(p.failure.step, c);
	errno = p.failure.errnum;
	err_sys(e, "%s%s%s", step->what, object == NULL ? "" : " ",
	    object == NULL ? "" : object);
	return err_recode(e, code);
}
