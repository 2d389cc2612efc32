/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every operation of every driver, killed before each of its system calls.
 * Afterwards the store shows the old state or the new one, the sweep finds
 * the rest, doing it again completes it, and when all is destroyed nothing
 * is left.
 * pot-test: timeout=300 plain
 */
#include "storage_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "base/xmalloc.h"

/* A base's part before what it can be seen in: using a volume completes a
 * revert of it that was cut off between its renames. */
static const char *const volumes[] = { "bases/b/opt.x", "jails/a/m",
	"jails/b/m", "jails/c/m", "bases/b", "fscomp/f", "fscomp/g" };

struct op {
	const char *name;
	void (*setup)(struct fixture *f);
	int (*act)(struct storage *s, struct err *e);
	/* What doing it again may say when it was done. */
	enum err_code done;
	/* Further states that are neither old nor new are told by this: the
	 * content is one of the two, some snapshots are gone. */
	bool has_between;
};

static void
must(int r, struct err *e)
{
	if (r < 0)
		fail_msg("setup: %s", e->text);
}

static void
setup_none(struct fixture *f)
{
	fixture_pot(f, "a");
}

static void
setup_pot(struct fixture *f)
{
	struct err e = ERR_INIT;

	fixture_pot(f, "a");
	fixture_pot(f, "b");
	must(storage_create(f->s, "jails/a/m", &e), &e);
	fixture_edit(f, "jails/a/m", "file x 1\ndir d\nfile d/y 2\n");
}

static void
setup_snap(struct fixture *f)
{
	struct err e = ERR_INIT;

	setup_pot(f);
	must(storage_snapshot(f->s, "jails/a/m", "1", false, &e), &e);
	fixture_edit(f, "jails/a/m", "remove d\nfile x 3\n");
}

static void
setup_snaps(struct fixture *f)
{
	struct err e = ERR_INIT;

	setup_snap(f);
	must(storage_snapshot(f->s, "jails/a/m", "2", false, &e), &e);
	fixture_edit(f, "jails/a/m", "file x 4\n");
	must(storage_snapshot(f->s, "jails/a/m", "3", true, &e), &e);
	fixture_edit(f, "jails/a/m", "file x 5\n");
}

static void
setup_cloned(struct fixture *f)
{
	struct err e = ERR_INIT;

	setup_snaps(f);
	must(storage_clone(f->s, "jails/a/m", "1", "jails/b/m", &e), &e);
	fixture_edit(f, "jails/b/m", "append x more\n");
}

static void
setup_base(struct fixture *f)
{
	struct err e = ERR_INIT;

	fixture_pot(f, "a");
	fixture_pot(f, "b");
	must(storage_create(f->s, "bases/b", &e), &e);
	fixture_edit(
	    f, "bases/b", "file x 1\ndir opt\ndir opt/x\nfile opt/x/y 2\n");
	must(storage_snapshot(f->s, "bases/b", "1", false, &e), &e);
}

static void
setup_base_used(struct fixture *f)
{
	struct err e = ERR_INIT;

	setup_base(f);
	must(storage_clone(f->s, "bases/b", "1", "jails/a/m", &e), &e);
	must(storage_clone(f->s, "bases/b", NULL, "jails/b/m", &e), &e);
	fixture_edit(f, "jails/a/m", "file x 2\n");
	must(storage_snapshot(f->s, "bases/b/opt.x", "2", false, &e), &e);
}

static void
setup_fscomp(struct fixture *f)
{
	struct err e = ERR_INIT;

	must(storage_create(f->s, "fscomp/f", &e), &e);
	fixture_edit(f, "fscomp/f", "file x 1\ndir d\nfile d/y 2\n");
	must(storage_snapshot(f->s, "fscomp/f", "1", false, &e), &e);
	fixture_edit(f, "fscomp/f", "file x 2\nremove d\n");
	must(storage_snapshot(f->s, "fscomp/f", "2", false, &e), &e);
}

/* So long that the next snapshot merges. */
static void
setup_long(struct fixture *f)
{
	struct err e = ERR_INIT;
	char script[64], name[16];
	int i;

	setup_pot(f);
	for (i = 0; i < 60; i++) {
		(void)snprintf(script, sizeof(script), "file f%d %d\n%s", i % 9,
		    i, i % 10 == 5 ? "remove d\n" : "");
		fixture_edit(f, "jails/a/m", script);
		(void)snprintf(name, sizeof(name), "%d", 100 + i);
		must(storage_snapshot(f->s, "jails/a/m", name, false, &e), &e);
		if (i % 3 != 0)
			must(storage_snapshot_destroy(
				 f->s, "jails/a/m", name, &e),
			    &e);
	}
	fixture_edit(f, "jails/a/m", "file end x\n");
}

