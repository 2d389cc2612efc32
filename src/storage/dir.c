/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver that works on any file system: every volume is a plain
 * directory, every clone and snapshot a copy.
 */
#include "storage/plain.h"

static int
dir_dependents(
    struct storage *s, const struct volume *v, struct strv *out, struct err *e)
{
	(void)s;
	(void)v;
	(void)out;
	(void)e;
	return 0; /* copies stand on nothing */
}

const struct storage_driver storage_dir = {
	.name = "dir",
	.create = plain_create,
	.clone = plain_clone,
	.destroy = plain_destroy,
	.rename = plain_rename,
	.exists = plain_exists,
	.snapshot = plain_snapshot,
	.snapshots = plain_snapshots,
	.snapshot_destroy = plain_snapshot_destroy,
	.revert = plain_revert,
	.mount = plain_mount,
	.mount_snapshot = plain_mount_snapshot,
	.usage = plain_usage,
	.dependents = dir_dependents,
	.sweep = plain_sweep,
};
