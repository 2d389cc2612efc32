/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removing and measuring trees.  A removal walks twice: first to see that
 * nothing is mounted anywhere below, then to remove.
 */
#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/tree_links.h"
#include "base/tree_os.h"
#include "base/tree_walk.h"

/* st_blocks counts these, whatever the file system's own blocks are. */
#define BLOCK_SIZE 512

static int
visit_to_check(
    void *arg UNUSED, const struct tree_entry *en UNUSED, struct err *e UNUSED)
{
	return 1;
}

/* Where flags forbid the removal, of the entry or of its directory, they
 * are cleared: the tree goes anyway. */
static int
unlink_anyway(int dirfd, const char *name, int flags)
{
	int rc = unlinkat(dirfd, name, flags), sys = errno;
	bool is_freed;

	if (rc == 0 || sys != EPERM)
		return rc;
	is_freed = tree_os_clear_flags(dirfd, name);
	is_freed = tree_os_clear_flags(dirfd, "") || is_freed;
	errno = sys;
	return is_freed ? unlinkat(dirfd, name, flags) : rc;
}

static int
visit_to_remove(void *arg UNUSED, const struct tree_entry *en, struct err *e)
{
	if (S_ISDIR(en->st.st_mode))
		return 1;
	if (unlink_anyway(en->dirfd, en->name, 0) < 0 && errno != ENOENT)
		return err_sys(e, "%s: remove", en->name);
	return 0;
}

static int
remove_dir(void *arg UNUSED, int dirfd, const char *name, struct err *e)
{
	if (unlink_anyway(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(e, "%s: remove directory", name);
	return 0;
}

/* The directory that holds NAME, which may be a path. */
static int
holder(const char *name, char *dir, size_t size, struct err *e)
{
	const char *slash = strrchr(name, '/');
	size_t len = slash != NULL ? (size_t)(slash - name) : 1;

	if (slash == NULL)
		name = ".";
	else if (slash == name)
		len = 1; /* "/x" */
	if (len >= size)
		return err_set(e, ERR_LIMIT, "path is too long");
	memcpy(dir, name, len);
	dir[len] = '\0';
	return 0;
}

/* The walk takes its top for where it starts: is that a mount itself? */
static int
check_top(int dirfd, const char *name, struct err *e)
{
	char dir[PATH_MAX];
	struct stat st;
	uint64_t here, there;

	if (holder(name, dir, sizeof(dir), e) < 0)
		return -1;
	if (tree_os_stat(dirfd, name, &st, &there) < 0)
		return err_sys(e, "%s: stat", name);
	if (tree_os_stat(dirfd, dir, &st, &here) < 0)
		return err_sys(e, "%s: stat its directory", name);
	if (here == there)
		return 0;
	return err_set(
	    e, ERR_BUSY, "%s: a file system is mounted on %s", name, name);
}

int
tree_remove(int dirfd, const char *name, struct err *e)
{
	static const struct tree_visitor check = {
		.visit = visit_to_check,
		.refuses_mounts = true,
	};
	static const struct tree_visitor remove = {
		.visit = visit_to_remove,
		.after = remove_dir,
		.refuses_mounts = true,
		/* unlink(2) itself says EBUSY of a mount point. */
		.wants_types_only = true,
	};

	if (check_top(dirfd, name, e) == 0 &&
	    tree_walk(dirfd, name, &check, e) == 0 &&
	    tree_walk(dirfd, name, &remove, e) == 0)
		return 0;
	return err_pardon(e, ERR_NOT_FOUND);
}

struct usage {
	struct tree_links seen;
	uint64_t bytes;
};

static int
visit_to_measure(void *arg, const struct tree_entry *en, struct err *e UNUSED)
{
	struct usage *u = arg;
	const struct stat *st = &en->st;

	if (en->is_mount)
		return 0;
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) {
		if (tree_links_find(&u->seen, st->st_dev, st->st_ino) != NULL)
			return 0;
		tree_links_add(&u->seen, st->st_dev, st->st_ino, "");
	}
	u->bytes += (uint64_t)st->st_blocks * BLOCK_SIZE;
	return 1;
}

int
tree_usage(int dirfd, const char *name, uint64_t *bytes, struct err *e)
{
	struct usage u = { .seen = TREE_LINKS_INIT };
	const struct tree_visitor measure = {
		.visit = visit_to_measure,
		.accepts_moves = true,
		.arg = &u,
	};
	int rc = tree_walk(dirfd, name, &measure, e);

	tree_links_fini(&u.seen);
	if (rc == 0)
		*bytes = u.bytes;
	return rc;
}
