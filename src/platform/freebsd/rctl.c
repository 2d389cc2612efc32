/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits and usage by rctl(4): rules "jail:NAME:RESOURCE:ACTION=AMOUNT",
 * added before the jail exists and removed after it.  Resource accounting
 * has to be switched on at boot (kern.racct.enable); without it the calls
 * fail with ENOSYS.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/rctl.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/freebsd/freebsd.h"

#define RULE_SIZE  (CELL_NAME_SIZE + 64)
#define RACCT_SIZE 4096

/* The kernel counts swap as what may be needed for all anonymous memory, so
 * "in addition to memory" is their sum. */
static uint64_t
swap_amount(const struct limit_set *l)
{
	uint64_t swap = l->value[LIMIT_SWAP];

	if (limit_is_set(l, LIMIT_MEMORY) &&
	    l->value[LIMIT_MEMORY] <= UINT64_MAX - swap)
		return l->value[LIMIT_MEMORY] + swap;
	return swap;
}

/* Whole percents of one CPU. */
static uint64_t
percent_amount(const struct limit_set *l)
{
	uint64_t percent = (l->value[LIMIT_CPU_QUOTA] + 9) / 10;

	return percent > 0 ? percent : 1;
}

/*
 * memoryuse is resident memory, looked at once a second: it can't be denied,
 * only answered.  sigkill ends the process that grew and devctl tells who
 * asks (oom.c); "deny" makes the kernel page out.
 */
static const struct rule {
	enum limit_id id;
	const char *resource;
	const char *action;
	uint64_t (*amount)(const struct limit_set *l); /* NULL: as it is */
} rules[] = {
	{ LIMIT_MEMORY, "memoryuse", "devctl", NULL },
	{ LIMIT_MEMORY, "memoryuse", "sigkill", NULL },
	{ LIMIT_MEMORY_SOFT, "memoryuse", "deny", NULL },
	{ LIMIT_SWAP, "swapuse", "deny", swap_amount },
	{ LIMIT_CPU_QUOTA, "pcpu", "deny", percent_amount },
	{ LIMIT_PROCESSES, "nthr", "deny", NULL },
	{ LIMIT_IO_READ_BPS, "readbps", "throttle", NULL },
	{ LIMIT_IO_WRITE_BPS, "writebps", "throttle", NULL },
	{ LIMIT_IO_READ_IOPS, "readiops", "throttle", NULL },
	{ LIMIT_IO_WRITE_IOPS, "writeiops", "throttle", NULL },
};

static bool
has_racct(void)
{
	int on = 0;
	size_t len = sizeof(on);

	return sysctlbyname("kern.racct.enable", &on, &len, NULL, 0) == 0 &&
	    on != 0;
}

static int
racct_missing(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
	    "limits: resource accounting is off (kern.racct.enable=1 in "
	    "/boot/loader.conf, and a reboot)");
}

static int
rule_remove(const char *name, const struct rule *r, struct err *e)
{
	char text[RULE_SIZE];

	str_fmt(
	    text, sizeof(text), "jail:%s:%s:%s", name, r->resource, r->action);
	if (rctl_remove_rule(text, strlen(text) + 1, NULL, 0) < 0 &&
	    errno != ESRCH && errno != ENOSYS)
		return err_sys(e, "rctl: %s", text);
	return 0;
}

/* Only a rule that denies replaces the one before it. */
static int
rule_add(const char *name, const struct rule *r, const struct limit_set *l,
    struct err *e)
{
	uint64_t amount = r->amount != NULL ? r->amount(l) : l->value[r->id];
	char text[RULE_SIZE];

	if (rule_remove(name, r, e) < 0)
		return -1;
	str_fmt(text, sizeof(text), "jail:%s:%s:%s=%" PRIu64, name, r->resource,
	    r->action, amount);
	if (rctl_add_rule(text, strlen(text) + 1, NULL, 0) == 0)
		return 0;
	if (errno == ENOSYS)
		return racct_missing(e);
	return err_sys(e, "rctl: %s", text);
}

