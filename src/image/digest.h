/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 by the base system's own program. */
#ifndef POT_IMAGE_DIGEST_H
#define POT_IMAGE_DIGEST_H

#include "base/compiler.h"
#include "base/err.h"

#define DIGEST_SHA256_SIZE 65 /* in hexadecimal, terminated */

/* Of all that FD, a regular file, holds. */
int digest_sha256(int fd, char out[DIGEST_SHA256_SIZE], struct err *e)
    MUST_CHECK;

#endif
