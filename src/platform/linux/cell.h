/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cells between the files that make them.  cell.c is the creator's side,
 * first.c what the first process of a cell does; enter.c lets more in.
 */
#ifndef POT_LINUX_CELL_H
#define POT_LINUX_CELL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/cell.h"
#include "platform/linux/handle.h"
#include "platform/linux/inside.h"
#include "platform/linux/into.h"
#include "platform/linux/tree.h"

/* What the first process is born with. */
struct birth {
	const struct cell_ref *ref;
	const struct cell_spec *spec;
	struct into into;
	int gate;	/* the creator's end, which only the creator may hold */
	int host_sysfd; /* with a user namespace without an own network */
	bool join_v2;	/* it was not born in the cell's group */
};

/* The new process, from clone to exec. */
NO_RETURN void first_process(struct birth *b);

/* Namespaces of a cell as clone flags, but for that of cgroups. */
uint64_t cell_namespaces(const struct cell_attrs *a, enum cell_net net);
bool cell_has_host_ipc(const struct cell_attrs *a);
/* clone3(2) with a pidfd, into a cgroup unless CGROUPFD is -1. */
struct clone_args;
void cell_clone_args(
    uint64_t flags, int cgroupfd, int *pidfd, struct clone_args *out);
pid_t cell_clone(uint64_t flags, int cgroupfd, int *pidfd);
void child_wait(int pidfd);
/* Kill and wait for a child; for the way back from an error. */
void child_end(int pidfd);

/* Limits of one process that attributes and limits set. */
int rlimits_apply(const struct cell_spec *spec, struct err *e) MUST_CHECK;

/* Attribute mlock, with the host's rights. */
int memlock_lift(pid_t pid, const struct cell_attrs *a, struct err *e)
    MUST_CHECK;

/* userns.c: a user namespace with the ids of A, made for it alone. */
int userns_open(const struct cell_attrs *a, struct idmap *out, struct err *e)
    MUST_CHECK;
/* That of a living process. */
int userns_of(pid_t pid, struct idmap *out, struct err *e) MUST_CHECK;
/* Work on mapped files as the root of the pot, with our rights: for a child. */
int userns_take_fsids(uid_t id, struct err *e) MUST_CHECK;
/* Give the new user namespace of PID its ids, and tell it so by SOCK. */
int userns_map(pid_t pid, int sock, const struct cell_attrs *a, struct err *e)
    MUST_CHECK;
/* In it: become its root. */
int userns_become_root(struct err *e) MUST_CHECK;

/* signal.c, procs.c, enter.c, view.c, explain.c: operations of the table in
 * platform/cell.h. */
bool cell_is_alive(const struct cell_ref *ref);
int cell_wait_open(const struct cell_ref *ref, int *fdp, struct err *e)
    MUST_CHECK;
int cell_kill(const struct cell_ref *ref, struct err *e) MUST_CHECK;
int cell_exit_status(const struct cell_ref *ref, int waitfd, int *status,
    struct err *e) MUST_CHECK;
int cell_signal(const struct cell_ref *ref, enum cell_signal_scope scope,
    int signo, struct err *e) MUST_CHECK;
int cell_outsider_open(const struct cell_ref *ref, int *fdp, struct err *e)
    MUST_CHECK;
int cell_signal_some(const struct cell_ref *ref, pid_t pid, const char *pattern,
    int signo, bool is_dry, struct strv *out, struct err *e) MUST_CHECK;
int cell_processes(const struct cell_ref *ref, pid_t *pids, size_t max,
    size_t *n, struct err *e) MUST_CHECK;
int cell_enter(const struct cell_ref *ref, const struct cell_spec *spec,
    const struct cell_command *command, pid_t *pid, int *tty, struct err *e)
    MUST_CHECK;
int cell_view(const struct cell_ref *ref, mount_view_fn *fn, void *arg,
    struct err *e) MUST_CHECK;
int cell_ids(const struct cell_ref *ref, struct cell_ids *out, struct err *e)
    MUST_CHECK;
int cell_mount(const struct cell_ref *ref, const char *root,
    const struct mount_entry *m, struct err *e) MUST_CHECK;
int cell_unmount(const struct cell_ref *ref, const char *root,
    const char *target, struct err *e) MUST_CHECK;
void cell_explain_attrs(const struct cell_attrs *a,
    void (*say)(void *arg, const char *attr, const char *why), void *arg);

/* A pidfd of a cell that lives, ERR_STATE otherwise. */
int cell_open(const struct cell_ref *ref, struct handle *h, int *pidfdp,
    struct err *e) MUST_CHECK;
/* To all processes of a cell whose first one is the command. */
int procs_signal_all(const struct cell_ref *ref, int signo, struct err *e)
    MUST_CHECK;

#endif
