/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command in a living cell: a child of ours attaches to the jail
 * (jail_attach(2)), which also puts it under the jail's rules and on its
 * CPUs, and becomes the command by way of pot-init.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/stat.h>
#include <sys/ttycom.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/freebsd/exec.h"
#include "platform/freebsd/freebsd.h"
#include "platform/report.h"

/* Behind the standard ones, whose places are free here. */
static int
move_up(int *fd, struct err *e)
{
	int high = fcntl(*fd, F_DUPFD_CLOEXEC, 3);

	if (high < 0)
		return err_sys(e, "terminal");
	(void)close(*fd);
	*fd = high;
	return 0;
}

/*
 * A terminal that the pot's own /dev shows: devfs(5) hides from a jail what
 * was not made in it.  It becomes the controlling one.
 */
static int
open_terminal(uid_t uid, int *masterp, struct err *e)
{
	auto_close int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	const char *name;
	int slave;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    (name = ptsname(master)) == NULL)
		return err_sys(e, "terminal");
	if (move_up(&master, e) < 0)
		return -1;
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_sys(e, "terminal %s", name);
	if (move_up(&slave, e) < 0)
		return -1;
	(void)setsid();
	if (fchown(slave, uid, (gid_t)-1) < 0 ||
	    ioctl(slave, TIOCSCTTY, NULL) < 0)
		return err_sys(e, "terminal %s", name);
	for (int i = 0; i < 3; i++) {
		if (dup2(slave, i) < 0)
			return err_sys(e, "terminal %s", name);
	}
	(void)close(slave);
	*masterp = take_fd(&master);
	return 0;
}

static NO_RETURN void
be_command(struct jail_exec *x, int jid, int sock, uint64_t open_files)
{
	const struct cell_command *c = x->command;
	struct user_ids ids = { .uid = 0 };
	struct err e = ERR_INIT;
	auto_close int master = -1;

	if (jail_exec_arrange(x, &sock, &e) < 0)
		report_fail(sock, &e);
	if (jail_attach(jid) < 0) {
		err_sys(&e, "jail %d: attach", jid);
		report_fail(sock, &e);
	}
	if ((c->user != NULL && user_find(c->user, &ids, &e) < 0) ||
	    (c->tty && open_terminal(ids.uid, &master, &e) < 0) ||
	    report_ready(sock, master, NULL, 0, &e) < 0)
		report_fail(sock, &e);
	cleanup_close(&master);
	if (jail_exec_run(x, open_files, &ids, &e) < 0)
		report_fail(sock, &e);
	_exit(126);
}

/* What was executed is not our child: pot-init, which is, has ended. */
static void
reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

int
cell_enter(const struct cell_ref *ref, const struct cell_spec *spec,
    const struct cell_command *command, pid_t *pid, int *tty, struct err *e)
{
	auto_jail_exec struct jail_exec x = JAIL_EXEC_INIT;
	auto_close int starter = -1;
	auto_close int child = -1;
	auto_close int master = -1;
	struct jail_facts j;
	pid_t got;

	if (jail_need(ref, &j, e) < 0)
		return -1;
	if (jail_exec_open(&x, spec, command, e) < 0 ||
	    report_open(&starter, &child, e) < 0)
		return -1;
	x.mode = command->is_detached ? 'd' : 'x';
	got = fork();
	if (got < 0)
		return err_sys(e, "fork");
	if (got == 0)
		be_command(&x, j.jid, child, spec->open_files);
	cleanup_close(&child);
	if (report_wait_ready(starter, NULL, 0, &master, e) < 0 ||
	    report_wait_exec(starter, command, e) < 0) {
		(void)kill(got, SIGKILL);
		reap(got);
		return -1;
	}
	if (command->is_detached) {
		reap(got);
		got = 0;
	}
	*pid = got;
	if (tty != NULL)
		*tty = take_fd(&master);
	return 0;
}
