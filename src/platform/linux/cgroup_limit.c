/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits: which file of which controller says what in v1 and in v2, what a
 * host can give at most, and how a set of limits becomes another one.
 *
 * To add a limit: a row here, and where it is not one number in one file, a
 * function like apply_cpus().
 */
#include "platform/linux/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "platform/linux/linux.h"

#define NO_LIMIT  UINT64_MAX
#define TEXT_SIZE 64

enum limit_unit { UNIT_COUNT, UNIT_BYTES, UNIT_THOUSANDTH };

struct limit_row {
	const char *name; /* for people */
	enum limit_unit unit;
	bool is_rlimit; /* the cell sets it; no controller */
	enum cgroup_ctl ctl;
	uint64_t min;
	/* The most that can be given here; is it what the host has? */
	int (*max)(uint64_t *max, struct err *e);
	bool is_hosts;
	/* The file for the number and its text without limit; NULL: neither,
	 * others write it. */
	const char *v2, *v2_none;
	const char *v1, *v1_none;
	/* The number in that file, where it is not the limit itself. */
	uint64_t (*v2_value)(const struct limit_set *l);
	uint64_t (*v1_value)(const struct limit_set *l);
};

/* Microseconds in each period, which is 100 ms. */
static uint64_t
quota_us(const struct limit_set *l)
{
	return l->value[LIMIT_CPU_QUOTA] * 100;
}

/* 100 is the usual weight in v2, 1024 the usual shares in v1. */
static uint64_t
shares(const struct limit_set *l)
{
	return l->value[LIMIT_CPU_WEIGHT] * 1024 / 100;
}

/* v1 limits memory and swap together. */
static uint64_t
memory_and_swap(const struct limit_set *l)
{
	if (!limit_is_set(l, LIMIT_MEMORY))
		return NO_LIMIT;
	return l->value[LIMIT_MEMORY] + l->value[LIMIT_SWAP];
}

static const struct limit_row rows[LIMIT_COUNT] = {
	[LIMIT_MEMORY] = {
		.name = "memory",
		.unit = UNIT_BYTES,
		.ctl = CGROUP_MEMORY,
		.min = 4096,
		.max = cgroup_max_memory,
		.is_hosts = true,
		.v2 = "memory.max",
		.v2_none = "max",
		.v1 = "memory.limit_in_bytes",
		.v1_none = "-1",
	},
	[LIMIT_MEMORY_SOFT] = {
		.name = "soft memory",
		.unit = UNIT_BYTES,
		.ctl = CGROUP_MEMORY,
		.min = 4096,
		.max = cgroup_max_memory,
		.is_hosts = true,
		.v2 = "memory.high",
		.v2_none = "max",
		.v1 = "memory.soft_limit_in_bytes",
		.v1_none = "-1",
	},
	[LIMIT_SWAP] = {
		.name = "swap",
		.unit = UNIT_BYTES,
		.ctl = CGROUP_MEMORY,
		.max = cgroup_max_swap,
		.is_hosts = true,
		.v2 = "memory.swap.max",
		.v2_none = "max",
		.v1 = "memory.memsw.limit_in_bytes",
		.v1_none = "-1",
		.v1_value = memory_and_swap,
	},
	[LIMIT_CPU_QUOTA] = {
		.name = "cpu quota",
		.unit = UNIT_THOUSANDTH,
		.ctl = CGROUP_CPU,
		.min = 10, /* the kernel's: 1 ms in a period */
		.max = cgroup_max_quota,
		.is_hosts = true,
		.v2 = "cpu.max",
		.v2_none = "max",
		.v2_value = quota_us,
		.v1 = "cpu.cfs_quota_us",
		.v1_none = "-1",
		.v1_value = quota_us,
	},
	[LIMIT_CPU_WEIGHT] = {
		.name = "cpu weight",
		.ctl = CGROUP_CPU,
		.min = 1,
		.max = cgroup_max_weight,
		.v2 = "cpu.weight",
		.v2_none = "100",
		.v1 = "cpu.shares",
		.v1_none = "1024",
		.v1_value = shares,
	},
	[LIMIT_CPUS] = {
		.name = "cpus",
		.ctl = CGROUP_CPUSET,
		.min = 1,
		.max = cgroup_max_cpus,
		.is_hosts = true,
	},
	[LIMIT_PROCESSES] = {
		.name = "processes",
		.ctl = CGROUP_PIDS,
		.min = 1,
		.max = cgroup_max_processes,
		.v2 = "pids.max",
		.v2_none = "max",
		.v1 = "pids.max",
		.v1_none = "max",
	},
	[LIMIT_OPEN_FILES] = {
		.name = "open files",
		.is_rlimit = true,
		.min = 1,
		.max = cgroup_max_open_files,
	},
	[LIMIT_IO_READ_BPS] = {
		.name = "read bytes per second",
		.unit = UNIT_BYTES,
		.ctl = CGROUP_IO,
		.min = 1,
	},
	[LIMIT_IO_WRITE_BPS] = {
		.name = "write bytes per second",
		.unit = UNIT_BYTES,
		.ctl = CGROUP_IO,
		.min = 1,
	},
	[LIMIT_IO_READ_IOPS] = {
		.name = "reads per second",
		.ctl = CGROUP_IO,
		.min = 1,
		.max = cgroup_max_iops,
	},
	[LIMIT_IO_WRITE_IOPS] = {
		.name = "writes per second",
		.ctl = CGROUP_IO,
		.min = 1,
		.max = cgroup_max_iops,
	},
};

