/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cell is the kernel's side of a running pot: a jail, or a set of
 * namespaces with its first process.  It is created whole but held at a
 * gate (nothing of the guest runs), and released when network and
 * supervisor are in place.
 */
#ifndef POT_PLATFORM_CELL_H
#define POT_PLATFORM_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"
#include "platform/mount.h"

#define CELL_NAME_SIZE	   208
#define CELL_INSTANCE_SIZE 20
#define CELL_HANDLE_SIZE   96

/*
 * Names a cell for every operation.  The handle is the platform's text
 * (Linux "PID:START", FreeBSD "JID"), empty until create() filled it; it is
 * kept in the pot's run directory, so it must not be trusted to be alive.
 */
struct cell_ref {
	char name[CELL_NAME_SIZE];	   /* the pot's */
	char instance[CELL_INSTANCE_SIZE]; /* "" for the default root */
	uint64_t generation;		   /* of this start */
	char handle[CELL_HANDLE_SIZE];
};

enum sysv_mode { SYSV_NEW, SYSV_INHERIT, SYSV_DISABLE };
enum cell_net { CELL_NET_INHERIT, CELL_NET_OWN };

/* Isolation, in the words of the pot attributes (pot-attributes(7)). */
struct cell_attrs {
	unsigned enforce_statfs;
	unsigned children; /* nested jails or namespaces */
	unsigned devfs_ruleset;
	bool allow_mount, allow_nullfs, allow_tmpfs, allow_zfs;
	bool allow_linprocfs;
	bool mount_fdescfs, mount_procfs;
	bool raw_sockets, mlock;
	enum sysv_mode sysvshm, sysvsem, sysvmsg;
	bool userns;		  /* Linux: own user namespace */
	uint32_t userns_first_id; /* host id of its 0 */
	uint32_t userns_id_count;
	bool is_readonly_root;
};

/* A command in a cell. */
struct cell_command {
	char *const *argv; /* argv[0] is looked up in envp's PATH */
	char *const *envp;
	const char *cwd;  /* in the pot; NULL: "/" */
	const char *user; /* name or uid[:gid], from the pot's own
			   * passwd and group; NULL: root */
	int fds[3];	  /* stdin, stdout, stderr; -1: /dev/null */
	bool tty;	  /* see enter() */
	bool is_detached; /* likewise */
};

/* A file the engine puts into the pot's tree before the gate opens
 * (/etc/hosts, /etc/resolv.conf): replaced below the root (temporary file
 * and rename, never through a link); left out if its directory is missing. */
struct cell_file {
	const char *path;
	const char *text;
	mode_t mode;
};

struct cell_spec {
	const char *hostname;
	const char *osrelease; /* FreeBSD; NULL: the host's */
	const char *root;      /* host directory of the pot's root */
	const struct mount_plan *plan;
	const struct cell_file *files; /* written when the plan is mounted */
	size_t nfiles;
	struct cell_attrs attrs;
	enum cell_net net;
	/* Of the host's network; where the system can (FreeBSD). */
	bool no_ipv4, no_ipv6;
	uint64_t open_files; /* LIMIT_OPEN_FILES; 0: the host's */
	struct cell_command command;
	bool own_init;	    /* no pot-init: command is first */
	bool is_persistent; /* lives on when the command ends */
	int init_fd;	    /* open executable pot-init */
	int status_fd;	    /* pot-init writes the status here */
};

/* The host's ids of a cell's 0 and those that follow; COUNT 0: it has the
 * host's own. */
struct cell_ids {
	uint32_t first, count;
};

enum cell_signal_scope {
	CELL_SIGNAL_MAIN, /* the pot's command */
	CELL_SIGNAL_ALL,  /* every process in it */
	CELL_SIGNAL_STOP, /* every process, and end when all ended */
	CELL_SIGNAL_LAST, /* none; after STOP: no outsider lives any more */
};

/* Names are the host's on FreeBSD: somebody else may have one. */
enum cell_foreign {
	CELL_FOREIGN_NONE,  /* none lives, or one of this installation */
	CELL_FOREIGN_SH,    /* this pot's, started by pot 0.16 */
	CELL_FOREIGN_OTHER, /* nothing of ours: it is not touched */
};

