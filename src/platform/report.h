/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket between a process on its way into a pot and who started it.
 * Over it go, each in one packet: a struct err (it ended), "ready" with or
 * without a descriptor, then the starter's "go" where there is a gate; after
 * the execution of pot-init a struct init_failure (init/init.h) or, if the
 * command is being executed, the end of file.
 */
#ifndef POT_PLATFORM_REPORT_H
#define POT_PLATFORM_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/cell.h"

/* Close-on-exec ends of the starter and of the new process. */
int report_open(int *starter, int *child, struct err *e) MUST_CHECK;

/* In the new process.  FD is passed on with "ready", or -1. */
int report_ready(int sock, int fd, const void *data, size_t len, struct err *e)
    MUST_CHECK;
/* Wait for "go"; false if the starter is gone. */
bool report_wait_go(int sock);
/* Report and end. */
NO_RETURN void report_fail(int sock, const struct err *e);

/* In the starter.  DATA of LEN bytes and the descriptor (to *FDP unless that
 * is NULL) that came with "ready". */
int report_wait_ready(int sock, void *data, size_t len, int *fdp, struct err *e)
    MUST_CHECK;
int report_go(int sock, struct err *e) MUST_CHECK;
/* Wait until the command is being executed; its failure to is
 * ERR_NO_COMMAND or ERR_NOT_EXECUTABLE.  C, which may be NULL, is for the
 * text alone: it tells where the command was to run, and as whom. */
int report_wait_exec(int sock, const struct cell_command *c, struct err *e)
    MUST_CHECK;

#endif