#define ACT(function, call)                                   \
	static int function(struct storage *s, struct err *e) \
	{                                                     \
		return call;                                  \
	}

ACT(act_create, storage_create(s, "jails/a/m", e))
ACT(act_clone, storage_clone(s, "jails/a/m", NULL, "jails/b/m", e))
ACT(act_clone_snap, storage_clone(s, "jails/a/m", "1", "jails/b/m", e))
ACT(act_clone_base, storage_clone(s, "bases/b", NULL, "jails/a/m", e))
ACT(act_clone_base_snap, storage_clone(s, "bases/b", "1", "jails/a/m", e))
ACT(act_clone_part, storage_clone(s, "bases/b/opt.x", NULL, "jails/a/m", e))
ACT(act_snapshot, storage_snapshot(s, "jails/a/m", "9", false, e))
ACT(act_snapshot_run, storage_snapshot(s, "jails/a/m", "9", true, e))
ACT(act_snapshot_long, storage_snapshot(s, "jails/a/m", "999", false, e))
ACT(act_snapshot_base, storage_snapshot(s, "bases/b", "2", false, e))
ACT(act_snapshot_part, storage_snapshot(s, "bases/b/opt.x", "1", false, e))
ACT(act_revert, storage_revert(s, "jails/a/m", "1", e))
ACT(act_revert_new, storage_revert(s, "jails/a/m", "3", e))
ACT(act_purge, storage_snapshot_destroy(s, "jails/a/m", "1", e))
ACT(act_purge_base, storage_snapshot_destroy(s, "bases/b", "1", e))
ACT(act_destroy, storage_destroy(s, "jails/a/m", e))
ACT(act_destroy_base, storage_destroy(s, "bases/b", e))
ACT(act_destroy_fscomp, storage_destroy(s, "fscomp/f", e))
ACT(act_rename, storage_rename(s, "jails/a/m", "jails/b/m", e))
ACT(act_rename_pot, storage_rename(s, "jails/a", "jails/c", e))
ACT(act_rename_fscomp, storage_rename(s, "fscomp/f", "fscomp/g", e))
ACT(act_revert_fscomp, storage_revert(s, "fscomp/f", "1", e))
ACT(act_revert_part, storage_revert(s, "bases/b/opt.x", "2", e))

static const struct op ops[] = {
	{ "create", setup_none, act_create, ERR_EXISTS, false },
	{ "clone", setup_pot, act_clone, ERR_EXISTS, false },
	{ "clone of a snapshot", setup_snap, act_clone_snap, ERR_EXISTS,
	    false },
	{ "clone of a base", setup_base, act_clone_base, ERR_EXISTS, false },
	{ "clone of a base's snapshot", setup_base, act_clone_base_snap,
	    ERR_EXISTS, false },
	{ "clone of a part", setup_base, act_clone_part, ERR_EXISTS, false },
	{ "snapshot", setup_snap, act_snapshot, ERR_EXISTS, false },
	{ "snapshot, running", setup_snap, act_snapshot_run, ERR_EXISTS,
	    false },
	{ "snapshot with a merge", setup_long, act_snapshot_long, ERR_EXISTS,
	    false },
	{ "snapshot of a base", setup_base, act_snapshot_base, ERR_EXISTS,
	    false },
	{ "snapshot of a part", setup_base, act_snapshot_part, ERR_EXISTS,
	    false },
	{ "revert", setup_snaps, act_revert, ERR_NONE, true },
	{ "revert to the newest", setup_snaps, act_revert_new, ERR_NONE,
	    false },
	{ "purge", setup_cloned, act_purge, ERR_NOT_FOUND, false },
	{ "purge of a base", setup_base_used, act_purge_base, ERR_NOT_FOUND,
	    false },
	{ "destroy", setup_snaps, act_destroy, ERR_NONE, true },
	{ "destroy an origin", setup_cloned, act_destroy, ERR_NONE, true },
	{ "destroy a base", setup_base_used, act_destroy_base, ERR_NONE, true },
	{ "destroy a component", setup_fscomp, act_destroy_fscomp, ERR_NONE,
	    true },
	{ "rename", setup_snaps, act_rename, ERR_NOT_FOUND, true },
	{ "rename a pot", setup_snaps, act_rename_pot, ERR_NOT_FOUND, false },
	{ "rename a component", setup_fscomp, act_rename_fscomp, ERR_NOT_FOUND,
	    true },
	{ "revert a component", setup_fscomp, act_revert_fscomp, ERR_NONE,
	    true },
	{ "revert a part", setup_base_used, act_revert_part, ERR_NONE, false },
};

