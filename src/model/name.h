/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checked names.  A new name is [A-Za-z0-9][A-Za-z0-9_-]{0,199} and not all
 * digits (a number would be a jail id).  Names that exist already, made by
 * the sh version, may hold more: name_parse_existing() takes any single
 * path component without control characters that does not begin with '.'
 * or '-'.  Bases and fscomps are no jails: their names may be numbers and
 * hold dots ("13.1"), as they always could.
 */
#ifndef POT_NAME_H
#define POT_NAME_H

#include "base/compiler.h"
#include "base/err.h"

#define POT_NAME_MAX  200
#define POT_NAME_SIZE (POT_NAME_MAX + 1)

struct pot_name {
	char s[POT_NAME_SIZE];
};

/* WHAT says whose name it is ("pot", "base", "flavour").  ERR_INVALID. */
int name_parse_new(const char *what, const char *s, struct pot_name *out,
    struct err *e) MUST_CHECK;
/* The same for a base, fscomp, bridge: dots and numbers too. */
int name_parse_new_dotted(const char *what, const char *s, struct pot_name *out,
    struct err *e) MUST_CHECK;
int name_parse_existing(const char *what, const char *s, struct pot_name *out,
    struct err *e) MUST_CHECK;

/*
 * The hostname rule of POT_HOSTNAME_MAX_LENGTH: NAME cut to MAX if it is
 * longer, else NAME.HOST if that fits in MAX, else NAME.  A MAX over 255
 * or over SIZE - 1 counts as that.
 */
void name_hostname(const struct pot_name *name, const char *host, unsigned max,
    char *out, size_t size);

#endif
