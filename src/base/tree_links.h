/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files with several names that a walk came by, by device and inode,
 * each with a text (the path of its first name).  Bounded: above
 * TREE_LINKS_MAX files nothing is added.
 */
#ifndef POT_TREE_LINKS_H
#define POT_TREE_LINKS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TREE_LINKS_MAX ((size_t)1 << 18)

struct tree_links {
	struct tree_link *row; /* open addressing, a power of two */
	size_t n, cap;
};

#define TREE_LINKS_INIT     \
	{                   \
		.row = NULL \
	}

void tree_links_fini(struct tree_links *l);
#define auto_tree_links __attribute__((cleanup(tree_links_fini), unused))

/* The text of a file that was added, or NULL. */
const char *tree_links_find(const struct tree_links *l, dev_t dev, ino_t ino);
/* Add a file that is not there; TEXT is copied. */
void tree_links_add(
    struct tree_links *l, dev_t dev, ino_t ino, const char *text);

#endif
