/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building the mounts of a plan, detached.  Sources are host paths that no
 * guest controls.  All mounts of a pot are nodev (its devices are those of
 * /dev alone) and private: nothing mounted later on the host appears in it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"

/* Options that are the mount's and not the file system's. */
struct attr_row {
	const char *word;
	uint64_t attr;
};

static const struct attr_row attr_rows[] = {
	{ "ro", MOUNT_ATTR_RDONLY },
	{ "rw", 0 },
	{ "nosuid", MOUNT_ATTR_NOSUID },
	{ "suid", 0 },
	{ "noexec", MOUNT_ATTR_NOEXEC },
	{ "exec", 0 },
	{ "nodev", MOUNT_ATTR_NODEV },
	{ "noatime", MOUNT_ATTR_NOATIME },
	{ "strictatime", MOUNT_ATTR_STRICTATIME },
	{ "relatime", 0 },
	{ "nodiratime", MOUNT_ATTR_NODIRATIME },
	{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW },
};

/* Split M's options into mount attributes and what is left for the file
 * system. */
static uint64_t
options_split(const struct mount_entry *m, struct strv *rest)
{
	uint64_t attr = MOUNT_ATTR_NODEV;
	const char *p = m->options;

	if (m->is_readonly)
		attr |= MOUNT_ATTR_RDONLY;
	while (p != NULL && *p != '\0') {
		size_t len = strcspn(p, ","), i;

		for (i = 0; i < COUNT_OF(attr_rows); i++) {
			if (strlen(attr_rows[i].word) == len &&
			    memcmp(attr_rows[i].word, p, len) == 0)
				break;
		}
		if (i < COUNT_OF(attr_rows))
			attr |= attr_rows[i].attr;
		else if (len > 0)
			strv_add_take(rest, xstrndup(p, len));
		p += len + (p[len] == ',');
	}
	return attr;
}

int
fs_set_words(
    int fsfd, const char *what, const struct strv *words, struct err *e)
{
	for (size_t i = 0; i < words->n; i++) {
		auto_free char *word = xstrdup(words->v[i]);
		char *value = strchr(word, '=');

		if (value != NULL)
			*value++ = '\0';
		if (fs_set(fsfd, what, word, value, e) < 0)
			return -1;
	}
	return 0;
}

int
bind_build(int dirfd, const char *source, unsigned flags, uint64_t attr,
    const struct idmap *map, int *fdp, struct err *e)
{
	struct mount_attr ma = { .attr_set = attr, .propagation = MS_PRIVATE };
	auto_close int fd = open_tree(
	    dirfd, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);

	if (fd < 0)
		return err_sys(e, "%s", source);
	if ((attr & (MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME)) != 0)
		ma.attr_clr = MOUNT_ATTR__ATIME;
	if (map != NULL) {
		ma.attr_set |= MOUNT_ATTR_IDMAP;
		ma.userns_fd = (unsigned)map->userns;
	}
	if (mount_setattr(fd, "", AT_EMPTY_PATH | flags, &ma, sizeof(ma)) < 0) {
		if (map != NULL && (errno == EINVAL || errno == EPERM))
			return err_set(e, ERR_UNSUPPORTED,
			    "%s: its file system cannot map ids, which a pot "
			    "with its own user namespace needs",
			    source);
		return err_sys(e, "%s: mount attributes", source);
	}
	*fdp = take_fd(&fd);
	return 0;
}

static int
build_bind(const struct mount_entry *m, const struct idmap *map, int *fdp,
    struct err *e)
{
	auto_strv struct strv rest = STRV_INIT;
	uint64_t attr = options_split(m, &rest);

	if (rest.n > 0)
		return err_set(e, ERR_INVALID, "%s: mount option '%s': unknown",
		    m->target, rest.v[0]);
	return bind_build(AT_FDCWD, m->source,
	    str_eq(m->target, "/") ? 0 : AT_RECURSIVE, attr,
	    m->keeps_ids ? NULL : map, fdp, e);
}

static int
build_overlay(const struct mount_entry *m, const struct idmap *map, int *fdp,
    struct err *e)
{
	auto_strv struct strv rest = STRV_INIT;
	uint64_t attr = options_split(m, &rest);

	return overlay_build(m, &rest, attr, map, fdp, e);
}

static int
build_dataset(const struct mount_entry *m, const struct idmap *map UNUSED,
    int *fdp UNUSED, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
	    "%s: dataset %s: pots on Linux mount none yet", m->target,
	    m->source);
}

