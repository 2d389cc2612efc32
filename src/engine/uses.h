/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has volumes mounted that are not its own: components, the shared parts
 * of other pots, and bases.
 *
 * What a running pot has mounted is neither destroyed nor reverted.  The
 * configurations of the pots that run say what they have; a lock per owner
 * of volumes ("fscomp/F", "jails/P", "bases/B") closes the gap until a
 * starting pot is seen to run: who mounts holds it shared, who takes away
 * holds it alone.
 * It is the last that is taken, and never held while a program of the
 * user's runs.
 */
#ifndef POT_USES_H
#define POT_USES_H

#include "base/lock.h"
#include "engine/pot.h"

struct uses {
	struct lock *v;
	size_t n;
};

#define USES_INIT         \
	{                 \
		.v = NULL \
	}

/* From here to uses_fini() no volume of others that P mounts goes away. */
int uses_hold(struct pot *p, struct uses *u, const struct log *log,
    struct err *e) MUST_CHECK;
/* The lock of one owner, shared; of a base by base_hold(). */
int uses_share(struct engine *g, const char *kind, const char *name,
    struct lock *l, struct err *e) MUST_CHECK;
void uses_fini(struct uses *u);
#define auto_uses __attribute__((cleanup(uses_fini), unused))

/*
 * Until L is released nobody begins to use volumes of OWNER.  POTS gets the
 * names of the pots that run with one, the owner itself left out.
 */
int uses_claim(struct engine *g, const char *owner, struct lock *l,
    struct strv *pots, struct err *e) MUST_CHECK;
/* As uses_claim(); ERR_STATE that names one if there are any. */
int uses_claim_alone(struct engine *g, const char *owner, struct lock *l,
    struct err *e) MUST_CHECK;
/* The owner is gone: release, and remove the lock. */
void uses_forget(struct engine *g, const char *owner, struct lock *l);

#endif
