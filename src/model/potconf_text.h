/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How single values are written in a pot's pot.conf; potconf.h's own.
 *
 * pot.env: "NAME=VALUE" in double quotes, and a backslash before each
 * double quote of the value; nothing else is special (the sh version had
 * its shell expand the rest).  Each inner double quote has its backslash,
 * so every text comes back as it was.
 *
 * pot.arg: a backslash, newline and carriage return are \\, \n and \r.
 */
#ifndef POT_POTCONF_TEXT_H
#define POT_POTCONF_TEXT_H

/* New strings, the caller frees. */
char *potconf_env_encode(const char *text);
char *potconf_env_decode(const char *raw);
char *potconf_arg_encode(const char *text);
char *potconf_arg_decode(const char *raw);

#endif
