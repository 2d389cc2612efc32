/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the Linux backend ask of each other.  Above this
 * folder only the tables of platform.h are known.
 *
 * A cell has one cgroup v2 directory, always, which tracks, freezes and
 * kills it, and v1 directories for the controllers that are not in v2 and
 * whose limits were set.  limit prepare() makes them before the cell.
 */
#ifndef POT_PLATFORM_LINUX_H
#define POT_PLATFORM_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/platform.h"

extern const struct platform_cell_ops linux_cell_ops;
extern const struct platform_mount_ops linux_mount_ops;
extern const struct platform_limit_ops linux_limit_ops;
extern const struct platform_proc_ops linux_proc_ops;
extern const struct platform_watch_ops linux_watch_ops;
extern const struct platform_host_ops linux_host_ops;
extern const struct platform_output_ops linux_output_ops;

/* host_ids.c */
int host_taken_ids(host_ids_fn *fn, void *arg, struct err *e) MUST_CHECK;

/*
 * cgroup*.c.  A cell that was never given to prepare() has no directories:
 * cgroup_clone_fd() then gives -1 in *fdp and 0, and the others do nothing.
 */

/*
 * Descriptor (O_PATH suffices) of the v2 directory, for CLONE_INTO_CGROUP.
 *
 * Linux 6.14 and later kill such a child before its first instruction
 * (SIGKILL) when cgroup.kill was ever used on the caller's own group, or on
 * that directory: they compare the wrong group's count of kills.  Whose child
 * dies so clones again without the flag, and lets it call cgroup_join_v2().
 */
int cgroup_clone_fd(const struct cell_ref *ref, int *fdp, struct err *e)
    MUST_CHECK;
/*
 * Called by a new child before it is isolated (it sees the host's tree):
 * writes 0 to `tasks` of every v1 directory of the cell that exists.  Needs
 * no memory and leaves no descriptor open.
 */
int cgroup_join(const struct cell_ref *ref, struct err *e) MUST_CHECK;
/* The same for a cell's first process: what its creator has not made is not
 * there yet, and is not looked for. */
int cgroup_join_born(const struct cell_ref *ref, struct err *e) MUST_CHECK;
/* The same for v2, for a child that was not born there; slow, as it waits
 * for a grace period of the kernel. */
int cgroup_join_v2(const struct cell_ref *ref, struct err *e) MUST_CHECK;
/* Kill all that is in it (cgroup.kill); does not wait. */
int cgroup_kill(const struct cell_ref *ref, struct err *e) MUST_CHECK;
/* Returns when the kernel says that it is frozen, or thawed. */
int cgroup_freeze(const struct cell_ref *ref, bool on, struct err *e)
    MUST_CHECK;
/* Host pids of all processes, those of directories below included; *n is
 * the number there are, at most MAX are stored. */
int cgroup_pids(const struct cell_ref *ref, pid_t *pids, size_t max, size_t *n,
    struct err *e) MUST_CHECK;

#endif
