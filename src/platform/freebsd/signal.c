/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals to a cell.  With pot-init they go through it (init/init.h), so
 * that it knows what it is asked for; without it to the processes, which
 * for a jail have the host's numbers.
 */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/param.h>
#include <sys/event.h>
#include <sys/user.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/init.h"
#include "platform/freebsd/freebsd.h"

static const int scope_value[] = {
	[CELL_SIGNAL_MAIN] = 0,
	[CELL_SIGNAL_ALL] = INIT_VALUE_ALL,
	[CELL_SIGNAL_STOP] = INIT_VALUE_STOP,
	[CELL_SIGNAL_LAST] = INIT_VALUE_LAST,
};

/* Without pot-init, or with one that was killed, the jail ends with its last
 * process anyway: to stop it is to signal all. */
static int
signal_directly(const char *name, const struct handle *h,
    enum cell_signal_scope scope, int signo, struct err *e)
{
	if (scope == CELL_SIGNAL_LAST)
		return 0;
	if (scope != CELL_SIGNAL_MAIN || h->is_foreign)
		return procs_signal(name, 0, signo, e);
	if (!procs_is_alive(h->pid, h->start))
		return err_set(e, ERR_STATE, "not running");
	if (kill(h->pid, signo) < 0)
		return err_sys(e, "signal %d", signo);
	return 0;
}

int
cell_signal(const struct cell_ref *ref, enum cell_signal_scope scope, int signo,
    struct err *e)
{
	const union sigval value = { .sival_int = signo | scope_value[scope] };
	struct jail_facts j;
	struct handle h;

	if (handle_parse(ref, &h, e) < 0 || jail_need(ref, &j, e) < 0)
		return -1;
	/* As a value of sigqueue(2) the kernel would not look at it. */
	if (signo < 0 || signo > SIGRTMAX)
		return err_set(
		    e, ERR_INVALID, "signal %d: no such signal", signo);
	if (h.is_own || h.is_foreign || h.pid == 0 ||
	    !procs_is_alive(h.pid, h.start))
		return signal_directly(ref->name, &h, scope, signo, e);
	if (sigqueue(h.pid, INIT_SIGNAL_BSD, value) < 0)
		return err_sys(e, "signal %d", signo);
	return 0;
}

/*
 * A jail can't be frozen, its processes are stopped one by one until no new
 * one shows up: who is stopped starts none.  Unlike a freezer the pot can
 * see it (waitpid(2) with WUNTRACED), and what it had stopped itself goes on
 * afterwards.
 */
int
cell_freeze(const struct cell_ref *ref, bool on, struct err *e)
{
	struct err undo = ERR_INIT;
	struct jail_facts j;

	if (jail_need(ref, &j, e) < 0)
		return -1;
	if (procs_signal(ref->name, 0, on ? SIGSTOP : SIGCONT, e) == 0)
		return 0;
	if (on && procs_signal(ref->name, 0, SIGCONT, &undo) < 0)
		return err_wrap(e, "%s", undo.text);
	return -1;
}

/* PID 0 stands for the pattern. */
static int
signal_matching(const struct kinfo_proc *v, size_t n, pid_t pid,
    const regex_t *re, int signo, bool is_dry, struct strv *out, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (pid != 0 ? v[i].ki_pid != pid :
			       regexec(re, v[i].ki_comm, 0, NULL, 0) != 0)
			continue;
		if (!is_dry && kill(v[i].ki_pid, signo) < 0) {
			if (errno == ESRCH)
				continue;
			return err_sys(e, "process %d", (int)v[i].ki_pid);
		}
		strv_add_fmt(out, "%d", (int)v[i].ki_pid);
	}
	return 0;
}

static bool
is_in(pid_t pid, const struct kinfo_proc *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].ki_pid == pid)
			return true;
	}
	return false;
}

/* Whose parent is not in the jail.  pot-init is one itself, and gets all
 * orphans of the others (PROC_REAP_ACQUIRE). */
int
cell_outsider_open(const struct cell_ref *ref, int *fdp, struct err *e)
{
	auto_free struct kinfo_proc *v = NULL;
	auto_close int kq = -1;
	struct handle h;
	size_t n = 0;

	if (handle_parse(ref, &h, e) < 0 ||
	    procs_of_jail(ref->name, &v, &n, e) < 0)
		return -1;
	kq = kqueue();
	if (kq < 0 || fcntl(kq, F_SETFD, FD_CLOEXEC) < 0)
		return err_sys(e, "kqueue");
	for (size_t i = 0; i < n; i++) {
		struct kevent ev;

		if (v[i].ki_pid == h.pid || is_in(v[i].ki_ppid, v, n))
			continue;
		EV_SET(&ev, (uintptr_t)v[i].ki_pid, EVFILT_PROC,
		    EV_ADD | EV_ONESHOT, NOTE_EXIT, 0, NULL);
		if (kevent(kq, &ev, 1, NULL, 0, NULL) < 0)
			continue; /* it has ended since */
		*fdp = take_fd(&kq);
		return 1;
	}
	return 0;
}

int
cell_signal_some(const struct cell_ref *ref, pid_t pid, const char *pattern,
    int signo, bool is_dry, struct strv *out, struct err *e)
{
	auto_free struct kinfo_proc *v = NULL;
	struct jail_facts j;
	size_t n = 0;
	regex_t re;
	int rc;

	if (jail_need(ref, &j, e) < 0 ||
	    procs_of_jail(ref->name, &v, &n, e) < 0)
		return -1;
	if (pid == 0 && regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return err_set(e, ERR_INVALID,
		    "pattern '%s': not a regular expression", pattern);
	rc = signal_matching(v, n, pid, &re, signo, is_dry, out, e);
	if (pid == 0)
		regfree(&re);
	return rc;
}

int
cell_processes(const struct cell_ref *ref, pid_t *pids, size_t max, size_t *n,
    struct err *e)
{
	auto_free struct kinfo_proc *v = NULL;
	struct jail_facts j;
	size_t count = 0;

	if (jail_need(ref, &j, e) < 0 ||
	    procs_of_jail(ref->name, &v, &count, e) < 0)
		return -1;
	for (size_t i = 0; i < count && i < max; i++)
		pids[i] = v[i].ki_pid;
	*n = count;
	return 0;
}
