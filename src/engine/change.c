/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes to a pot: lock, look, change, write once.  There is nothing to
 * undo: a configuration file is replaced whole.
 */
#include "engine/change.h"

#include "base/str.h"
#include "engine/verbs.h"

static const struct op_type op_change = { .name = "change" };

int
change_pot(struct call *c, const char *name, change_fn *fn, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	auto_pot struct pot *p = NULL;
	struct change ch = {
		.g = c->g, .op = &op, .req = c->req, .log = c->log
	};

	/* Before the lock: a wrong name must not wait, nor leave a lock. */
	if (pot_need(c->g, name, e) < 0)
		return -1;
	op_init(&op, c->g, &op_change, name, c->log);
	if (op_lock(&op, false, e) < 0 || pot_open(c->g, name, &p, e) < 0)
		return -1;
	ch.pot = p;
	return fn(&ch, e);
}

static int
run(struct call *c, change_fn *fn, struct err *e)
{
	const char *name;

	if (request_need(c->req, "pot", &name, e) < 0)
		return -1;
	return change_pot(c, name, fn, e);
}

#define CHANGE(name, id, flags)                      \
	int verb_##id(struct call *c, struct err *e) \
	{                                            \
		return run(c, change_##id, e);       \
	}
#include "engine/changes.def"
#undef CHANGE

static const struct {
	const char *verb;
	change_fn *fn;
	unsigned flags;
} changes[] = {
#define CHANGE(name, id, flags) { name, change_##id, flags },
#include "engine/changes.def"
#undef CHANGE
};

change_fn *
change_of_flavour(const char *verb)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++)
		if (str_eq(changes[i].verb, verb) &&
		    (changes[i].flags & CHANGE_F_FLAVOUR) != 0)
			return changes[i].fn;
	return NULL;
}
