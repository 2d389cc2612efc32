/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot's file tree on its way: the mounts of a plan, built detached in the
 * host's namespaces, then attached in those of the pot.  A detached mount
 * is a descriptor; it is gone when the last copy of that is closed.
 *
 * Nothing here gives the kernel a path on the pot's side that has more than
 * one component: targets are opened below the root and mounted on by
 * descriptor.
 */
#ifndef POT_LINUX_TREE_H
#define POT_LINUX_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/mount.h"

/* Ids on disk to ids of the host: those of a pot's user namespace. */
struct idmap {
	int userns;
	uid_t first; /* its 0 */
	uid_t count;
};

#define IDMAP_INIT           \
	{                    \
		.userns = -1 \
	}

void idmap_fini(struct idmap *map);
#define auto_idmap __attribute__((cleanup(idmap_fini)))

struct tree {
	int rootfd;
	int *part; /* one for each entry of the plan; -1: made inside, or the
		    * root, or nothing */
	size_t n;
};

#define TREE_INIT            \
	{                    \
		.rootfd = -1 \
	}

void tree_fini(struct tree *t);
#define auto_tree __attribute__((cleanup(tree_fini), unused))

/* Build what the host has to build.  MAP maps the ids of files, or NULL. */
int tree_build(const struct mount_plan *p, const char *root,
    const struct idmap *map, struct tree *out, struct err *e) MUST_CHECK;
/* Is entry I built by the host, and not the root? */
bool tree_has_part(const struct mount_plan *p, size_t i);
/* Hand a tree over a socket. */
void tree_send(int sock, const struct tree *t);
int tree_recv(int sock, const struct mount_plan *p, struct tree *t,
    struct err *e) MUST_CHECK;
/* Build one entry; *fdp is -1 if it is made inside. */
int tree_build_part(const struct mount_entry *m, const struct idmap *map,
    int *fdp, struct err *e) MUST_CHECK;

/*
 * In a mount namespace of the pot's own, still with the host's root: cut it
 * off from the host, mount the root over "/".  tree_attach() mounts the
 * rest below it, tree_enter() makes it the root and forgets the host.
 */
int tree_attach_root(const struct tree *t, struct err *e) MUST_CHECK;
/* HAS_PROC: the pot's /proc is there; otherwise copies of it are left out. */
int tree_attach(const struct mount_plan *p, const struct tree *t, bool has_proc,
    struct err *e) MUST_CHECK;
int tree_attach_part(const struct mount_entry *m, int part, int rootfd,
    bool has_proc, struct err *e) MUST_CHECK;
int tree_enter(int rootfd, struct err *e) MUST_CHECK;

/* Attach the detached mount MNTFD at TARGET below ROOTFD, which is made if
 * it is missing and MAKE says so, as directory or empty file like the mount. */
int attach_at(int mntfd, int rootfd, const char *target, bool make, mode_t mode,
    struct err *e) MUST_CHECK;

/* A detached private copy of the mount at SOURCE; FLAGS may be AT_RECURSIVE
 * (with all below it) and AT_EMPTY_PATH. */
int bind_build(int dirfd, const char *source, unsigned flags, uint64_t attr,
    const struct idmap *map, int *fdp, struct err *e) MUST_CHECK;
/* M's layers as a detached overlay; WORDS are further options. */
int overlay_build(const struct mount_entry *m, const struct strv *words,
    uint64_t attr, const struct idmap *map, int *fdp, struct err *e) MUST_CHECK;

/* The parts of that: in this process, and in a child that may do it by
 * mount(2), or does it so at once. */
int overlay_build_new(const struct mount_entry *m, const struct strv *words,
    uint64_t attr, const struct idmap *map, int *fdp, struct err *e) MUST_CHECK;
int overlay_build_in_child(const struct mount_entry *m,
    const struct strv *words, uint64_t attr, const struct idmap *map,
    bool is_old, int *fdp, struct err *e) MUST_CHECK;
/* Upper and work directory with their ids mapped, in one detached mount. */
int overlay_map_upper(const struct mount_entry *m, const struct idmap *map,
    int *topfd, int *upperfd, int *workfd, struct err *e) MUST_CHECK;

/* fsopen(2) and what follows.  WHAT names the mount in errors, which carry
 * the kernel's own words. */
int fs_open(const char *type, int *fsfd, struct err *e) MUST_CHECK;
int fs_set(int fsfd, const char *what, const char *key, const char *value,
    struct err *e) MUST_CHECK;
/* "key" or "key=value", each. */
int fs_set_words(int fsfd, const char *what, const struct strv *words,
    struct err *e) MUST_CHECK;
int fs_mount(int fsfd, const char *what, uint64_t attr, int *mntfd,
    struct err *e) MUST_CHECK;

/* view.c: platform.h's mount view(). */
int mount_view(const struct mount_plan *p, const char *root, mount_view_fn *fn,
    void *arg, struct err *e) MUST_CHECK;

#endif
