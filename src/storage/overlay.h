/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The overlay driver's volumes on disk.  A pot's volume V is the directory
 * jails/P/.vol.V:
 *
 *	chain	hard link to the chain of its writable layer
 *	snap/S	hard link to the chain of the layer frozen as snapshot S
 *
 * It exists if its chain does.  jails/P/V is an empty directory to mount it
 * on; jails/P/.gone.V is a volume that is being destroyed.
 *
 * overlay.c changes volumes, overlay_scan.c looks at all of them.
 */
#ifndef POT_STORAGE_OVERLAY_H
#define POT_STORAGE_OVERLAY_H

#include "storage/layer.h"
#include "storage/storage_impl.h"

#define OVERLAY_VOLUME	  "%s/.vol.%s" /* directory, name */
#define OVERLAY_PREFIX	  ".vol."
#define OVERLAY_GONE	  ".gone."
#define OVERLAY_CHAIN	  "chain"
#define OVERLAY_CHAIN_NEW "chain.new"
#define OVERLAY_SNAPS	  "snap"

/* The directory of a volume and its chain; ERR_NOT_FOUND if there is none. */
int overlay_open_volume(struct storage *s, const struct volume *v, int *fdp,
    struct chain *c, struct err *e) MUST_CHECK;

/* Finish the removal of the volume directory GONE in PDIR. */
int overlay_remove_gone(
    struct storage *s, int pdir, const char *gone, struct err *e) MUST_CHECK;

/* Identifiers of the layers a volume's links name: its own, then those of
 * its snapshots.  What is missing or damaged is left out. */
int overlay_held(int volfd, struct strv *ids, struct err *e) MUST_CHECK;

int overlay_usage(struct storage *s, const struct volume *v, uint64_t *bytes,
    struct err *e) MUST_CHECK;
int overlay_dependents(struct storage *s, const struct volume *v,
    struct strv *out, struct err *e) MUST_CHECK;
int overlay_sweep(
    struct storage *s, bool is_dry, unsigned *count, struct err *e) MUST_CHECK;

#endif
