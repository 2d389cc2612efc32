/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes to one pot's configuration and files: what the verb of that name
 * does under the pot's lock, and what a flavour may ask for while its pot
 * is being created.  To add one: a row in changes.def and one in verbs.def.
 */
#ifndef POT_CHANGE_H
#define POT_CHANGE_H

#include "engine/op.h"

struct change {
	struct engine *g;
	struct op *op; /* holds the lock */
	struct pot *pot;
	const struct request *req;
	const struct log *log;
};

typedef int change_fn(struct change *c, struct err *e);

enum change_flags {
	CHANGE_F_FLAVOUR = 1 << 0, /* flavours may use it */
};

#define CHANGE(name, id, flags) change_fn change_##id;
#include "engine/changes.def"
#undef CHANGE

/* FN on the pot NAME, under its lock. */
int change_pot(struct call *c, const char *name, change_fn *fn, struct err *e)
    MUST_CHECK;
/* The change that flavours know as VERB; NULL if there is none. */
change_fn *change_of_flavour(const char *verb);

#endif
