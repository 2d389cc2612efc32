/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attributes of directories in overlayfs layers: what a directory shows to
 * the pot, and the marks overlayfs keeps in extended attributes for itself
 * (trusted.overlay.*), which never are copied from one layer to another.
 */
#ifndef POT_STORAGE_ATTRS_H
#define POT_STORAGE_ATTRS_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"

/* Owner, mode, extended attributes and ACLs, times; not overlayfs's marks. */
int attrs_copy(int fromfd, int tofd, struct err *e) MUST_CHECK;

/* An opaque directory hides what lower layers have of that name. */
int attrs_is_opaque(int fd, bool *is_opaque, struct err *e) MUST_CHECK;
int attrs_set_opaque(int fd, struct err *e) MUST_CHECK;

#endif
