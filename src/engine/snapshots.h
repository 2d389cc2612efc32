/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Snapshots of pots: all volumes under one name, and the configuration of
 * that moment in PDIR/.conf/NAME.
 */
#ifndef POT_SNAPSHOTS_H
#define POT_SNAPSHOTS_H

#include "engine/op.h"

extern const struct op_type op_snapshot;
extern const struct op_type op_revert;
extern const struct op_type op_purge;

/*
 * Take one of the volumes, some of which may be in use (IS_RUNNING, or by
 * a pot that stands on them): then they are copied.  The lock is held.
 */
int snapshot_volumes(struct engine *g, const char *pot,
    const struct strv *volumes, const char *name, bool is_running,
    struct err *e) MUST_CHECK;

/* Destroy one on all of the volumes; that some have none is no error. */
int snapshot_volumes_destroy(struct engine *g, const char *pot,
    const struct strv *volumes, const char *name, struct err *e) MUST_CHECK;
/* Take one of a pot that is being made: OP's undo removes all of it. */
int snapshot_new_pot(struct op *op, const struct strv *volumes,
    const char *name, struct err *e) MUST_CHECK;

/* Take one of a stopped pot; with REPLACE the oldest goes first.  NAME gets
 * the new one's. */
int snapshot_pot(struct engine *g, const char *pot, bool replace, char name[32],
    const struct log *log, struct err *e) MUST_CHECK;

/* Destroy those of NAMES, all or (with a crash between) later all.  LOCK is
 * an operation that holds the pot's lock and has no journal. */
int snapshots_purge(struct op *lock, const struct pot *p,
    const struct strv *names, struct err *e) MUST_CHECK;

#endif
