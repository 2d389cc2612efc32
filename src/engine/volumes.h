/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which volumes make up a pot, and its snapshots: all its volumes under one
 * name, with conf/ copied beside them.
 */
#ifndef POT_VOLUMES_H
#define POT_VOLUMES_H

#include "engine/op.h"

/* The pot's own volumes ("jails/web/m"), in the order of mounting. */
void volumes_of(const struct pot *p, struct strv *out);
/* Every volume there may be of a pot that is half made or half gone: what
 * lies in PDIR beside conf/. */
int volumes_found(struct engine *g, const char *name, struct strv *out,
    struct err *e) MUST_CHECK;

/* Snapshot names that any of the pot's volumes has, oldest first. */
int volumes_snapshots(const struct pot *p, struct strv *out, struct err *e)
    MUST_CHECK;
/* Those that all of them have, which alone can be gone back to. */
int volumes_common(const struct pot *p, struct strv *out, struct err *e)
    MUST_CHECK;
/* A name for a snapshot that is taken now: the epoch, or what follows
 * the newest one on any of the volumes. */
int volumes_new_name(struct engine *g, const struct strv *volumes, char out[32],
    struct err *e) MUST_CHECK;

#endif
