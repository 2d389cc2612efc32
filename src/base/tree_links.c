/* SPDX-License-Identifier: BSD-2-Clause */
/* A hash table with linear probing, at most half full. */
#include "base/tree_links.h"

#include <stdlib.h>

#include "base/str.h"
#include "base/xmalloc.h"

#define CAP_MIN 64

struct tree_link {
	uint64_t dev, ino;
	char *text; /* NULL: the row is free */
};

void
tree_links_fini(struct tree_links *l)
{
	for (size_t i = 0; i < l->cap; i++)
		free(l->row[i].text);
	free(l->row);
	*l = (struct tree_links)TREE_LINKS_INIT;
}

/* The row of that file, or the free one where it belongs. */
static struct tree_link *
slot(struct tree_link *row, size_t cap, uint64_t dev, uint64_t ino)
{
	uint64_t key[] = { dev, ino };
	size_t i = (size_t)str_hash(key, sizeof(key));

	for (;; i++) {
		struct tree_link *r = &row[i & (cap - 1)];

		if (r->text == NULL || (r->dev == dev && r->ino == ino))
			return r;
	}
}

const char *
tree_links_find(const struct tree_links *l, dev_t dev, ino_t ino)
{
	if (l->cap == 0)
		return NULL;
	return slot(l->row, l->cap, (uint64_t)dev, (uint64_t)ino)->text;
}

static void
grow(struct tree_links *l)
{
	size_t cap = l->cap != 0 ? l->cap * 2 : CAP_MIN;
	struct tree_link *row = xcalloc(cap, sizeof(*row));

	for (size_t i = 0; i < l->cap; i++) {
		if (l->row[i].text != NULL)
			*slot(row, cap, l->row[i].dev, l->row[i].ino) =
			    l->row[i];
	}
	free(l->row);
	l->row = row;
	l->cap = cap;
}

void
tree_links_add(struct tree_links *l, dev_t dev, ino_t ino, const char *text)
{
	if (l->n == TREE_LINKS_MAX)
		return;
	if (l->n >= l->cap / 2)
		grow(l);
	*slot(l->row, l->cap, (uint64_t)dev, (uint64_t)ino) =
	    (struct tree_link){
		    .dev = (uint64_t)dev,
		    .ino = (uint64_t)ino,
		    .text = xstrdup(text),
	    };
	l->n++;
}
