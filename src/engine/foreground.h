/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for a pot's command to end, on behalf of a caller.
 */
#ifndef POT_FOREGROUND_H
#define POT_FOREGROUND_H

#include "engine/op_start.h"

/*
 * The rest of a start in the foreground: the supervisor passes the output
 * on to the request's descriptors and says on NOTIFY when the command has
 * ended (one that was killed is replaced).  Descriptor 2 of the request
 * readable means: stop the pot.  Sets c->status as reference 8.2 (19) has
 * it: 0; 125 for a non-persistent pot whose command failed; 1 for a
 * persistent pot that is gone without having been stopped.
 */
int foreground_wait(struct call *c, const char *name,
    const struct start_result *started, int notify, struct err *e) MUST_CHECK;

/* Clean up behind, or record, a command of GENERATION that has ended;
 * another process may have done it.  One that runs a hook at that is waited
 * for if IS_FINAL, since it records last. */
int foreground_settle(struct engine *g, const char *name, uint64_t generation,
    bool is_final, const struct log *log, struct err *e) MUST_CHECK;

#endif
