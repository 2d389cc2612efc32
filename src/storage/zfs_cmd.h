/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zfs(8) for the storage driver: one program per call, never a shell, and
 * its answers as tables (-H: a line per row, tabs between columns).
 *
 * Datasets have the names of the sh version: ZROOT/jails/P/m is the volume
 * jails/P/m.  What is ours alone, in a snapshot's or a dataset's last
 * component, begins with ZFS_HIDDEN, which no name of a user does.
 */
#ifndef POT_STORAGE_ZFS_CMD_H
#define POT_STORAGE_ZFS_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "storage/storage_impl.h"

#define ZFS_HIDDEN    "pot:"
#define ZFS_NAME_SIZE 256 /* ZFS_MAX_DATASET_NAME_LEN, with the NUL */

/* The program's name comes first, NULL last. */
int zfs_exec(struct storage *s, const char *const *argv, struct buf *out,
    struct err *e) MUST_CHECK;
#define zfs_run(s, e, ...) \
	zfs_exec(s, (const char *const[]){ "zfs", __VA_ARGS__, NULL }, NULL, e)

/* Once, with IN and OUT (-1: none) in the places of stdin and stdout. */
int zfs_stream(struct storage *s, const char *const *argv, int in, int out,
    struct err *e) MUST_CHECK;
/* SOURCE into SINK. */
int zfs_pipe(struct storage *s, const char *const *source,
    const char *const *sink, struct err *e) MUST_CHECK;

/* One that is as it should be is fine. */
int zfs_mount(struct storage *s, const char *dataset, struct err *e) MUST_CHECK;
/* With all below. */
int zfs_unmount_tree(struct storage *s, const char *dataset, struct err *e)
    MUST_CHECK;
/* DATASET with all below gets the name NAME; mounted as it was. */
int zfs_move(struct storage *s, const char *dataset, const char *name,
    struct err *e) MUST_CHECK;

/* Rows of COLUMNS cells, which are the table's. */
struct zfs_table {
	struct buf text;
	char **cells;
	size_t n, columns;
};

#define ZFS_TABLE_INIT                            \
	{                                         \
		.text = BUF_INIT((size_t)1 << 24) \
	}

int zfs_ask(struct storage *s, const char *const *argv, size_t columns,
    struct zfs_table *t, struct err *e) MUST_CHECK;
#define zfs_list(s, t, columns, e, ...)                                        \
	zfs_ask(s, (const char *const[]){ "zfs", __VA_ARGS__, NULL }, columns, \
	    t, e)
const char *zfs_cell(const struct zfs_table *t, size_t row, size_t column);
void zfs_table_fini(struct zfs_table *t);
#define auto_zfs_table __attribute__((cleanup(zfs_table_fini), unused))

/* The dataset of V; ERR_INVALID if ZFS can't have that name. */
int zfs_name(struct storage *s, const struct volume *v, char out[ZFS_NAME_SIZE],
    struct err *e) MUST_CHECK;
/* DATASET@SNAP. */
int zfs_snap_name(const char *dataset, const char *snap,
    char out[ZFS_NAME_SIZE], struct err *e) MUST_CHECK;
/* A name of ours that nothing has. */
void zfs_hidden_name(char out[32]);
/* Is NAME (of a snapshot, or of a dataset's last component) ours alone? */
bool zfs_is_hidden(const char *name);
/* What follows the "@" of a snapshot's full name, or NULL. */
const char *zfs_snap_of(const char *name);
/* Is DATASET (or a snapshot of it) TOP or below it? */
bool zfs_is_within(const char *dataset, const char *top);

#endif
