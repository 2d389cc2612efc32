/* SPDX-License-Identifier: BSD-2-Clause */
/* Who made a jail, in its host uuid; see uuid.c. */
#ifndef POT_FREEBSD_UUID_H
#define POT_FREEBSD_UUID_H

#include <stdbool.h>
#include <stdint.h>

#define JAIL_UUID_SIZE 37

void jail_uuid_format(
    char out[JAIL_UUID_SIZE], const char *instance, uint64_t generation);
/* Was it made by this installation, and for which start? */
bool jail_uuid_is_of(
    const char *uuid, const char *instance, uint64_t *generation);
/* Was it made by pot, whosever? */
bool jail_uuid_is_pot(const char *uuid);

#endif
