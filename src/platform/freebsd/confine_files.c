/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers that read what came from outside: Capsicum, where a path begins at
 * a descriptor that one has.
 */
#include "platform/confine.h"

#include <sys/types.h>
#include <sys/capsicum.h>
#include <sys/resource.h>

int
confine_files(const struct confine *c, struct err *e)
{
	struct rlimit none = { 0, 0 };
	struct rlimit memory = { (rlim_t)c->memory_bytes,
		(rlim_t)c->memory_bytes };

	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    (c->memory_bytes > 0 && setrlimit(RLIMIT_AS, &memory) < 0))
		return err_sys(e, "resource limits");
	if (cap_enter() < 0)
		return err_sys(e, "capability mode");
	return 0;
}