/* A value as people write it: 64G, 1.5, 200. */
static const char *
format_value(const struct limit_row *row, uint64_t value, char out[TEXT_SIZE])
{
	size_t len;

	if (row->unit == UNIT_BYTES)
		return str_format_size(out, value);
	if (row->unit == UNIT_COUNT || value % 1000 == 0) {
		str_fmt(out, TEXT_SIZE, "%" PRIu64,
		    row->unit == UNIT_COUNT ? value : value / 1000);
		return out;
	}
	len = (size_t)snprintf(out, TEXT_SIZE, "%" PRIu64 ".%03" PRIu64,
	    value / 1000, value % 1000);
	while (out[len - 1] == '0')
		out[--len] = '\0';
	return out;
}

/* "memory 64G" before what E says. */
static int
wrap_limit(enum limit_id id, const struct limit_set *l, struct err *e)
{
	char value[TEXT_SIZE];

	if (!limit_is_set(l, id))
		return err_wrap(e, "%s", rows[id].name);
	return err_wrap(e, "%s %s", rows[id].name,
	    format_value(&rows[id], l->value[id], value));
}

static int
check_range(enum limit_id id, uint64_t value, struct err *e)
{
	const struct limit_row *row = &rows[id];
	char limit[TEXT_SIZE];
	uint64_t max;

	if (value < row->min)
		return err_set(e, ERR_INVALID, "at least %s",
		    format_value(row, row->min, limit));
	if (row->max == NULL)
		return 0;
	if (row->max(&max, e) < 0)
		return -1;
	if (value <= max)
		return 0;
	return err_set(e, ERR_LIMIT,
	    row->is_hosts ? "the host has %s" : "at most %s here",
	    format_value(row, max, limit));
}

/* Each processor of the list is there. */
static int
check_cpu_list(const char *list, struct err *e)
{
	struct cpu_mask wanted, online;
	char text[LIMIT_CPU_LIST_SIZE];

	if (list[0] == '\0')
		return 0;
	if (cpu_mask_parse(list, &wanted, e) < 0 ||
	    cgroup_online_cpus(&online, e) < 0)
		return -1;
	cpu_mask_format(&online, text);
	for (size_t i = 0; i < COUNT_OF(wanted.bits); i++) {
		if ((wanted.bits[i] & ~online.bits[i]) != 0)
			return err_set(e, ERR_LIMIT,
			    "cpu list %s: the host has %s", list, text);
	}
	return 0;
}

/* Are its controllers there, and can they do it? */
static int
check_controller(const struct limit_set *l, enum limit_id id, struct err *e)
{
	bool is_v1;

	if (rows[id].is_rlimit)
		return 0;
	if (cgroup_ctl_check(rows[id].ctl, e) < 0)
		return -1;
	if (id != LIMIT_SWAP || limit_is_set(l, LIMIT_MEMORY))
		return 0;
	if (cgroup_ctl_is_v1(CGROUP_MEMORY, &is_v1, e) < 0)
		return -1;
	if (is_v1)
		return err_set(e, ERR_UNSUPPORTED,
		    "needs a limit of memory too: cgroup v1 limits their sum");
	return 0;
}

static int
limit_check(const struct limit_set *l, struct err *e)
{
	for (unsigned id = 0; id < LIMIT_COUNT; id++) {
		if (!limit_is_set(l, id))
			continue;
		if (check_range(id, l->value[id], e) < 0 ||
		    check_controller(l, id, e) < 0)
			return wrap_limit(id, l, e);
	}
	return check_cpu_list(l->cpu_list, e);
}

