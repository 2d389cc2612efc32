/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searching all pots' configurations.
 */
#include "engine/others.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"

void
others_fini(struct others *o)
{
	for (size_t i = 0; i < OTHERS_COUNT; i++)
		strv_fini(&o->by[i]);
}

/* Without what readers of pot.conf ignore in a value. */
static void
squeeze(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++)
		if (*s != ' ' && *s != '\t' && *s != '"')
			*to++ = *s;
	*to = '\0';
}

bool
others_mention(int jails, const char *pot, const char *file, const char *name)
{
	auto_free char *path = xasprintf("%s/conf", pot);
	auto_free char *needle = xstrdup(name);
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err ignored = ERR_INIT;
	auto_close int conf = -1;

	if (dir_open(jails, path, &conf, &ignored) < 0 ||
	    file_read(conf, file, &b, &ignored) < 0)
		return false;
	squeeze(needle);
	squeeze(b.data);
	return strstr(b.data, needle) != NULL;
}

static bool
refers(const struct pot_config *c, enum other what, const char *name)
{
	switch (what) {
	case OTHERS_BASE:
		return c->base != NULL && str_eq(c->base, name);
	case OTHERS_POTBASE:
		return c->potbase != NULL && str_eq(c->potbase, name);
	case OTHERS_DEPEND:
		return strv_has(&c->depends, name);
	case OTHERS_BRIDGE:
		return c->bridge != NULL && str_eq(c->bridge, name);
	case OTHERS_COUNT:
		break;
	}
	return false;
}

int
others_find(
    struct engine *g, const char *name, struct others *out, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	int jails;

	if (pot_names(g, &names, e) < 0 ||
	    engine_dir(g, DIR_JAILS, &jails, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_pot struct pot *p = NULL;
		struct err ignored = ERR_INIT;

		if (!others_mention(jails, names.v[i], "pot.conf", name) ||
		    pot_open(g, names.v[i], &p, &ignored) < 0)
			continue;
		for (size_t k = 0; k < OTHERS_COUNT; k++)
			if (refers(p->config, (enum other)k, name))
				strv_add(&out->by[k], names.v[i]);
	}
	return 0;
}
