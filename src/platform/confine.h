/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker gives up before it looks at anything that came from
 * outside.  Called once, by the worker itself, without threads.
 */
#ifndef POT_CONFINE_H
#define POT_CONFINE_H

#include "base/compiler.h"
#include "base/err.h"

/* User and group of workers: nobody, on all our systems. */
#define CONFINE_ID 65534

/*
 * For one that talks to servers: it can connect, read what is world-readable
 * of the host's configuration and write to the descriptors it has.  As root
 * it becomes nobody; what else the system has for it (PLATFORMS.md) is given
 * up where the kernel can: a kernel without it is no error.
 */
int confine_network(struct err *e) MUST_CHECK;

/* The part that all systems have in common. */
int confine_common(struct err *e) MUST_CHECK;

#endif