/* tmpfs belongs to the user namespace that makes it. */
static int
inside_tmpfs(
    const struct mount_entry *m, int rootfd UNUSED, int *fdp, struct err *e)
{
	auto_strv struct strv rest = STRV_INIT;
	uint64_t attr = options_split(m, &rest);
	auto_close int fsfd = -1;
	char text[32];

	if (fs_open("tmpfs", &fsfd, e) < 0)
		return -1;
	str_fmt(text, sizeof(text), "%o", (unsigned)m->mode & 07777);
	if (fs_set(fsfd, m->target, "mode", text, e) < 0)
		return -1;
	str_fmt(text, sizeof(text), "%llu", (unsigned long long)m->size_bytes);
	if (m->size_bytes != 0 && fs_set(fsfd, m->target, "size", text, e) < 0)
		return -1;
	if (fs_set_words(fsfd, m->target, &rest, e) < 0)
		return -1;
	return fs_mount(fsfd, m->target, attr, fdp, e);
}

/*
 * A second view of the /proc the pot has already, so that what is masked
 * there is masked here.
 */
static int
inside_proc(const struct mount_entry *m, int rootfd, int *fdp, struct err *e)
{
	auto_close int proc = sys_openat2(rootfd, "proc", O_PATH | O_CLOEXEC,
	    RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	int fd;

	if (proc < 0)
		return err_sys(e, "%s: /proc", m->target);
	fd = open_tree(proc, "",
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
	if (fd < 0)
		return err_sys(e, "%s: open_tree", m->target);
	*fdp = fd;
	return 0;
}

/* What the host builds, and what is made inside because it belongs to the
 * pot's own namespaces.  Neither: the pot has it anyway. */
struct kind_row {
	int (*build)(const struct mount_entry *m, const struct idmap *map,
	    int *fdp, struct err *e);
	int (*inside)(
	    const struct mount_entry *m, int rootfd, int *fdp, struct err *e);
};

static const struct kind_row kind_rows[] = {
	[MOUNT_BIND] = { .build = build_bind },
	[MOUNT_OVERLAY] = { .build = build_overlay },
	[MOUNT_TMPFS] = { .inside = inside_tmpfs },
	[MOUNT_PROC] = { .inside = inside_proc },
	[MOUNT_FDESCFS] = { .build = NULL },
	[MOUNT_DATASET] = { .build = build_dataset },
};

void
tree_fini(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		cleanup_close(&t->part[i]);
	free(t->part);
	t->part = NULL;
	t->n = 0;
	cleanup_close(&t->rootfd);
}

int
tree_build_part(const struct mount_entry *m, const struct idmap *map, int *fdp,
    struct err *e)
{
	const struct kind_row *k = &kind_rows[m->kind];

	*fdp = -1;
	return k->build == NULL ? 0 : k->build(m, map, fdp, e);
}

/* The first one at "/" is the root. */
static bool
is_root(const struct mount_plan *p, size_t i)
{
	if (!str_eq(p->v[i].target, "/"))
		return false;
	while (i-- > 0) {
		if (str_eq(p->v[i].target, "/"))
			return false;
	}
	return true;
}

bool
tree_has_part(const struct mount_plan *p, size_t i)
{
	return kind_rows[p->v[i].kind].build != NULL && !is_root(p, i);
}

int
tree_build(const struct mount_plan *p, const char *root,
    const struct idmap *map, struct tree *out, struct err *e)
{
	auto_tree struct tree t = TREE_INIT;

	t.part = xcalloc(p->n, sizeof(*t.part));
	for (; t.n < p->n; t.n++) {
		int *fdp = &t.part[t.n];

		*fdp = -1;
		if (is_root(p, t.n))
			fdp = &t.rootfd;
		if (tree_build_part(&p->v[t.n], map, fdp, e) < 0)
			return -1;
	}
	if (t.rootfd < 0 &&
	    bind_build(AT_FDCWD, root, 0, MOUNT_ATTR_NODEV, map, &t.rootfd, e) <
		0)
		return -1;
	*out = t;
	t = (struct tree)TREE_INIT;
	return 0;
}

int
tree_attach_part(const struct mount_entry *m, int part, int rootfd,
    bool has_proc, struct err *e)
{
	const struct kind_row *k = &kind_rows[m->kind];
	auto_close int own = -1;

	if (part < 0 && k->inside == NULL)
		return 0;
	if (m->kind == MOUNT_PROC && (!has_proc || str_eq(m->target, "/proc")))
		return 0;
	if (part < 0 && k->inside(m, rootfd, &own, e) < 0)
		return -1;
	return attach_at(part >= 0 ? part : own, rootfd, m->target,
	    m->make_target, m->mode, e);
}

int
tree_attach(const struct mount_plan *p, const struct tree *t, bool has_proc,
    struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!is_root(p, i) &&
		    tree_attach_part(
			&p->v[i], t->part[i], t->rootfd, has_proc, e) < 0)
			return -1;
	}
	return 0;
}
