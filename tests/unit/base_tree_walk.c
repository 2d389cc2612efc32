/* SPDX-License-Identifier: BSD-2-Clause */
/* The walk, in a tree that is changed at exactly the wrong moments. */
#include "unit.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "base/tree_walk.h"

#include <errno.h>
#include <sys/stat.h>

/* A walk that notes what it is told, and changes the tree when it comes by
 * a certain name. */
struct run {
	const char *top;       /* of the test */
	const char *at;	       /* when this entry is visited ... */
	const char *from, *to; /* ... rename, or remove if there is no TO */
	struct buf seen;
	int depth;
};

static void
change(struct run *r)
{
	auto_close int fd = open(r->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e = ERR_INIT;

	assert_true(fd >= 0);
	if (r->to == NULL)
		assert_ok(tree_remove(fd, r->from, &e), &e);
	else
		assert_int_equal(renameat(fd, r->from, fd, r->to), 0);
	r->at = NULL;
}

static int
visit(void *arg, const struct tree_entry *en, struct err *e)
{
	struct run *r = arg;

	(void)e;
	buf_add_fmt(&r->seen, "%s ", en->name);
	if (r->at != NULL && str_eq(en->name, r->at))
		change(r);
	return 1;
}

static int
enter(void *arg, int fd, const char *name, struct err *e)
{
	struct run *r = arg;

	(void)e;
	assert_true(fd >= 0);
	buf_add_fmt(&r->seen, "%s( ", name);
	r->depth++;
	return 0;
}

static int
leave(void *arg, int fd, struct err *e)
{
	struct run *r = arg;

	(void)e;
	buf_add_str(&r->seen, fd >= 0 ? ") " : "!) ");
	r->depth--;
	return 0;
}

/* t/a/b/c/f t/a/b/z/g t/y/h */
static void
make_tree(const struct scratch *s)
{
	static const char *const paths[] = { "t", "t/a", "t/a/b", "t/a/b/c",
		"t/a/b/c/f", "t/a/b/z", "t/a/b/z/g", "t/y", "t/y/h", "o" };
	auto_close int fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		assert_int_equal(mkdirat(fd, paths[i], 0755), 0);
}

/* Names come in the order of the directory: each has one entry that leads
 * on, so the order is known but for a and y. */
static int
walk_as(struct scratch *s, bool accepts, bool is_confined, const char *at,
    const char *from, const char *to, struct buf *seen, struct err *e)
{
	auto_close int fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct run r = { .top = s->path,
		.at = at,
		.from = from,
		.to = to,
		.seen = BUF_INIT(4096) };
	const struct tree_visitor v = { .visit = visit,
		.enter = enter,
		.leave = leave,
		.accepts_moves = accepts,
		.is_confined = is_confined,
		.arg = &r };
	int rc;

	rc = tree_walk(fd, "t", &v, e);
	if (rc == 0)
		assert_int_equal(r.depth, 0);
	buf_add(seen, r.seen.data, r.seen.len);
	buf_fini(&r.seen);
	return rc;
}

static int
walk(struct scratch *s, bool accepts, const char *at, const char *from,
    const char *to, struct buf *seen, struct err *e)
{
	return walk_as(s, accepts, false, at, from, to, seen, e);
}

static void
sees_all(void **state)
{
	struct scratch *s = *state;
	auto_buf struct buf b = BUF_INIT(4096);
	struct err e = ERR_INIT;

	make_tree(s);
	assert_ok(walk(s, true, NULL, NULL, NULL, &b, &e), &e);
	assert_non_null(strstr(b.data, "f( ) ) "));
	assert_non_null(strstr(b.data, "g( ) ) "));
	assert_non_null(strstr(b.data, "h( ) ) "));
	assert_null(strstr(b.data, "!"));
}

/* What is moved while the walk is in it; where it goes on; what it misses. */
static const struct {
	const char *at, *from, *to;
	const char *has, *misses;
} moves[] = {
	/* The directory itself: its parent is where it was. */
	{ "f", "t/a/b/c", "o/c", "g( ) ) ", "!" },
	/* Its parent: that can't be gone back to, the top can. */
	{ "f", "t/a/b", "o/b", "h( ) ) ", NULL },
	/* The parent's parent. */
	{ "f", "t/a", "o/a", "h( ) ) ", NULL },
	/* To another place of the same tree. */
	{ "f", "t/a/b/c", "t/y/c", "g( ) ) ", "!" },
	{ "f", "t/a/b", "t/y/b", "h( ) ) ", NULL },
	/* The directory is removed, and its parents. */
	{ "f", "t/a/b/c", NULL, "h( ) ) ", NULL },
	{ "f", "t/a", NULL, "h( ) ) ", NULL },
};

static void
goes_on(void **state)
{
	for (size_t n = 0; n < 2 * COUNT_OF(moves); n++) {
		size_t i = n / 2;
		struct scratch *s = *state;
		auto_buf struct buf b = BUF_INIT(4096);
		struct err e = ERR_INIT;
		struct scratch sub = *s;

		(void)snprintf(
		    sub.path, sizeof(sub.path), "%.100s/%zu", s->path, n);
		assert_int_equal(mkdir(sub.path, 0755), 0);
		make_tree(&sub);
		assert_ok(walk_as(&sub, true, n % 2 == 1, moves[i].at,
			      moves[i].from, moves[i].to, &b, &e),
		    &e);
		/* From the top what was moved is not found. */
		if (strstr(b.data, moves[i].has) == NULL ||
		    (moves[i].misses != NULL && n % 2 == 0 &&
			strstr(b.data, moves[i].misses) != NULL))
			fail_msg("%zu: %s", i, b.data);
	}
}

/* A removal does not: what it is in is not what it was told to remove. */
static void
stops(void **state)
{
	struct scratch *s = *state;
	auto_buf struct buf b = BUF_INIT(4096);
	struct err e = ERR_INIT;

	make_tree(s);
	assert_err(walk(s, false, "f", "t/a/b/c", "o/c", &b, &e), &e, ERR_BUSY);
}

/* Without "..": the way back is known by its names alone. */
static void
needs_its_names(void **state)
{
	struct scratch *s = *state;
	auto_buf struct buf b = BUF_INIT(4096);
	struct err e = ERR_INIT;

	make_tree(s);
	assert_ok(walk_as(s, false, true, NULL, NULL, NULL, &b, &e), &e);
	assert_non_null(strstr(b.data, "f( ) ) "));
	assert_non_null(strstr(b.data, "g( ) ) "));
	assert_non_null(strstr(b.data, "h( ) ) "));
	assert_err(
	    walk_as(s, false, true, "f", "t/a/b", "o/b", &b, &e), &e, ERR_BUSY);
	assert_err(
	    walk_as(s, false, true, "h", "t", "u", &b, &e), &e, ERR_BUSY);
}

/* The top itself moves: nothing can be found again. */
static void
needs_its_top(void **state)
{
	struct scratch *s = *state;
	auto_buf struct buf b = BUF_INIT(4096);
	struct err e = ERR_INIT;

	make_tree(s);
	(void)walk(s, true, "h", "t", "u", &b, &e);
	/* Going up by ".." still works: only who has to look for it fails. */
	assert_false(err_is_set(&e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(sees_all),
		scratch_test(goes_on),
		scratch_test(stops),
		scratch_test(needs_its_names),
		scratch_test(needs_its_top),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
