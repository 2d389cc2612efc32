/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes of a cell: those of its control group, or on a cell without
 * one all of its pid namespace.  What /proc tells of a pid counts only if a
 * pidfd which was opened before is still alive afterwards.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/linux/cell.h"
#include "platform/linux/handle.h"
#include "platform/linux/linux.h"

#define PROCS_MAX  65536
#define COMM_SIZE  64
#define LEVELS_MAX 33 /* pid namespaces nest at most 32 deep */

/* What a process is, seen from the cell. */
struct proc {
	pid_t host_pid;
	pid_t pid; /* in the cell's numbering */
	char name[COMM_SIZE];
};

/* The cell's pid namespace, and its depth below ours. */
struct pidns {
	dev_t dev;
	ino_t ino;
	size_t level;
};

static int
text_read(pid_t pid, const char *name, char *out, size_t size)
{
	char path[48];
	auto_close int fd = -1;
	ssize_t n;

	str_fmt(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = io_read_full(fd, out, size - 1);
	if (n < 0)
		return -1;
	out[n] = '\0';
	return 0;
}

/* The pids of a process from our namespace inwards. */
static size_t
pids_read(pid_t pid, pid_t out[LEVELS_MAX])
{
	char text[4096];
	const char *p;
	uint64_t v;
	size_t n = 0;

	if (text_read(pid, "status", text, sizeof(text)) < 0)
		return 0;
	p = strstr(text, "\nNSpid:");
	if (p == NULL)
		return 0;
	p += strlen("\nNSpid:");
	while (
	    n < LEVELS_MAX && *p++ == '\t' && str_take_u64(&p, INT32_MAX, &v))
		out[n++] = (pid_t)v;
	return n;
}

static int
pidns_of(pid_t pid, struct stat *st)
{
	char path[48];

	str_fmt(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return stat(path, st);
}

static int
pidns_find(const struct handle *h, struct pidns *out, struct err *e)
{
	pid_t pids[LEVELS_MAX];
	struct stat st;

	out->level = pids_read(h->pid, pids);
	if (out->level == 0 || pidns_of(h->pid, &st) < 0)
		return err_set(e, ERR_STATE, "not running");
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	return 0;
}

/* Is HOST_PID in the cell?  Its own pid namespace, or one below that. */
static bool
proc_look(pid_t host_pid, const struct pidns *ns, struct proc *out)
{
	pid_t pids[LEVELS_MAX];
	struct stat st;
	size_t n;

	if (pidns_of(host_pid, &st) < 0)
		return false;
	n = pids_read(host_pid, pids);
	if (n < ns->level)
		return false;
	if (n == ns->level && (st.st_ino != ns->ino || st.st_dev != ns->dev))
		return false;
	if (text_read(host_pid, "comm", out->name, sizeof(out->name)) < 0)
		return false;
	out->name[strcspn(out->name, "\n")] = '\0';
	out->host_pid = host_pid;
	out->pid = pids[ns->level - 1];
	return true;
}

/* All pids of /proc, for a cell without a control group. */
static int
pids_all(pid_t *pids, size_t max, size_t *n, struct err *e)
{
	auto_closedir DIR *dir = opendir("/proc");
	struct dirent *d;

	if (dir == NULL)
		return err_sys(e, "/proc");
	*n = 0;
	while ((d = readdir(dir)) != NULL && *n < max) {
		if (str_is_digits(d->d_name))
			pids[(*n)++] = (pid_t)strtol(d->d_name, NULL, 10);
	}
	return 0;
}

/*
 * Call FN with each process of the cell and a pidfd of it; it ends the walk
 * by an error.
 */
typedef int proc_fn(const struct proc *p, int pidfd, void *arg, struct err *e);

static int
procs_walk(const struct cell_ref *ref, proc_fn *fn, void *arg, struct err *e)
{
	auto_free pid_t *pids = xcalloc(PROCS_MAX, sizeof(*pids));
	auto_close int initfd = -1;
	struct handle h;
	struct pidns ns = { .level = 0 };
	size_t n = 0;

	if (cell_open(ref, &h, &initfd, e) < 0 || pidns_find(&h, &ns, e) < 0 ||
	    cgroup_pids(ref, pids, PROCS_MAX, &n, e) < 0 ||
	    (n == 0 && pids_all(pids, PROCS_MAX, &n, e) < 0))
		return -1;
	for (size_t i = 0; i < n && i < PROCS_MAX; i++) {
		auto_close int pidfd = pidfd_open(pids[i], 0);
		struct proc p;

		if (pidfd >= 0 && proc_look(pids[i], &ns, &p) &&
		    !pidfd_is_dead(pidfd) && fn(&p, pidfd, arg, e) < 0)
			return -1;
	}
	return 0;
}

struct listing {
	pid_t *pids;
	size_t max, n;
};

static int
list_one(
    const struct proc *p, int pidfd UNUSED, void *arg, struct err *e UNUSED)
{
	struct listing *l = arg;

	if (l->n < l->max)
		l->pids[l->n] = p->host_pid;
	l->n++;
	return 0;
}

int
cell_processes(const struct cell_ref *ref, pid_t *pids, size_t max, size_t *n,
    struct err *e)
{
	struct listing l = { .pids = pids, .max = max };

	if (procs_walk(ref, list_one, &l, e) < 0)
		return -1;
	*n = l.n;
	return 0;
}

static int
pid_compare(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Whose parent is not in the cell.  The first process is one itself, and
 * gets all orphans of the others. */
int
cell_outsider_open(const struct cell_ref *ref, int *fdp, struct err *e)
{
	auto_free pid_t *pids = xcalloc(PROCS_MAX, sizeof(*pids));
	struct handle h;
	size_t n = 0;

	if (handle_parse(ref, &h, e) < 0 ||
	    cell_processes(ref, pids, PROCS_MAX, &n, e) < 0)
		return -1;
	if (n > PROCS_MAX)
		n = PROCS_MAX;
	qsort(pids, n, sizeof(*pids), pid_compare);
	for (size_t i = 0; i < n; i++) {
		auto_close int pidfd = -1;
		struct proc_stat ps;

		if (pids[i] == h.pid)
			continue;
		pidfd = pidfd_open(pids[i], 0);
		if (pidfd < 0 || !proc_stat_read(pids[i], &ps) ||
		    bsearch(&ps.ppid, pids, n, sizeof(*pids), pid_compare) !=
			NULL ||
		    pidfd_is_dead(pidfd))
			continue;
		*fdp = take_fd(&pidfd);
		return 1;
	}
	return 0;
}

/* Which processes get a signal. */
struct selection {
	bool is_own;	/* the first process is the pot's command */
	pid_t pid;	/* or 0 */
	regex_t *regex; /* or NULL: all */
	int signo;
	bool is_dry;
	struct strv *out; /* or NULL */
};

/* pot-init is no process of the pot's. */
static bool
is_selected(const struct selection *s, const struct proc *p)
{
	if (p->pid == 1 && !s->is_own)
		return false;
	if (s->pid != 0)
		return p->pid == s->pid;
	return s->regex == NULL || regexec(s->regex, p->name, 0, NULL, 0) == 0;
}

static int
signal_one(const struct proc *p, int pidfd, void *arg, struct err *e)
{
	const struct selection *s = arg;

	if (!is_selected(s, p))
		return 0;
	if (!s->is_dry && pidfd_send_signal(pidfd, s->signo, NULL, 0) < 0) {
		if (errno == ESRCH)
			return 0;
		return err_sys(
		    e, "process %d: signal %d", (int)p->pid, s->signo);
	}
	if (s->out != NULL)
		strv_add_fmt(s->out, "%d", (int)p->pid);
	return 0;
}

int
procs_signal_all(const struct cell_ref *ref, int signo, struct err *e)
{
	struct selection s = { .is_own = true, .signo = signo };

	return procs_walk(ref, signal_one, &s, e);
}

int
cell_signal_some(const struct cell_ref *ref, pid_t pid, const char *pattern,
    int signo, bool is_dry, struct strv *out, struct err *e)
{
	struct selection s = {
		.pid = pid, .signo = signo, .is_dry = is_dry, .out = out
	};
	struct handle h;
	regex_t regex;
	int rc;

	if (handle_parse(ref, &h, e) < 0)
		return -1;
	s.is_own = h.is_own;
	if (pid != 0)
		return procs_walk(ref, signal_one, &s, e);
	rc = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);
	if (rc != 0) {
		char text[128];

		(void)regerror(rc, &regex, text, sizeof(text));
		return err_set(
		    e, ERR_INVALID, "pattern '%s': %s", pattern, text);
	}
	s.regex = &regex;
	rc = procs_walk(ref, signal_one, &s, e);
	regfree(&regex);
	return rc;
}
