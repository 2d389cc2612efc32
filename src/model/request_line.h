/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request as one line of text, "VERB NAME=VALUE NAME=VALUE": where a
 * request is itself the value of a field (the steps of a flavour).  Blanks,
 * '%', '=' and control characters in values are %XX.  Descriptors and the
 * caller's identity are not part of it.
 */
#ifndef POT_REQUEST_LINE_H
#define POT_REQUEST_LINE_H

#include "base/buf.h"
#include "model/request.h"

void request_line_format(const struct request *r, struct buf *out);
/* R is initialised here, also on failure.  ERR_INVALID. */
int request_line_parse(const char *line, struct request *r, struct err *e)
    MUST_CHECK;

#endif
