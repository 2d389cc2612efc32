/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A jail's name is the pot's, as with the sh version, so it says neither
 * which installation nor which start made the jail.  Its host uuid does
 * (host.hostuuid; the pot can't change it, since allow.set_hostname is
 * off): version 8 of RFC 9562,
 *
 *	706f74II-IIII-8IIG-8GGG-GGGGGGGGGGGG
 *
 * "pot", the instance tag, the generation.  The sh version's jails have
 * zeros there.
 */
#include "platform/freebsd/uuid.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static uint32_t
instance_tag(const char *instance)
{
	char *end;
	unsigned long tag = strtoul(instance, &end, 16);

	if (*instance == '\0')
		return 0;
	if (*end == '\0' && strlen(instance) == 8)
		return (uint32_t)tag;
	return (uint32_t)str_hash(instance, strlen(instance));
}

void
jail_uuid_format(
    char out[JAIL_UUID_SIZE], const char *instance, uint64_t generation)
{
	uint32_t tag = instance_tag(instance);

	str_fmt(out, JAIL_UUID_SIZE,
	    "706f74%02" PRIx32 "-%04" PRIx32 "-8%02" PRIx32 "%01" PRIx64
	    "-8%03" PRIx64 "-%012" PRIx64,
	    tag >> 24, tag >> 8 & 0xffff, tag & 0xff, generation >> 60,
	    generation >> 48 & 0xfff, generation & 0xffffffffffff);
}

bool
jail_uuid_is_of(const char *uuid, const char *instance, uint64_t *generation)
{
	char digits[17], want[JAIL_UUID_SIZE];
	uint64_t found;

	if (strlen(uuid) != JAIL_UUID_SIZE - 1)
		return false;
	digits[0] = uuid[17];
	memcpy(digits + 1, uuid + 20, 3);
	memcpy(digits + 4, uuid + 24, 12);
	digits[16] = '\0';
	found = strtoull(digits, NULL, 16);
	jail_uuid_format(want, instance, found);
	if (!str_eq(want, uuid))
		return false;
	*generation = found;
	return true;
}

bool
jail_uuid_is_pot(const char *uuid)
{
	return str_has_prefix(uuid, "706f74");
}
