/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plain trees that serve as lowest layers: a base, or a snapshot of one.
 *
 * The tree X in a directory D gets a layer of its own the first time when
 * something is put on it: layers/ID without content, with a symbolic link
 * `base' to D/X, and D/.lent/X is a hard link to its chain.  When X
 * is removed, it is renamed to layers/ID/fs, so at no moment is it missing
 * for those that stand on it, and it is freed when they are gone.  A record
 * whose layer has fs/ is one of a former X.
 *
 * What stands on a base itself sees the base's later changes.
 */
#ifndef POT_STORAGE_LENT_H
#define POT_STORAGE_LENT_H

#include "storage/layer.h"

#define LENT_DIR ".lent"

/*
 * What a new layer that is to stand on V (at SNAP, or NULL) is put on.
 * *DIRFDP is the caller's; OUT->dirfd borrows it.
 */
int lent_get(struct storage *s, const struct volume *v, const char *snap,
    int *dirfdp, struct stand *out, struct err *e) MUST_CHECK;

/* Take the tree NAME in DIRFD away: to its layer if it is lent, else to
 * GONE in GONEFD.  A missing one is fine. */
int lent_retire(struct storage *s, int dirfd, const char *name, int gonefd,
    const char *gone, struct err *e) MUST_CHECK;

/* ERR_BUSY if something stands on V or, V being a part, on its base. */
int lent_check_unused(struct storage *s, const struct volume *v, struct err *e)
    MUST_CHECK;

/* The layers of V and its snapshots, as far as something stands on them:
 * identifiers.  Of a part those of its base, too. */
int lent_layers(struct storage *s, const struct volume *v, struct strv *ids,
    struct err *e) MUST_CHECK;

/* Remove the records in DIRFD whose tree is not there any more. */
int lent_sweep(struct storage *s, int dirfd, bool is_dry, unsigned *count,
    struct err *e) MUST_CHECK;

#endif
