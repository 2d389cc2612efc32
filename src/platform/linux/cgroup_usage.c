/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a cell uses, and how often the kernel killed in it for want of
 * memory.  Where the controller that counts is v1's and the cell is not in
 * it (none of its limits is set), the figures are sums of what /proc says of
 * the living processes: without what has ended, and pages that two share
 * count twice.
 *
 * A cell that got its v1 group of memory while it lived has brought nothing
 * of what it had into the count (memory.move_charge_at_immigrate went with
 * Linux 6.11).  It shows by a process that has more than all are said to
 * have; then, too, the sums are nearer to the truth.
 */
#include "platform/linux/cgroup.h"
#include "platform/linux/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "platform/linux/handle.h"

#define NS_PER_S  UINT64_C(1000000000)
#define COUNT_LAG ((uint64_t)1 << 20)

/* Which figures the controllers have given. */
struct usage_job {
	struct cell_usage u;
	bool has_memory, has_pids, has_io;
	uint64_t rss_bytes, swap_bytes; /* sums over the processes */
	uint64_t anon_max;		/* of one process */
	uint64_t anon_counted;		/* by v1; no process can have more */
};

static const struct {
	const char *current, *peak, *cache, *swap;
} memory_files[] = {
	{ "memory.current", "memory.peak", "inactive_file", NULL },
	{ "memory.usage_in_bytes", "memory.max_usage_in_bytes",
	    "total_inactive_file", "total_swap" },
};

static int
not_there(const struct cell_ref *ref, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND,
	    "control group %s.%" PRIu64 ": not there", ref->name,
	    ref->generation);
}

static int
use_memory(const struct cell_ref *ref, struct usage_job *job, struct err *e)
{
	struct cell_usage *u = &job->u;
	struct cgroup_dir d;
	char text[8192];
	uint64_t cache;
	bool is_v1;

	if (cgroup_of_ctl(CGROUP_MEMORY, ref, &d, &is_v1, e) < 0)
		return -1;
	if (cgroup_read_u64(&d, memory_files[is_v1].current, &u->memory_bytes) <
		0 ||
	    cgroup_read(&d, "memory.stat", text, sizeof(text)) < 0)
		return 0;
	job->has_memory = true;
	/* The kernel drops it before it kills: it is not the pot's need. */
	cache = cgroup_stat_value(text, memory_files[is_v1].cache);
	u->memory_bytes -= cache < u->memory_bytes ? cache : u->memory_bytes;
	if (cgroup_read_u64(
		&d, memory_files[is_v1].peak, &u->memory_peak_bytes) < 0)
		u->memory_peak_bytes = 0; /* before Linux 5.19 */
	if (is_v1) {
		u->swap_bytes =
		    cgroup_stat_value(text, memory_files[is_v1].swap);
		job->anon_counted = cgroup_stat_value(text, "total_rss");
	} else if (cgroup_read_u64(&d, "memory.swap.current", &u->swap_bytes) <
	    0) {
		u->swap_bytes = 0; /* a kernel without swap */
	}
	return 0;
}

static int
use_pids(const struct cell_ref *ref, struct usage_job *job, struct err *e)
{
	struct cgroup_dir d;
	bool is_v1;

	if (cgroup_of_ctl(CGROUP_PIDS, ref, &d, &is_v1, e) < 0)
		return -1;
	job->has_pids =
	    cgroup_read_u64(&d, "pids.current", &job->u.processes) == 0;
	return 0;
}

static int
use_io(const struct cell_ref *ref, struct usage_job *job, struct err *e)
{
	struct cgroup_dir d;
	bool is_v1;

	if (cgroup_of_ctl(CGROUP_IO, ref, &d, &is_v1, e) < 0)
		return -1;
	job->has_io = cgroup_read_io(&d, is_v1, &job->u.io_read_bytes,
			  &job->u.io_write_bytes) == 0;
	return 0;
}

/* The number after "KEY:" in a file of /proc. */
static uint64_t
proc_value(const char *text, const char *key)
{
	const char *s = strstr(text, key);
	uint64_t v;

	if (s == NULL)
		return 0;
	s += strlen(key);
	s += strspn(s, " \t");
	return str_take_u64(&s, UINT64_MAX, &v) ? v : 0;
}

