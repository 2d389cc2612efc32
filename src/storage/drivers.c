/* SPDX-License-Identifier: BSD-2-Clause */
/* The one list of storage drivers. */
#include "base/str.h"
#include "storage/storage_impl.h"

static const struct storage_driver *const drivers[] = {
	&storage_overlay,
	&storage_dir,
	&storage_zfs,
};

const struct storage_driver *
storage_driver_at(unsigned i)
{
	return i < COUNT_OF(drivers) ? drivers[i] : NULL;
}

const struct storage_driver *
storage_driver_find(const char *name)
{
	unsigned i;

	for (i = 0; i < COUNT_OF(drivers); i++)
		if (str_eq(drivers[i]->name, name))
			return drivers[i];
	return NULL;
}
