/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What takes a look at many volumes or layers: how much destroying one
 * would free, who stands on one, what crashes left.
 */
#include "storage/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "storage/lent.h"
#include "storage/plain.h"

#define JAILS "jails"

/* A layer and how many of its users would go. */
struct tally {
	struct layer_id id;
	unsigned long lost;
	bool is_freed;
};

struct tallies {
	struct tally *v;
	size_t n, cap;
};

static void
tallies_fini(struct tallies *t)
{
	free(t->v);
}

static void
tally_loss(struct tallies *t, const char *id)
{
	size_t i;

	for (i = 0; i < t->n && !str_eq(t->v[i].id.s, id); i++)
		;
	if (i == t->n) {
		if (t->n == t->cap) {
			t->cap = t->cap == 0 ? 16 : 2 * t->cap;
			t->v = xreallocarray(t->v, t->cap, sizeof(t->v[0]));
		}
		t->v[t->n] = (struct tally){ .lost = 0 };
		(void)str_copy(t->v[t->n++].id.s, id, LAYER_ID_LEN + 1);
	}
	t->v[i].lost++;
}

/* If the I-th layer loses all its users: its bytes, and its parent loses
 * one. */
static int
tally_layer(struct storage *s, struct tallies *t, size_t i, uint64_t *bytes,
    bool *is_freed, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	char name[LAYER_NAME_SIZE];
	unsigned long links;
	uint64_t size;

	*is_freed = false;
	if (layer_links(s, &t->v[i].id, &links, e) < 0)
		return -1;
	if (links != t->v[i].lost + 1)
		return 0;
	str_fmt(name, sizeof(name), "%s/" LAYER_FS, t->v[i].id.s);
	if (tree_usage(s->layersfd, name, &size, e) < 0)
		return -1;
	str_fmt(name, sizeof(name), "%s/" LAYER_CHAIN, t->v[i].id.s);
	if (chain_read(s->layersfd, name, &c, e) < 0)
		return -1;
	*bytes += size;
	*is_freed = t->v[i].is_freed = true;
	if (c.n > 1)
		tally_loss(t, c.v[1].id.s);
	return 0;
}

/* What layer_release() would do, without doing it. */
int
overlay_usage(
    struct storage *s, const struct volume *v, uint64_t *bytes, struct err *e)
{
	__attribute__((cleanup(tallies_fini))) struct tallies t = { .n = 0 };
	auto_strv struct strv ids = STRV_INIT;
	auto_chain struct chain c = CHAIN_INIT;
	auto_close int vol = -1;
	uint64_t sum = 0;
	bool is_freed;
	size_t i;

	if (v->kind != VOLUME_POT)
		return plain_usage(s, v, bytes, e);
	if (layers_open(s, e) < 0 ||
	    overlay_open_volume(s, v, &vol, &c, e) < 0 ||
	    overlay_held(vol, &ids, e) < 0)
		return -1;
	for (i = 0; i < ids.n; i++)
		tally_loss(&t, ids.v[i]);
	/* Start over whenever one is freed: it was a user of another. */
	for (i = 0; i < t.n; i = is_freed ? 0 : i + 1) {
		is_freed = false;
		if (!t.v[i].is_freed &&
		    tally_layer(s, &t, i, &sum, &is_freed, e) < 0)
			return -1;
	}
	*bytes = sum;
	return 0;
}

/* Called for each entry PREFIX... of a pot's directory. */
typedef int entry_fn(struct storage *s, int pdir, const char *pot,
    const char *entry, void *arg, struct err *e);

