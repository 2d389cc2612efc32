/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine: what happens to a pot.  It takes requests (model/request.h)
 * and answers with records; it never touches the argv, the working
 * directory, the environment or the standard descriptors of its caller.
 *
 * A verb is a row of verbs.def: its name, the function, the fields it
 * accepts, the rights it needs.  To add one: the row, its function in a
 * file of its own, a command in src/cli, a man page, a test.
 */
#ifndef POT_ENGINE_H
#define POT_ENGINE_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/log.h"
#include "model/framework.h"
#include "model/record.h"
#include "model/request.h"
#include "platform/platform.h"

struct engine;

struct engine_options {
	const struct platform *platform;
	const char *prefix;    /* of the installation */
	const struct log *log; /* messages while opening */
};

int engine_open(const struct engine_options *o, struct engine **out,
    struct err *e) MUST_CHECK;
void engine_close(struct engine *g);
/* The installation's configuration; the engine's own. */
const struct framework *engine_framework(const struct engine *g);

/* Where a request's answer goes. */
struct sink {
	void (*record)(void *arg, const struct record *r);
	void *arg;
	struct log log; /* messages to the person who asked */
};

/*
 * Do what R asks.  *status is the exit status where the verb passes one on
 * (exec, start in the foreground), else 0.  The dispatcher has refused
 * unknown verbs and fields and callers without the right before a verb's
 * function runs.
 */
int engine_request(struct engine *g, const struct request *r,
    const struct sink *s, int *status, struct err *e) MUST_CHECK;

#endif
