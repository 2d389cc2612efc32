/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only place that knows the kernel, in our words.  A platform is a
 * struct of small tables of functions; linux/ and freebsd/ each define
 * platform_host, fake/ defines platform_fake for tests.  Nothing above
 * this directory says __linux__ or __FreeBSD__ or calls what is not POSIX.
 *
 * An operation that a platform lacks is NULL; callers use the platform_X()
 * wrappers of platform.c, which answer ERR_UNSUPPORTED "OP: not available
 * on NAME".
 *
 * To add one: a member here, its wrapper, linux/, freebsd/, and fake/
 * (which records the call and can fail it), a case in tests/contract.
 */
#ifndef POT_PLATFORM_H
#define POT_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"
#include "platform/cell.h"
#include "platform/limit.h"
#include "platform/mount.h"

/* Who a process is, so that a reused pid is not taken for it. */
struct proc_id {
	pid_t pid;
	uint64_t start; /* platform's unit; 0: unknown */
};

struct platform_proc_ops {
	/* Identity of a living process. */
	int (*identify)(pid_t pid, struct proc_id *out, struct err *e);
	/* Does that very process live (a zombie does not)? */
	bool (*is_alive)(const struct proc_id *id);
	/* Is it about to end?  True from the moment on at which a kill(2) with
	 * SIGKILL has returned, while it may still hold locks. */
	bool (*is_ending)(const struct proc_id *id);
	/* Pollable descriptor, readable when it has ended and has let go of
	 * its files.  ERR_STATE if it has already. */
	int (*wait_open)(const struct proc_id *id, int *fdp, struct err *e);
	/* Text that changes with each boot of the kernel (< 64 bytes). */
	int (*boot_id)(char out[64], struct err *e);
	/* What ps(1) shows: argv is overwritten.  Before threads. */
	int (*set_title)(
	    int argc, char **argv, const char *title, struct err *e);
};

/*
 * A pollable descriptor that becomes readable when FILES change.  It may also
 * do so for another watch of the process, and draining one may drain all:
 * whoever is woken looks at everything it waits for.  The watch may need a
 * signal (Linux: SIGURG) that stays blocked where it is waited for.
 */
struct platform_watch_ops {
	/* Watch a file for growth, and its directory for rename/creation. */
	int (*open)(const char *dir, const char *name, int *fdp, struct err *e);
	/* Swallow what is pending. */
	int (*drain)(int fd, struct err *e);
};

struct host_facts {
	unsigned ncpu;
	uint64_t memory_bytes;
	uint64_t swap_bytes;
	char os[16];	  /* "Linux", "FreeBSD" */
	char release[64]; /* uname -r */
	char machine[32]; /* uname -m */
	char extif[32];	  /* default route's interface, or empty */
};

/* COUNT ids from FIRST on. */
typedef void host_ids_fn(void *arg, uint64_t first, uint64_t count);

typedef int host_mount_fn(const char *point, void *arg, struct err *e);

struct platform_host_ops {
	/* Real path of the running executable. */
	int (*exe_path)(char *out, size_t size, struct err *e);
	int (*facts)(struct host_facts *out, struct err *e);
	/* Clock rate of a CPU; 0: unknown. */
	unsigned (*clock_mhz)(void);
	/* Make the group if it does not exist (groupadd, pw). */
	int (*make_group)(const char *name, struct err *e);
	bool (*has_interface)(const char *name);
	/* Is a file system mounted exactly at or below PATH?  The first such
	 * mount point into AT (may be NULL).  Reads the kernel's table. */
	int (*mounts_below)(const char *path, char *at, size_t size,
	    bool *found, struct err *e);
	/* FN for each mount point, in order; it returns 1 to end, -1 to fail.
	 * NULL where nobody asks. */
	int (*mounts_each)(host_mount_fn *fn, void *arg, struct err *e);
	/* Name of the file system type at an open descriptor ("ext4"). */
	int (*fs_type)(int fd, char out[32], struct err *e);
	/* Share the extents of FROM with the empty file TO, if the file
	 * system can; ERR_UNSUPPORTED otherwise. */
	int (*reflink)(int fromfd, int tofd, struct err *e);
	/* Say which user and group ids belong to somebody.  NULL where a
	 * cell can have none of its own. */
	int (*taken_ids)(host_ids_fn *fn, void *arg, struct err *e);
};

/* The supervisor moves output: FIFO to file in one kernel operation where
 * there is one.  Returns the count, 0 if nothing is there now, -1. */
struct platform_output_ops {
	ssize_t (*move)(
	    int fifo, int file, off_t offset, size_t max, struct err *e);
	/*
	 * After a kill: cut from FILE, beyond KEEP, what move() had made room
	 * for and did not fill.  NULL where a move is atomic.
	 */
	int (*recover)(int file, off_t keep, struct err *e);
	bool is_atomic; /* a kill comes before a move or after it */
};

struct platform {
	const char *name;	      /* "linux", "freebsd", "fake" */
	const char *default_storage;  /* "overlay", "zfs" */
	const char *default_pot_type; /* "single", "multi" */
	const char *default_fs_root;
	const char *default_run_dir;
	const struct platform_cell_ops *cell;
	const struct platform_mount_ops *mount;
	const struct platform_limit_ops *limit;
	const struct platform_proc_ops *proc;
	const struct platform_watch_ops *watch;
	const struct platform_host_ops *host;
	const struct platform_output_ops *output;
};

extern const struct platform platform_host;

/* ERR_UNSUPPORTED "OP: not available on NAME"; returns -1. */
int platform_missing(const struct platform *p, const char *op, struct err *e);

#endif
