/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes from outside does not fill a disk: a fiftieth of it, at most
 * 512 MiB, stays free for those who have to go on working on it.
 */
#ifndef POT_SPACE_H
#define POT_SPACE_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

/* Bytes that a file takes beside its content. */
#define SPACE_PER_FILE ((uint64_t)4096)

struct space {
	int fd;		/* a file or directory of the disk; -1: none is asked */
	uint64_t asked; /* bytes that are known to be free, at most 16 MiB */
};

/* BYTES are about to be written.  ERR_NO_SPACE. */
int space_take(struct space *s, uint64_t bytes, struct err *e) MUST_CHECK;

#endif
