/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first process of a cell, from clone to exec: it isolates itself step
 * by step, in an order in which each step still can.
 */
#include <errno.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/cell_files.h"
#include "platform/linux/cell.h"
#include "platform/linux/kernel.h"
#include "platform/linux/linux.h"
#include "platform/report.h"

/* The loopback interface; its addresses come with it. */
static int
net_up(struct err *e)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return err_sys(e, "lo: up");
	return 0;
}

/* What the first process makes before it has its tree. */
struct world {
	struct dev dev;
	struct procsys procsys;
	struct tree tree;
};

/* Cgroups before the namespace that hides those above, all before anything
 * of the pot's files is touched. */
static int
step_join(struct birth *b, struct err *e)
{
	const struct cell_spec *s = b->spec;
	char go;

	if (cgroup_join_born(b->ref, e) < 0 ||
	    (b->join_v2 && cgroup_join_v2(b->ref, e) < 0))
		return -1;
	if (s->attrs.userns) {
		/* The creator is writing the maps of our user namespace. */
		if (read(b->into.sock, &go, 1) != 1)
			return err_set(e, ERR_CANCELLED, "creator is gone");
		if (userns_become_root(e) < 0)
			return -1;
	}
	if (unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(e, "cgroup namespace");
	if (s->hostname != NULL &&
	    sethostname(s->hostname, strlen(s->hostname)) < 0)
		return err_sys(e, "host name %s", s->hostname);
	return s->net == CELL_NET_OWN ? net_up(e) : 0;
}

/* All that does not need the tree, on which the creator works meanwhile. */
static int
step_build(struct birth *b, struct world *w, struct err *e)
{
	const struct cell_attrs *a = &b->spec->attrs;

	(void)umask(0);
	if (dev_build(a, &w->dev, e) < 0 ||
	    procsys_build(b->host_sysfd, &w->procsys, e) < 0 ||
	    into_look_at_signals(&b->into, e) < 0)
		return -1;
	/* Keys of who started the pot are none of its business. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 &&
	    errno != ENOSYS)
		return err_sys(e, "session keyring");
	if (sys_drop_groups() < 0)
		return err_sys(e, "setgroups");
	return caps_bound(a, e);
}

/* The pot's tree becomes the only one there is. */
static int
step_attach(struct birth *b, struct world *w, struct err *e)
{
	const struct cell_spec *s = b->spec;
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	int rootfd;

	if (tree_recv(b->into.sock, s->plan, &w->tree, e) < 0)
		return -1;
	rootfd = w->tree.rootfd;
	if (tree_attach_root(&w->tree, e) < 0 ||
	    dev_attach(&w->dev, rootfd, e) < 0 ||
	    procsys_attach(&w->procsys, rootfd, e) < 0 ||
	    tree_attach(s->plan, &w->tree, true, e) < 0 ||
	    cell_files_write(s, rootfd, e) < 0)
		return -1;
	if (s->attrs.is_readonly_root &&
	    mount_setattr(rootfd, "", AT_EMPTY_PATH, &ro, sizeof(ro)) < 0)
		return err_sys(e, "root: read-only");
	if (tree_enter(rootfd, e) < 0)
		return -1;
	(void)umask(022);
	return 0;
}

/* CAP_IPC_LOCK does it for the root of a pot without user namespace; this is
 * for others, where we are allowed to. */
int
memlock_lift(pid_t pid, const struct cell_attrs *a, struct err *e)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (a->mlock && prlimit(pid, RLIMIT_MEMLOCK, &all, NULL) < 0 &&
	    errno != EPERM)
		return err_sys(e, "locked memory: no limit");
	return 0;
}

int
rlimits_apply(const struct cell_spec *spec, struct err *e)
{
	struct rlimit r = { .rlim_cur = spec->open_files,
		.rlim_max = spec->open_files };

	if (spec->open_files != 0 && setrlimit(RLIMIT_NOFILE, &r) < 0) {
		struct rlimit now = { .rlim_max = 0 };

		(void)getrlimit(RLIMIT_NOFILE, &now);
		return err_set(e, ERR_LIMIT,
		    "open files %llu: the host allows us %llu",
		    (unsigned long long)r.rlim_max,
		    (unsigned long long)now.rlim_max);
	}
	/* The root of a user namespace may not: it was done before. */
	return spec->attrs.userns ? 0 : memlock_lift(0, &spec->attrs, e);
}

/*
 * What is left when the creator is told that we are ready: nothing of it
 * depends on the pot, and the creator need not wait for it.  pot-init holds
 * at the gate.
 */
static int
step_confine(struct birth *b, struct err *e)
{
	if (into_arrange(&b->into, e) < 0 || caps_apply(&b->spec->attrs, e) < 0)
		return -1;
	return seccomp_apply(&b->spec->attrs, e);
}

void
first_process(struct birth *b)
{
	const char *user = b->spec->command.user;
	struct world w = { .tree = TREE_INIT };
	struct user_ids u = { .uid = 0 };
	struct err e = ERR_INIT;

	(void)close(b->gate);
	if (step_join(b, &e) == 0 && step_build(b, &w, &e) == 0 &&
	    step_attach(b, &w, &e) == 0 &&
	    (user == NULL || user_find(user, &u, &e) == 0) &&
	    rlimits_apply(b->spec, &e) == 0 &&
	    report_ready(b->into.sock, -1, NULL, 0, &e) == 0 &&
	    step_confine(b, &e) == 0)
		into_exec(&b->into, &u, &e);
	report_fail(b->into.sock, &e);
}
