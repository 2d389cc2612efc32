/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storage: volumes below POT_FS_ROOT, through a driver (dir, overlay; zfs).
 *
 * A volume is a tree with a path of its own relative to POT_FS_ROOT:
 *	bases/B, bases/B/usr.local, bases/B/custom
 *	jails/P/m (single), jails/P/usr.local, jails/P/custom (multi)
 *	fscomp/F
 * The set of a pot's volumes is snapshotted and reverted together.
 * Snapshots have the epoch second as name; a second one within the same
 * second gets the next free number.
 *
 * Volumes of bases and fscomp are plain directories with every driver of
 * directories, so that people can look at them; pots' volumes are the
 * driver's affair and are reached by storage_mount().
 *
 * To add a driver: a file with a struct storage_driver, its name in
 * drivers.c, and it has to pass tests/contract/storage.
 */
#ifndef POT_STORAGE_H
#define POT_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"
#include "platform/platform.h"

struct storage;

struct storage_options {
	const char *driver;	 /* "overlay", "dir", "zfs" */
	const char *fs_root;	 /* absolute, exists */
	const char *zfs_root;	 /* parent dataset; drivers without: ignored */
	const char *zfs_program; /* NULL: "zfs" */
	const struct platform *platform;
	/* Nothing is synced: for those who make thousands of volumes that
	 * nobody wants to keep, as the tests do.  What a power cut leaves
	 * then is still the old or the new state, or garbage. */
	bool no_sync;
};

int storage_open(const struct storage_options *o, struct storage **out,
    struct err *e) MUST_CHECK;
void storage_close(struct storage *s);
/* Names of all drivers. */
void storage_drivers(struct strv *out);
/* Can the driver work at that root on this host?  Says why not. */
int storage_probe(const struct storage_options *o, struct err *e) MUST_CHECK;

/*
 * What lies above all volumes, where it is the driver's: datasets, the cache
 * (a directory, or NULL) among them.  What is there stays as it is.
 * fini removes it all, with every pot.
 */
int storage_init(struct storage *s, const char *cache, struct err *e)
    MUST_CHECK;
int storage_fini(struct storage *s, struct err *e) MUST_CHECK;

/*
 * What belongs into the directory PATH ("jails", "bases", "fscomp",
 * "jails/P") is there: mounted where it was not.  ERR_NOT_FOUND: there is
 * none, or no pool; ERR_STATE: it can't be, a key that is not loaded, say.
 * *IS_NEW: who has opened it before has to do so again.
 */
int storage_attach(struct storage *s, const char *path, bool *is_new,
    struct err *e) MUST_CHECK;

/*
 * The directory of the pot "jails/P".  Destroying it removes the pot's
 * volumes, too, if it is more than a directory: ask for those that are left,
 * then remove what is left of the directory.
 */
int storage_create_pot(struct storage *s, const char *pot, struct err *e)
    MUST_CHECK;
int storage_destroy_pot(struct storage *s, const char *pot, struct err *e)
    MUST_CHECK;
/* The directory DIR of bases/ becomes the base "bases/B". */
int storage_adopt_base(struct storage *s, const char *dir, const char *base,
    struct err *e) MUST_CHECK;

/*
 * A base as a whole: the volumes of which a snapshot has to be taken to go
 * back to it.  PARTS are names of parts there may be ("custom"); drivers of
 * directories have them in the base's own snapshot.
 */
void storage_base_volumes(struct storage *s, const char *base,
    const struct strv *parts, struct strv *out);
/* BASE, which is as it was at SNAP, is about to change: what stands on it
 * keeps what it has. */
int storage_detach_base(struct storage *s, const char *base, const char *snap,
    struct err *e) MUST_CHECK;
/* All that was written is on the disk. */
void storage_sync_all(struct storage *s);

/*
 * The caller will sync the directory FD at the end of his operation.  True
 * if that brings to the disk what is done here until then, since all
 * metadata of the file system goes through one log; functions here leave it
 * to him from now on.  With -1, and where it does not: each syncs its own.
 */
bool storage_leave_sync(struct storage *s, int fd);

/* An empty volume.  Parents exist. */
int storage_create(struct storage *s, const char *volume, struct err *e)
    MUST_CHECK;
/*
 * VOLUME as a copy of FROM, at its snapshot SNAP (NULL: as it is now, FROM
 * is not in use for writing).  Constant time with overlay and zfs.  FROM
 * may be destroyed afterwards or not at all: the driver knows.
 */
int storage_clone(struct storage *s, const char *from, const char *snap,
    const char *volume, struct err *e) MUST_CHECK;
/* Remove with all snapshots; accepts a missing one and half-made ones;
 * never crosses a mount.  Others that stand on it keep working. */
int storage_destroy(struct storage *s, const char *volume, struct err *e)
    MUST_CHECK;
int storage_rename(struct storage *s, const char *from, const char *to,
    struct err *e) MUST_CHECK;
bool storage_exists(struct storage *s, const char *volume);
/* ERR_BUSY, with its name, if something that is not the storage's is
 * mounted in the directory of the pot "jails/P". */
