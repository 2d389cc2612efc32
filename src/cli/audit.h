/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Audit lines: what was asked of pot, to syslog with the facility
 * POT_LOG_FACILITY, as the sh version did (reference 1.6) but without the
 * values of variables.
 */
#ifndef POT_AUDIT_H
#define POT_AUDIT_H

#include "cli/command.h"

#define AUDIT_MAX ((size_t)4096)

void audit(struct cli *c);
/* The line's text: one line, printable. */
void audit_format(const struct cli *c, struct buf *out);
/* "local2" as a number of syslog(3); what is unknown is local2. */
int audit_facility(const char *word);

#endif
