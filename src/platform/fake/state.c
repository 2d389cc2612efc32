/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake kernel's objects, and their text in the state file: a line per
 * object, fields after tabs, tab, newline and backslash escaped.  Lists
 * are a count and their items.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/fake/fake_impl.h"

#define STATE_LIST_MAX 10000

static void
cell_fini(struct fake_cell *c)
{
	free(c->root);
	free(c->status_path);
	free(c->spec);
	free(c->comm);
	strv_fini(&c->argv);
	strv_fini(&c->entered);
}

static void
mount_fini(struct fake_mount *m)
{
	free(m->root);
	free(m->target);
	free(m->what);
	free(m->dir);
}

void
fake_state_clear(struct fake_state *s)
{
	for (size_t i = 0; i < s->ncells; i++)
		cell_fini(&s->cells[i]);
	for (size_t i = 0; i < s->nmounts; i++)
		mount_fini(&s->mounts[i]);
	free(s->cells);
	free(s->mounts);
	free(s->groups);
	strv_fini(&s->user_groups);
	*s = (struct fake_state){ .boot = 1, .next_id = 1 };
}

struct fake_cell *
fake_state_add_cell(struct fake_state *s)
{
	struct fake_cell *c;

	s->cells = xreallocarray(s->cells, s->ncells + 1, sizeof(*c));
	c = &s->cells[s->ncells++];
	*c = (struct fake_cell){ .id = s->next_id++, .status = -1 };
	return c;
}

void
fake_state_remove_cell(struct fake_state *s, size_t i)
{
	cell_fini(&s->cells[i]);
	s->ncells--;
	memmove(&s->cells[i], &s->cells[i + 1],
	    (s->ncells - i) * sizeof(s->cells[0]));
}

void
fake_state_add_mount(struct fake_state *s, const char *root, const char *target,
    const char *what, const char *dir)
{
	struct fake_mount *m;

	s->mounts = xreallocarray(s->mounts, s->nmounts + 1, sizeof(*m));
	m = &s->mounts[s->nmounts++];
	m->root = xstrdup(root);
	m->target = xstrdup(target);
	m->what = xstrdup(what);
	m->dir = xstrdup(dir);
}

void
fake_state_remove_mount(struct fake_state *s, size_t i)
{
	mount_fini(&s->mounts[i]);
	s->nmounts--;
	memmove(&s->mounts[i], &s->mounts[i + 1],
	    (s->nmounts - i) * sizeof(s->mounts[0]));
}

ptrdiff_t
fake_state_find_mount(
    const struct fake_state *s, const char *root, const char *target)
{
	/* The newest is on top. */
	for (size_t i = s->nmounts; i-- > 0;) {
		if (str_eq(s->mounts[i].root, root) &&
		    str_eq(s->mounts[i].target, target))
			return (ptrdiff_t)i;
	}
	return -1;
}

struct fake_group *
fake_state_add_group(struct fake_state *s)
{
	struct fake_group *g;

	s->groups = xreallocarray(s->groups, s->ngroups + 1, sizeof(*g));
	g = &s->groups[s->ngroups++];
	*g = (struct fake_group){ .oom_kills = 0 };
	return g;
}

void
fake_state_remove_group(struct fake_state *s, size_t i)
{
	s->ngroups--;
	memmove(&s->groups[i], &s->groups[i + 1],
	    (s->ngroups - i) * sizeof(s->groups[0]));
}

/* --- to text --- */

static void
put_text(struct buf *b, const char *s)
{
	static const char from[] = "\t\n\\", to[] = "tn\\";

	buf_add_char(b, '\t');
	for (; *s != '\0'; s++) {
		const char *p = strchr(from, *s);

		if (p == NULL) {
			buf_add_char(b, *s);
		} else {
			buf_add_char(b, '\\');
			buf_add_char(b, to[p - from]);
		}
	}
}

static void
put_num(struct buf *b, uint64_t n)
{
	buf_add_fmt(b, "\t%" PRIu64, n);
}

static void
put_list(struct buf *b, const struct strv *l)
{
	put_num(b, l->n);
	for (size_t i = 0; i < l->n; i++)
		put_text(b, l->v[i]);
}

/* A pointer may be NULL: whether there is a text, and the text. */
static void
put_maybe(struct buf *b, const char *s)
{
	put_num(b, s != NULL);
	if (s != NULL)
		put_text(b, s);
}

static void
put_cell(struct buf *b, const struct fake_cell *c)
{
	buf_add_str(b, "cell");
	put_num(b, c->id);
	put_text(b, c->name);
	put_text(b, c->instance);
	put_num(b, c->generation);
	put_num(b, c->is_foreign);
	put_num(b, c->is_held);
	put_num(b, c->is_alive);
	put_num(b, c->is_persistent);
	put_num(b, c->own_init);
	put_num(b, c->is_frozen);
	put_num(b, c->is_running);
	put_num(b, c->is_stubborn);
	put_num(b, c->has_shm);
	put_num(b, (uint64_t)((int64_t)c->status + 1));
	put_maybe(b, c->root);
	put_maybe(b, c->status_path);
	put_maybe(b, c->spec);
	put_maybe(b, c->comm);
	put_list(b, &c->argv);
	put_list(b, &c->entered);
	buf_add_char(b, '\n');
}

static void
put_group(struct buf *b, const struct fake_group *g)
{
	buf_add_str(b, "group");
	put_text(b, g->name);
	put_text(b, g->instance);
	put_num(b, g->generation);
	put_num(b, g->oom_kills);
	put_num(b, g->limits.set);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		put_num(b, g->limits.value[i]);
	put_text(b, g->limits.cpu_list);
	buf_add_char(b, '\n');
}