/* A process that ends meanwhile has no figures. */
static int
add_process(pid_t pid, void *arg, struct err *e)
{
	struct usage_job *job = arg;
	struct cell_usage *u = &job->u;
	struct cgroup_dir d = { .dirfd = AT_FDCWD };
	char text[4096];
	uint64_t anon;

	(void)e;
	str_fmt(d.path, sizeof(d.path), "/proc/%d", (int)pid);
	if (cgroup_read(&d, "status", text, sizeof(text)) > 0) {
		u->virtual_bytes += proc_value(text, "\nVmSize:") * 1024;
		job->rss_bytes += proc_value(text, "\nVmRSS:") * 1024;
		job->swap_bytes += proc_value(text, "\nVmSwap:") * 1024;
		anon = proc_value(text, "\nRssAnon:") * 1024;
		if (anon > job->anon_max)
			job->anon_max = anon;
		if (!job->has_pids)
			u->processes += proc_value(text, "\nThreads:");
	}
	if (!job->has_io && cgroup_read(&d, "io", text, sizeof(text)) > 0) {
		u->io_read_bytes += proc_value(text, "\nread_bytes:");
		u->io_write_bytes += proc_value(text, "\nwrite_bytes:");
	}
	return 0;
}

/* Nanoseconds since the cell's first process was made; 0: it is gone. */
static uint64_t
age_ns(const struct cell_ref *ref)
{
	auto_close int pidfd = -1;
	struct err ignored = ERR_INIT;
	struct handle h;
	struct proc_stat ps;
	struct timespec now;
	uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK), start, now_ns;

	if (handle_open(ref, &h, &pidfd, &ignored) < 0 ||
	    !proc_stat_read(h.pid, &ps) ||
	    clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return 0;
	start = ps.start / hz * NS_PER_S + ps.start % hz * (NS_PER_S / hz);
	now_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
	return now_ns > start ? now_ns - start : 0;
}

int
cgroup_usage(const struct cell_ref *ref, struct cell_usage *out, struct err *e)
{
	struct usage_job job = { .anon_counted = UINT64_MAX };
	struct cgroup_dir v2;
	uint64_t usec, age;
	bool has;

	if (cgroup_of(CGROUP_TREE_V2, ref, &v2, &has, e) < 0)
		return -1;
	if (cgroup_read_stat(&v2, "cpu.stat", "usage_usec", &usec) < 0)
		return errno == ENOENT || errno == ENODEV ?
		    not_there(ref, e) :
		    err_sys(e, "%s/cpu.stat: read", v2.path);
	if (use_memory(ref, &job, e) < 0 || use_pids(ref, &job, e) < 0 ||
	    use_io(ref, &job, e) < 0 ||
	    cgroup_each_pid(&v2, add_process, &job, e) < 0 ||
	    cgroup_oom_kills(ref, &job.u.oom_kills, e) < 0)
		return -1;
	/* Counts of a group lag behind by some pages per processor. */
	if (!job.has_memory ||
	    (job.anon_max > COUNT_LAG &&
		job.anon_max - COUNT_LAG > job.anon_counted)) {
		job.u.memory_bytes = job.rss_bytes;
		job.u.swap_bytes = job.swap_bytes;
		/* What is charged elsewhere is no part of the group's peak. */
		if (job.u.memory_peak_bytes > 0 &&
		    job.u.memory_peak_bytes < job.rss_bytes)
			job.u.memory_peak_bytes = job.rss_bytes;
	}
	job.u.cpu_ns = usec * 1000;
	age = age_ns(ref);
	if (age > 0)
		job.u.cpu_percent = (usec * 1000 * 100 + age / 2) / age;
	*out = job.u;
	return 0;
}

int
cgroup_oom_kills(const struct cell_ref *ref, uint64_t *n, struct err *e)
{
	struct cgroup_dir d;
	bool is_v1, has;

	if (cgroup_of_ctl(CGROUP_MEMORY, ref, &d, &is_v1, e) < 0)
		return -1;
	if (cgroup_read_stat(&d, is_v1 ? "memory.oom_control" : "memory.events",
		"oom_kill", n) == 0)
		return 0;
	if (errno != ENOENT && errno != ENODEV)
		return err_sys(e, "%s: read", d.path);
	/* Not counted, because memory is not limited; or no cell at all? */
	if (cgroup_of(CGROUP_TREE_V2, ref, &d, &has, e) < 0)
		return -1;
	if (faccessat(d.dirfd, d.path, F_OK, 0) < 0)
		return not_there(ref, e);
	*n = 0;
	return 0;
}