static char *
describe(struct fixture *f)
{
	return fixture_describe(f, volumes, COUNT_OF(volumes));
}

/* The same without the snapshots. */
static char *
contents(const char *s)
{
	auto_buf struct buf b = BUF_INIT((size_t)1 << 22);

	while (*s != '\0') {
		size_t len = strcspn(s, "\n") + 1;

		if (*s != '@')
			buf_add(&b, s, len);
		s += len;
	}
	return buf_take(&b);
}

/* Run ACT, killed before its N-th system call: true if it came to an end. */
static bool
run_killed(struct fixture *f, const struct op *op, unsigned n)
{
	unsigned stops = 0;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct err e = ERR_INIT;

		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ||
		    raise(SIGSTOP) != 0)
			_exit(2);
		_exit(op->act(f->s, &e) < 0 ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	assert_true(ptrace(PTRACE_SETOPTIONS, pid, NULL,
			(void *)(uintptr_t)(PTRACE_O_EXITKILL |
			    PTRACE_O_TRACESYSGOOD)) == 0);
	for (;;) {
		assert_true(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return true;
		}
		assert_true(WIFSTOPPED(status));
		/* Each call stops when it is entered and when it is left. */
		if (stops++ % 2 != 0 || stops / 2 + 1 != n)
			continue;
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		return false;
	}
}

static void
remove_store(struct fixture *f)
{
	struct err e = ERR_INIT;

	fixture_close(f);
	if (tree_remove(AT_FDCWD, f->root, &e) < 0)
		fail_msg("%s", e.text);
}

/* The store as it was set up once. */
static void
copy_store(struct fixture *f, const char *from)
{
	struct err e = ERR_INIT;

	assert_ok(tree_copy(AT_FDCWD, from, AT_FDCWD, f->root, 0, &e), &e);
}

