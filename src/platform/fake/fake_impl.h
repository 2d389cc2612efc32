/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the fake platform share.  An operation looks like
 *
 *	if (fake_begin(e, "cell.kill", "%s", what) < 0)
 *		return -1;
 *	... change fake_state ...
 *	return fake_end(0);
 *
 * Between the two the state is loaded and locked.  Pointers into it are
 * void after fake_end().
 */
#ifndef POT_FAKE_IMPL_H
#define POT_FAKE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/fake/fake.h"

/* Process numbers of fake processes; above what a real kernel gives. */
#define FAKE_PID_BASE 100000000

#define FAKE_SIGNAL_MAX 64

enum fake_fate {
	FATE_RUNS,
	FATE_EXITED,
	FATE_SIGNALED,
	FATE_NO_EXEC,
};

/* What a fake program does (program.c). */
struct fake_program {
	enum fake_fate fate;
	int value;	  /* exit status, signal, errno of the exec */
	bool is_stubborn; /* only SIGKILL ends it */
	bool has_shm;
	bool is_oom;
	bool is_cat;
	char name[64];	 /* as ps(1) would show it */
	struct buf text; /* written to its stdout */
};

struct fake_cell {
	uint64_t id;
	char name[CELL_NAME_SIZE];
	char instance[CELL_INSTANCE_SIZE];
	uint64_t generation;
	bool is_foreign;
	bool is_held; /* at the gate */
	bool is_alive;
	bool is_persistent;
	bool own_init;
	bool is_frozen;
	bool is_running; /* its command */
	bool is_stubborn;
	bool has_shm;
	int status; /* of the first process; -1: unknown */
	char *root;
	char *status_path; /* where status_fd leads, or NULL */
	char *spec;	   /* fake_cell_spec() */
	char *comm;	   /* name of the command that runs, or NULL */
	struct strv argv;
	struct strv entered; /* real pids of enter() */
};

struct fake_mount {
	char *root, *target, *what;
	char *dir; /* what one sees there; empty: the mount point */
};

struct fake_group {
	char name[CELL_NAME_SIZE];
	char instance[CELL_INSTANCE_SIZE];
	uint64_t generation;
	uint64_t oom_kills;
	struct limit_set limits;
};

struct fake_state {
	uint64_t boot;
	uint64_t next_id;
	struct fake_cell *cells;
	size_t ncells;
	struct fake_mount *mounts;
	size_t nmounts;
	struct fake_group *groups;
	size_t ngroups;
	struct strv user_groups;
};

extern struct fake_state fake_state;

