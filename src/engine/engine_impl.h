/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the engine's files share: the open installation, and the state of
 * one request on its way through.
 */
#ifndef POT_ENGINE_IMPL_H
#define POT_ENGINE_IMPL_H

#include <stdbool.h>

#include "engine/engine.h"
#include "model/framework.h"
#include "storage/storage.h"

/* Descriptors of directories that are opened when first needed. */
enum engine_dir {
	DIR_ROOT, /* POT_FS_ROOT */
	DIR_JAILS,
	DIR_BASES,
	DIR_FSCOMP,
	DIR_JOURNAL, /* of operations that change storage */
	DIR_RUN,     /* POT_RUN_DIR */
	DIR_RUN_POT,
	DIR_RUN_LOCK,
	DIR_RUN_JOURNAL,
	DIR_LOG, /* POT_LOG_DIR */
	DIR_COUNT
};

struct engine {
	const struct platform *platform;
	struct framework *fw;
	struct storage *storage; /* NULL until engine_storage() */
	int dir[DIR_COUNT];	 /* -1 until engine_dir() */
	char instance[CELL_INSTANCE_SIZE];
	bool is_run_ready; /* POT_RUN_DIR was checked */
};

/* A wait for another operation is bounded by this; long enough for a stop
 * with its default deadline. */
#define LOCK_WAIT_MS 60000

/* One request: what a verb's function is given. */
struct call {
	struct engine *g;
	const struct request *req;
	const struct sink *sink;
	const struct log *log;
	int status;
};

typedef int verb_fn(struct call *c, struct err *e);

#define CALL_RECORD(c, r) ((c)->sink->record((c)->sink->arg, (r)))

/* ERR_NOT_FOUND if POT_FS_ROOT was not made yet (pot init). */
int engine_dir(struct engine *g, enum engine_dir d, int *fd, struct err *e)
    MUST_CHECK;
int engine_storage(struct engine *g, struct storage **out, struct err *e)
    MUST_CHECK;
/* Absolute path of something below POT_FS_ROOT, POT_RUN_DIR, POT_LOG_DIR;
 * the caller frees. */
char *engine_path(struct engine *g, enum framework_var var, const char *fmt,
    ...) PRINTF_LIKE(3, 4);
/* POT_NETWORK_STACK; ipv4 if it is none of the three (reference 3.1). */
const char *engine_stack(struct engine *g);
/* gid of POT_GROUP from the group file, or 0 if there is no such group. */
gid_t engine_gid(struct engine *g);

#endif
