/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resource limits and usage of a cell: cgroups (v2, or v1 controllers on a
 * hybrid host) and rctl(8).  Groups and rules are made by name before the
 * cell exists and removed after it is gone.
 */
#ifndef POT_PLATFORM_LIMIT_H
#define POT_PLATFORM_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

struct cell_ref;

enum limit_id {
	LIMIT_MEMORY,	   /* bytes; above it the kernel kills */
	LIMIT_MEMORY_SOFT, /* bytes; reclaim and throttle above it */
	LIMIT_SWAP,	   /* bytes of swap, in addition to memory */
	LIMIT_CPU_QUOTA,   /* 1/1000 of a CPU, at least 10: 1500 is 1.5 */
	LIMIT_CPU_WEIGHT,  /* 1 to 10000, default 100 */
	LIMIT_CPUS,	   /* number of CPUs; the least loaded ones */
	LIMIT_PROCESSES,   /* processes and threads */
	LIMIT_OPEN_FILES,  /* descriptors of one process */
	LIMIT_IO_READ_BPS, /* bytes per second, each disk */
	LIMIT_IO_WRITE_BPS,
	LIMIT_IO_READ_IOPS,
	LIMIT_IO_WRITE_IOPS,
	LIMIT_COUNT
};

/* The longest list that CPU masks give ("0-1,3-4,...") is 2673 long. */
#define LIMIT_CPU_LIST_SIZE 2688

struct limit_set {
	uint32_t set; /* bit 1 << LIMIT_X: value holds */
	uint64_t value[LIMIT_COUNT];
	char cpu_list[LIMIT_CPU_LIST_SIZE]; /* "0-2,5"; empty: any CPU */
};

#define limit_is_set(l, id) (((l)->set & (1U << (id))) != 0)

struct cell_usage {
	uint64_t cpu_ns;       /* since the start */
	uint64_t cpu_percent;  /* 100 is one CPU; as ps(1) of the system has
				* it: decaying (FreeBSD), since the start */
	uint64_t memory_bytes; /* without cache that can be dropped */
	uint64_t memory_peak_bytes; /* 0: unknown */
	uint64_t virtual_bytes;	    /* 0: unknown */
	uint64_t swap_bytes;
	uint64_t processes;
	uint64_t io_read_bytes, io_write_bytes;
	uint64_t oom_kills;
};

/*
 * A descriptor that does not block, and the events that poll(2) has to ask
 * it for.  It is drained by going back to its beginning, if it has one, and
 * one read of 4096 bytes; when that reads nothing it will never tell again.
 * IS_EARLY: the kernel (cgroup v1) tells that it is about to kill, and
 * nothing when it has.  Who finds the number of kills unchanged then asks
 * again shortly afterwards, and a last time when the cell is dead.
 */
struct oom_watch {
	int fd;
	short events;
	bool is_early;
};

struct platform_limit_ops {
	/* Refuse what the host has not: "memory 64G: the host has 24G"
	 * (ERR_LIMIT), or cannot limit (ERR_UNSUPPORTED). */
	int (*check)(const struct limit_set *l, struct err *e);
	/* Make the groups or rules of a cell that is about to be created. */
	int (*prepare)(const struct cell_ref *ref, const struct limit_set *l,
	    struct err *e);
	/*
	 * Change a living cell: what OLD sets and NEW does not is lifted.  If
	 * it fails all is as it was.  With cgroup v1 a first limit of memory
	 * counts only what is used from then on, and one below the use is
	 * refused (ERR_BUSY); v2 reclaims, and kills.
	 */
	int (*change)(const struct cell_ref *ref, const struct limit_set *old,
	    const struct limit_set *new_set, struct err *e);
	/* Remove groups and rules; accepts that they are not there. */
	int (*remove)(const struct cell_ref *ref, struct err *e);
	int (*usage)(
	    const struct cell_ref *ref, struct cell_usage *out, struct err *e);
	/* Out-of-memory kills so far; works until remove(). */
	int (*oom_kills)(
	    const struct cell_ref *ref, uint64_t *n, struct err *e);
	/*
	 * What tells that this number may have changed; ERR_UNSUPPORTED
	 * where there is nothing.  The descriptor is the caller's.
	 */
	int (*oom_open)(
	    const struct cell_ref *ref, struct oom_watch *out, struct err *e);
	/*
	 * The kernel has killed for want of memory: what it left of a cell
	 * whose memory is limited is killed, too, since half a pot is worse
	 * than none.  Does not wait.
	 */
	int (*oom_end)(const struct cell_ref *ref, struct err *e);
	/* CPUs a living cell is pinned to ("0-2,5"), empty: not pinned. */
	int (*cpu_list)(const struct cell_ref *ref,
	    char out[LIMIT_CPU_LIST_SIZE], struct err *e);
	/* Names "NAME.GENERATION" of groups or rules of this instance. */
	int (*census)(const char *instance, struct strv *names, struct err *e);
};

#define LIMIT_CPU_MAX 1024
struct cpu_mask {
	uint64_t bits[LIMIT_CPU_MAX / 64];
};

/* Parse "0-2,5" into a bit per CPU; "" is no CPU at all.  ERR_INVALID.
 * The list is formatted in order and as short as can be. */
int cpu_mask_parse(const char *text, struct cpu_mask *out, struct err *e)
    MUST_CHECK;
void cpu_mask_format(const struct cpu_mask *m, char out[LIMIT_CPU_LIST_SIZE]);
bool cpu_mask_has(const struct cpu_mask *m, unsigned cpu);
void cpu_mask_add(struct cpu_mask *m, unsigned cpu);

/*
 * The N of NCPU processors to which the fewest of the PINNED pots are bound,
 * lowest first where they are even (potcpu of pot 0.16).  OUT is empty if
 * that would be all of them: such a pot needs no pinning.
 */
void cpu_choose(unsigned n, unsigned ncpu, const struct cpu_mask *pinned,
    size_t npinned, struct cpu_mask *out);

#endif
