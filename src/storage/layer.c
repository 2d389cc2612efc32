/* SPDX-License-Identifier: BSD-2-Clause */
/* Layers: making, counting, releasing. */
#include "storage/layer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "storage/attrs.h"
#include "storage/tree_link.h"

#define DIR_FLAGS    (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define MODE_LAYERS  ((mode_t)0700)
#define MODE_LAYER   ((mode_t)0700)
#define MODE_ROOT    ((mode_t)0755)
#define ID_TRIES_MAX 1000

int
layers_open(struct storage *s, struct err *e)
{
	if (s->layersfd >= 0)
		return 0;
	return dir_make_open(
	    s->rootfd, LAYERS_DIR, MODE_LAYERS, &s->layersfd, e);
}

void
stand_fini(struct stand *st)
{
	chain_fini(&st->chain);
}

void
layer_fini(struct layer *l)
{
	cleanup_close(&l->fd);
}

static const char *
in_layer(char out[LAYER_NAME_SIZE], const struct layer_id *id, const char *name)
{
	str_fmt(out, LAYER_NAME_SIZE, "%s/%s", id->s, name);
	return out;
}

/* The time is unique but for layers made in parallel, who try the next. */
int
layer_begin(struct storage *s, struct layer *l, struct err *e)
{
	uint64_t number = clock_real_ns() / 1000;
	unsigned tries;

	if (layers_open(s, e) < 0)
		return -1;
	for (tries = 0;; tries++) {
		layer_id_format(&l->id, number + tries);
		if (mkdirat(s->layersfd, l->id.s, MODE_LAYER) == 0)
			break;
		if (errno != EEXIST || tries == ID_TRIES_MAX)
			return err_sys(e, "layer %s: make", l->id.s);
	}
	l->fd = openat(s->layersfd, l->id.s, DIR_FLAGS);
	if (l->fd < 0) {
		(void)err_sys(e, "layer %s: open", l->id.s);
		layer_abort(s, l);
		return -1;
	}
	return 0;
}

void
layer_abort(struct storage *s, struct layer *l)
{
	if (l->fd < 0)
		return;
	cleanup_close(&l->fd);
	storage_undo_tree(s->layersfd, l->id.s);
}

