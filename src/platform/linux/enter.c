/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into a living cell.  The new process is a child of the caller that is
 * born in the pot's pid namespace and control groups; it can't be looked
 * into from the pot (it is not dumpable) until it executes pot-init, and by
 * then it has nothing but what the command is to have.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/linux/cell.h"
#include "platform/linux/clone_run.h"
#include "platform/linux/kernel.h"
#include "platform/linux/linux.h"
#include "platform/report.h"

#define NAMESPACES                                                  \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | \
	    CLONE_NEWCGROUP)

struct visit {
	const struct cell_ref *ref;
	const struct cell_spec *spec;
	struct into into;
	int pidfd; /* of the cell */
	bool has_userns;
	bool join_v2; /* it was not born in the cell's group */
	bool was_dumpable;
};

static void
visit_fini(struct visit *v)
{
	into_fini(&v->into);
	cleanup_close(&v->pidfd);
}

/* All at once; those that are the host's own are entered again. */
static int
join_namespaces(const struct visit *v, struct err *e)
{
	int flags = NAMESPACES | (v->has_userns ? CLONE_NEWUSER : 0);

	if (cgroup_join(v->ref, e) < 0 ||
	    (v->join_v2 && cgroup_join_v2(v->ref, e) < 0))
		return -1;
	if (setns(v->pidfd, flags) < 0)
		return err_sys(e, "namespaces");
	return v->has_userns ? userns_become_root(e) : 0;
}

/* The terminal becomes descriptors 0 to 2 and that of the session. */
static int
take_terminal(
    struct visit *v, const struct user_ids *u, int *masterp, struct err *e)
{
	int slave;

	if (tty_open(u->uid, masterp, &slave, e) < 0)
		return -1;
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_sys(e, "terminal: of the session");
	for (int i = 0; i < 3; i++)
		v->into.fds[i] = slave;
	return 0;
}

static int
visit_prepare(struct visit *v, struct user_ids *u, struct err *e)
{
	const struct cell_command *c = v->into.command;
	const struct cell_attrs *a = &v->spec->attrs;
	auto_close int master = -1;

	/* Any may be ignored: to look costs more than to reset them all. */
	v->into.ignored = UINT64_MAX;
	if ((v->has_userns && memlock_lift(0, a, e) < 0) ||
	    join_namespaces(v, e) < 0)
		return -1;
	(void)umask(022);
	if (setsid() < 0)
		return err_sys(e, "session");
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 &&
	    errno != ENOSYS)
		return err_sys(e, "session keyring");
	if (sys_drop_groups() < 0)
		return err_sys(e, "setgroups");
	if (c->user != NULL && user_find(c->user, u, e) < 0)
		return -1;
	if (c->tty && take_terminal(v, u, &master, e) < 0)
		return -1;
	if (report_ready(v->into.sock, master, NULL, 0, e) < 0)
		return -1;
	cleanup_close(&master);
	if (rlimits_apply(v->spec, e) < 0 || into_arrange(&v->into, e) < 0 ||
	    caps_bound(a, e) < 0 || caps_apply(a, e) < 0)
		return -1;
	return seccomp_apply(a, e);
}

/* A copy of V: it may be in its parent's memory. */
static NO_RETURN void
visitor(const struct visit *v)
{
	struct user_ids u = { .uid = 0 };
	struct err e = ERR_INIT;
	struct visit own = *v;

	if (visit_prepare(&own, &u, &e) == 0)
		into_exec(&own.into, &u, &e);
	report_fail(own.into.sock, &e);
}

static void
visitor_run(void *arg)
{
	visitor(arg);
}

/* Not with a user, who is looked up in what the pot wrote. */
static bool
may_share_memory(const struct visit *v)
{
	return CLONE_RUN_IS_THERE && v->into.command->user == NULL;
}

static pid_t
clone_sharing(struct visit *v, int cgroupfd, int *childfd)
{
	struct clone_args a;

	cell_clone_args(0, cgroupfd, childfd, &a);
	return (pid_t)clone_run(&a, visitor_run, v);
}

/*
 * Clone into the pid namespace of PIDFD: this process makes it that of its
 * children for a moment.  That it gets its own back can't fail, since it is
 * in that one itself.
 */
static pid_t
clone_into(struct visit *v, int cgroupfd, int *childfd, struct err *e)
{
	auto_close int self = pidfd_open(getpid(), 0);
	pid_t pid;

	if (self < 0)
		return err_sys(e, "pidfd of this process");
	if (setns(v->pidfd, CLONE_NEWPID) < 0)
		return err_sys(e, "pid namespace");
	v->was_dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	pid = may_share_memory(v) ? clone_sharing(v, cgroupfd, childfd) :
				    cell_clone(0, cgroupfd, childfd);
	if (pid == 0)
		return 0;
	if (pid < 0)
		err_sys(e, "clone");
	if (setns(self, CLONE_NEWPID) < 0)
		abort();
	return pid;
}