static int
rules_remove(const char *name, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		if (rule_remove(name, &rules[i], e) < 0)
			return -1;
	}
	return 0;
}

/* --- checks --- */

static uint64_t
host_number(const char *name)
{
	union {
		uint64_t wide;
		uint32_t narrow;
	} v = { .wide = 0 };
	size_t len = sizeof(v);

	if (sysctlbyname(name, &v, &len, NULL, 0) < 0)
		return 0;
	return len == sizeof(v.narrow) ? v.narrow : v.wide;
}

static int
check_size(const struct limit_set *l, enum limit_id id, const char *what,
    const char *sysctl_name, struct err *e)
{
	char want[STR_SIZE_TEXT], have[STR_SIZE_TEXT];
	uint64_t host;

	if (!limit_is_set(l, id))
		return 0;
	host = host_number(sysctl_name);
	if (host == 0 || l->value[id] <= host)
		return 0;
	return err_set(e, ERR_LIMIT, "%s %s: the host has %s", what,
	    str_format_size(want, l->value[id]), str_format_size(have, host));
}

static int
check_cpus(const struct limit_set *l, struct err *e)
{
	uint64_t ncpu = host_number("hw.ncpu");
	struct cpu_mask m;

	if (limit_is_set(l, LIMIT_CPUS) && l->value[LIMIT_CPUS] > ncpu)
		return err_set(e, ERR_LIMIT,
		    "cpus %" PRIu64 ": the host has %" PRIu64,
		    l->value[LIMIT_CPUS], ncpu);
	if (limit_is_set(l, LIMIT_CPU_QUOTA) &&
	    l->value[LIMIT_CPU_QUOTA] > ncpu * 1000)
		return err_set(e, ERR_LIMIT,
		    "cpu quota %" PRIu64 "/1000: the host has %" PRIu64 " cpus",
		    l->value[LIMIT_CPU_QUOTA], ncpu);
	if (l->cpu_list[0] == '\0')
		return 0;
	if (cpu_mask_parse(l->cpu_list, &m, e) < 0)
		return -1;
	for (unsigned cpu = (unsigned)ncpu; cpu < LIMIT_CPU_MAX; cpu++) {
		if (cpu_mask_has(&m, cpu))
			return err_set(e, ERR_LIMIT,
			    "cpu %u: the host has 0 to %" PRIu64, cpu,
			    ncpu - 1);
	}
	return 0;
}

/* setrlimit(2) of root would cut it to what the host allows, and say so to
 * nobody. */
static int
check_files(const struct limit_set *l, struct err *e)
{
	uint64_t host = host_number("kern.maxfilesperproc");

	if (!limit_is_set(l, LIMIT_OPEN_FILES) ||
	    l->value[LIMIT_OPEN_FILES] <= host)
		return 0;
	return err_set(e, ERR_LIMIT,
	    "open files %" PRIu64 ": the host has %" PRIu64,
	    l->value[LIMIT_OPEN_FILES], host);
}

static int
limit_check(const struct limit_set *l, struct err *e)
{
	if (check_size(l, LIMIT_MEMORY, "memory", "hw.physmem", e) < 0 ||
	    check_size(l, LIMIT_MEMORY_SOFT, "soft memory", "hw.physmem", e) <
		0 ||
	    check_size(l, LIMIT_SWAP, "swap", "vm.swap_total", e) < 0 ||
	    check_cpus(l, e) < 0 || check_files(l, e) < 0)
		return -1;
	if (limit_is_set(l, LIMIT_CPU_WEIGHT))
		return err_set(
		    e, ERR_UNSUPPORTED, "cpu weight: not available on FreeBSD");
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		if (limit_is_set(l, rules[i].id) && !has_racct())
			return racct_missing(e);
	}
	return 0;
}

/* --- operations --- */