int
layer_end(struct layer *l, const struct layer_id *owner,
    const struct stand *below, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	struct stat st;

	chain_add(&c, &l->id, false, NULL);
	chain_add_all(&c, &below->chain, 0);
	c.owner = owner != NULL ? *owner : l->id;
	if (below->chain.n > 0 &&
	    linkat(below->dirfd, below->name, l->fd, LAYER_PARENT, 0) < 0)
		return err_sys(e, "%s: link", below->name);
	if (fstatat(l->fd, LAYER_FS, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "layer %s: stat", l->id.s);
	c.born = st.st_ctim;
	return chain_write(&c, l->fd, LAYER_CHAIN, e);
}

/* The top directory of an entry's tree. */
static int
open_tree(
    struct storage *s, const struct chain_entry *entry, int *fdp, struct err *e)
{
	char name[LAYER_NAME_SIZE];
	auto_close int fd = openat(
	    s->layersfd, in_layer(name, &entry->id, LAYER_FS), DIR_FLAGS);

	if (fd < 0 && errno == ENOENT && entry->is_lent)
		fd = openat(s->layersfd, in_layer(name, &entry->id, LAYER_BASE),
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "layer %s: open", entry->id.s);
	if (entry->part != NULL)
		return storage_open_dir(fd, entry->part, fdp, e);
	*fdp = take_fd(&fd);
	return 0;
}

char *
layer_tree_path(
    struct storage *s, const struct chain_entry *entry, struct err *e)
{
	const char *leaf = LAYER_FS;
	char name[LAYER_NAME_SIZE];

	if (entry->is_lent) {
		auto_close int fd = -1;

		if (open_tree(s, entry, &fd, e) < 0)
			return NULL;
		if (!file_exists(
			s->layersfd, in_layer(name, &entry->id, LAYER_FS)))
			leaf = LAYER_BASE;
	}
	return xasprintf("%s/" LAYERS_DIR "/%s/%s%s%s", s->fs_root, entry->id.s,
	    leaf, entry->part != NULL ? "/" : "",
	    entry->part != NULL ? entry->part : "");
}

/* The attributes of its root are those of what it stands on. */
static int
fill_upper(struct storage *s, struct layer *l, const struct stand *below,
    struct err *e)
{
	auto_close int fs = -1, lower = -1;

	if (mkdirat(l->fd, LAYER_FS, MODE_ROOT) < 0 ||
	    mkdirat(l->fd, LAYER_WORK, MODE_LAYER) < 0)
		return err_sys(e, "layer %s: make", l->id.s);
	fs = openat(l->fd, LAYER_FS, DIR_FLAGS);
	if (fs < 0)
		return err_sys(e, "layer %s: open", l->id.s);
	if (below->chain.n == 0)
		return fchmod(fs, MODE_ROOT) < 0 ?
		    err_sys(e, "layer %s: set mode", l->id.s) :
		    0;
	if (open_tree(s, &below->chain.v[0], &lower, e) < 0)
		return -1;
	return attrs_copy(lower, fs, e);
}

int
layer_new_upper(struct storage *s, const struct layer_id *owner,
    const struct stand *below, struct layer *l, struct err *e)
{
	if (layer_begin(s, l, e) < 0)
		return -1;
	if (fill_upper(s, l, below, e) < 0 ||
	    layer_end(l, owner, below, e) < 0) {
		layer_abort(s, l);
		return -1;
	}
	return 0;
}

int
layer_new_copy(
    struct storage *s, const struct chain *top, struct layer *l, struct err *e)
{
	auto_stand struct stand below = STAND_INIT;
	char from[LAYER_NAME_SIZE];

	if (layer_begin(s, l, e) < 0)
		return -1;
	below.dirfd = s->layersfd;
	in_layer(below.name, &top->v[0].id, LAYER_PARENT);
	chain_add_all(&below.chain, top, 1);
	if (tree_copy(s->layersfd, in_layer(from, &top->v[0].id, LAYER_FS),
		l->fd, LAYER_FS, TREE_F_GUEST, e) < 0 ||
	    layer_end(l, &top->owner, &below, e) < 0) {
		layer_abort(s, l);
		return -1;
	}
	return 0;
}

/* From the lower to the upper ones, each laid over what is there. */
static int
merge(
    struct storage *s, const struct chain *top, struct layer *l, struct err *e)
{
	auto_close int fs = -1;
	size_t i;

	if (dir_make_open(l->fd, LAYER_FS, MODE_ROOT, &fs, e) < 0)
		return -1;
	for (i = top->n - 1; i-- > 0;) {
		auto_close int from = -1;

		if (open_tree(s, &top->v[i], &from, e) < 0 ||
		    tree_link_over(from, fs, e) < 0)
			return err_wrap(e, "layer %s: merge", top->v[i].id.s);
	}
	return 0;
}

int
layer_new_merged(
    struct storage *s, const struct chain *top, struct layer *l, struct err *e)
{
	auto_stand struct stand below = STAND_INIT;

	if (layer_begin(s, l, e) < 0)
		return -1;
	below.dirfd = s->layersfd;
	in_layer(below.name, &top->v[top->n - 1].id, LAYER_CHAIN);
	chain_add_all(&below.chain, top, top->n - 1);
	if (merge(s, top, l, e) < 0 ||
	    layer_end(l, &top->owner, &below, e) < 0) {
		layer_abort(s, l);
		return -1;
	}
	return 0;
}

static int
dir_is_empty(int fd, bool *is_empty, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;

	if (dir_list(fd, &names, e) < 0)
		return -1;
	*is_empty = names.n == 0;
	return 0;
}

/*
 * Mounting it, and every change of its root directory, changes the root's
 * ctime; a change within the clock's resolution of its birth is seen by
 * what it left there.
 */
int
layer_is_untouched(struct storage *s, const struct chain *top,
    bool *is_untouched, struct err *e)
{
	auto_close int fs = -1, lower = -1;
	struct stat st, below;

	*is_untouched = false;
	if (top->n < 2)
		return 0;
	if (open_tree(s, &top->v[0], &fs, e) < 0)
		return -1;
	if (fstat(fs, &st) < 0)
		return err_sys(e, "layer %s: stat", top->v[0].id.s);
	if (st.st_ctim.tv_sec != top->born.tv_sec ||
	    st.st_ctim.tv_nsec != top->born.tv_nsec)
		return 0;
	if (open_tree(s, &top->v[1], &lower, e) < 0)
		return -1;
	if (fstat(lower, &below) < 0)
		return err_sys(e, "layer %s: stat", top->v[1].id.s);
	if (st.st_mode != below.st_mode || st.st_uid != below.st_uid ||
	    st.st_gid != below.st_gid)
		return 0;
	return dir_is_empty(fs, is_untouched, e);
}

int
layer_links(struct storage *s, const struct layer_id *id, unsigned long *links,
    struct err *e)
{
	char name[LAYER_NAME_SIZE];
	struct stat st;

	if (fstatat(s->layersfd, in_layer(name, id, LAYER_CHAIN), &st,
		AT_SYMLINK_NOFOLLOW) == 0)
		*links = (unsigned long)st.st_nlink;
	else if (errno == ENOENT)
		*links = 0;
	else
		return err_sys(e, "layer %s: stat", id->s);
	return 0;
}

/* A layer's directory: name by name what is in most of them, since that
 * takes a tenth of the calls, then whatever is left. */
static int
remove_tree(struct storage *s, const char *gone, struct err *e)
{
	static const struct {
		const char *name;
		int flags;
	} rows[] = {
		{ LAYER_WORK "/work", AT_REMOVEDIR },
		{ LAYER_WORK, AT_REMOVEDIR },
		{ LAYER_FS, AT_REMOVEDIR },
		{ LAYER_PARENT, 0 },
		{ LAYER_CHAIN, 0 },
	};
	auto_close int fd = openat(s->layersfd, gone, DIR_FLAGS);
	size_t i;

	for (i = 0; i < COUNT_OF(rows) && fd >= 0; i++)
		(void)unlinkat(fd, rows[i].name, rows[i].flags);
	return storage_remove_dir(s->layersfd, gone, e);
}

/* Remove one layer without users; *PARENT is what it stood on (empty: on
 * nothing, or another process removed it). */
static int
remove_one(struct storage *s, const struct layer_id *id,
    struct layer_id *parent, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	char name[LAYER_NAME_SIZE], gone[LAYER_NAME_SIZE];

	parent->s[0] = '\0';
	str_fmt(gone, sizeof(gone), LAYER_GONE "%s", id->s);
	if (chain_read(s->layersfd, in_layer(name, id, LAYER_CHAIN), &c, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	/* Of several who saw the last user go, one gets it. */
	if (renameat(s->layersfd, id->s, s->layersfd, gone) < 0) {
		if (errno == ENOENT)
			return 0;
		return err_sys(e, "layer %s: rename", id->s);
	}
	if (remove_tree(s, gone, e) < 0)
		return -1;
	if (c.n > 1)
		*parent = c.v[1].id;
	return 0;
}

int
layer_release(struct storage *s, const struct layer_id *id, struct err *e)
{
	struct layer_id next = *id;

	if (layers_open(s, e) < 0)
		return -1;
	while (next.s[0] != '\0') {
		struct layer_id this = next;
		unsigned long links;

		if (layer_links(s, &this, &links, e) < 0)
			return -1;
		if (links != 1)
			return 0;
		if (remove_one(s, &this, &next, e) < 0)
			return -1;
	}
	return 0;
}