/*
 * Not before the command is being executed, or the child has ended: what the
 * child does not share is its own, but the memory it may share is left by it
 * a moment after an exec has woken us.
 */
static void
become_dumpable(const struct visit *v)
{
	if (v->was_dumpable)
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* A directory of the host as one of the three would be a way out. */
static int
fds_check(const struct cell_command *c, struct err *e)
{
	static const char *const names[] = { "input", "output", "error" };
	struct stat st;

	for (int i = 0; i < 3 && !c->tty; i++) {
		if (c->fds[i] < 0)
			continue;
		if (fstat(c->fds[i], &st) < 0)
			return err_sys(e, "standard %s", names[i]);
		if (S_ISDIR(st.st_mode))
			return err_set(e, ERR_INVALID,
			    "standard %s: is a directory", names[i]);
	}
	return 0;
}

/*
 * A pipe of the caller belongs to the host's root; so that /dev/stdout can be
 * opened in the pot, it is given to that of the cell.  Anything else may be
 * seen by others under its name, and stays as it is.
 */
static int
fds_give(const struct visit *v, pid_t pid, struct err *e)
{
	auto_idmap struct idmap map = IDMAP_INIT;
	struct statfs fs;

	if (userns_of(pid, &map, e) < 0)
		return -1;
	for (int i = 0; i < 3; i++) {
		int fd = v->into.command->tty ? -1 : v->into.command->fds[i];

		if (fd >= 0 && fstatfs(fd, &fs) == 0 &&
		    fs.f_type == PIPEFS_MAGIC &&
		    fchown(fd, map.first, map.first) < 0)
			return err_sys(e, "descriptor %d: owner", i);
	}
	return 0;
}

/* One attempt: from clone until the child is what it is to be. */
static int
visit_start(struct visit *v, int cgroupfd, pid_t *pidp, int *tty, struct err *e)
{
	auto_close int sock = -1, childfd = -1, master = -1;
	pid_t pid;

	if (into_connect(&v->into, &sock, e) < 0)
		return -1;
	pid = clone_into(v, v->join_v2 ? -1 : cgroupfd, &childfd, e);
	if (pid == 0)
		visitor(v);
	if (pid < 0) {
		become_dumpable(v);
		return -1;
	}
	cleanup_close(&v->into.sock);
	if (report_wait_ready(sock, NULL, 0, &master, e) < 0 ||
	    report_wait_exec(sock, v->into.command, e) < 0) {
		child_end(childfd);
		become_dumpable(v);
		return -1;
	}
	become_dumpable(v);
	/* pot-init ends when the command is executed. */
	if (v->into.mode == 'd') {
		child_wait(childfd);
		pid = 0;
	}
	*pidp = pid;
	if (tty != NULL)
		*tty = take_fd(&master);
	return 0;
}

int
cell_enter(const struct cell_ref *ref, const struct cell_spec *spec,
    const struct cell_command *command, pid_t *pid, int *tty, struct err *e)
{
	__attribute__((cleanup(visit_fini))) struct visit v = {
		.ref = ref, .into = INTO_INIT, .pidfd = -1
	};
	auto_close int cgroupfd = -1;
	struct cell_spec as_is = *spec;
	struct handle h;
	int rc;

	if (cell_open(ref, &h, &v.pidfd, e) < 0)
		return -1;
	/* What may be given to a root who is nobody on the host depends on
	 * the cell as it is, not on what it will be after its next start. */
	v.has_userns = as_is.attrs.userns = h.has_userns;
	v.spec = &as_is;
	v.into.mode = command->is_detached ? 'd' : 'x';
	if (fds_check(command, e) < 0 ||
	    into_open(&v.into, command, spec->init_fd, e) < 0 ||
	    (h.has_userns && fds_give(&v, h.pid, e) < 0) ||
	    cgroup_clone_fd(ref, &cgroupfd, e) < 0)
		return -1;
	rc = visit_start(&v, cgroupfd, pid, tty, e);
	if (rc < 0 && e->code == ERR_CHILD && cgroupfd >= 0) {
		/* As in cell_create(). */
		err_clear(e);
		v.join_v2 = true;
		rc = visit_start(&v, cgroupfd, pid, tty, e);
	}
	return rc;
}
