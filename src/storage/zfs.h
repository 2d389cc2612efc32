/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the zfs driver share.
 *
 * Snapshots and clones know each other: a snapshot on which a clone stands
 * can't be destroyed.  So what is removed while others stand on it is
 * handed to them: its snapshots get names that nobody sees (ZFS_HIDDEN),
 * the newest one's clone is promoted and has them from then on.  A hidden
 * snapshot goes with its last clone.
 */
#ifndef POT_STORAGE_ZFS_H
#define POT_STORAGE_ZFS_H

#include "storage/zfs_cmd.h"

/* Where V is to be mounted. */
char *zfs_path(const struct storage *s, const struct volume *v);
/* Is the directory PATH of POT_FS_ROOT that of a mount? */
bool zfs_is_point(struct storage *s, const char *path);
/* DATASET, V's, is mounted; where: the caller frees it. */
int zfs_mounted(struct storage *s, const struct volume *v, char **path,
    struct err *e) MUST_CHECK;
/* DATASET, V's, was MADE (0): it is where it belongs, or gone again. */
int zfs_settle_new(struct storage *s, const struct volume *v,
    const char *dataset, int made, struct err *e) MUST_CHECK;
/* Remove the directory that was a mount point, if it is empty. */
void zfs_remove_point(struct storage *s, const struct volume *v);

/* DATASET with all below; a missing one is fine. */
int zfs_destroy_tree(struct storage *s, const char *dataset, struct err *e)
    MUST_CHECK;
/* DATASET@SNAP; where others stand on it, it gets out of sight. */
int zfs_destroy_snap(struct storage *s, const char *dataset, const char *snap,
    struct err *e) MUST_CHECK;
/* The content of DATASET, to be mounted at V, back to SNAP. */
int zfs_roll_back(struct storage *s, const char *dataset, const char *snap,
    struct err *e) MUST_CHECK;
/* DATASET with all below that is to be mounted and is not. */
int zfs_mount_all(struct storage *s, const char *dataset, struct err *e)
    MUST_CHECK;
/* False with an error: it can't be told. */
bool zfs_is_there(struct storage *s, const char *dataset, struct err *e);
/* The hidden snapshot SNAP (a full name) goes, if nobody stands on it. */
void zfs_drop_hidden(struct storage *s, const char *snap);

int zfs_dependents(struct storage *s, const struct volume *v, struct strv *out,
    struct err *e) MUST_CHECK;
int zfs_sweep(struct storage *s, bool is_dry, unsigned *count, struct err *e)
    MUST_CHECK;

int zfs_attach(struct storage *s, const char *path, bool *is_new, struct err *e)
    MUST_CHECK;
int zfs_create_pot(struct storage *s, const struct volume *v, struct err *e)
    MUST_CHECK;
int zfs_destroy(struct storage *s, const struct volume *v, struct err *e)
    MUST_CHECK;
int zfs_rename_pot(struct storage *s, const struct volume *v,
    const struct volume *to, struct err *e) MUST_CHECK;
int zfs_check_pot(struct storage *s, const struct volume *v, struct err *e)
    MUST_CHECK;
int zfs_snapshot_pot(struct storage *s, const struct volume *v,
    const char *snap, struct err *e) MUST_CHECK;
int zfs_snapshot_destroy_pot(struct storage *s, const struct volume *v,
    const char *snap, struct err *e) MUST_CHECK;
int zfs_revert_pot(struct storage *s, const struct volume *v, const char *snap,
    struct err *e) MUST_CHECK;
/* Is LEAF what a stream is built of; does somebody send or receive one? */
bool zfs_is_work(const char *leaf);
bool zfs_is_at_work(struct storage *s);
int zfs_send_pot(struct storage *s, const struct volume *v, const char *snap,
    bool is_whole, int fd, struct err *e) MUST_CHECK;
int zfs_receive_pot(struct storage *s, const struct volume *v, int fd,
    struct err *e) MUST_CHECK;
int zfs_resnap_pot(struct storage *s, const struct volume *v, struct err *e)
    MUST_CHECK;
int zfs_origin(struct storage *s, const struct volume *v, char **origin,
    struct err *e) MUST_CHECK;
int zfs_set_note(struct storage *s, const struct volume *v, const char *key,
    const char *value, struct err *e) MUST_CHECK;
int zfs_get_note(struct storage *s, const struct volume *v, const char *key,
    char **value, struct err *e) MUST_CHECK;
/* V is a part of a base, and no more than a directory. */
bool zfs_is_plain_part(struct storage *s, const struct volume *v);
int zfs_copy_plain_part(struct storage *s, const struct volume *from,
    const struct volume *v, struct err *e) MUST_CHECK;
int zfs_measure_plain_part(struct storage *s, const struct volume *v,
    uint64_t *bytes, struct err *e) MUST_CHECK;
int zfs_adopt(struct storage *s, const char *dir, const struct volume *v,
    struct err *e) MUST_CHECK;
int zfs_init(struct storage *s, const char *cache, struct err *e) MUST_CHECK;
int zfs_fini(struct storage *s, struct err *e) MUST_CHECK;

#endif