/* The kernel writes to an eventfd when it is about to kill. */
static int
open_v1(const struct cgroup_dir *d, int *fdp, struct err *e)
{
	auto_close int control = cgroup_open(d, "memory.oom_control", O_RDONLY);
	auto_close int event = -1;
	char text[32];

	if (control < 0 && errno == ENOENT)
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: memory is not limited, its end not told", d->path);
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control < 0 || event < 0)
		return err_sys(e, "%s/memory.oom_control: open", d->path);
	str_fmt(text, sizeof(text), "%d %d", event, control);
	if (cgroup_write(d, "cgroup.event_control", text) < 0)
		return err_sys(e, "%s/cgroup.event_control: write", d->path);
	*fdp = take_fd(&event);
	return 0;
}

/* The file is always readable.  What happened since it was read last is
 * urgent data (cgroup-v2.rst, "memory.events"; inotify(7) would tell, too, but
 * root has 128 instances of it for the whole host). */
static int
open_v2(const struct cgroup_dir *d, int *fdp, struct err *e)
{
	auto_close int fd =
	    cgroup_open(d, "memory.events", O_RDONLY | O_NONBLOCK);
	char text[512];

	if (fd < 0 && errno == ENOENT)
		return err_set(
		    e, ERR_UNSUPPORTED, "%s: no memory controller", d->path);
	if (fd < 0 || read(fd, text, sizeof(text)) < 0)
		return err_sys(e, "%s/memory.events", d->path);
	*fdp = take_fd(&fd);
	return 0;
}

int
cgroup_oom_open(
    const struct cell_ref *ref, struct oom_watch *out, struct err *e)
{
	struct cgroup_dir d;
	bool is_v1;

	if (cgroup_of_ctl(CGROUP_MEMORY, ref, &d, &is_v1, e) < 0)
		return -1;
	out->is_early = is_v1;
	out->events = is_v1 ? POLLIN : POLLPRI;
	return is_v1 ? open_v1(&d, &out->fd, e) : open_v2(&d, &out->fd, e);
}

/* In v2 the kernel does it (memory.oom.group).  In v1 the group is there
 * also when other limits of memory are set; its largest number means none. */
int
cgroup_oom_end(const struct cell_ref *ref, struct err *e)
{
	struct cgroup_dir d;
	uint64_t limit;
	bool is_v1;

	if (cgroup_of_ctl(CGROUP_MEMORY, ref, &d, &is_v1, e) < 0)
		return -1;
	if (!is_v1 ||
	    cgroup_read_u64(&d, "memory.limit_in_bytes", &limit) < 0 ||
	    limit > INT64_MAX / 2)
		return 0;
	return cgroup_kill(ref, e);
}

int
cgroup_cpu_list(
    const struct cell_ref *ref, char out[LIMIT_CPU_LIST_SIZE], struct err *e)
{
	struct cgroup_dir d;
	char text[LIMIT_CPU_LIST_SIZE];
	struct cpu_mask mine, online;
	bool is_v1;

	if (cgroup_of_ctl(CGROUP_CPUSET, ref, &d, &is_v1, e) < 0)
		return -1;
	if (cgroup_read(&d, "cpuset.cpus", text, sizeof(text)) <= 0) {
		out[0] = '\0';
		return 0;
	}
	if (cpu_mask_parse(text, &mine, e) < 0 ||
	    cgroup_online_cpus(&online, e) < 0)
		return err_wrap(e, "%s/cpuset.cpus", d.path);
	/* Once pinned, a cell is released by giving it all there are. */
	for (size_t i = 0; i < COUNT_OF(online.bits); i++) {
		if ((online.bits[i] & ~mine.bits[i]) != 0) {
			cpu_mask_format(&mine, out);
			return 0;
		}
	}
	out[0] = '\0';
	return 0;
}