/* The number that a row's file should hold. */
static uint64_t
file_value(enum limit_id id, const struct limit_set *l, bool is_v1)
{
	uint64_t (*value)(const struct limit_set *) =
	    is_v1 ? rows[id].v1_value : rows[id].v2_value;

	if (!limit_is_set(l, id))
		return NO_LIMIT;
	return value != NULL ? value(l) : l->value[id];
}

/* A step from one set of limits to another in one controller. */
struct limit_job {
	const struct cell_ref *ref;
	const struct limit_set *old, *new_set;
	enum cgroup_ctl ctl;
	struct cgroup_dir dir;
	bool is_v1;
	bool is_living; /* processes are in the cell */
};

/* Write, and in v2 see to it that the controller is there. */
static int
write_limit(const struct limit_job *job, const char *file, const char *text,
    struct err *e)
{
	int r = cgroup_write(&job->dir, file, text);

	if (r < 0 && errno == ENOENT && !job->is_v1) {
		if (cgroup_enable(job->ctl, job->ref->instance, e) < 0)
			return -1;
		r = cgroup_write(&job->dir, file, text);
	}
	if (r == 0)
		return 0;
	if (errno == ENOENT)
		return err_set(
		    e, ERR_UNSUPPORTED, "this kernel has no %s", file);
	if (errno == EBUSY)
		return err_set(
		    e, ERR_BUSY, "%s/%s: more is in use", job->dir.path, file);
	return err_sys(e, "%s/%s: write %s", job->dir.path, file, text);
}

static int
apply_row(const struct limit_job *job, enum limit_id id, struct err *e)
{
	const struct limit_row *row = &rows[id];
	const char *file = job->is_v1 ? row->v1 : row->v2;
	uint64_t value = file_value(id, job->new_set, job->is_v1);
	char text[TEXT_SIZE];

	if (value == NO_LIMIT)
		str_copy(text, job->is_v1 ? row->v1_none : row->v2_none,
		    sizeof(text));
	else
		str_fmt(text, sizeof(text), "%" PRIu64, value);
	if (write_limit(job, file, text, e) < 0)
		return wrap_limit(id, job->new_set, e);
	return 0;
}

/*
 * What grows first and from the last row on, then what shrinks from the
 * first: v1 wants at any moment that memory is not above memory and swap.
 */
static int
apply_rows(const struct limit_job *job, struct err *e)
{
	unsigned n = LIMIT_COUNT;

	for (unsigned i = 0; i < 2 * n; i++) {
		enum limit_id id = i < n ? n - 1 - i : i - n;
		uint64_t from = file_value(id, job->old, job->is_v1);
		uint64_t to = file_value(id, job->new_set, job->is_v1);

		if (rows[id].v2 == NULL || rows[id].ctl != job->ctl ||
		    (i < n ? to <= from : to >= from))
			continue;
		if (apply_row(job, id, e) < 0)
			return -1;
	}
	return 0;
}

/* One process above the limit is the end of all: half a pot is worse than
 * none.  In v1 the supervisor does that (cgroup_oom_end). */
static int
apply_memory_group(const struct limit_job *job, struct err *e)
{
	bool on = limit_is_set(job->new_set, LIMIT_MEMORY);

	if (job->is_v1 || on == limit_is_set(job->old, LIMIT_MEMORY))
		return 0;
	return write_limit(job, "memory.oom.group", on ? "1" : "0", e);
}

/* The list for a cell that is not pinned any more.  An empty one is refused
 * while processes live, by v2 too (ENOSPC, Linux 6.1): it is those of the
 * root. */
static int
any_cpu(
    const struct limit_job *job, char out[LIMIT_CPU_LIST_SIZE], struct err *e)
{
	const char *file = job->is_v1 ? "cpuset.cpus" : "cpuset.cpus.effective";
	struct cgroup_dir root;
	bool has;

	if (cgroup_root(job->is_v1 ? CGROUP_TREE_V1(job->ctl) : CGROUP_TREE_V2,
		&root, &has, e) < 0)
		return -1;
	if (cgroup_read(&root, file, out, LIMIT_CPU_LIST_SIZE) < 0)
		return err_sys(e, "%s/%s: read", root.path, file);
	return 0;
}

static int
apply_cpus(const struct limit_job *job, struct err *e)
{
	char text[LIMIT_CPU_LIST_SIZE];

	if (str_eq(job->new_set->cpu_list, job->old->cpu_list))
		return 0;
	if (job->new_set->cpu_list[0] != '\0')
		str_copy(text, job->new_set->cpu_list, sizeof(text));
	else if (any_cpu(job, text, e) < 0)
		return -1;
	if (write_limit(job, "cpuset.cpus", text, e) < 0)
		return wrap_limit(LIMIT_CPUS, job->new_set, e);
	return 0;
}

