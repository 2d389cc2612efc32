/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What drivers see of a storage, and what they have to provide.
 *
 * storage.c has checked every name before a driver is called: a volume is
 * parsed, snapshot names are single components.  The caller of storage
 * holds the locks of the pots, bases and components it names; nothing here
 * waits for them.  An operation that makes or removes anything holds the
 * store's lock shared, so that the sweep, which holds it alone, never takes
 * work in progress for what a crash left.
 *
 * What a driver promises, at every function: killed between any two system
 * calls, or without power, it leaves the old or the new state (but for some
 * snapshots of a destroy or revert that has begun), what else is left is
 * found by the sweep, and the same call once more completes it.  A volume
 * that is destroyed is missing at once; those that stand on it go on.
 * tests/contract/storage*.c kill each driver at each call.
 */
#ifndef POT_STORAGE_IMPL_H
#define POT_STORAGE_IMPL_H

#include "base/lock.h"
#include "storage/storage.h"
#include "storage/volume.h"

struct storage_driver {
	const char *name;
	/* NULL: works wherever there are directories. */
	int (*probe)(const struct storage_options *o, struct err *e);
	int (*create)(struct storage *s, const struct volume *v, struct err *e);
	int (*clone)(struct storage *s, const struct volume *from,
	    const char *snap, const struct volume *v, struct err *e);
	int (*destroy)(
	    struct storage *s, const struct volume *v, struct err *e);
	int (*rename)(struct storage *s, const struct volume *from,
	    const struct volume *to, struct err *e);
	bool (*exists)(struct storage *s, const struct volume *v);
	int (*snapshot)(struct storage *s, const struct volume *v,
	    const char *snap, bool is_running, struct err *e);
	/* In any order; storage.c sorts them. */
	int (*snapshots)(struct storage *s, const struct volume *v,
	    struct strv *out, struct err *e);
	int (*snapshot_destroy)(struct storage *s, const struct volume *v,
	    const char *snap, struct err *e);
	/* Content back to SNAP; storage.c destroys the newer ones then. */
	int (*revert)(struct storage *s, const struct volume *v,
	    const char *snap, struct err *e);
	int (*mount)(struct storage *s, const struct volume *v,
	    const char *target, bool is_readonly, struct mount_plan *plan,
	    struct err *e);
	/* NULL: there is no way to mount one. */
	int (*mount_snapshot)(struct storage *s, const struct volume *v,
	    const char *snap, const char *target, struct mount_plan *plan,
	    struct err *e);
	int (*usage)(struct storage *s, const struct volume *v, uint64_t *bytes,
	    struct err *e);
	/* All in PATH ("": all there is) into S->glance; NULL: asking is cheap.
	 */
	int (*glance)(struct storage *s, const char *path, struct err *e);
	int (*dependents)(struct storage *s, const struct volume *v,
	    struct strv *out, struct err *e);
	int (*sweep)(
	    struct storage *s, bool is_dry, unsigned *count, struct err *e);
	/*
	 * For a driver that mounts volumes in the pots' directories; NULL
	 * where those are plain directories.  V is a pot (VOLUME of its
	 * whole directory): all its volumes get another name at once; is
	 * something mounted below that is not the driver's?
	 */
	int (*rename_pot)(struct storage *s, const struct volume *v,
	    const struct volume *to, struct err *e);
	int (*check_pot)(
	    struct storage *s, const struct volume *v, struct err *e);
	/* Make V's directory; remove it with all its volumes, if it is the
	 * driver's. */
	int (*create_pot)(
	    struct storage *s, const struct volume *v, struct err *e);
	int (*destroy_pot)(
	    struct storage *s, const struct volume *v, struct err *e);
	/* All volumes of the pot V at once. */
	int (*snapshot_pot)(struct storage *s, const struct volume *v,
	    const char *snap, struct err *e);
	int (*snapshot_destroy_pot)(struct storage *s, const struct volume *v,
	    const char *snap, struct err *e);
	int (*revert_pot)(struct storage *s, const struct volume *v,
	    const char *snap, struct err *e);
	/* The directory DIR of bases/ becomes the base V. */
	int (*adopt)(struct storage *s, const char *dir, const struct volume *v,
	    struct err *e);
	/* Is V, which exists, a directory of its base and no volume of its
	 * own?  Then the base's snapshots have it.  NULL: never. */
	bool (*is_plain_part)(struct storage *s, const struct volume *v);
	/* All six, or none: see storage.h.  send holds no lock: an export
	 * takes its time. */
	int (*send_pot)(struct storage *s, const struct volume *v,
	    const char *snap, bool is_whole, int fd, struct err *e);
	int (*receive_pot)(
	    struct storage *s, const struct volume *v, int fd, struct err *e);
	int (*resnap_pot)(
	    struct storage *s, const struct volume *v, struct err *e);
	int (*origin)(struct storage *s, const struct volume *v, char **origin,
	    struct err *e);
	int (*set_note)(struct storage *s, const struct volume *v,
	    const char *key, const char *value, struct err *e);
	int (*get_note)(struct storage *s, const struct volume *v,
	    const char *key, char **value, struct err *e);
	/* NULL: directories are always there. */
	int (*attach)(
	    struct storage *s, const char *path, bool *is_new, struct err *e);
	/* What lies above all volumes; NULL: the caller's directories. */
	int (*init)(struct storage *s, const char *cache, struct err *e);
	int (*fini)(struct storage *s, struct err *e);
	/* Removals hold the store's lock alone, whatever they remove. */
	bool removes_alone;
};

