/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker gives up before it looks at anything that came from
 * outside.  Called once, by the worker itself, without threads.
 */
#ifndef POT_CONFINE_H
#define POT_CONFINE_H

#include <stdint.h>

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

enum confine_kind {
	CONFINE_PURE, /* nothing but the descriptors it has */
	CONFINE_READ, /* and reads what lies below `dir` */
	CONFINE_WRITE /* or makes files there; no device nodes */
};

struct confine {
	enum confine_kind kind;
	int dir;	       /* of READ and WRITE */
	uint64_t memory_bytes; /* address space; 0: no bound */
};

/*
 * For one that reads what came from outside: neither network nor programs.  A
 * program built with a sanitizer stays as it is: that reads files and signals
 * itself.
 */
int confine_files(const struct confine *c, struct err *e) MUST_CHECK;

/* The part that all systems have in common. */
int confine_common(struct err *e) MUST_CHECK;

#endif
