/* SPDX-License-Identifier: BSD-2-Clause */
/* The transfer itself: curl.c where libcurl is, else program.c. */
#ifndef POT_FETCH_TRANSFER_H
#define POT_FETCH_TRANSFER_H

#include <stdint.h>

#include "fetch/fetch.h"

/* What comes before confine_network(): what has to be loaded and found. */
void transfer_init(void);
/* fetch.h: the file to stdout; a reason goes to stderr. */
enum fetch_status transfer(const char *url, uint64_t offset, uint64_t max);

#endif
