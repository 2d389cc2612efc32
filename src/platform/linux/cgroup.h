/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the cgroup*.c files share: where the hierarchies of this host are,
 * and the directory of a cell in each of them.
 *
 * A cell has one directory, "pot/NAME.GENERATION" or
 * "pot-INSTANCE/NAME.GENERATION", in the v2 hierarchy: it tracks, freezes
 * and kills, and controllers of v2 limit there.  A controller that the host
 * has bound to v1 gets a directory of the same name in its own hierarchy,
 * and only when one of its limits is set.  Which of the two it is depends on
 * the host alone, so every process finds the same directories and none
 * keeps state.  What is above a cell is made and removed with it.
 *
 * Functions marked raw return -1 with errno, as their callers act on it; all
 * others fill a struct err.
 */
#ifndef POT_LINUX_CGROUP_H
#define POT_LINUX_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/cell.h"
#include "platform/limit.h"

enum cgroup_ctl {
	CGROUP_MEMORY,
	CGROUP_CPU,
	CGROUP_CPUSET,
	CGROUP_PIDS,
	CGROUP_IO,
	CGROUP_CTL_COUNT
};

/* The v2 hierarchy, or the v1 hierarchy that controller is bound to. */
#define CGROUP_TREE_V2	    0U
#define CGROUP_TREE_V1(ctl) (1U + (unsigned)(ctl))
#define CGROUP_TREE_COUNT   (1U + CGROUP_CTL_COUNT)

/* A directory, as the two arguments of openat(2) and friends. */
#define CGROUP_PATH_SIZE 512
struct cgroup_dir {
	int dirfd; /* borrowed: AT_FDCWD, or a mount of our own */
	char path[CGROUP_PATH_SIZE];
};

/* cgroup.c: this host. */

/* Is CTL bound to a v1 hierarchy? */
int cgroup_ctl_is_v1(enum cgroup_ctl ctl, bool *is_v1, struct err *e)
    MUST_CHECK;
/* Can it limit here at all?  ERR_UNSUPPORTED. */
int cgroup_ctl_check(enum cgroup_ctl ctl, struct err *e) MUST_CHECK;

/* The root of a tree, our directory in it, a cell's: *has is false where the
 * host has no such tree.  None of them needs to exist but the root. */
int cgroup_root(unsigned tree, struct cgroup_dir *out, bool *has, struct err *e)
    MUST_CHECK;
int cgroup_parent(unsigned tree, const char *instance, struct cgroup_dir *out,
    bool *has, struct err *e) MUST_CHECK;
int cgroup_of(unsigned tree, const struct cell_ref *ref, struct cgroup_dir *out,
    bool *has, struct err *e) MUST_CHECK;
/* The directory of the tree that CTL is in on this host. */
int cgroup_of_ctl(enum cgroup_ctl ctl, const struct cell_ref *ref,
    struct cgroup_dir *out, bool *is_v1, struct err *e) MUST_CHECK;

/* Make a cell's directory and what is above it; its place to OUT.
 * ERR_EXISTS. */
int cgroup_make(unsigned tree, const struct cell_ref *ref,
    struct cgroup_dir *out, struct err *e) MUST_CHECK;
/* False: this process made other directories of the cell, and not this. */
bool cgroup_may_have(unsigned tree, const struct cell_ref *ref);
/* v2: have CTL in the directories of cells. */
int cgroup_enable(enum cgroup_ctl ctl, const char *instance, struct err *e)
    MUST_CHECK;
/* v1 cpuset: a directory takes no process before its memory nodes are set,
 * and no set that its parent has not. */
int cgroup_init_cpuset(const struct cell_ref *ref, struct err *e) MUST_CHECK;

/* cgroup_file.c: directories and their files. */

/* raw: open FILE in D, or D itself (NULL). */
int cgroup_open(const struct cgroup_dir *d, const char *file, int flags)
    MUST_CHECK;
/* raw: write TEXT at once. */
int cgroup_write(const struct cgroup_dir *d, const char *file, const char *text)
    MUST_CHECK;
/* raw: read and terminate at most SIZE - 1 bytes, without the last newline;
 * the length. */