static int
limit_prepare(
    const struct cell_ref *ref, const struct limit_set *l, struct err *e)
{
	/* What an earlier start left would count, too. */
	if (rules_remove(ref->name, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct err undo = ERR_INIT;

		if (!limit_is_set(l, rules[i].id) ||
		    rule_add(ref->name, &rules[i], l, e) == 0)
			continue;
		if (rules_remove(ref->name, &undo) < 0)
			return err_wrap(e, "%s", undo.text);
		return -1;
	}
	cpuset_plan(ref, l);
	return 0;
}

static bool
has_cpus(const struct limit_set *l)
{
	return l->cpu_list[0] != '\0' || limit_is_set(l, LIMIT_CPUS);
}

static int
rules_change(const char *name, const struct limit_set *from,
    const struct limit_set *to, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		int rc = 0;

		if (limit_is_set(to, rules[i].id))
			rc = rule_add(name, &rules[i], to, e);
		else if (limit_is_set(from, rules[i].id))
			rc = rule_remove(name, &rules[i], e);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int
limit_change(const struct cell_ref *ref, const struct limit_set *old,
    const struct limit_set *new_set, struct err *e)
{
	struct err undo = ERR_INIT;
	struct jail_facts j;

	if (jail_need(ref, &j, e) < 0 || limit_check(new_set, e) < 0)
		return -1;
	if (rules_change(ref->name, old, new_set, e) == 0 &&
	    ((!has_cpus(new_set) && !has_cpus(old)) ||
		cpuset_apply(new_set, j.jid, e) == 0))
		return 0;
	if (rules_change(ref->name, new_set, old, &undo) < 0)
		return err_wrap(e, "%s", undo.text);
	return -1;
}

static int
limit_remove(const struct cell_ref *ref, struct err *e)
{
	struct jail_facts j;
	bool is_taken, is_mine = false;

	if (jail_find_name(ref->name, &j, &is_taken, e) < 0 ||
	    (is_taken && jail_find(ref, &j, &is_mine, e) < 0))
		return -1;
	/* By now they may be those of the next start of that name. */
	if (is_taken && !is_mine)
		return 0;
	return rules_remove(ref->name, e);
}

/* The number behind KEY= in "cputime=3,memoryuse=4096,...". */
static uint64_t
racct_number(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (*text != '\0') {
		if (strncmp(text, key, len) == 0 && text[len] == '=')
			return strtoull(text + len + 1, NULL, 10);
		text += strcspn(text, ",");
		text += *text == ',';
	}
	return 0;
}

/* What the processes that live now say: always there, but those that have
 * ended are forgotten. */
static int
usage_of_processes(
    const struct cell_ref *ref, struct cell_usage *u, struct err *e)
{
	auto_free struct kinfo_proc *v = NULL;
	uint64_t page = (uint64_t)getpagesize(), us = 0, share = 0;
	uint64_t scale = host_number("kern.fscale");
	size_t n = 0;

	if (procs_of_jail(ref->name, &v, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		us += v[i].ki_runtime;
		share += v[i].ki_pctcpu;
		u->memory_bytes += (uint64_t)v[i].ki_rssize * page;
		u->virtual_bytes += v[i].ki_size;
	}
	u->processes = n;
	u->cpu_ns = us * 1000;
	u->cpu_percent = scale > 0 ? share * 100 / scale : 0;
	return 0;
}

static int
limit_usage(const struct cell_ref *ref, struct cell_usage *out, struct err *e)
{
	struct cell_usage u = { .cpu_ns = 0 };
	char filter[RULE_SIZE], text[RACCT_SIZE];
	struct err ignored = ERR_INIT;
	struct jail_facts j;

	if (jail_need(ref, &j, e) < 0 || usage_of_processes(ref, &u, e) < 0)
		return -1;
	str_fmt(filter, sizeof(filter), "jail:%s", ref->name);
	if (rctl_get_racct(filter, strlen(filter) + 1, text, sizeof(text)) ==
	    0) {
		uint64_t cpu_ns = racct_number(text, "cputime") * 1000000000;

		if (cpu_ns > u.cpu_ns)
			u.cpu_ns = cpu_ns;
		u.cpu_percent = racct_number(text, "pcpu");
		u.memory_bytes = racct_number(text, "memoryuse");
		u.virtual_bytes = racct_number(text, "vmemoryuse");
		u.swap_bytes = racct_number(text, "swapuse");
		u.processes = racct_number(text, "nthr");
	}
	if (oom_count(ref, &u.oom_kills, &ignored) < 0)
		u.oom_kills = 0; /* the supervisor has counted */
	*out = u;
	return 0;
}

static int
limit_cpu_list(
    const struct cell_ref *ref, char out[LIMIT_CPU_LIST_SIZE], struct err *e)
{
	struct jail_facts j;
	struct cpu_mask m;
	bool is_pinned;

	if (jail_need(ref, &j, e) < 0 ||
	    cpuset_read(j.jid, &m, &is_pinned, e) < 0)
		return -1;
	out[0] = '\0';
	if (is_pinned)
		cpu_mask_format(&m, out);
	return 0;
}

/* A rule names a jail and nothing else: who made it and for which start is
 * known while the jail lives, otherwise it is a leftover, of start 0. */
static int
census_add(
    const char *name, const char *instance, struct strv *names, struct err *e)
{
	uint64_t generation = 0;
	struct jail_facts j;
	char line[CELL_NAME_SIZE + 24];
	bool found;

	if (jail_find_name(name, &j, &found, e) < 0)
		return -1;
	if (found && !jail_uuid_is_of(j.uuid, instance, &generation))
		return 0;
	str_fmt(line, sizeof(line), "%s.%" PRIu64, name, generation);
	if (!strv_has(names, line))
		strv_add(names, line);
	return 0;
}

static bool
is_ours(const char *rule, size_t len, const char *resource_at)
{
	size_t left = len - (size_t)(resource_at - rule);

	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		char want[64];
		size_t n = str_fmt(want, sizeof(want),
		    "%s:%s=", rules[i].resource, rules[i].action);

		if (n <= left && memcmp(resource_at, want, n) == 0)
			return true;
	}
	return false;
}

/* "jail:web:memoryuse:sigkill=1048576,jail:..." */
static int
census_rules(
    const char *text, const char *instance, struct strv *names, struct err *e)
{
	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		const char *name = text + strlen("jail:");
		const char *end =
		    str_has_prefix(text, "jail:") ? strchr(name, ':') : NULL;
		char copy[CELL_NAME_SIZE];

		if (end != NULL && end < text + len &&
		    (size_t)(end - name) < sizeof(copy) &&
		    is_ours(text, len, end + 1)) {
			memcpy(copy, name, (size_t)(end - name));
			copy[end - name] = '\0';
			if (census_add(copy, instance, names, e) < 0)
				return -1;
		}
		text += len + (text[len] == ',');
	}
	return 0;
}

static int
limit_census(const char *instance, struct strv *names, struct err *e)
{
	static const char filter[] = "jail:";
	size_t size = (size_t)64 << 10;

	for (;; size *= 2) {
		auto_free char *text = xcalloc(1, size);

		if (rctl_get_rules(filter, sizeof(filter), text, size) == 0)
			return census_rules(text, instance, names, e);
		if (errno == ENOSYS)
			return 0;
		if (errno != ERANGE || size > ((size_t)64 << 20))
			return err_sys(e, "rctl: rules");
	}
}

const struct platform_limit_ops freebsd_limit_ops = {
	.check = limit_check,
	.prepare = limit_prepare,
	.change = limit_change,
	.remove = limit_remove,
	.usage = limit_usage,
	.oom_kills = oom_count,
	.oom_open = oom_open,
	.oom_end = oom_end,
	.cpu_list = limit_cpu_list,
	.census = limit_census,
};
