/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs of a jail: its root cpuset (cpuset_setaffinity(2), CPU_WHICH_JAIL),
 * which every process in it is confined to.
 *
 * Rules of rctl(8) are made by name before the jail exists, a cpuset is not:
 * so prepare() leaves what it was asked for here, and create(), which
 * follows it in the same process, applies it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/cpuset.h>
#include <sys/sysctl.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/freebsd/freebsd.h"

static struct {
	bool is_set;
	char name[CELL_NAME_SIZE];
	uint64_t generation;
	struct limit_set limits;
} planned;

void
cpuset_plan(const struct cell_ref *ref, const struct limit_set *l)
{
	planned.is_set = true;
	(void)str_copy(planned.name, ref->name, sizeof(planned.name));
	planned.generation = ref->generation;
	planned.limits = *l;
}

int
cpuset_apply_plan(const struct cell_ref *ref, int jid, struct err *e)
{
	if (!planned.is_set || !str_eq(planned.name, ref->name) ||
	    planned.generation != ref->generation)
		return 0;
	planned.is_set = false;
	return cpuset_apply(&planned.limits, jid, e);
}

/* The kernel refuses masks that are shorter than its own, and before 14
 * those of 1024 bits, too. */
static size_t
mask_size(void)
{
	int size = 0;
	size_t len = sizeof(size);

	if (sysctlbyname("kern.sched.cpusetsize", &size, &len, NULL, 0) < 0 ||
	    size <= 0 || (size_t)size > sizeof(cpuset_t))
		return sizeof(cpuset_t);
	return (size_t)size;
}

static int
get(cpulevel_t level, cpuwhich_t which, id_t id, struct cpu_mask *out)
{
	cpuset_t set;

	CPU_ZERO(&set);
	if (cpuset_getaffinity(level, which, id, mask_size(), &set) < 0)
		return -1;
	memset(out, 0, sizeof(*out));
	for (unsigned cpu = 0; cpu < LIMIT_CPU_MAX && cpu < CPU_SETSIZE;
	     cpu++) {
		if (CPU_ISSET(cpu, &set))
			cpu_mask_add(out, cpu);
	}
	return 0;
}

static int
get_all(struct cpu_mask *out, struct err *e)
{
	if (get(CPU_LEVEL_ROOT, CPU_WHICH_PID, -1, out) < 0)
		return err_sys(e, "cpuset of the host");
	return 0;
}

int
cpuset_read(int jid, struct cpu_mask *out, bool *is_pinned, struct err *e)
{
	struct cpu_mask all;

	if (get(CPU_LEVEL_WHICH, CPU_WHICH_JAIL, (id_t)jid, out) < 0)
		return err_sys(e, "cpuset of jail %d", jid);
	if (get_all(&all, e) < 0)
		return -1;
	*is_pinned = memcmp(&all, out, sizeof(all)) != 0;
	return 0;
}

/* Masks of all jails that are bound to some CPUs, but for JID. */
static int
read_pinned(int jid, struct cpu_mask **out, size_t *n, struct err *e)
{
	struct jail_facts j = { .jid = 0 };
	struct cpu_mask *v = NULL;
	size_t count = 0;
	bool found, is_pinned;

	for (;;) {
		struct err gone = ERR_INIT;
		struct cpu_mask m;

		if (jail_next(j.jid, &j, &found, e) < 0) {
			free(v);
			return -1;
		}
		if (!found)
			break;
		if (j.jid == jid ||
		    cpuset_read(j.jid, &m, &is_pinned, &gone) < 0 || !is_pinned)
			continue;
		v = xreallocarray(v, count + 1, sizeof(*v));
		v[count++] = m;
	}
	*out = v;
	*n = count;
	return 0;
}

/* As many of ALL as asked for; they may have gaps, the choice counts. */
static int
choose(const struct limit_set *l, int jid, const struct cpu_mask *all,
    struct cpu_mask *out, struct err *e)
{
	auto_free struct cpu_mask *pinned = NULL;
	size_t npinned = 0;
	unsigned ncpu = 0;

	for (unsigned cpu = 0; cpu < LIMIT_CPU_MAX; cpu++) {
		if (cpu_mask_has(all, cpu))
			ncpu = cpu + 1;
	}
	if (read_pinned(jid, &pinned, &npinned, e) < 0)
		return -1;
	cpu_choose((unsigned)l->value[LIMIT_CPUS], ncpu, pinned, npinned, out);
	return 0;
}

int
cpuset_apply(const struct limit_set *l, int jid, struct err *e)
{
	static const struct cpu_mask none = { .bits = { 0 } };
	struct cpu_mask all, want = none;
	cpuset_t set;

	if (get_all(&all, e) < 0)
		return -1;
	if (l->cpu_list[0] != '\0') {
		if (cpu_mask_parse(l->cpu_list, &want, e) < 0)
			return -1;
	} else if (limit_is_set(l, LIMIT_CPUS) &&
	    choose(l, jid, &all, &want, e) < 0) {
		return -1;
	}
	if (memcmp(&want, &none, sizeof(want)) == 0)
		want = all;
	CPU_ZERO(&set);
	for (unsigned cpu = 0; cpu < LIMIT_CPU_MAX && cpu < CPU_SETSIZE;
	     cpu++) {
		if (cpu_mask_has(&want, cpu))
			CPU_SET(cpu, &set);
	}
	if (cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_JAIL, (id_t)jid,
		mask_size(), &set) == 0)
		return 0;
	/* Before 13 a jail's root set is compared with itself. */
	if (errno == EINVAL && host_osreldate() < OSREL_CPUSET_GROWS)
		return err_set(e, ERR_UNSUPPORTED,
		    "more cpus while it runs: not before FreeBSD 13");
	return err_sys(e, "cpuset of jail %d", jid);
}
