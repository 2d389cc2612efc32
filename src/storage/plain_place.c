/* SPDX-License-Identifier: BSD-2-Clause */
/* Places of plain volumes. */
#include "storage/plain_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"

#define MODE_SNAPS ((mode_t)0700)

const char *
place_temp(char out[NAME_MAX + 1], const char *prefix, const char *name)
{
	str_fmt(out, NAME_MAX + 1, "%s%s", prefix, name);
	return out;
}

void
place_close(struct place *p)
{
	if (p->tempfd != p->dirfd)
		cleanup_close(&p->tempfd);
	p->tempfd = -1;
	cleanup_close(&p->dirfd);
}

int
place_open(struct storage *s, const struct volume *v, bool is_made,
    struct place *p, struct err *e)
{
	struct place found = PLACE_INIT;
	int r = 0;

	if (storage_open_dir(s->rootfd, v->dir, &found.dirfd, e) < 0)
		return -1;
	found.name = v->name;
	if (v->kind != VOLUME_BASE_PART)
		found.tempfd = found.dirfd;
	else
		r = is_made ? place_make_snaps(s, v, &found.tempfd, e) :
			      place_open_snaps(s, v, &found.tempfd, e);
	if (r < 0) {
		place_close(&found);
		return -1;
	}
	*p = found;
	return 0;
}

/* A link in a tree's place is a pot's doing (in a part of a base), or of
 * somebody who has to be told: it is not a volume. */
static bool
is_tree(const struct place *p)
{
	struct stat st;

	return fstatat(p->dirfd, p->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

bool
place_has_tree(const struct place *p)
{
	char swap[NAME_MAX + 1];

	if (is_tree(p))
		return true;
	if (p->tempfd < 0)
		return false;
	place_temp(swap, PLAIN_SWAP, p->name);
	/* Whoever loses a race for it finds the tree there. */
	return renameat(p->tempfd, swap, p->dirfd, p->name) == 0 || is_tree(p);
}

int
place_open_tree(struct storage *s, const struct volume *v, bool is_made,
    struct place *p, struct err *e)
{
	struct place found = PLACE_INIT;

	if (place_open(s, v, is_made, &found, e) < 0)
		return -1;
	if (!place_has_tree(&found)) {
		place_close(&found);
		return err_set(e, ERR_NOT_FOUND, "there is no such volume");
	}
	*p = found;
	return 0;
}

int
place_remove_temps(const struct place *p, struct err *e)
{
	static const char *const prefixes[] = { PLAIN_NEW, PLAIN_SWAP,
		PLAIN_GONE };
	char temp[NAME_MAX + 1];
	size_t i;

	for (i = 0; i < COUNT_OF(prefixes) && p->tempfd >= 0; i++)
		if (tree_remove(p->tempfd,
			place_temp(temp, prefixes[i], p->name), e) < 0)
			return -1;
	return 0;
}

int
place_open_snaps(
    struct storage *s, const struct volume *v, int *fdp, struct err *e)
{
	int fd = openat(s->rootfd, v->snaps,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		return err_sys(e, "%s", v->snaps);
	*fdp = fd;
	return 0;
}

int
place_make_snaps(
    struct storage *s, const struct volume *v, int *fdp, struct err *e)
{
	auto_close int fd = -1;
	auto_free char *path = xstrdup(v->snaps);
	char *name = path, *slash;

	for (;; name = slash + 1) {
		auto_close int parent = take_fd(&fd);

		slash = strchr(name, '/');
		if (slash != NULL)
			*slash = '\0';
		if (dir_make_open(parent < 0 ? s->rootfd : parent, name,
			MODE_SNAPS, &fd, e) < 0)
			return -1;
		if (slash == NULL)
			break;
	}
	*fdp = take_fd(&fd);
	return 0;
}

void
place_prune_snaps(struct storage *s, const struct volume *v)
{
	auto_free char *path = xstrdup(v->snaps);
	char *slash;

	/* Up to .snap, whose parent is a directory of other things. */
	while (
	    unlinkat(s->rootfd, path, AT_REMOVEDIR) == 0 || errno == ENOENT) {
		if (str_has_suffix(path, "/.snap") ||
		    (slash = strrchr(path, '/')) == NULL)
			break;
		*slash = '\0';
	}
}
