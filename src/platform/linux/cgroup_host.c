/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The most of each thing that a pot can be given on this host.
 */
#include "platform/linux/cgroup.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static int
read_number(const char *file, uint64_t *out, struct err *e)
{
	const struct cgroup_dir proc = { AT_FDCWD, "/proc/sys" };

	if (cgroup_read_u64(&proc, file, out) < 0)
		return err_sys(e, "/proc/sys/%s: read", file);
	return 0;
}

int
cgroup_online_cpus(struct cpu_mask *out, struct err *e)
{
	const struct cgroup_dir d = { AT_FDCWD, "/sys/devices/system/cpu" };
	char text[LIMIT_CPU_LIST_SIZE];

	if (cgroup_read(&d, "online", text, sizeof(text)) < 0)
		return err_sys(e, "%s/online: read", d.path);
	return cpu_mask_parse(text, out, e);
}

int
cgroup_max_memory(uint64_t *max, struct err *e)
{
	struct sysinfo si;

	if (sysinfo(&si) < 0)
		return err_sys(e, "sysinfo");
	*max = (uint64_t)si.totalram * si.mem_unit;
	return 0;
}

int
cgroup_max_swap(uint64_t *max, struct err *e)
{
	struct sysinfo si;

	if (sysinfo(&si) < 0)
		return err_sys(e, "sysinfo");
	*max = (uint64_t)si.totalswap * si.mem_unit;
	return 0;
}

int
cgroup_max_cpus(uint64_t *max, struct err *e)
{
	struct cpu_mask m;

	if (cgroup_online_cpus(&m, e) < 0)
		return -1;
	*max = 0;
	for (unsigned cpu = 0; cpu < LIMIT_CPU_MAX; cpu++)
		*max += cpu_mask_has(&m, cpu);
	return 0;
}

int
cgroup_max_quota(uint64_t *max, struct err *e)
{
	if (cgroup_max_cpus(max, e) < 0)
		return -1;
	*max *= 1000;
	return 0;
}

int
cgroup_max_weight(uint64_t *max, struct err *e)
{
	(void)e;
	*max = 10000;
	return 0;
}

/* Both bound all processes and threads of the host. */
int
cgroup_max_processes(uint64_t *max, struct err *e)
{
	uint64_t threads;

	if (read_number("kernel/pid_max", max, e) < 0 ||
	    read_number("kernel/threads-max", &threads, e) < 0)
		return -1;
	if (threads < *max)
		*max = threads;
	return 0;
}

static bool
has_capability(unsigned cap)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2] = { { 0 } };

	return syscall(SYS_capget, &h, d) == 0 &&
	    (d[cap / 32].effective & 1U << cap % 32) != 0;
}

/* The cell is made by us, so what we may raise is what it can get. */
int
cgroup_max_open_files(uint64_t *max, struct err *e)
{
	struct rlimit r;

	if (has_capability(CAP_SYS_RESOURCE))
		return read_number("fs/nr_open", max, e);
	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return err_sys(e, "getrlimit");
	*max = r.rlim_max;
	return 0;
}

/* The kernel keeps it in 32 bits, v1 without a look at the rest. */
int
cgroup_max_iops(uint64_t *max, struct err *e)
{
	(void)e;
	*max = UINT32_MAX;
	return 0;
}
