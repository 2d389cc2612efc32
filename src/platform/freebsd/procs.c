/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes as the kernel lists them (sysctl kern.proc, struct kinfo_proc),
 * and those of a jail: to signal them, and to wait until they are gone
 * (kqueue(2), EVFILT_PROC), without a timer.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/event.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/xmalloc.h"
#include "platform/freebsd/freebsd.h"

/* Processes that fork while they are listed are found by the next round. */
#define ROUNDS_MAX 20

int
procs_read(struct kinfo_proc **out, size_t *n, struct err *e)
{
	int mib[] = { CTL_KERN, KERN_PROC, KERN_PROC_PROC };
	struct kinfo_proc *v = NULL;
	size_t size = 0, count = 0;

	for (;;) {
		if (sysctl(mib, 3, NULL, &size, NULL, 0) < 0)
			break;
		size += size / 8; /* it may have grown until the next call */
		v = xreallocarray(v, 1, size);
		if (sysctl(mib, 3, v, &size, NULL, 0) == 0) {
			if (size >= sizeof(*v) &&
			    v->ki_structsize != sizeof(*v)) {
				free(v);
				return err_set(e, ERR_UNSUPPORTED,
				    "kern.proc: entries of %d bytes, expected "
				    "%zu",
				    v->ki_structsize, sizeof(*v));
			}
			for (size_t i = 0; i < size / sizeof(*v); i++) {
				if (v[i].ki_stat != SZOMB)
					v[count++] = v[i];
			}
			*out = v;
			*n = count;
			return 0;
		}
		if (errno != ENOMEM)
			break;
	}
	free(v);
	return err_sys(e, "kern.proc");
}

int
procs_jids(const char *name, int **jids, size_t *n, struct err *e)
{
	struct jail_facts j = { .jid = 0 };
	int *v = NULL;
	size_t count = 0;
	bool found;

	for (;;) {
		if (jail_next(j.jid, &j, &found, e) < 0) {
			free(v);
			return -1;
		}
		if (!found)
			break;
		if (!jail_is_within(&j, name))
			continue;
		v = xreallocarray(v, count + 1, sizeof(*v));
		v[count++] = j.jid;
	}
	*jids = v;
	*n = count;
	return 0;
}

static bool
is_in(int jid, const int *jids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (jids[i] == jid)
			return true;
	}
	return false;
}

/* Of all V those in one of JIDS, moved to the front. */
static size_t
keep(struct kinfo_proc *v, size_t n, const int *jids, size_t njids)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_in(v[i].ki_jid, jids, njids))
			v[count++] = v[i];
	}
	return count;
}

int
procs_of_jail(
    const char *name, struct kinfo_proc **out, size_t *n, struct err *e)
{
	auto_free int *jids = NULL;
	size_t njids = 0, all = 0;
	struct kinfo_proc *v;

	if (procs_jids(name, &jids, &njids, e) < 0)
		return -1;
	if (njids == 0) {
		*out = NULL;
		*n = 0;
		return 0;
	}
	if (procs_read(&v, &all, e) < 0)
		return -1;
	*n = keep(v, all, jids, njids);
	*out = v;
	return 0;
}

/* One that is on its way out is told to be dead (NOTE_EXIT) before it is a
 * zombie. */
bool
procs_find(pid_t pid, struct kinfo_proc *out)
{
	int mib[] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, pid };
	size_t size = sizeof(*out);

	return pid > 0 && sysctl(mib, 4, out, &size, NULL, 0) == 0 &&
	    size == sizeof(*out) && out->ki_structsize == sizeof(*out) &&
	    out->ki_stat != SZOMB && (out->ki_flag & P_WEXIT) == 0;
}

/*
 * The kernel adds its boot time to the start when it is asked, and moves
 * the boot time when somebody sets the clock.  The difference stays.
 */
uint64_t
procs_start(const struct kinfo_proc *k)
{
	int mib[] = { CTL_KERN, KERN_BOOTTIME };
	struct timeval boot = { .tv_sec = 0 };
	size_t size = sizeof(boot);
	int64_t us;

	if (sysctl(mib, 2, &boot, &size, NULL, 0) < 0)
		return 0;
	us = (k->ki_start.tv_sec - boot.tv_sec) * 1000000 +
	    (k->ki_start.tv_usec - boot.tv_usec);
	return us > 0 ? (uint64_t)us : 0;
}

bool
procs_is_alive(pid_t pid, uint64_t start)
{
	struct kinfo_proc k;

	return procs_find(pid, &k) && (start == 0 || procs_start(&k) == start);
}

int
procs_signal(const char *name, pid_t skip, int signo, struct err *e)
{
	auto_free pid_t *sent = NULL;
	size_t nsent = 0;

	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		auto_free struct kinfo_proc *v = NULL;
		size_t n = 0, before = nsent;

		if (procs_of_jail(name, &v, &n, e) < 0)
			return -1;
		for (size_t i = 0; i < n; i++) {
			pid_t pid = v[i].ki_pid;

			if (pid == skip ||
			    is_in((int)pid, (const int *)sent, nsent))
				continue;
			if (kill(pid, signo) < 0 && errno != ESRCH)
				return err_sys(e, "process %d", (int)pid);
			sent = xreallocarray(sent, nsent + 1, sizeof(*sent));
			sent[nsent++] = pid;
		}
		if (nsent == before || signo == 0)
			break;
	}
	return 0;
}

/* Wait for the first event, or until DEADLINE. */
static int
wait_event(int kq, uint64_t deadline_ms)
{
	uint64_t now = clock_mono_ms();
	uint64_t left = now < deadline_ms ? deadline_ms - now : 0;
	struct timespec ts = { .tv_sec = (time_t)(left / 1000),
		.tv_nsec = (long)(left % 1000) * 1000000 };
	struct kevent ev;

	return kevent(kq, NULL, 0, &ev, 1, &ts);
}

int
procs_wait_gone(const int *jids, size_t njids, int timeout_ms, struct err *e)
{
	uint64_t deadline = clock_mono_ms() + (uint64_t)timeout_ms;

	for (;;) {
		auto_free struct kinfo_proc *v = NULL;
		auto_close int kq = -1;
		size_t n = 0, watched = 0;

		if (procs_read(&v, &n, e) < 0)
			return -1;
		n = keep(v, n, jids, njids);
		if (n == 0)
			return 0;
		kq = kqueue();
		if (kq < 0)
			return err_sys(e, "kqueue");
		for (size_t i = 0; i < n; i++) {
			struct kevent ev;

			EV_SET(&ev, (uintptr_t)v[i].ki_pid, EVFILT_PROC,
			    EV_ADD | EV_ONESHOT, NOTE_EXIT, 0, NULL);
			watched += kevent(kq, &ev, 1, NULL, 0, NULL) == 0;
		}
		/* None: they have gone since they were listed. */
		if (watched > 0 ? wait_event(kq, deadline) == 0 :
				  clock_mono_ms() >= deadline)
			return err_set(e, ERR_TIMEOUT,
			    "process %d (%s) does not end", (int)v[0].ki_pid,
			    v[0].ki_comm);
	}
}
