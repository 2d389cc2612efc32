/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the FreeBSD backend ask of each other.  Above this
 * folder only the tables of platform.h are known.
 *
 * Only system calls that FreeBSD 12 has are made without asking first: an
 * unknown one is not answered with ENOSYS but with SIGSYS.  host_osreldate()
 * tells what there is.
 */
#ifndef POT_PLATFORM_FREEBSD_H
#define POT_PLATFORM_FREEBSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/param.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/freebsd/uuid.h"
#include "platform/platform.h"

extern const struct platform_cell_ops freebsd_cell_ops;
extern const struct platform_mount_ops freebsd_mount_ops;
extern const struct platform_limit_ops freebsd_limit_ops;
extern const struct platform_proc_ops freebsd_proc_ops;
extern const struct platform_watch_ops freebsd_watch_ops;
extern const struct platform_output_ops freebsd_output_ops;

/* host.c: version of the running kernel (kern.osreldate). */
int host_osreldate(void);
#define OSREL_NULLFS_FILES 1302000 /* nullfs of a single file: 13.2 */
#define OSREL_CPUSET_GROWS 1300000 /* a jail's cpuset takes more CPUs: 13 */

/* --- jail.c --- */

struct jail_facts {
	int jid;
	char name[MAXHOSTNAMELEN];
	char path[MAXPATHLEN];
	char uuid[64]; /* who made it, see uuid.c */
};

/* The living jail of that name; *found is false if there is none. */
int jail_find_name(const char *name, struct jail_facts *out, bool *found,
    struct err *e) MUST_CHECK;
/* The living jail that is this very cell. */
int jail_find(const struct cell_ref *ref, struct jail_facts *out, bool *found,
    struct err *e) MUST_CHECK;
/* The same; none is ERR_STATE "not running". */
int jail_need(const struct cell_ref *ref, struct jail_facts *out, struct err *e)
    MUST_CHECK;
/* The living jail with the next higher JID; begin with 0. */
int jail_next(int jid, struct jail_facts *out, bool *found, struct err *e)
    MUST_CHECK;
/* Is J the jail NAME or one below it? */
bool jail_is_within(const struct jail_facts *j, const char *name);
/* Make the jail and put the calling process into it; it ends with its last
 * process. */
int jail_make(const struct cell_ref *ref, const struct cell_spec *spec,
    int *jid, struct err *e) MUST_CHECK;

/* --- handle.c: "JID:PID:START:FLAGS" --- */

struct handle {
	int jid;
	pid_t pid; /* of the first process; 0: not known */
	uint64_t start;
	bool is_own;	 /* no pot-init */
	bool is_foreign; /* not made by this installation */
};

int handle_parse(const struct cell_ref *ref, struct handle *h, struct err *e)
    MUST_CHECK;
void handle_format(const struct handle *h, struct cell_ref *ref);

/* --- procs.c --- */

struct kinfo_proc;

/* All processes of the host but zombies; to be freed. */
int procs_read(struct kinfo_proc **out, size_t *n, struct err *e) MUST_CHECK;
/* Those in the jail NAME and in jails below it, in new memory. */
int procs_of_jail(const char *name, struct kinfo_proc **out, size_t *n,
    struct err *e) MUST_CHECK;
/* One process; false if it does not live. */
bool procs_find(pid_t pid, struct kinfo_proc *out);
/* When it was started, in microseconds since boot: the clock may be set
 * meanwhile. */
uint64_t procs_start(const struct kinfo_proc *k);
/* Does that very process live? */
bool procs_is_alive(pid_t pid, uint64_t start);
/* Send SIGNO to everything in the jail but PID SKIP, until nothing new
 * shows up. */
int procs_signal(const char *name, pid_t skip, int signo, struct err *e)
    MUST_CHECK;
/* JIDs of the jail NAME and of those below it, in new memory. */
int procs_jids(const char *name, int **jids, size_t *n, struct err *e)
    MUST_CHECK;
/*
 * Wait until nothing of those jails lives, at most TIMEOUT_MS: ERR_TIMEOUT.
 * The JIDs are of before jail_remove(2), which takes jails from the list at
 * once; their processes keep them until they are gone.
 */
int procs_wait_gone(
    const int *jids, size_t njids, int timeout_ms, struct err *e) MUST_CHECK;

/* --- mount.c, mount_table.c --- */

struct statfs;

/* Mount one entry below the host directory ROOT. */
int mount_one(const char *root, const struct mount_entry *m, struct err *e)
    MUST_CHECK;
/* devfs, and what the attributes ask for beyond the plan. */
int mount_system(const struct cell_spec *spec, struct err *e) MUST_CHECK;
/* Unmount what mount_system() mounted. */
int unmount_system(const char *root, struct err *e) MUST_CHECK;
/* The kernel's table in the order of mounting; to be freed. */
int mount_table(struct statfs **out, size_t *n, struct err *e) MUST_CHECK;
/* Is PATH the same as ROOT or below it?  Both as the kernel has them. */
bool path_is_within(const char *path, const char *root);
/* Unmount, by force, what is mounted at TARGET below ROOT, and what is
 * mounted on that; nothing there is ERR_NOT_FOUND. */
int unmount_at(const char *root, const char *target, struct err *e) MUST_CHECK;
/* Unmount all that is mounted on ROOT and below it, newest first, but for a
 * dataset that is ROOT itself. */
int mount_sweep(const char *root, unsigned *count, struct err *e) MUST_CHECK;

/* --- cpuset.c --- */

/* What prepare() decided for a cell that this process will create. */
void cpuset_plan(const struct cell_ref *ref, const struct limit_set *l);
/* Apply it to the new jail. */
int cpuset_apply_plan(const struct cell_ref *ref, int jid, struct err *e)
    MUST_CHECK;
int cpuset_apply(const struct limit_set *l, int jid, struct err *e) MUST_CHECK;
/* CPUs of a jail; false if it has all. */
int cpuset_read(int jid, struct cpu_mask *out, bool *is_pinned, struct err *e)
    MUST_CHECK;

/* --- shm.c --- */

/* Remove POSIX shared memory objects that the jail at ROOT left. */
int shm_purge(const char *root, struct err *e) MUST_CHECK;

/* --- oom.c: rctl's notices, by devd --- */

int oom_open(const struct cell_ref *ref, struct oom_watch *out, struct err *e)
    MUST_CHECK;
int oom_end(const struct cell_ref *ref, struct err *e) MUST_CHECK;
int oom_count(const struct cell_ref *ref, uint64_t *n, struct err *e)
    MUST_CHECK;

/* --- operations of cells in files of their own --- */

/* enter.c */
int cell_enter(const struct cell_ref *ref, const struct cell_spec *spec,
    const struct cell_command *command, pid_t *pid, int *tty, struct err *e);
/* signal.c */
int cell_signal(const struct cell_ref *ref, enum cell_signal_scope scope,
    int signo, struct err *e);
int cell_freeze(const struct cell_ref *ref, bool on, struct err *e);
int cell_outsider_open(const struct cell_ref *ref, int *fdp, struct err *e);
int cell_signal_some(const struct cell_ref *ref, pid_t pid, const char *pattern,
    int signo, bool is_dry, struct strv *out, struct err *e);
int cell_processes(const struct cell_ref *ref, pid_t *pids, size_t max,
    size_t *n, struct err *e);

#endif