struct storage {
	const struct storage_driver *driver;
	const struct platform *platform;
	char *fs_root; /* absolute, no slash at its end */
	char *zfs_root;
	char *zfs_program;
	int rootfd;   /* fs_root */
	int layersfd; /* fs_root/layers; -1 until it is needed */
	bool is_synced;
	bool has_one_log; /* see storage_barrier() */
	bool is_log_known;
	bool is_sync_left; /* see storage_leave_sync() */
	/* See storage_glance(): the volumes in PATH ("jails/P/m"), what they
	 * are charged for, and their snapshots ("jails/P/m@SNAP", of which
	 * USED means nothing). */
	struct {
		char *path; /* or NULL */
		struct strv names, used;
	} glance;
};

/* What storage_glance() has seen, V among it. */
bool glance_has(const struct storage *s, const struct volume *v);
int glance_snapshots(const struct storage *s, const struct volume *v,
    struct strv *out, struct err *e) MUST_CHECK;
int glance_usage(const struct storage *s, const struct volume *v,
    uint64_t *bytes, struct err *e) MUST_CHECK;
void glance_fini(struct storage *s);

/* The driver of that name, or NULL; the I-th one, NULL after the last. */
const struct storage_driver *storage_driver_find(const char *name);
const struct storage_driver *storage_driver_at(unsigned i);

extern const struct storage_driver storage_dir;
extern const struct storage_driver storage_overlay;
extern const struct storage_driver storage_zfs;

/* The store's lock; WHO names the operation to those who wait. */
int storage_lock(struct storage *s, enum lock_mode mode, const char *who,
    struct lock *l, struct err *e) MUST_CHECK;

/*
 * What was changed in the directories FDS gets to the disk before what is
 * changed later.  Where all metadata goes through one log (ext4, XFS) it
 * does anyway, and this does nothing.
 */
int storage_barrier(struct storage *s, const int *fds, size_t n, struct err *e)
    MUST_CHECK;
/* The operation's last change, in the directory FD, is on the disk, and on
 * file systems with one log all that it did before; or the caller of storage
 * does that himself. */
int storage_sync(struct storage *s, int fd, struct err *e) MUST_CHECK;

/* Open the directory PATH below DIRFD.  No link on the way is followed:
 * some of it may be what a pot wrote. */
int storage_open_dir(int dirfd, const char *path, int *fdp, struct err *e)
    MUST_CHECK;

/* Remove what a failed operation made; that failure is what is reported. */
void storage_undo_tree(int dirfd, const char *name);

/* tree_remove() of what most likely is empty. */
int storage_remove_dir(int dirfd, const char *name, struct err *e) MUST_CHECK;

/* ERR_BUSY with the mount's name if something is mounted at or below
 * fs_root/PATH/NAME. */
int storage_check_mounts(struct storage *s, const char *path, const char *name,
    struct err *e) MUST_CHECK;

#endif
