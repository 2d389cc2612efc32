/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot as the engine works on it: its name, its directory and what its
 * configuration says.  And what is known of its running: the run directory
 * (src/supervise/supervise.h names its files).
 */
#ifndef POT_ENGINE_POT_H
#define POT_ENGINE_POT_H

#include <stdbool.h>

#include "engine/engine_impl.h"
#include "model/conf.h"
#include "model/fscomp.h"
#include "model/limits.h"
#include "model/name.h"
#include "model/potconf.h"
#include "platform/cell.h"

struct pot {
	struct engine *g;
	struct pot_name name;
	char *path;		   /* PDIR, absolute */
	int dir;		   /* PDIR */
	int confdir;		   /* PDIR/conf */
	struct conf *conf;	   /* conf/pot.conf as it is */
	struct pot_config *config; /* the same, understood */
	struct fscomp fscomp;
};

/*
 * Open an existing pot: the pot check of reference 3.4.  ERR_NOT_FOUND if
 * there is no such pot, ERR_CORRUPT if it is incomplete.
 */
int pot_open(struct engine *g, const char *name, struct pot **out,
    struct err *e) MUST_CHECK;
void pot_close(struct pot *p);
void pot_cleanup(struct pot **pp);
#define auto_pot __attribute__((cleanup(pot_cleanup), unused))
/* Read the configuration again (after the lock was taken). */
int pot_reload(struct pot *p, struct err *e) MUST_CHECK;
/* Write conf/pot.conf and reload.  Synced. */
int pot_save(struct pot *p, struct err *e) MUST_CHECK;

/* "ipv4", "ipv6" or "dual": the pot's, or the framework's. */
const char *pot_stack(const struct pot *p);

/* Does PDIR exist?  -1: it can't be told, what has the pots is missing. */
int pot_look(struct engine *g, const char *name, struct err *e) MUST_CHECK;
/* It does, or the error says why not. */
int pot_need(struct engine *g, const char *name, struct err *e) MUST_CHECK;
/* For who fails anyway if it can't be told. */
bool pot_exists(struct engine *g, const char *name);
/* Names of all pots, sorted. */
int pot_names(struct engine *g, struct strv *out, struct err *e) MUST_CHECK;

enum run_end { RUN_EXITED, RUN_SIGNALED, RUN_EXEC_FAILED };

/* How the command of the present or last generation ended. */
struct run_status {
	bool is_known; /* false: still running, or nobody could tell */
	enum run_end how;
	int number; /* exit status, signal, errno */
};

struct run_state {
	bool has_run; /* a run directory with a cell link exists */
	bool is_alive;
	struct cell_ref ref;
};

/* Who else has a cell with NAME's name (platform/cell.h)?  CELL_FOREIGN_SH
 * fills REF. */
int run_foreign(struct engine *g, const char *name, struct cell_ref *ref,
    enum cell_foreign *out, struct err *e) MUST_CHECK;

/*
 * What the run directory and the kernel say of NAME.  No lock is taken.  A
 * pot that a crash left half started has has_run or is_alive false.
 */
int run_find(struct engine *g, const char *name, struct run_state *out,
    struct err *e) MUST_CHECK;
/* Names of what may run, sorted: no other pot does. */
int run_candidates(struct engine *g, struct strv *out, struct err *e)
    MUST_CHECK;
/* FN for each of these that runs, by name; -1 of it ends this. */
typedef int run_fn(void *arg, const struct cell_ref *ref, struct err *e);
int run_each(struct engine *g, const struct strv *names, run_fn *fn, void *arg,
    struct err *e) MUST_CHECK;
/* Names of running pots, sorted. */
int run_names(struct engine *g, struct strv *out, struct err *e) MUST_CHECK;
/* Descriptor of RUN/pot/NAME. */
int run_open(struct engine *g, const char *name, int *fd, struct err *e)
    MUST_CHECK;
/* The text of a cell link, "GENERATION HANDLE"; false if it is none, and then
 * REF holds nothing. */
bool run_parse_cell(const char *text, struct cell_ref *ref) MUST_CHECK;
/* Remove RUN/pot/NAME, with what others put there at the same time. */
int run_remove(struct engine *g, const char *name, struct err *e) MUST_CHECK;
/* Write the cell link. */
int run_set_cell(int rundir, const struct cell_ref *ref, struct err *e)
    MUST_CHECK;
int run_read_status(int rundir, struct run_status *out, struct err *e)
    MUST_CHECK;
/* Out-of-memory kills the supervisor has seen. */
uint64_t run_read_oom(int rundir);
/* Exit status as a shell says it: N, 128+N, 126, 127. */
int run_status_code(const struct run_status *s);
/* A reference to NAME's cell of GENERATION. */
void run_ref(struct engine *g, const char *name, uint64_t generation,
    struct cell_ref *out);

#endif
