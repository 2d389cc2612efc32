/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Volumes that are plain directories: all of the dir driver's, and with
 * every driver of directories those of bases and file system components.
 * Clones and snapshots are copies (reflinks where the file system can).
 *
 * In the directory that holds a tree T there may be, all of them of one
 * operation that is under way or was cut off:
 *	.new.T	 a copy that is not complete
 *	.swap.T	 a complete copy that is about to take T's place
 *	.gone.T	 what T was, being removed
 * T missing while .swap.T is there is a revert which was cut off after its
 * decision; whoever comes next completes it.
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
int plain_usage(struct storage *s, const struct volume *v, uint64_t *bytes,
    struct err *e) MUST_CHECK;
/* Of bases and components only; plain_sweep() does pots' volumes too. */
int plain_sweep_shared(
    struct storage *s, bool is_dry, unsigned *count, struct err *e) MUST_CHECK;
int plain_sweep(struct storage *s, bool is_dry, unsigned *count, struct err *e)
    MUST_CHECK;

#define PLAIN_NEW  ".new."
#define PLAIN_SWAP ".swap."
#define PLAIN_GONE ".gone."

/* Remove all of V's snapshots; and V's temporary trees in DIRFD. */
int plain_remove_snaps(struct storage *s, const struct volume *v, struct err *e)
    MUST_CHECK;
/* Is V's tree there, or was it made to be by completing a revert? */
bool plain_complete(int dirfd, const char *name);

/* Open the directory that holds V's tree, after completing what was cut
 * off; ERR_NOT_FOUND if there is no such volume. */
int plain_open(struct storage *s, const struct volume *v, int *dirfdp,
    struct err *e) MUST_CHECK;

#endif
