/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layers of the overlay driver.  Every writable or frozen layer is a
 * directory POT_FS_ROOT/layers/ID, where it is born and where it dies:
 *
 *	fs/	content: overlayfs's upper directory, later a lower one
 *	work/	overlayfs's work directory, while it is an upper one
 *	chain	what it is and what it stands on (chain.h)
 *	parent	hard link to the chain of the layer right below it
 *
 * Freezing a layer moves nothing: its volume gets another writable layer
 * that stands on it, by one rename of the volume's own link.
 *
 * Users are counted by the file system: whatever uses a layer has a hard
 * link to its chain file, namely a volume (to its writable layer), a
 * snapshot, and the layer above (its `parent').  Links are made only from
 * a link that a user holds, so a layer whose chain has one link, its own,
 * can't get users any more, and whoever removed the last user may remove
 * it: no counter, no lock, and a crash leaves at worst a layer without
 * users, which the sweep finds.
 */
#ifndef POT_STORAGE_LAYER_H
#define POT_STORAGE_LAYER_H

#include "storage/chain.h"
#include "storage/storage_impl.h"

#define LAYERS_DIR	"layers"
#define LAYER_CHAIN	"chain"
#define LAYER_PARENT	"parent"
#define LAYER_FS	"fs"
#define LAYER_WORK	"work"
#define LAYER_GONE	".gone." /* layers/.gone.ID: being removed */
#define LAYER_BASE	"base"	 /* lent: link to the plain tree */
#define LAYER_NAME_SIZE (LAYER_ID_LEN + 16)

/* Open layers/ (made if missing) as s->layersfd. */
int layers_open(struct storage *s, struct err *e) MUST_CHECK;

/*
 * What a new layer is put on: a chain, and the link to it that makes the
 * new layer a user.  An empty one (n == 0) stands on nothing.
 */
struct stand {
	int dirfd; /* borrowed */
	char name[NAME_MAX + 1];
	struct chain chain;
};

#define STAND_INIT                               \
	{                                        \
		.dirfd = -1, .chain = CHAIN_INIT \
	}

void stand_fini(struct stand *st);
#define auto_stand __attribute__((cleanup(stand_fini), unused))

/*
 * A new layer: begin() makes its directory, whoever needs it fills fs/, and
 * end() makes it a layer.  abort() removes what there is.
 */
struct layer {
	struct layer_id id;
	int fd; /* its directory */
};

#define LAYER_INIT       \
	{                \
		.fd = -1 \
	}

int layer_begin(struct storage *s, struct layer *l, struct err *e) MUST_CHECK;
int layer_end(struct layer *l, const struct layer_id *owner,
    const struct stand *below, struct err *e) MUST_CHECK;
void layer_abort(struct storage *s, struct layer *l);
void layer_fini(struct layer *l);
#define auto_layer __attribute__((cleanup(layer_fini), unused))

/* An empty writable layer on BELOW.  OWNER NULL: it owns itself. */
int layer_new_upper(struct storage *s, const struct layer_id *owner,
    const struct stand *below, struct layer *l, struct err *e) MUST_CHECK;
/* A frozen layer with a copy of TOP's content, on what TOP stands on. */
int layer_new_copy(struct storage *s, const struct chain *top, struct layer *l,
    struct err *e) MUST_CHECK;
/* A frozen layer that is all of TOP but the lowest, on the lowest. */
int layer_new_merged(struct storage *s, const struct chain *top,
    struct layer *l, struct err *e) MUST_CHECK;

/* Has nothing been written into the (writable) layer since it was made? */
int layer_is_untouched(struct storage *s, const struct chain *top,
    bool *is_untouched, struct err *e) MUST_CHECK;

/* Remove the layer if it has no user, then what it stood on likewise. */
int layer_release(struct storage *s, const struct layer_id *id, struct err *e)
    MUST_CHECK;
/* Number of links to the layer's chain, itself included; 0: no layer. */
int layer_links(struct storage *s, const struct layer_id *id,
    unsigned long *links, struct err *e) MUST_CHECK;

/* The path of an entry's tree; where pots may have written some of it
 * (parts of bases), it is made sure that no link is on the way. */
char *layer_tree_path(struct storage *s, const struct chain_entry *entry,
    struct err *e) MUST_CHECK;

#endif
