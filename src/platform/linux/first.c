/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first process of a cell, from clone to exec: it isolates itself step
 * by step, in an order in which each step still can, and holds at the gate
 * when nothing is left to do but to execute.
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
#include <grp.h>

#include "base/beneath.h"
#include "base/cleanup.h"
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

/* Cgroups before the namespace that hides those above, all before anything
 * of the pot's files is touched. */
static int
step_join(struct birth *b, struct err *e)
{
	const struct cell_spec *s = b->spec;
	char go;

	if (cgroup_join(b->ref, e) < 0 ||
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

static int
step_files(struct birth *b, struct err *e)
{
	for (size_t i = 0; i < b->spec->nfiles; i++) {
		const struct cell_file *f = &b->spec->files[i];

		if (beneath_write_file(b->tree.rootfd, f->path, f->text,
			strlen(f->text), f->mode, e) == 0)
			continue;
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
	}
	return 0;
}

/* The pot's tree becomes the only one there is. */
static int
step_mounts(struct birth *b, struct err *e)
{
	const struct cell_attrs *a = &b->spec->attrs;
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	int rootfd = b->tree.rootfd;

	(void)umask(0);
	if (tree_attach_root(&b->tree, e) < 0 ||
	    dev_mount(rootfd, a->devfs_ruleset, a->userns ? &b->nodes : NULL,
		e) < 0 ||
	    procsys_mount(rootfd, b->host_sysfd, e) < 0 ||
	    tree_attach(b->spec->plan, &b->tree, true, e) < 0 ||
	    step_files(b, e) < 0)
		return -1;
	if (a->is_readonly_root &&
	    mount_setattr(rootfd, "", AT_EMPTY_PATH, &ro, sizeof(ro)) < 0)
		return err_sys(e, "root: read-only");
	if (tree_enter(rootfd, e) < 0)
		return -1;
	(void)umask(022);
	return 0;
}

int
rlimits_apply(const struct cell_spec *spec, struct err *e)
{
	struct rlimit r = { .rlim_cur = spec->open_files,
		.rlim_max = spec->open_files };
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (spec->open_files != 0 && setrlimit(RLIMIT_NOFILE, &r) < 0) {
		struct rlimit now = { .rlim_max = 0 };

		(void)getrlimit(RLIMIT_NOFILE, &now);
		return err_set(e, ERR_LIMIT,
		    "open files %llu: the host allows us %llu",
		    (unsigned long long)r.rlim_max,
		    (unsigned long long)now.rlim_max);
	}
	/* CAP_IPC_LOCK does it for the pot's root; this is for others, where
	 * we are allowed to. */
	if (spec->attrs.mlock && setrlimit(RLIMIT_MEMLOCK, &all) < 0 &&
	    errno != EPERM)
		return err_sys(e, "locked memory: no limit");
	return 0;
}

static int
step_credentials(struct birth *b, struct user_ids *u, struct err *e)
{
	const char *user = b->spec->command.user;

	/* Keys of who started the pot are none of its business. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 &&
	    errno != ENOSYS)
		return err_sys(e, "session keyring");
	if (setgroups(0, NULL) < 0)
		return err_sys(e, "setgroups");
	if (user != NULL && user_find(user, u, e) < 0)
		return -1;
	if (rlimits_apply(b->spec, e) < 0 || into_arrange(&b->into, e) < 0 ||
	    caps_apply(&b->spec->attrs, e) < 0)
		return -1;
	return seccomp_apply(&b->spec->attrs, e);
}

void
first_process(struct birth *b)
{
	struct user_ids u = { .uid = 0 };
	struct err e = ERR_INIT;
	char go;

	if (step_join(b, &e) < 0 || step_mounts(b, &e) < 0 ||
	    step_credentials(b, &u, &e) < 0 ||
	    report_ready(b->into.sock, -1, NULL, 0, &e) < 0)
		report_fail(b->into.sock, &e);
	if (read(b->into.sock, &go, 1) != 1)
		_exit(126);
	into_exec(&b->into, &u, &e);
	report_fail(b->into.sock, &e);
}
