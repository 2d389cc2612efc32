/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Volumes that are plain directories: all of the dir driver's, and with
 * every driver of directories those of bases and file system components.
 * Clones and snapshots are copies (reflinks where the file system can).
 */
#ifndef POT_STORAGE_PLAIN_H
#define POT_STORAGE_PLAIN_H

#include "storage/storage_impl.h"

int plain_create(struct storage *s, const struct volume *v, struct err *e)
    MUST_CHECK;
/* FROM is a plain volume too. */
int plain_clone(struct storage *s, const struct volume *from, const char *snap,
    const struct volume *v, struct err *e) MUST_CHECK;
int plain_destroy(struct storage *s, const struct volume *v, struct err *e)
    MUST_CHECK;
int plain_rename(struct storage *s, const struct volume *from,
    const struct volume *to, struct err *e) MUST_CHECK;
bool plain_exists(struct storage *s, const struct volume *v);
int plain_snapshot(struct storage *s, const struct volume *v, const char *snap,
    bool is_running, struct err *e) MUST_CHECK;
int plain_snapshots(struct storage *s, const struct volume *v, struct strv *out,
    struct err *e) MUST_CHECK;
int plain_snapshot_destroy(struct storage *s, const struct volume *v,
    const char *snap, struct err *e) MUST_CHECK;
int plain_revert(struct storage *s, const struct volume *v, const char *snap,
    struct err *e) MUST_CHECK;
int plain_mount(struct storage *s, const struct volume *v, const char *target,
    bool is_readonly, struct mount_plan *plan, struct err *e) MUST_CHECK;
int plain_mount_snapshot(struct storage *s, const struct volume *v,
    const char *snap, const char *target, struct mount_plan *plan,
    struct err *e) MUST_CHECK;
int plain_usage(struct storage *s, const struct volume *v, uint64_t *bytes,
    struct err *e) MUST_CHECK;
/* Of bases and components only; plain_sweep() does pots' volumes too. */
int plain_sweep_shared(
    struct storage *s, bool is_dry, unsigned *count, struct err *e) MUST_CHECK;
int plain_sweep(struct storage *s, bool is_dry, unsigned *count, struct err *e)
    MUST_CHECK;

/* Remove all of V's snapshots. */
int plain_remove_snaps(struct storage *s, const struct volume *v, struct err *e)
    MUST_CHECK;

#endif