/* Errors do not name the cell: whoever calls says which pot it is. */
struct platform_cell_ops {
	/*
	 * Create REF (whose limits were prepared) and hold it at the gate.
	 * Fills ref->handle and *gate, a descriptor to give to release();
	 * closing it instead ends the cell.  If it fails nothing is left.
	 */
	int (*create)(struct cell_ref *ref, const struct cell_spec *spec,
	    int *gate, struct err *e);
	/* Open the gate and wait until the command is being executed; its
	 * failure to execute is ERR_NO_COMMAND or ERR_NOT_EXECUTABLE, and only
	 * a persistent cell with pot-init lives on then.  Closes GATE. */
	int (*release)(const struct cell_ref *ref, int gate, struct err *e);
	/* Does this very cell live? */
	bool (*is_alive)(const struct cell_ref *ref);
	/* Who else has a cell of REF's name?  ROOT is the host directory of
	 * the pot's root.  For CELL_FOREIGN_SH it fills the handle, by which
	 * the cell can be entered, killed and purged.  NULL on Linux. */
	int (*find_foreign)(struct cell_ref *ref, const char *root,
	    enum cell_foreign *out, struct err *e);
	int (*signal)(const struct cell_ref *ref, enum cell_signal_scope scope,
	    int signo, struct err *e);
	/* Only processes that match: one pid (the pot's numbering) or, with
	 * PID 0, those whose name matches PATTERN (ERE).  With IS_DRY nothing
	 * is sent.  The pids go to OUT. */
	int (*signal_some)(const struct cell_ref *ref, pid_t pid,
	    const char *pattern, int signo, bool is_dry, struct strv *out,
	    struct err *e);
	/* Kill everything; returns when it is dead.  Accepts a dead one. */
	int (*kill)(const struct cell_ref *ref, struct err *e);
	/* Pollable descriptor, readable when the cell is dead.  ERR_STATE if
	 * it is already. */
	int (*wait_open)(const struct cell_ref *ref, int *fdp, struct err *e);
	/*
	 * A process of the cell that came by enter(), so that the first one
	 * is not told of its end, if there is any: 1 and a pollable
	 * descriptor, readable when it has ended; 0: none, -1.  NULL where
	 * there is no such thing.
	 */
	int (*outsider_open)(
	    const struct cell_ref *ref, int *fdp, struct err *e);
	/* Exit status of the first process of a dead cell, where the kernel
	 * still knows it (own-init, pot-init killed): 128+n for signals.
	 * WAITFD is from wait_open() and was opened while the cell lived, or
	 * is -1; many kernels forget without it (ERR_UNSUPPORTED). */
	int (*exit_status)(
	    const struct cell_ref *ref, int waitfd, int *status, struct err *e);
	/*
	 * Run a command in a living cell, as a child of the caller with the
	 * cell's limits; *pid is to be waited for.  With command->tty a
	 * terminal of the pot is its stdio, and *tty its other end.  One that
	 * is detached is a child of the pot's first process, which reaps it,
	 * and *pid is 0.  spec->init_fd is needed here, too.
	 */
	int (*enter)(const struct cell_ref *ref, const struct cell_spec *spec,
	    const struct cell_command *command, pid_t *pid, int *tty,
	    struct err *e);
	/* As mount view(), on the tree of a living cell.  FN has the rights
	 * of its caller and sees ids as the host does; what it makes belongs
	 * to the cell's root. */
	int (*view)(const struct cell_ref *ref, mount_view_fn *fn, void *arg,
	    struct err *e);
	/* The ids of a living cell.  NULL: cells have the host's. */
	int (*ids)(
	    const struct cell_ref *ref, struct cell_ids *out, struct err *e);
	/* Mount or unmount one entry in a living cell. */
	int (*mount)(const struct cell_ref *ref, const char *root,
	    const struct mount_entry *m, struct err *e);
	int (*unmount)(const struct cell_ref *ref, const char *root,
	    const char *target, struct err *e);
	int (*freeze)(const struct cell_ref *ref, bool on, struct err *e);
	/* What else carries its name: shared memory, leftovers of a crash.
	 * After the cell is dead. */
	int (*purge)(
	    const struct cell_ref *ref, const char *root, struct err *e);
	/* Processes in the cell, host pids. */
	int (*processes)(const struct cell_ref *ref, pid_t *pids, size_t max,
	    size_t *n, struct err *e);
	/* Make ATTRS of this platform: for each that has no meaning here call
	 * SAY once with its name and why. */
	void (*explain_attrs)(const struct cell_attrs *a,
	    void (*say)(void *arg, const char *attr, const char *why),
	    void *arg);
};

#endif
