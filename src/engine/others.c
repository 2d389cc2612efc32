/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searching all pots' configurations.
 */
#include "engine/others.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"

void
others_fini(struct others *o)
{
	for (size_t i = 0; i < OTHERS_COUNT; i++)
		strv_fini(&o->by[i]);
}

#define TEXT_SIZE ((ssize_t)16 * 1024)

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

/* NAME behind BEFORE, with an end of its own. */
static bool
has_word(const char *text, char before, const char *name)
{
	size_t len = strlen(name);
	const char *p = text;

	for (; len > 0 && (p = strstr(p, name)) != NULL; p++)
		if (p > text && p[-1] == before &&
		    (p[len] == '\0' || strchr("=/\n", p[len]) != NULL))
			return true;
	return false;
}

/*
 * Three system calls per pot: this is done for every pot there is.  What
 * does not fit, as what has a NUL in it, is left to the parser.
 */
bool
others_mention(
    int jails, const char *pot, const char *file, char before, const char *name)
{
	char path[2 * NAME_MAX], text[TEXT_SIZE + 1];
	auto_free char *word = xstrdup(name);
	auto_close int fd = -1;
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/conf/%s", pot, file) >=
	    (int)sizeof(path))
		return true;
	fd =
	    openat(jails, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, TEXT_SIZE);
	if (n < 0 || n == TEXT_SIZE)
		return true;
	text[n] = '\0';
	if (strlen(text) != (size_t)n)
		return true;
	squeeze(word);
	squeeze(text);
	return has_word(text, before, word);
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

		if (!others_mention(jails, names.v[i], "pot.conf", '=', name) ||
		    pot_open(g, names.v[i], &p, &ignored) < 0)
			continue;
		for (size_t k = 0; k < OTHERS_COUNT; k++)
			if (refers(p->config, (enum other)k, name))
				strv_add(&out->by[k], names.v[i]);
	}
	return 0;
}