void
fake_state_format(const struct fake_state *s, struct buf *out)
{
	buf_add_str(out, "fake");
	put_num(out, s->boot);
	put_num(out, s->next_id);
	put_list(out, &s->user_groups);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < s->ncells; i++)
		put_cell(out, &s->cells[i]);
	for (size_t i = 0; i < s->nmounts; i++) {
		buf_add_str(out, "mount");
		put_text(out, s->mounts[i].root);
		put_text(out, s->mounts[i].target);
		put_text(out, s->mounts[i].what);
		put_text(out, s->mounts[i].dir);
		buf_add_char(out, '\n');
	}
	for (size_t i = 0; i < s->ngroups; i++)
		put_group(out, &s->groups[i]);
}

/* --- from text --- */

struct reader {
	const char *at;	 /* in the line */
	bool is_damaged; /* looked at once per line */
};

/* The next field, in new memory; "" when there is none. */
static char *
get_text(struct reader *r)
{
	struct buf b = BUF_INIT(BUF_TEXT_MAX);

	if (*r->at != '\t') {
		r->is_damaged = true;
		return buf_take(&b);
	}
	for (r->at++; *r->at != '\t' && *r->at != '\n' && *r->at != '\0';
	     r->at++) {
		if (*r->at != '\\') {
			buf_add_char(&b, *r->at);
			continue;
		}
		r->at++;
		if (*r->at == 't')
			buf_add_char(&b, '\t');
		else if (*r->at == 'n')
			buf_add_char(&b, '\n');
		else if (*r->at == '\\')
			buf_add_char(&b, '\\');
		else {
			r->is_damaged = true;
			break;
		}
	}
	return buf_take(&b);
}

static uint64_t
get_num(struct reader *r)
{
	auto_free char *s = get_text(r);
	struct err ignored = ERR_INIT;
	uint64_t n = 0;

	if (str_u64("number", s, 0, UINT64_MAX, &n, &ignored) < 0)
		r->is_damaged = true;
	return n;
}

static bool
get_truth(struct reader *r)
{
	return get_num(r) != 0;
}

static void
get_fixed(struct reader *r, char *out, size_t size)
{
	auto_free char *s = get_text(r);

	if (str_copy(out, s, size) >= size)
		r->is_damaged = true;
}

static char *
get_maybe(struct reader *r)
{
	return get_truth(r) ? get_text(r) : NULL;
}

static void
get_list(struct reader *r, struct strv *l)
{
	uint64_t n = get_num(r);

	if (n > STATE_LIST_MAX)
		r->is_damaged = true;
	for (uint64_t i = 0; i < n && !r->is_damaged; i++)
		strv_add_take(l, get_text(r));
}

static void
read_head(struct fake_state *s, struct reader *r)
{
	s->boot = get_num(r);
	s->next_id = get_num(r);
	get_list(r, &s->user_groups);
}

static void
read_cell(struct fake_state *s, struct reader *r)
{
	uint64_t next_id = s->next_id;
	struct fake_cell *c = fake_state_add_cell(s);

	s->next_id = next_id;
	c->id = get_num(r);
	get_fixed(r, c->name, sizeof(c->name));
	get_fixed(r, c->instance, sizeof(c->instance));
	c->generation = get_num(r);
	c->is_foreign = get_truth(r);
	c->is_held = get_truth(r);
	c->is_alive = get_truth(r);
	c->is_persistent = get_truth(r);
	c->own_init = get_truth(r);
	c->is_frozen = get_truth(r);
	c->is_running = get_truth(r);
	c->is_stubborn = get_truth(r);
	c->has_shm = get_truth(r);
	c->status = (int)get_num(r) - 1;
	c->root = get_maybe(r);
	c->status_path = get_maybe(r);
	c->spec = get_maybe(r);
	c->comm = get_maybe(r);
	get_list(r, &c->argv);
	get_list(r, &c->entered);
}

static void
read_mount(struct fake_state *s, struct reader *r)
{
	auto_free char *root = get_text(r);
	auto_free char *target = get_text(r);
	auto_free char *what = get_text(r);
	auto_free char *dir = get_text(r);

	fake_state_add_mount(s, root, target, what, dir);
}

static void
read_group(struct fake_state *s, struct reader *r)
{
	struct fake_group *g = fake_state_add_group(s);

	get_fixed(r, g->name, sizeof(g->name));
	get_fixed(r, g->instance, sizeof(g->instance));
	g->generation = get_num(r);
	g->oom_kills = get_num(r);
	g->limits.set = (uint32_t)get_num(r);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		g->limits.value[i] = get_num(r);
	get_fixed(r, g->limits.cpu_list, sizeof(g->limits.cpu_list));
}

static const struct {
	const char *word;
	void (*read)(struct fake_state *s, struct reader *r);
} objects[] = {
	{ "fake", read_head },
	{ "cell", read_cell },
	{ "mount", read_mount },
	{ "group", read_group },
};

static int
read_line(struct fake_state *s, const char *line, const char **end)
{
	size_t len = strcspn(line, "\t\n");

	for (size_t i = 0; i < COUNT_OF(objects); i++) {
		struct reader r = { .at = line + len };

		if (strlen(objects[i].word) != len ||
		    memcmp(objects[i].word, line, len) != 0)
			continue;
		objects[i].read(s, &r);
		*end = r.at + 1;
		return r.is_damaged || *r.at != '\n' ? -1 : 0;
	}
	return -1;
}

int
fake_state_parse(struct fake_state *s, const char *text, struct err *e)
{
	unsigned line = 1;

	fake_state_clear(s);
	for (const char *p = text; *p != '\0'; line++) {
		if (read_line(s, p, &p) < 0)
			return err_set(e, ERR_CORRUPT,
			    "state of the fake platform, line %u: damaged",
			    line);
	}
	return 0;
}
