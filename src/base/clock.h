/* SPDX-License-Identifier: BSD-2-Clause */
/* Time, and RFC 3339 text. */
#ifndef POT_CLOCK_H
#define POT_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

uint64_t clock_mono_ms(void); /* since boot, monotonic */
uint64_t clock_mono_ns(void);
uint64_t clock_real_ns(void); /* since the epoch */
int64_t clock_real_s(void);

/* "2026-11-22T12:40:35.123456789Z", always 30 characters and UTC. */
#define CLOCK_RFC3339_SIZE 31
const char *clock_format_rfc3339(char out[CLOCK_RFC3339_SIZE], uint64_t ns);
/*
 * RFC 3339 with Z or an offset, fraction optional; "@SECONDS"; a date
 * alone; or an age: "90s", "10m", "3h", "2d" before NOW_NS.  ERR_INVALID.
 */
int clock_parse(const char *s, uint64_t now_ns, uint64_t *ns, struct err *e)
    MUST_CHECK;

#endif
