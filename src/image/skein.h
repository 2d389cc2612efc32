/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Skein-1024 with 1024 bits of output, the digest of classic images
 * (FreeBSD's skein1024(1)): "The Skein Hash Function Family", version 1.3,
 * Ferguson et al., 2010.  No kept library has it.
 */
#ifndef POT_SKEIN_H
#define POT_SKEIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

#define SKEIN_SIZE     128 /* bytes of a digest */
#define SKEIN_HEX_SIZE (2 * SKEIN_SIZE + 1)

struct skein {
	uint64_t chain[16];
	uint64_t tweak[2];
	uint8_t block[128];
	size_t used; /* bytes of block that wait for more */
};

void skein_init(struct skein *s);
void skein_update(struct skein *s, const void *data, size_t len);
/* Of everything so far; S is used up. */
void skein_final(struct skein *s, uint8_t out[SKEIN_SIZE]);
/* Lower case hexadecimal digits, as skein1024(1) prints them. */
const char *skein_hex(
    char out[SKEIN_HEX_SIZE], const uint8_t digest[SKEIN_SIZE]);

/* The digest of what can be read from FD, from where it stands to its end. */
int skein_fd(int fd, uint8_t out[SKEIN_SIZE], struct err *e) MUST_CHECK;

#endif
