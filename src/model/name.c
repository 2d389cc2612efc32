/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names that become directory components, jail names and parts of kernel
 * names: checked here once, carried as struct pot_name from then on.
 */
#include "model/name.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define QUOTE_SIZE   80
#define HOSTNAME_MAX 255

static int
refuse(const char *what, const char *s, const char *expected, struct err *e)
{
	char quoted[QUOTE_SIZE];

	if (s[0] == '\0')
		return err_set(e, ERR_INVALID, "%s name: empty", what);
	return err_set(e, ERR_INVALID, "%s name '%s': expected %s", what,
	    str_quote(quoted, sizeof(quoted), s), expected);
}

/* Is all of S made of letters, digits, '_', '-' and EXTRA, beginning with
 * a letter or digit? */
static bool
is_new(const char *s, const char *extra)
{
	if (!chr_is_alnum(s[0]))
		return false;
	for (; *s != '\0'; s++) {
		if (!chr_is_alnum(*s) && strchr("_-", *s) == NULL &&
		    strchr(extra, *s) == NULL)
			return false;
	}
	return true;
}

static int
take(const char *what, const char *s, struct pot_name *out, struct err *e)
{
	char quoted[QUOTE_SIZE];
	size_t len = strlen(s);

	if (len > POT_NAME_MAX)
		return err_set(e, ERR_INVALID,
		    "%s name '%s': %zu characters, at most %d", what,
		    str_quote(quoted, sizeof(quoted), s), len, POT_NAME_MAX);
	memcpy(out->s, s, len + 1);
	return 0;
}

int
name_parse_new(
    const char *what, const char *s, struct pot_name *out, struct err *e)
{
	if (!is_new(s, ""))
		return refuse(what, s,
		    "letters, digits, '_' and '-', a letter or digit first", e);
	if (str_is_digits(s))
		return refuse(
		    what, s, "a letter too, since a number is a jail's id", e);
	return take(what, s, out, e);
}

int
name_parse_new_dotted(
    const char *what, const char *s, struct pot_name *out, struct err *e)
{
	if (!is_new(s, "."))
		return refuse(what, s,
		    "letters, digits, '.', '_' and '-', a letter or digit "
		    "first",
		    e);
	return take(what, s, out, e);
}

int
name_parse_existing(
    const char *what, const char *s, struct pot_name *out, struct err *e)
{
	if (s[0] == '\0' || s[0] == '.' || s[0] == '-')
		return refuse(what, s, "no '.' or '-' first", e);
	for (const char *p = s; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '/' || c < 0x20 || c == 0x7f)
			return refuse(
			    what, s, "no '/' and no control characters", e);
	}
	return take(what, s, out, e);
}

void
name_hostname(const struct pot_name *name, const char *host, unsigned max,
    char *out, size_t size)
{
	size_t len = strlen(name->s), host_len = strlen(host);
	int n;

	if (max > HOSTNAME_MAX)
		max = HOSTNAME_MAX;
	if (max >= size)
		max = (unsigned)size - 1;
	if (len > max)
		n = snprintf(out, size, "%.*s", (int)max, name->s);
	else if (host_len > 0 && len + 1 + host_len <= max)
		n = snprintf(out, size, "%s.%s", name->s, host);
	else
		n = snprintf(out, size, "%s", name->s);
	(void)n;
}