int storage_check_pot(struct storage *s, const char *pot, struct err *e)
    MUST_CHECK;

/* Freeze the content under the name SNAP.  The volume is not in use, or
 * IS_RUNNING says that a copy must be made (consistency: a crash's). */
int storage_snapshot(struct storage *s, const char *volume, const char *snap,
    bool is_running, struct err *e) MUST_CHECK;
/* Names, oldest first. */
int storage_snapshots(struct storage *s, const char *volume, struct strv *out,
    struct err *e) MUST_CHECK;
int storage_snapshot_destroy(struct storage *s, const char *volume,
    const char *snap, struct err *e) MUST_CHECK;
/* What storage_snapshots() and storage_usage() will say of all volumes in
 * PATH ("jails"; "": all) is as it is now.  For who asks about many of them:
 * where asking is dear it is done at once.  It holds until something is
 * changed by S. */
int storage_glance(struct storage *s, const char *path, struct err *e)
    MUST_CHECK;
/* Back to SNAP (NULL: the newest; ERR_NOT_FOUND if there is none); newer
 * ones are destroyed. */
int storage_revert(struct storage *s, const char *volume, const char *snap,
    struct err *e) MUST_CHECK;

/*
 * The same for all VOLUMES of the pot "jails/P": at once where the driver
 * can, and with the pot's own directory if that is a volume as well.  One
 * that lacks the snapshot is no error when it is destroyed.
 */
int storage_snapshot_pot(struct storage *s, const char *pot,
    const struct strv *volumes, const char *snap, bool is_running,
    struct err *e) MUST_CHECK;
int storage_snapshot_destroy_pot(struct storage *s, const char *pot,
    const struct strv *volumes, const char *snap, struct err *e) MUST_CHECK;
int storage_revert_pot(struct storage *s, const char *pot,
    const struct strv *volumes, const char *snap, struct err *e) MUST_CHECK;

/* A snapshot of a pot has all of its directory, conf/ with it. */
bool storage_keeps_conf(const struct storage *s);

/*
 * Pots as streams of the file system's own, which classic images are made
 * of; ERR_UNSUPPORTED with drivers that have none.
 *
 * send writes the pot "jails/P" as it was at SNAP (of storage_snapshot_pot())
 * to FD, with its older snapshots.  If it stands on a snapshot of another
 * pot (storage_origin()) that is what it differs in, and who receives it has
 * to have that; IS_WHOLE: all of it, in any case.
 * receive makes the pot of what FD brings: whole, or not at all.  Where it
 * is mounted and who else may see it is never the stream's affair.
 */
bool storage_has_streams(const struct storage *s);
int storage_send_pot(struct storage *s, const char *pot, const char *snap,
    bool is_whole, int fd, struct err *e) MUST_CHECK;
int storage_receive_pot(
    struct storage *s, const char *pot, int fd, struct err *e) MUST_CHECK;
/* What lies beside the volumes of the pot "jails/P" is at each of its snapshots
 * as it is now: whoever reverts it gets nothing that a stream has brought. */
int storage_resnap_pot(struct storage *s, const char *pot, struct err *e)
    MUST_CHECK;
/* What VOLUME was cloned from, "jails/Q/m@SNAP" (the caller frees it); NULL:
 * nothing, or what has no name any more. */
int storage_origin(struct storage *s, const char *volume, char **origin,
    struct err *e) MUST_CHECK;
/* A word KEY about the pot "jails/P" that streams take along (":pot.tag" of
 * the sh version is the key "tag"); "" if there is none. */
int storage_set_note(struct storage *s, const char *pot, const char *key,
    const char *value, struct err *e) MUST_CHECK;
int storage_get_note(struct storage *s, const char *pot, const char *key,
    char **value, struct err *e) MUST_CHECK;

/* Append what mounts VOLUME at TARGET to the plan. */
int storage_mount(struct storage *s, const char *volume, const char *target,
    bool is_readonly, struct mount_plan *plan, struct err *e) MUST_CHECK;
/* The same for a snapshot, read only; it has to outlive the mount. */
int storage_mount_snapshot(struct storage *s, const char *volume,
    const char *snap, const char *target, struct mount_plan *plan,
    struct err *e) MUST_CHECK;
/* Bytes that are the volume's own (what destroy would free at least). */
int storage_usage(struct storage *s, const char *volume, uint64_t *bytes,
    struct err *e) MUST_CHECK;
/* Volumes that stand on VOLUME or its snapshots. */
int storage_dependents(struct storage *s, const char *volume, struct strv *out,
    struct err *e) MUST_CHECK;

/* What crashes left: layers nobody uses, half-made volumes; counts them.
 * With IS_DRY only counts. */
int storage_sweep(
    struct storage *s, bool is_dry, unsigned *count, struct err *e) MUST_CHECK;
/* The same, but nothing while another command changes the store. */
int storage_sweep_idle(struct storage *s, unsigned *count, struct err *e)
    MUST_CHECK;

#endif
