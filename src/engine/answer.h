/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of pots, shared by list, info and show.
 */
#ifndef POT_ANSWER_H
#define POT_ANSWER_H

#include "engine/pot.h"

/* What list -v shows: identity, network, base, datasets, snapshots. */
int answer_pot(struct pot *p, const struct run_state *st, bool with_snapshots,
    struct record *r, struct err *e) MUST_CHECK;
/* conf/.last_run as a record, or null. */
int answer_last_run(const struct pot *p, struct record *r, struct err *e)
    MUST_CHECK;
/* Every limit that is set, by its JSON word. */
int answer_limits(const struct pot *p, struct record *r, struct err *e)
    MUST_CHECK;

#endif
