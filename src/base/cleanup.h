/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ownership that ends with the block: auto_close int fd, auto_free char *p.
 * Initialise at the declaration; ownership leaves by take_fd()/take_ptr().
 * errno survives the clean-up.  close is never retried (close(2): after an
 * error other than EBADF the descriptor is gone).
 */
#ifndef POT_CLEANUP_H
#define POT_CLEANUP_H

#include <stddef.h>

void cleanup_close(int *fdp);	 /* closes if >= 0, sets to -1 */
void cleanup_free(void *pp);	 /* pp is a pointer to the pointer */
void cleanup_closedir(void *pp); /* DIR ** */

#define auto_close    __attribute__((cleanup(cleanup_close), unused))
#define auto_free     __attribute__((cleanup(cleanup_free), unused))
#define auto_closedir __attribute__((cleanup(cleanup_closedir), unused))

/* The descriptor is the caller's now; *fdp becomes -1. */
static inline int
take_fd(int *fdp)
{
	int fd = *fdp;

	*fdp = -1;
	return fd;
}

/* The memory is the caller's now; *pp becomes NULL. */
static inline void *
take_ptr(void *pp)
{
	void **p = pp, *v = *p;

	*p = NULL;
	return v;
}

#endif
