/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mount_view_fn in a child process, with its error passed back: what the
 * platforms' view operations have in common.
 */
#ifndef POT_PLATFORM_VIEW_CHILD_H
#define POT_PLATFORM_VIEW_CHILD_H

#include "base/compiler.h"
#include "base/err.h"
#include "platform/mount.h"

/* Run FN on the directory ROOT; waits for it.  ERR_CHILD if it was killed. */
int view_child(const char *root, mount_view_fn *fn, void *arg, struct err *e)
    MUST_CHECK;

#endif
