/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many operations: in a random order against a model that remembers what
 * each volume and snapshot has to show, and by several processes at once,
 * each on pots of its own that come from and go to common ones.
 */
#include "storage_fixture.h"

#include <errno.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"

#define POTS	  5
#define SNAPS_MAX 6
#define PROCESSES 5

struct model {
	char *content; /* NULL: there is no such volume */
	struct {
		unsigned name;
		char *content;
	} snaps[SNAPS_MAX]; /* oldest first */
	unsigned nsnaps;
};

struct test {
	struct scratch *scratch;
	struct fixture f;
	struct model pots[POTS];
	unsigned next_snap;
	uint64_t seed;
};

/* The same each time: a failure can be had again. */
static unsigned
draw(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(*seed >> 33) % n;
}

static const char *
volume(unsigned i)
{
	static char name[2][32];
	static unsigned turn;

	turn ^= 1;
	(void)snprintf(name[turn], sizeof(name[turn]), "jails/p%u/m", i);
	return name[turn];
}

static void
set_text(char **at, const char *text)
{
	free(*at);
	*at = text != NULL ? xstrdup(text) : NULL;
}

static void
edit(struct test *t, unsigned i)
{
	static const char *const lines[] = {
		"file a%u %u\n",
		"remove a%u\n",
		"dir d%u\n",
		"remove d%u\n",
		"file d%u/x %u\n",
		"remove d%u/x\n",
		"mode . 7%u5\n",
		"symlink x d%u/l\n",
	};
	char script[200];
	unsigned n = 1 + draw(&t->seed, 4);

	while (n-- > 0) {
		const char *line = lines[draw(&t->seed, COUNT_OF(lines))];
		unsigned which = draw(&t->seed, 4);
		const char *p = strchr(line, '%');
		struct err e = ERR_INIT;

		(void)snprintf(script, sizeof(script), "%.*s%u%s",
		    (int)(p - line), line, which, p + 2);
		p = strchr(script, '%');
		if (p != NULL)
			(void)snprintf(script + (p - script), 32, "%u\n",
			    draw(&t->seed, 1000));
		/* Some do not fit what is there. */
		if (fixture_try_edit(&t->f, volume(i), script, &e) < 0)
			err_clear(&e);
	}
	free(t->pots[i].content);
	t->pots[i].content = fixture_list(&t->f, volume(i));
}

static void
forget_snaps(struct model *m, unsigned first)
{
	while (m->nsnaps > first)
		set_text(&m->snaps[--m->nsnaps].content, NULL);
}

static void
add_snap(struct test *t, unsigned i, bool is_running)
{
	struct model *m = &t->pots[i];
	struct err e = ERR_INIT;
	char name[16];

	(void)snprintf(name, sizeof(name), "%u", ++t->next_snap);
	assert_ok(
	    storage_snapshot(t->f.s, volume(i), name, is_running, &e), &e);
	m->snaps[m->nsnaps].name = t->next_snap;
	set_text(&m->snaps[m->nsnaps++].content, m->content);
}

static void
remove_snap(struct test *t, unsigned i)
{
	struct model *m = &t->pots[i];
	unsigned k = draw(&t->seed, m->nsnaps);
	struct err e = ERR_INIT;
	char name[16];

	(void)snprintf(name, sizeof(name), "%u", m->snaps[k].name);
	assert_ok(storage_snapshot_destroy(t->f.s, volume(i), name, &e), &e);
	free(m->snaps[k].content);
	for (m->nsnaps--; k < m->nsnaps; k++)
		m->snaps[k] = m->snaps[k + 1];
	m->snaps[m->nsnaps].content = NULL;
}

static void
go_back(struct test *t, unsigned i)
{
	struct model *m = &t->pots[i];
	unsigned k = draw(&t->seed, m->nsnaps);
	struct err e = ERR_INIT;
	char name[16];

	(void)snprintf(name, sizeof(name), "%u", m->snaps[k].name);
	assert_ok(storage_revert(t->f.s, volume(i), name, &e), &e);
	set_text(&m->content, m->snaps[k].content);
	forget_snaps(m, k + 1);
}

