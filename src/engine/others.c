/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searching all pots' configurations.
 */
#include "engine/others.h"

#include "base/str.h"

static bool
refers(const struct pot *p, enum others what, const char *name)
{
	const struct pot_config *c = p->config;

	switch (what) {
	case OTHERS_BASE:
		return c->base != NULL && str_eq(c->base, name);
	case OTHERS_POTBASE:
		return c->potbase != NULL && str_eq(c->potbase, name);
	case OTHERS_DEPEND:
		return strv_has(&c->depends, name);
	case OTHERS_BRIDGE:
		return c->bridge != NULL && str_eq(c->bridge, name);
	}
	return false;
}

int
others_with(struct engine *g, enum others what, const char *name,
    struct strv *out, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	if (pot_names(g, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_pot struct pot *p = NULL;
		struct err ignored = ERR_INIT;

		if (pot_open(g, names.v[i], &p, &ignored) == 0 &&
		    refers(p, what, name))
			strv_add(out, names.v[i]);
	}
	return 0;
}
