/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor as a function, for main() and for tests. */
#ifndef POT_SUPERVISE_CORE_H
#define POT_SUPERVISE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/platform.h"
#include "supervise/state.h"

struct supervise_config {
	const char *name;
	const char *instance;
	uint64_t generation;
	uint64_t log_size; /* 0: never rotate */
	unsigned log_count;
	const char *pot; /* absolute path */
	bool is_persistent;
	bool is_drain; /* of a dead cell; then it ends */
	int run_fd, log_fd;
	int echo_fds[STREAMS]; /* -1: none */
	int notify_fd;	       /* -1: none */
	int gate_fd;	       /* -1: none */
	int held_fds[STREAMS]; /* -1: none; closed when FIFOs are open */
};

/*
 * Supervise until the cell is dead; then this process becomes pot.  Takes
 * over the descriptors.  Returns 0 if there is nothing to do (supervised
 * already, another start's directory), -1 on an error.
 * Changes signal dispositions and the working directory.
 */
int supervise_run(const struct platform *p, const struct supervise_config *c,
    struct err *e) MUST_CHECK;

#endif
