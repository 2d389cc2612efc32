/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot's file tree, whether it runs or not, for a function that works on
 * it by descriptors.
 */
#ifndef POT_ENGINE_VIEW_H
#define POT_ENGINE_VIEW_H

#include "engine/pot.h"

/* Run FN (platform/mount.h) on the tree of P, whose lock is held.  IDS, if it
 * is not NULL, are before that those of the tree: COUNT 0 as on disk. */
int view_run(struct pot *p, struct cell_ids *ids, mount_view_fn *fn, void *arg,
    struct err *e) MUST_CHECK;

#endif
