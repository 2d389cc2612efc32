/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work in a child process, in namespaces of its own: what it mounts is gone
 * when it ends, and it ends when we do.
 */
#ifndef POT_LINUX_WORK_H
#define POT_LINUX_WORK_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

typedef int work_fn(void *arg, struct err *e);

/* Run FN in a child with those clone flags (CLONE_NEW*, CLONE_FILES) and wait
 * for it.  Memory is copied: only its error comes back. */
int work_in_child(uint64_t flags, work_fn *fn, void *arg, struct err *e)
    MUST_CHECK;

#endif