/* All pots' directories; another process may remove what is listed. */
static int
each_entry(struct storage *s, entry_fn *fn, void *arg, struct err *e)
{
	auto_strv struct strv pots = STRV_INIT;
	auto_close int jails = -1;
	size_t i, k;

	if (dir_open(s->rootfd, JAILS, &jails, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	if (dir_list(jails, &pots, e) < 0)
		return -1;
	for (i = 0; i < pots.n; i++) {
		auto_strv struct strv entries = STRV_INIT;
		auto_close int pdir = openat(jails, pots.v[i],
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (pdir < 0)
			continue; /* a file of somebody, or just removed */
		if (dir_list(pdir, &entries, e) < 0)
			return -1;
		for (k = 0; k < entries.n; k++)
			if (entries.v[k][0] == '.' &&
			    fn(s, pdir, pots.v[i], entries.v[k], arg, e) < 0)
				return -1;
	}
	return 0;
}

/* On what others may stand: the layers that are a volume's. */
struct origin {
	const char *path; /* of the volume */
	struct strv ids;
	struct strv *out;
};

/* Of a pot's volume: the layers that have its owner. */
static int
find_owned(struct storage *s, const struct layer_id *owner, struct strv *out,
    struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	size_t i;

	if (dir_list(s->layersfd, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		auto_chain struct chain c = CHAIN_INIT;
		struct err ignored = ERR_INIT;
		char path[2 * NAME_MAX];

		str_fmt(path, sizeof(path), "%s/" LAYER_CHAIN, names.v[i]);
		if (chain_read(s->layersfd, path, &c, &ignored) == 0 &&
		    layer_id_is_same(&c.owner, owner))
			strv_add(out, names.v[i]);
	}
	return 0;
}

static bool
stands_on(const struct chain *c, const struct origin *o)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (strv_has(&o->ids, c->v[i].id.s))
			return true;
	return false;
}

/* Does the volume at VOL, or a snapshot of it? */
static int
volume_stands_on(struct storage *s, int vol, const struct origin *o, bool *does,
    struct err *e)
{
	auto_strv struct strv ids = STRV_INIT;
	size_t i;

	*does = false;
	if (overlay_held(vol, &ids, e) < 0)
		return -1;
	for (i = 0; i < ids.n && !*does; i++) {
		auto_chain struct chain c = CHAIN_INIT;
		struct err ignored = ERR_INIT;
		char name[LAYER_NAME_SIZE];

		str_fmt(name, sizeof(name), "%s/" LAYER_CHAIN, ids.v[i]);
		if (chain_read(s->layersfd, name, &c, &ignored) == 0)
			*does = stands_on(&c, o);
	}
	return 0;
}

static int
add_dependent(struct storage *s, int pdir, const char *pot, const char *entry,
    void *arg, struct err *e)
{
	const struct origin *o = arg;
	auto_free char *path = NULL;
	auto_close int vol = -1;
	bool does;

	if (!str_has_prefix(entry, OVERLAY_PREFIX))
		return 0;
	path = xasprintf(JAILS "/%s/%s", pot, entry + strlen(OVERLAY_PREFIX));
	if (str_eq(path, o->path))
		return 0;
	vol = openat(
	    pdir, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (vol < 0)
		return 0;
	if (volume_stands_on(s, vol, o, &does, e) < 0)
		return err_wrap(e, "%s", path);
	if (does)
		strv_add(o->out, path);
	return 0;
}

int
overlay_dependents(
    struct storage *s, const struct volume *v, struct strv *out, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	auto_strv struct strv found = STRV_INIT;
	struct origin o = { .path = v->path, .out = &found };
	auto_close int vol = -1;
	int r;

	if (layers_open(s, e) < 0)
		return -1;
	if (v->kind != VOLUME_POT)
		r = lent_layers(s, v, &o.ids, e);
	else if (overlay_open_volume(s, v, &vol, &c, e) < 0)
		r = -1;
	else
		r = find_owned(s, &c.owner, &o.ids, e);
	if (r == 0 && o.ids.n > 0)
		r = each_entry(s, add_dependent, &o, e);
	strv_fini(&o.ids);
	if (r == 0)
		strv_add_all(out, &found);
	return r;
}

struct sweep {
	bool is_dry;
	unsigned *count;
};

/* A link to the layer of a change that was cut off before its rename. */
static int
sweep_volume(struct storage *s, int pdir, const char *entry,
    const struct sweep *sw, struct err *e)
{
	auto_chain struct chain c = CHAIN_INIT;
	auto_close int vol = openat(
	    pdir, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (vol < 0)
		return err_sys(e, "%s: open", entry);
	if (!file_exists(vol, OVERLAY_CHAIN)) {
		(*sw->count)++;
		return sw->is_dry ? 0 : tree_remove(pdir, entry, e);
	}
	if (!file_exists(vol, OVERLAY_CHAIN_NEW))
		return 0;
	(*sw->count)++;
	if (sw->is_dry)
		return 0;
	if (chain_read(vol, OVERLAY_CHAIN_NEW, &c, e) < 0 ||
	    file_remove(vol, OVERLAY_CHAIN_NEW, e) < 0)
		return -1;
	return layer_release(s, &c.v[0].id, e);
}

static int
sweep_entry(struct storage *s, int pdir, const char *pot, const char *entry,
    void *arg, struct err *e)
{
	const struct sweep *sw = arg;

	if (str_has_prefix(entry, OVERLAY_PREFIX)) {
		if (sweep_volume(s, pdir, entry, sw, e) < 0)
			return err_wrap(e, JAILS "/%s", pot);
	} else if (str_has_prefix(entry, OVERLAY_GONE)) {
		(*sw->count)++;
		if (!sw->is_dry && overlay_remove_gone(s, pdir, entry, e) < 0)
			return err_wrap(e, JAILS "/%s", pot);
	}
	return 0;
}

/* One entry of layers/: a layer without users, or half of one. */
static int
sweep_layer(
    struct storage *s, const char *name, const struct sweep *sw, struct err *e)
{
	bool is_half = str_has_prefix(name, LAYER_GONE);
	unsigned long links = 0;
	struct layer_id id;

	if (!is_half) {
		if (!layer_id_parse(name, strlen(name), &id))
			return 0; /* not ours */
		if (!file_exists(s->layersfd, name))
			return 0; /* released with the one that stood on it */
		if (layer_links(s, &id, &links, e) < 0)
			return -1;
		if (links > 1)
			return 0;
	}
	(*sw->count)++;
	if (sw->is_dry)
		return 0;
	return links == 0 ? tree_remove(s->layersfd, name, e) :
			    layer_release(s, &id, e);
}

/* Once over all layers; removing one may leave another without users. */
static int
sweep_layers(struct storage *s, const struct sweep *sw, struct err *e)
{
	auto_strv struct strv layers = STRV_INIT;
	size_t i;

	if (dir_list(s->layersfd, &layers, e) < 0)
		return -1;
	for (i = 0; i < layers.n; i++)
		if (sweep_layer(s, layers.v[i], sw, e) < 0)
			return -1;
	return 0;
}

int
overlay_sweep(struct storage *s, bool is_dry, unsigned *count, struct err *e)
{
	struct sweep sw = { .is_dry = is_dry, .count = count };
	unsigned before;

	if (layers_open(s, e) < 0 ||
	    plain_sweep_shared(s, is_dry, count, e) < 0 ||
	    each_entry(s, sweep_entry, &sw, e) < 0)
		return -1;
	do {
		before = *count;
		if (sweep_layers(s, &sw, e) < 0)
			return -1;
	} while (!is_dry && *count > before);
	return 0;
}
