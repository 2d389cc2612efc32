/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Creating a cell: one clone3(2) with all namespaces.  The new process
 * (first.c) builds the pot's world around itself, says that it is ready,
 * and waits at the gate: a socket whose other end is closed when its
 * creator dies, be it by kill -9.  Then it ends, and with it all it made.
 */
#include "platform/linux/cell.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/linux/handle.h"
#include "platform/linux/kernel.h"
#include "platform/linux/linux.h"
#include "platform/report.h"

/* Linux has one namespace for all three; it is shared only if all are. */
bool
cell_has_host_ipc(const struct cell_attrs *a)
{
	return a->sysvshm == SYSV_INHERIT && a->sysvsem == SYSV_INHERIT &&
	    a->sysvmsg == SYSV_INHERIT;
}

/* That of cgroups is made later, when the process is in its cgroups. */
uint64_t
cell_namespaces(const struct cell_attrs *a, enum cell_net net)
{
	uint64_t flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS;

	if (!cell_has_host_ipc(a))
		flags |= CLONE_NEWIPC;
	if (net == CELL_NET_OWN)
		flags |= CLONE_NEWNET;
	if (a->userns)
		flags |= CLONE_NEWUSER;
	return flags;
}

void
cell_clone_args(
    uint64_t flags, int cgroupfd, int *pidfd, struct clone_args *out)
{
	*out = (struct clone_args){
		.flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	if (cgroupfd >= 0) {
		out->flags |= CLONE_INTO_CGROUP;
		out->cgroup = (unsigned)cgroupfd;
	}
}

pid_t
cell_clone(uint64_t flags, int cgroupfd, int *pidfd)
{
	struct clone_args a;

	cell_clone_args(flags, cgroupfd, pidfd, &a);
	return (pid_t)sys_clone3(&a);
}

void
child_wait(int pidfd)
{
	siginfo_t info;

	while (
	    waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 && errno == EINTR)
		;
}

void
child_end(int pidfd)
{
	(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	child_wait(pidfd);
}

static void
birth_fini(struct birth *b)
{
	into_fini(&b->into);
	cleanup_close(&b->host_sysfd);
}

static int
birth_prepare(struct birth *b, struct err *e)
{
	const struct cell_spec *s = b->spec;

	if (s->attrs.userns && s->net == CELL_NET_INHERIT &&
	    bind_build(AT_FDCWD, "/sys", 0,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
		    MOUNT_ATTR_NOEXEC,
		NULL, &b->host_sysfd, e) < 0)
		return -1;
	b->into.mode = s->own_init ? 'x' : s->is_persistent ? 'p' : '-';
	b->into.args.is_gated = true;
	b->into.statusfd = s->status_fd;
	return into_open(&b->into, &s->command, s->init_fd, e);
}

/* What only the host can do, while the new process does what it can do
 * without: the ids of its user namespace, and the mounts. */
static int
birth_assist(const struct birth *b, pid_t pid, int sock, struct err *e)
{
	const struct cell_spec *s = b->spec;
	auto_idmap struct idmap map = IDMAP_INIT;
	auto_tree struct tree tree = TREE_INIT;

	if (s->attrs.userns &&
	    (userns_map(pid, sock, &s->attrs, e) < 0 ||
		userns_of(pid, &map, e) < 0 ||
		memlock_lift(pid, &s->attrs, e) < 0))
		return -1;
	if (tree_build(
		s->plan, s->root, s->attrs.userns ? &map : NULL, &tree, e) < 0)
		return -1;
	tree_send(sock, &tree);
	/* The tree is closed when it is attached: that costs less. */
	return report_wait_ready(sock, NULL, 0, NULL, e);
}

/* One attempt: from clone to the gate. */
static int
birth_start(struct birth *b, struct cell_ref *ref, int cgroupfd, int *sockp,
    struct err *e)
{
	const struct cell_spec *s = b->spec;
	auto_close int pidfd = -1;
	pid_t pid;

	if (into_connect(&b->into, sockp, e) < 0)
		return -1;
	pid = cell_clone(cell_namespaces(&s->attrs, s->net),
	    b->join_v2 ? -1 : cgroupfd, &pidfd);
	if (pid < 0)
		return err_sys(e, "clone");
	if (pid == 0) {
		b->gate = *sockp;
		first_process(b);
	}
	cleanup_close(&b->into.sock);
	if (handle_fill(ref, pid, pidfd, s->own_init, s->attrs.userns, e) ==
		0 &&
	    birth_assist(b, pid, *sockp, e) == 0)
		return 0;
	child_end(pidfd);
	ref->handle[0] = '\0';
	return -1;
}

static int
cell_create(struct cell_ref *ref, const struct cell_spec *spec, int *gate,
    struct err *e)
{
	__attribute__((cleanup(birth_fini))) struct birth b = {
		.ref = ref,
		.spec = spec,
		.into = INTO_INIT,
		.host_sysfd = -1,
	};
	auto_close int sock = -1, cgroupfd = -1;
	int rc;

	if (birth_prepare(&b, e) < 0 || cgroup_clone_fd(ref, &cgroupfd, e) < 0)
		return -1;
	rc = birth_start(&b, ref, cgroupfd, &sock, e);
	if (rc < 0 && e->code == ERR_CHILD && cgroupfd >= 0) {
		/* It was killed: perhaps by the kernel, see
		 * cgroup_clone_fd(), which then does it each time. */
		err_clear(e);
		b.join_v2 = true;
		rc = birth_start(&b, ref, cgroupfd, &sock, e);
	}
	if (rc < 0)
		return -1;
	*gate = take_fd(&sock);
	return 0;
}

/* A process that died at the gate may have said why. */
static int
cell_release(const struct cell_ref *ref UNUSED, int gate, struct err *e)
{
	auto_close int sock = gate;
	struct err closed = ERR_INIT;
	bool is_open = report_go(sock, &closed) == 0;

	if (report_wait_exec(sock, NULL, e) < 0)
		return -1;
	if (!is_open)
		*e = closed;
	return is_open ? 0 : -1;
}

static int
cell_freeze(const struct cell_ref *ref, bool on, struct err *e)
{
	auto_close int pidfd = -1;
	struct handle h;

	if (cell_open(ref, &h, &pidfd, e) < 0)
		return -1;
	return cgroup_freeze(ref, on, e);
}

/* All that a cell has is in its namespaces and ends with them; its control
 * groups are those of limit remove(). */
static int
cell_purge(const struct cell_ref *ref UNUSED, const char *root UNUSED,
    struct err *e UNUSED)
{
	return 0;
}

const struct platform_cell_ops linux_cell_ops = {
	.create = cell_create,
	.release = cell_release,
	.is_alive = cell_is_alive,
	.signal = cell_signal,
	.signal_some = cell_signal_some,
	.kill = cell_kill,
	.wait_open = cell_wait_open,
	.outsider_open = cell_outsider_open,
	.exit_status = cell_exit_status,
	.enter = cell_enter,
	.view = cell_view,
	.ids = cell_ids,
	.mount = cell_mount,
	.unmount = cell_unmount,
	.freeze = cell_freeze,
	.purge = cell_purge,
	.processes = cell_processes,
	.explain_attrs = cell_explain_attrs,
};