/* Enter an operation that can fail, and one that cannot. */
int fake_begin(struct err *e, const char *op, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;
void fake_begin_sure(const char *op, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same without a record of it: what tests ask. */
void fake_enter(const char *op);
/* Leave it; gives RESULT back. */
int fake_end(int result);
/* Leave the state alone for a moment, and come back: what runs in between
 * may use the platform. */
void fake_pause(void);
void fake_resume(void);
/* Path of the state file, or NULL while it is all in memory. */
const char *fake_state_path(void);

/* state.c */
void fake_state_clear(struct fake_state *s);
void fake_state_format(const struct fake_state *s, struct buf *out);
int fake_state_parse(struct fake_state *s, const char *text, struct err *e)
    MUST_CHECK;
struct fake_cell *fake_state_add_cell(struct fake_state *s);
void fake_state_remove_cell(struct fake_state *s, size_t i);
void fake_state_add_mount(struct fake_state *s, const char *root,
    const char *target, const char *what, const char *dir);
void fake_state_remove_mount(struct fake_state *s, size_t i);
/* Index of the mount at TARGET below ROOT, or -1. */
ptrdiff_t fake_state_find_mount(
    const struct fake_state *s, const char *root, const char *target);
struct fake_group *fake_state_add_group(struct fake_state *s);
void fake_state_remove_group(struct fake_state *s, size_t i);

/* What a cell needs of the process that made it or waits for it. */
struct fake_local {
	uint64_t id;
	int gate;	 /* read end, -1 in a state file's world */
	int status;	 /* duplicate of status_fd */
	int out;	 /* duplicate of the command's stdout */
	int waiters[16]; /* write ends of wait_open() */
	unsigned nwaiters;
};

/* life.c */
struct fake_local *fake_local_of(uint64_t id); /* or NULL */
struct fake_local *fake_local_make(uint64_t id);
/* The FIFO of a cell in a state file's world. */
void fake_fifo_path(
    const struct fake_cell *c, const char *what, char *out, size_t size);
/* Cells whose gate was closed by its holder end. */
void fake_cells_sweep(void);
void fake_cells_forget(void);
/* A line of pot-init's into the status file. */
void fake_write_status(const struct fake_cell *c, const char *word, int value);
void fake_cell_end_command(struct fake_cell *c, int status);
void fake_cell_die(struct fake_cell *c);
struct fake_cell *fake_cell_find(const struct cell_ref *ref);
struct fake_cell *fake_cell_find_name(const char *name);
/* ERR_STATE if it does not live. */
int fake_cell_need(const struct cell_ref *ref, struct fake_cell **out,
    struct err *e) MUST_CHECK;
#define fake_begin_cell(e, op, ref) \
	fake_begin(e, op, "%s.%" PRIu64, (ref)->name, (ref)->generation)

/* Operations of cells: life.c, signal.c, inside.c. */
bool fake_cell_is_alive(const struct cell_ref *ref);
int fake_cell_find_foreign(struct cell_ref *ref, const char *root,
    enum cell_foreign *out, struct err *e);
int fake_cell_wait_open(const struct cell_ref *ref, int *fdp, struct err *e);
int fake_cell_exit_status(
    const struct cell_ref *ref, int waitfd, int *status, struct err *e);
int fake_cell_processes(const struct cell_ref *ref, pid_t *pids, size_t max,
    size_t *n, struct err *e);
void fake_cell_explain_attrs(const struct cell_attrs *a,
    void (*say)(void *arg, const char *attr, const char *why), void *arg);
int fake_cell_signal(const struct cell_ref *ref, enum cell_signal_scope scope,
    int signo, struct err *e);
int fake_cell_signal_some(const struct cell_ref *ref, pid_t pid,
    const char *pattern, int signo, bool is_dry, struct strv *out,
    struct err *e);
int fake_cell_kill(const struct cell_ref *ref, struct err *e);
int fake_cell_freeze(const struct cell_ref *ref, bool on, struct err *e);
int fake_cell_purge(
    const struct cell_ref *ref, const char *root, struct err *e);
int fake_cell_enter(const struct cell_ref *ref, const struct cell_spec *spec,
    const struct cell_command *command, pid_t *pid, int *tty, struct err *e);
int fake_cell_view(
    const struct cell_ref *ref, mount_view_fn *fn, void *arg, struct err *e);
int fake_cell_mount(const struct cell_ref *ref, const char *root,
    const struct mount_entry *m, struct err *e);
int fake_cell_unmount(const struct cell_ref *ref, const char *root,
    const char *target, struct err *e);
/* The group of a cell, or NULL (limit.c). */
struct fake_group *fake_group_find(const struct cell_ref *ref);
pid_t fake_cell_pid(const struct fake_cell *c);
void fake_watch_forget(void);

/* mount.c: attach one entry; what to see as the root of a plan, and of what
 * is attached at ROOT (to be freed). */
void fake_mount_add(const char *root, const struct mount_entry *m);
void fake_mount_describe(const struct mount_entry *m, struct buf *out);
const char *fake_plan_root(const struct mount_plan *p, const char *root);
char *fake_attached_root(const char *root);

/* program.c */
void fake_program_init(
    struct fake_program *p, const struct cell_command *command);
void fake_program_fini(struct fake_program *p);
/* A process that is that program: a child, unless it is detached. */
int fake_program_start(const struct fake_program *p,
    const struct cell_command *command, pid_t *pid, int *tty, struct err *e)
    MUST_CHECK;

extern const struct platform_cell_ops fake_cell_ops;
extern const struct platform_mount_ops fake_mount_ops;
extern const struct platform_limit_ops fake_limit_ops;
extern const struct platform_proc_ops fake_proc_ops;
extern const struct platform_watch_ops fake_watch_ops;
extern const struct platform_host_ops fake_host_ops;
extern const struct platform_output_ops fake_output_ops;

#endif