/* Nothing but the directories which the fixture made. */
static void
check_empty(struct fixture *f, unsigned n)
{
	static const char *const dirs[] = { "bases", "fscomp", "layers" };
	auto_close int root = open(f->root, O_RDONLY | O_DIRECTORY);
	struct err e = ERR_INIT;
	size_t i;

	/* The part goes with its base. */
	for (i = 1; i < COUNT_OF(volumes); i++)
		if (storage_destroy(f->s, volumes[i], &e) < 0)
			fail_msg("kill %u: %s", n, e.text);
	fixture_sweep(f, 0);
	for (i = 0; i < COUNT_OF(dirs); i++) {
		auto_close int fd = openat(root, dirs[i], O_RDONLY);
		auto_strv struct strv names = STRV_INIT;
		size_t k;

		if (fd < 0)
			continue;
		assert_ok(dir_list(fd, &names, &e), &e);
		for (k = 0; k < names.n; k++)
			if (!str_eq(names.v[k], ".lent"))
				fail_msg("kill %u: %s/%s is left", n, dirs[i],
				    names.v[k]);
	}
	for (i = 0; i < 3; i++) {
		char path[16] = "jails/a";

		path[6] = (char)('a' + i);
		if (unlinkat(root, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
			fail_msg("kill %u: %s: %s", n, path, strerror(errno));
	}
}

static bool
is_one_of(const char *s, const char *a, const char *b)
{
	return str_eq(s, a) || str_eq(s, b);
}

/* Old and new state, with and without snapshots. */
struct states {
	char *old, *new, *old_content, *new_content;
};

static void
sweep_all(struct fixture *f, unsigned n)
{
	struct err e = ERR_INIT;
	unsigned dry, count;

	assert_ok(storage_sweep(f->s, true, &dry, &e), &e);
	assert_ok(storage_sweep(f->s, false, &count, &e), &e);
	/* One leftover may be in another, so only whether there are any. */
	if ((dry == 0) != (count == 0))
		fail_msg("kill %u: sweep finds %u, dry %u", n, count, dry);
	assert_ok(storage_sweep(f->s, false, &count, &e), &e);
	assert_int_equal(count, 0);
}

static void
check_killed(
    struct fixture *f, const struct op *op, const struct states *st, unsigned n)
{
	auto_free char *found = describe(f), *content = contents(found),
		       *again = NULL;
	struct err e = ERR_INIT;

	if (!is_one_of(content, st->old_content, st->new_content) ||
	    (!op->has_between && !is_one_of(found, st->old, st->new)))
		fail_msg("kill %u: found\n%s\nold\n%s\nnew\n%s", n, found,
		    st->old, st->new);
	sweep_all(f, n);
	if (n % 7 == 0) {
		auto_free char *swept = describe(f), *rest = contents(swept);

		if (!str_eq(rest, content))
			fail_msg("kill %u: sweep changed\n%s\nto\n%s", n,
			    content, rest);
	}
	if (op->act(f->s, &e) < 0) {
		if (op->done == ERR_NONE || e.code != op->done)
			fail_msg("kill %u: again: %s", n, e.text);
		err_clear(&e);
	}
	again = describe(f);
	if (!str_eq(again, st->new))
		fail_msg("kill %u: again\n%s\nexpected\n%s", n, again, st->new);
	check_empty(f, n);
}

struct plan {
	struct fixture_plan at;
	const struct op *op;
	struct scratch *scratch;
	struct fixture f;
	char *template;
};

/* How far to the next kill: all of them take their time. */
static unsigned
stride(unsigned n)
{
	if (getenv("POT_TEST_LONG") != NULL || n < 30)
		return 1;
	return n < 100 ? 3 : 37;
}

/* The store before the operation, as it is copied for each kill. */
static void
make_template(struct plan *p, struct states *st)
{
	struct err e = ERR_INIT;

	fixture_open(&p->f, p->scratch->path, p->at.driver);
	p->op->setup(&p->f);
	fixture_close(&p->f);
	assert_int_equal(rename(p->f.root, p->template), 0);

	copy_store(&p->f, p->template);
	fixture_open(&p->f, p->scratch->path, p->at.driver);
	st->old = describe(&p->f);
	st->old_content = contents(st->old);
	assert_ok(p->op->act(p->f.s, &e), &e);
	st->new = describe(&p->f);
	st->new_content = contents(st->new);
	remove_store(&p->f);
}

static void
kill_all(void **state)
{
	struct plan *p = *state;
	struct states st;
	unsigned n, kills = 0;
	bool ended = false;

	make_template(p, &st);
	for (n = 1; !ended; n += stride(n)) {
		copy_store(&p->f, p->template);
		fixture_open(&p->f, p->scratch->path, p->at.driver);
		ended = run_killed(&p->f, p->op, n);
		fixture_reopen(&p->f);
		check_killed(&p->f, p->op, &st, n);
		remove_store(&p->f);
		kills++;
	}
	print_message("# %s: %s: %u system calls, killed at %u\n", p->at.driver,
	    p->op->name, n, kills);
	free(st.old);
	free(st.new);
	free(st.old_content);
	free(st.new_content);
}

static int
setup(void **state)
{
	struct plan *p = *state;
	void *scratch;

	if (scratch_setup(&scratch) < 0)
		return -1;
	p->op = &ops[p->at.index];
	p->scratch = scratch;
	p->f.no_sync = true;
	/* Thousands of stores are made: in memory that is ten times faster. */
	if (mount("store", p->scratch->path, "tmpfs", 0, "size=64m") < 0)
		return -1;
	p->template = xasprintf("%s/template", p->scratch->path);
	return 0;
}

static int
teardown(void **state)
{
	struct plan *p = *state;
	void *scratch = p->scratch;

	fixture_close(&p->f);
	free(p->template);
	if (umount2(p->scratch->path, MNT_DETACH) < 0)
		return -1;
	return scratch_teardown(&scratch);
}

static const char *
case_name(size_t i)
{
	return i < COUNT_OF(ops) ? ops[i].name : NULL;
}

int
main(int argc, char **argv)
{
	static const struct fixture_suite suite = {
		.name = "storage_kill",
		.case_name = case_name,
		.state_size = sizeof(struct plan),
		.run = kill_all,
		.setup = setup,
		.teardown = teardown,
	};

	return fixture_main(&suite, argc, argv);
}
