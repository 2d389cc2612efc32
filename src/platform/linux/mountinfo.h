/* SPDX-License-Identifier: BSD-2-Clause */
/* The mounts of this process's namespace, from /proc/self/mountinfo. */
#ifndef POT_LINUX_MOUNTINFO_H
#define POT_LINUX_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

struct mountinfo {
	uint64_t id;
	const char *path; /* where it is mounted, unquoted */
	const char *type; /* of its file system: "ext4" */
};

/* Called for each mount in order; 1 ends the walk, -1 fails it. */
typedef int mountinfo_fn(const struct mountinfo *m, void *arg, struct err *e);

/* TEXT is cut into fields. */
int mountinfo_parse(char *text, mountinfo_fn *fn, void *arg, struct err *e)
    MUST_CHECK;
int mountinfo_each(mountinfo_fn *fn, void *arg, struct err *e) MUST_CHECK;
/* Is PATH the directory TOP or below it?  Both without "/" at the end. */
bool path_is_below(const char *path, const char *top);

#endif