/* Do the two sets differ in what CTL does? */
static bool
has_change(
    enum cgroup_ctl ctl, const struct limit_set *a, const struct limit_set *b)
{
	if (ctl == CGROUP_CPUSET)
		return !str_eq(a->cpu_list, b->cpu_list);
	for (unsigned id = 0; id < LIMIT_COUNT; id++) {
		if (!rows[id].is_rlimit && rows[id].ctl == ctl &&
		    (limit_is_set(a, id) != limit_is_set(b, id) ||
			(limit_is_set(a, id) && a->value[id] != b->value[id])))
			return true;
	}
	return false;
}

static int
apply_io(const struct limit_job *job, struct err *e)
{
	return cgroup_apply_io(
	    &job->dir, job->is_v1, job->old, job->new_set, e);
}

static int
apply_memory(const struct limit_job *job, struct err *e)
{
	return apply_rows(job, e) < 0 ? -1 : apply_memory_group(job, e);
}

static int (*const apply_fns[CGROUP_CTL_COUNT])(
    const struct limit_job *job, struct err *e) = {
	[CGROUP_MEMORY] = apply_memory,
	[CGROUP_CPU] = apply_rows,
	[CGROUP_CPUSET] = apply_cpus,
	[CGROUP_PIDS] = apply_rows,
	[CGROUP_IO] = apply_io,
};

/* Make the v1 directory; *is_new if it was not there. */
static int
make_v1(struct limit_job *job, bool *is_new, struct err *e)
{
	*is_new = true;
	if (cgroup_make(CGROUP_TREE_V1(job->ctl), job->ref, &job->dir, e) < 0) {
		if (e->code != ERR_EXISTS)
			return -1;
		/* From before, or of a controller in the same hierarchy. */
		err_clear(e);
		*is_new = false;
	}
	if (job->ctl == CGROUP_CPUSET)
		return cgroup_init_cpuset(job->ref, e);
	return 0;
}

static int
apply_ctl(struct limit_job *job, struct err *e)
{
	bool is_new = false;

	if (cgroup_of_ctl(job->ctl, job->ref, &job->dir, &job->is_v1, e) < 0)
		return -1;
	if (job->is_v1 && make_v1(job, &is_new, e) < 0)
		return -1;
	if (apply_fns[job->ctl](job, e) < 0)
		return -1;
	if (is_new && job->is_living)
		return cgroup_move_in(job->ref, &job->dir, e);
	return 0;
}

static int
apply(const struct cell_ref *ref, const struct limit_set *old,
    const struct limit_set *new_set, bool is_living, struct err *e)
{
	struct limit_job job = {
		.ref = ref,
		.old = old,
		.new_set = new_set,
		.is_living = is_living,
	};

	for (unsigned ctl = 0; ctl < CGROUP_CTL_COUNT; ctl++) {
		job.ctl = ctl;
		if (has_change(ctl, old, new_set) && apply_ctl(&job, e) < 0)
			return -1;
	}
	return 0;
}

static int
limit_prepare(
    const struct cell_ref *ref, const struct limit_set *l, struct err *e)
{
	static const struct limit_set none;
	struct err ignored = ERR_INIT;
	struct cgroup_dir dir;

	if (cgroup_make(CGROUP_TREE_V2, ref, &dir, e) < 0)
		return -1;
	if (apply(ref, &none, l, false, e) == 0)
		return 0;
	if (cgroup_remove(ref, &ignored) < 0)
		err_clear(&ignored); /* a census will find it */
	return -1;
}

static int
limit_change(const struct cell_ref *ref, const struct limit_set *old,
    const struct limit_set *new_set, struct err *e)
{
	struct err ignored = ERR_INIT;

	if (apply(ref, old, new_set, true, e) == 0)
		return 0;
	/* As it was: the cause is what the caller wants to hear of. */
	if (apply(ref, new_set, old, true, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}

const struct platform_limit_ops linux_limit_ops = {
	.check = limit_check,
	.prepare = limit_prepare,
	.change = limit_change,
	.remove = cgroup_remove,
	.usage = cgroup_usage,
	.oom_kills = cgroup_oom_kills,
	.oom_open = cgroup_oom_open,
	.oom_end = cgroup_oom_end,
	.cpu_list = cgroup_cpu_list,
	.census = cgroup_census,
};
