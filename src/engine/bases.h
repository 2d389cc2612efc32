/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bases that are brought up to date in place, and who must not look
 * meanwhile.
 *
 * While update-base is at work a base is half old and half new.  Its journal
 * says so: who wants to mount a base or to copy from it (a start, a create)
 * holds its lock of use (uses.h) shared and looks for that journal.  One
 * whose owner is dead is recovered first.
 */
#ifndef POT_BASES_H
#define POT_BASES_H

#include "base/lock.h"
#include "engine/op.h"

extern const struct op_type op_update_base;
extern const struct op_type op_rollback_base;

/* What a base was before update N is its snapshot "update-N"; nothing is
 * made from those. */
#define BASE_BEFORE "update-"

/* The lock of use of "bases/B", shared: until it is released the base is
 * whole.  ERR_STATE while it is being updated, but for the updater itself,
 * which starts a pot on it. */
int base_hold(struct engine *g, const char *base, struct lock *l,
    const struct log *log, struct err *e) MUST_CHECK;

/* The object that the operations on a base lock and journal. */
void base_object(const char *base, char out[256]);

/* The pot of level 0 that create-base makes beside a release of FreeBSD: what
 * is done in it is done to the base.  The caller frees it. */
char *base_companion(const char *base);

/* The file in a base that has the release's name. */
#define BASE_OSRELEASE ".osrelease"

/* ERR_STATE, at once, if another command is at work on BASE. */
int base_check_idle(struct engine *g, const char *base, struct err *e)
    MUST_CHECK;

/* The newest of SNAPS from which pots may be made; NULL: none. */
const char *base_newest(const struct strv *snaps);

#endif
