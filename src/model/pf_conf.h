/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two lines that a host's pf.conf(5) needs for pots: anchors for what
 * pot loads into the kernel itself (reference 2.2, D31).
 */
#ifndef POT_PF_CONF_H
#define POT_PF_CONF_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * TEXT with exactly one line of each anchor, in OUT.  They stand before the
 * first rule of translation or filtering, as pf wants its statements in
 * order.  False if TEXT is so already; OUT has a copy then.
 */
bool pf_conf_add(const char *text, struct buf *out);
/* TEXT without them. */
bool pf_conf_remove(const char *text, struct buf *out);

/* What became of WAS, as diff -u would say it, with three lines around. */
void text_diff(
    const char *file, const char *was, const char *now, struct buf *out);

#endif