static void
clone_to(struct test *t, unsigned from, unsigned to)
{
	struct model *m = &t->pots[from];
	unsigned k = draw(&t->seed, m->nsnaps + 1);
	struct err e = ERR_INIT;
	char name[16];

	if (k < m->nsnaps)
		(void)snprintf(name, sizeof(name), "%u", m->snaps[k].name);
	assert_ok(storage_clone(t->f.s, volume(from),
		      k < m->nsnaps ? name : NULL, volume(to), &e),
	    &e);
	set_text(&t->pots[to].content,
	    k < m->nsnaps ? m->snaps[k].content : m->content);
}

static void
step(struct test *t)
{
	unsigned i = draw(&t->seed, POTS), k = draw(&t->seed, POTS);
	struct model *m = &t->pots[i];
	struct err e = ERR_INIT;

	if (m->content == NULL) {
		if (t->pots[k].content != NULL)
			clone_to(t, k, i);
		else {
			assert_ok(storage_create(t->f.s, volume(i), &e), &e);
			edit(t, i);
		}
		return;
	}
	switch (draw(&t->seed, 10)) {
	case 0:
		assert_ok(storage_destroy(t->f.s, volume(i), &e), &e);
		set_text(&m->content, NULL);
		forget_snaps(m, 0);
		break;
	case 1:
		if (m->nsnaps > 0)
			remove_snap(t, i);
		break;
	case 2:
		if (m->nsnaps > 0)
			go_back(t, i);
		break;
	case 3:
	case 4:
	case 5:
		if (m->nsnaps < SNAPS_MAX)
			add_snap(t, i, draw(&t->seed, 3) == 0);
		break;
	default:
		edit(t, i);
		break;
	}
}

static void
check_all(struct test *t)
{
	unsigned i;

	for (i = 0; i < POTS; i++) {
		assert_int_equal(storage_exists(t->f.s, volume(i)),
		    t->pots[i].content != NULL);
		if (t->pots[i].content == NULL)
			continue;
		fixture_check(&t->f, volume(i), t->pots[i].content);
		assert_int_equal(
		    fixture_snapshots(&t->f, volume(i)), t->pots[i].nsnaps);
	}
	fixture_sweep(&t->f, 0);
}

static void
random_order(struct test *t)
{
	unsigned i, n = getenv("POT_TEST_LONG") != NULL ? 20000 : 400;
	struct err e = ERR_INIT;
	char pot[16];

	for (i = 0; i < POTS; i++) {
		(void)snprintf(pot, sizeof(pot), "p%u", i);
		fixture_pot(&t->f, pot);
	}
	t->seed = 4711;
	for (i = 0; i < n; i++) {
		step(t);
		if (i % 8 == 0)
			check_all(t);
	}
	check_all(t);
	for (i = 0; i < POTS; i++)
		assert_ok(storage_destroy(t->f.s, volume(i), &e), &e);
	assert_int_equal(fixture_layers(&t->f), 0);
}

/* One process: its own pot comes, changes, and goes, many times. */
static int
live(struct fixture *f, unsigned id, struct err *e)
{
	unsigned i, n = getenv("POT_TEST_LONG") != NULL ? 2000 : 60;
	char mine[32], last[32];
	uint64_t seed = id;

	(void)snprintf(mine, sizeof(mine), "jails/p%u/m", id);
	(void)snprintf(last, sizeof(last), "jails/p%u/n", id);
	for (i = 0; i < n; i++) {
		bool is_base = draw(&seed, 3) == 0;

		if (storage_clone(f->s, is_base ? "bases/b" : "jails/o/m",
			is_base && draw(&seed, 2) == 0 ? NULL : "1", mine,
			e) < 0 ||
		    storage_snapshot(f->s, mine, "1", draw(&seed, 2) == 0, e) <
			0 ||
		    storage_clone(f->s, mine, "1", last, e) < 0 ||
		    storage_revert(f->s, mine, NULL, e) < 0 ||
		    storage_destroy(
			f->s, draw(&seed, 2) == 0 ? mine : last, e) < 0 ||
		    storage_destroy(f->s, mine, e) < 0 ||
		    storage_destroy(f->s, last, e) < 0)
			return -1;
	}
	return 0;
}

