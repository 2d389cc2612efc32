/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The version that a pot's own userland says it is (freebsd-version(1)): what
 * uname(3) and pkg(8) are told in its jail.  A base that was updated says
 * another one than pot.conf.
 */
#ifndef POT_PLATFORM_FREEBSD_OSRELEASE_H
#define POT_PLATFORM_FREEBSD_OSRELEASE_H

#include <stdbool.h>

#define OSRELEASE_SIZE 32 /* the kernel's (OSRELEASELEN), with its end */

/* Of the text of freebsd-version; false if it has none that makes sense. */
bool osrelease_parse(const char *text, char out[OSRELEASE_SIZE]);
/* Of the tree at ROOT, which may be a guest's. */
bool osrelease_of(const char *root, char out[OSRELEASE_SIZE]);

#endif
