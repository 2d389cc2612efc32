/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mount plan: what makes up a pot's file tree, in order.  It is data:
 * storage drivers and the engine fill it, the platform carries it out.
 *
 * On Linux the plan is carried out when the cell is created, inside the
 * pot's own mount namespace, and dies with it: attach and detach are NULL.
 * On FreeBSD attach mounts it below the pot's root directory before the
 * jail exists and detach undoes it, in reverse.
 *
 * Sources are host paths that the guest does not control.  Targets are
 * resolved below the pot's root as base/beneath.h does.
 */
#ifndef POT_PLATFORM_MOUNT_H
#define POT_PLATFORM_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

enum mount_kind {
	MOUNT_BIND,    /* source: directory or file; nullfs, bind */
	MOUNT_OVERLAY, /* lower (top first), upper, work; no upper: ro */
	MOUNT_TMPFS,   /* size_bytes (0: no limit), mode */
	MOUNT_PROC,    /* procfs of the system the pot is of */
	MOUNT_FDESCFS, /* /dev/fd */
	MOUNT_DATASET, /* zfs dataset, remounted at target */
};

struct mount_entry {
	enum mount_kind kind;
	char *source;	     /* BIND, DATASET */
	struct strv lower;   /* OVERLAY: absolute paths, topmost first */
	char *upper, *work;  /* OVERLAY: absolute paths or NULL */
	char *target;	     /* path in the pot, "/" for its root */
	char *options;	     /* further mount options, or NULL */
	uint64_t size_bytes; /* TMPFS */
	mode_t mode;	     /* TMPFS, and of a target that is made */
	bool is_readonly;
	bool make_target; /* make the mount point if it is missing */
	bool keeps_ids;	  /* BIND: its files are the host's, and have their
			   * ids also in a pot that has its own */
};

struct mount_plan {
	struct mount_entry *v;
	size_t n, cap;
};

#define MOUNT_PLAN_INIT   \
	{                 \
		.v = NULL \
	}

void mount_plan_fini(struct mount_plan *p);
#define auto_mount_plan __attribute__((cleanup(mount_plan_fini), unused))

/* Append an entry of that kind at TARGET; the caller fills the rest.  The
 * pointer is valid until the next append. */
struct mount_entry *mount_plan_add(
    struct mount_plan *p, enum mount_kind kind, const char *target);

/*
 * Called with the root of a pot's tree; runs in a child process that sees
 * the whole tree, so it may fill E but change nothing else of its caller.
 * On the tree of a living cell it may see nothing else, so that what it
 * needs of the host is opened before; and no function may be called that
 * opens files by itself (NSS, locales).
 */
typedef int mount_view_fn(int rootfd, void *arg, struct err *e);

struct platform_mount_ops {
	/* Attach at ROOT (host directory) and detach again.  NULL on Linux. */
	int (*attach)(
	    const struct mount_plan *p, const char *root, struct err *e);
	/* Accepts that some or all are not there. */
	int (*detach)(
	    const struct mount_plan *p, const char *root, struct err *e);
	/* Run FN on the plan's tree while the pot is stopped; nothing stays
	 * mounted afterwards, however FN ends.  ROOT as for attach. */
	int (*view)(const struct mount_plan *p, const char *root,
	    mount_view_fn *fn, void *arg, struct err *e);
	/* Can this host do that kind?  The error says why not. */
	int (*probe)(enum mount_kind kind, const char *dir, struct err *e);
	/* Is a single file that is to be mounted copied instead?  NULL: no. */
	bool (*copies_files)(void);
	/* Unmount everything below ROOT that a crash left; counts them. */
	int (*sweep)(const char *root, unsigned *count, struct err *e);
};

#endif