/* The sweep meanwhile: what others are doing is not for it. */
static int
sweep(struct fixture *f, unsigned id, struct err *e)
{
	unsigned i, count;

	(void)id;
	for (i = 0; i < 40; i++) {
		if (storage_sweep(f->s, false, &count, e) < 0)
			return -1;
		if (count > 0)
			return err_set(
			    e, ERR_STATE, "the sweep found %u in use", count);
	}
	return 0;
}

static pid_t
spawn(struct fixture *f, unsigned id,
    int (*fn)(struct fixture *, unsigned, struct err *))
{
	pid_t pid = fork();
	struct err e = ERR_INIT;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (fn(f, id, &e) == 0)
		_exit(0);
	print_message("# process %u: %s\n", id, e.text);
	_exit(1);
}

static void
several(struct test *t)
{
	static const char script[] = "file a 1\ndir d\nfile d/b 2\n";
	auto_free char *list = NULL;
	struct err e = ERR_INIT;
	pid_t pids[PROCESSES];
	unsigned i, failed = 0;
	char pot[16];

	for (i = 0; i < PROCESSES; i++) {
		(void)snprintf(pot, sizeof(pot), "p%u", i);
		fixture_pot(&t->f, pot);
	}
	fixture_pot(&t->f, "o");
	assert_ok(storage_create(t->f.s, "jails/o/m", &e), &e);
	assert_ok(storage_create(t->f.s, "bases/b", &e), &e);
	fixture_edit(&t->f, "jails/o/m", script);
	fixture_edit(&t->f, "bases/b", script);
	assert_ok(storage_snapshot(t->f.s, "jails/o/m", "1", false, &e), &e);
	assert_ok(storage_snapshot(t->f.s, "bases/b", "1", false, &e), &e);
	list = fixture_list(&t->f, "jails/o/m");

	for (i = 0; i < PROCESSES; i++)
		pids[i] = spawn(&t->f, i, i == 0 ? sweep : live);
	for (i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	}
	assert_int_equal(failed, 0);
	fixture_check(&t->f, "jails/o/m", list);
	fixture_check(&t->f, "bases/b", list);
	fixture_sweep(&t->f, 0);
	assert_ok(storage_destroy(t->f.s, "jails/o/m", &e), &e);
	assert_ok(storage_destroy(t->f.s, "bases/b", &e), &e);
	assert_int_equal(fixture_layers(&t->f), 0);
}

struct plan {
	struct fixture_plan at;
	struct test test;
};

static int
setup(void **state)
{
	struct plan *p = *state;
	void *scratch;

	if (scratch_setup(&scratch) < 0)
		return -1;
	p->test.scratch = scratch;
	p->test.f.no_sync = true;
	fixture_open(&p->test.f, p->test.scratch->path, p->at.driver);
	return 0;
}

static int
teardown(void **state)
{
	struct plan *p = *state;
	void *scratch = p->test.scratch;
	unsigned i;

	for (i = 0; i < POTS; i++) {
		set_text(&p->test.pots[i].content, NULL);
		forget_snaps(&p->test.pots[i], 0);
	}
	fixture_close(&p->test.f);
	return scratch_teardown(&scratch);
}

static const struct {
	const char *name;
	void (*fn)(struct test *t);
} cases[] = {
	{ "a random order", random_order },
	{ "several processes", several },
};

static void
run(void **state)
{
	struct plan *p = *state;

	cases[p->at.index].fn(&p->test);
}

static const char *
case_name(size_t i)
{
	return i < COUNT_OF(cases) ? cases[i].name : NULL;
}

int
main(int argc, char **argv)
{
	static const struct fixture_suite suite = {
		.name = "storage_race",
		.case_name = case_name,
		.state_size = sizeof(struct plan),
		.run = run,
		.setup = setup,
		.teardown = teardown,
	};

	return fixture_main(&suite, argc, argv);
}
