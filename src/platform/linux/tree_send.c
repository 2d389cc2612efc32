/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mounts of a tree from the creator to the first process, which both
 * work at the same time until then: as descriptors over their socket.  Both
 * know from the plan which there are, and in which order: the root first.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/xmalloc.h"
#include "platform/linux/tree.h"

/* The kernel takes 253 in one packet. */
#define FDS_MAX 200

union fds_space {
	struct cmsghdr head;
	char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

/* Where the receiver is, who died, is found out by waiting for it. */
static void
fds_send(int sock, const int *fds, size_t n)
{
	char packet = 't';
	struct iovec iov = { .iov_base = &packet, .iov_len = 1 };
	union fds_space control;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)) };

	memset(&control, 0, sizeof(control));
	control.head.cmsg_len = CMSG_LEN(n * sizeof(int));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.head), fds, n * sizeof(int));
	(void)sendmsg(sock, &m, MSG_NOSIGNAL);
}

void
tree_send(int sock, const struct tree *t)
{
	int fds[FDS_MAX];
	size_t n = 0;

	fds[n++] = t->rootfd;
	for (size_t i = 0; i < t->n; i++) {
		if (t->part[i] < 0)
			continue;
		if (n == FDS_MAX) {
			fds_send(sock, fds, n);
			n = 0;
		}
		fds[n++] = t->part[i];
	}
	fds_send(sock, fds, n);
}

static int
fds_recv(int sock, int *fds, size_t *n, struct err *e)
{
	char packet;
	struct iovec iov = { .iov_base = &packet, .iov_len = 1 };
	union fds_space control;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t got;

	do
		got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(e, "mounts: receive");
	if (got == 0)
		return err_set(e, ERR_CANCELLED, "creator is gone");
	if (m.msg_controllen < CMSG_LEN(sizeof(int)) ||
	    (m.msg_flags & MSG_CTRUNC) != 0)
		return err_set(e, ERR_LIMIT, "mounts: too many open files");
	*n = (control.head.cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(&control.head), *n * sizeof(int));
	return 0;
}

int
tree_recv(int sock, const struct mount_plan *p, struct tree *t, struct err *e)
{
	int fds[FDS_MAX];
	size_t n = 0, used = 1;

	if (fds_recv(sock, fds, &n, e) < 0)
		return -1;
	t->rootfd = fds[0];
	t->part = xcalloc(p->n, sizeof(*t->part));
	for (t->n = 0; t->n < p->n; t->n++) {
		t->part[t->n] = -1;
		if (!tree_has_part(p, t->n))
			continue;
		if (used == n) {
			if (fds_recv(sock, fds, &n, e) < 0)
				return -1;
			used = 0;
		}
		t->part[t->n] = fds[used++];
	}
	return 0;
}