ssize_t cgroup_read(const struct cgroup_dir *d, const char *file, char *out,
    size_t size) MUST_CHECK;
/* raw: a file that holds one number; "max" is UINT64_MAX. */
int cgroup_read_u64(const struct cgroup_dir *d, const char *file, uint64_t *out)
    MUST_CHECK;
/* raw: the number in the line "KEY NUMBER"; 0 if there is none. */
int cgroup_read_stat(const struct cgroup_dir *d, const char *file,
    const char *key, uint64_t *out) MUST_CHECK;
/* The same from a text that was read. */
uint64_t cgroup_stat_value(const char *text, const char *key);

/* Wait at most TIMEOUT_MS until cgroup.events (v2) says "KEY VALUE": 1, or
 * 0 when it did not.  A directory that is gone has 0 for every key. */
int cgroup_wait(const struct cgroup_dir *d, const char *key, uint64_t value,
    int timeout_ms, struct err *e) MUST_CHECK;

/* raw: cgroup.events of a cell's group in v2, for poll(2) with POLLPRI, or
 * -1; and false once no process lives in it. */
int cgroup_events_open(const struct cell_ref *ref) MUST_CHECK;
bool cgroup_events_read(int fd);

/* Call FN for each directory in D, or for each process in D and all that is
 * below it, until FN gives other than 0: that, or -1 with E set.  What is
 * gone has none. */
typedef int cgroup_dir_fn(
    const struct cgroup_dir *d, const char *name, void *arg, struct err *e);
typedef int cgroup_pid_fn(pid_t pid, void *arg, struct err *e);
int cgroup_each_dir(const struct cgroup_dir *d, cgroup_dir_fn *fn, void *arg,
    struct err *e) MUST_CHECK;
int cgroup_each_pid(const struct cgroup_dir *d, cgroup_pid_fn *fn, void *arg,
    struct err *e) MUST_CHECK;

/* cgroup_host.c: the processors there are, and the most of each limit. */
int cgroup_online_cpus(struct cpu_mask *out, struct err *e) MUST_CHECK;
int cgroup_max_memory(uint64_t *max, struct err *e) MUST_CHECK;
int cgroup_max_swap(uint64_t *max, struct err *e) MUST_CHECK;
int cgroup_max_cpus(uint64_t *max, struct err *e) MUST_CHECK;
int cgroup_max_quota(uint64_t *max, struct err *e) MUST_CHECK;
int cgroup_max_weight(uint64_t *max, struct err *e) MUST_CHECK;
int cgroup_max_processes(uint64_t *max, struct err *e) MUST_CHECK;
int cgroup_max_open_files(uint64_t *max, struct err *e) MUST_CHECK;
int cgroup_max_iops(uint64_t *max, struct err *e) MUST_CHECK;

/* cgroup_io.c.  raw: bytes that were read and written, of all disks. */
int cgroup_read_io(const struct cgroup_dir *d, bool is_v1, uint64_t *rbytes,
    uint64_t *wbytes) MUST_CHECK;
/* The I/O limits of NEW_SET on every disk of the host, and those
 * of OLD that it does not set lifted. */
int cgroup_apply_io(const struct cgroup_dir *d, bool is_v1,
    const struct limit_set *old, const struct limit_set *new_set, struct err *e)
    MUST_CHECK;

/* cgroup_move.c: move all processes of a living cell into TO. */
int cgroup_move_in(const struct cell_ref *ref, const struct cgroup_dir *to,
    struct err *e) MUST_CHECK;

/* The rows of linux_limit_ops. */
int cgroup_remove(const struct cell_ref *ref, struct err *e);
int cgroup_census(const char *instance, struct strv *names, struct err *e);
int cgroup_usage(
    const struct cell_ref *ref, struct cell_usage *out, struct err *e);
int cgroup_oom_kills(const struct cell_ref *ref, uint64_t *n, struct err *e);
int cgroup_oom_open(
    const struct cell_ref *ref, struct oom_watch *out, struct err *e);
int cgroup_oom_end(const struct cell_ref *ref, struct err *e);
int cgroup_cpu_list(
    const struct cell_ref *ref, char out[LIMIT_CPU_LIST_SIZE], struct err *e);

#endif
