/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * copy-in and copy-out (reference 2.5).  The copying is done by us, by
 * descriptors below the pot's root, in a process that sees the pot's tree:
 * no program of the pot runs, and no link in it leads out.
 *
 * A file that takes another one's place lies beside it while it is copied.
 * The journal of the operation "copy" tells where, so that whoever comes
 * after one that was killed removes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "engine/change.h"
#include "engine/op.h"
#include "engine/view.h"

struct copy {
	struct pot *p;
	bool is_out;
	const char *temp;     /* the name of what lies beside */
	int hostdir;	      /* holds the host's side */
	const char *hostname; /* its last component */
	const char *path;     /* in the pot, absolute */
	bool parents;
	unsigned flags;
	struct cell_ids pot; /* filled when the tree is there */
};

static bool
is_dir_at(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

/*
 * Put FROM/NAME into TO under TONAME as cp -a would: a directory onto a
 * directory is merged, a file replaces a file by rename, so that a link
 * the guest puts there is replaced and not written through.
 */
static int
copy_onto(const struct copy *c, const struct tree_ids *ids, int from,
    const char *name, int to, const char *toname, struct err *e)
{
	if (!file_exists(to, toname))
		return tree_copy_ids(from, name, to, toname, c->flags, ids, e);
	if (is_dir_at(from, name)) {
		if (!is_dir_at(to, toname))
			return err_set(e, ERR_EXISTS,
			    "%s: exists and is not a directory", toname);
		return tree_copy_ids(
		    from, name, to, toname, c->flags | TREE_F_CONTENT, ids, e);
	}
	if (is_dir_at(to, toname))
		return err_set(e, ERR_EXISTS, "%s: is a directory", toname);
	if (tree_copy_ids(from, name, to, c->temp, c->flags, ids, e) == 0 &&
	    file_rename(to, c->temp, to, toname, 0, e) == 0)
		return 0;
	(void)unlinkat(to, c->temp, 0);
	return -1;
}

static int
copy_in_view(int rootfd, void *arg, struct err *e)
{
	const struct copy *c = arg;
	const struct tree_ids ids = { .to = c->pot.first,
		.count = c->pot.count,
		.is_strict = c->pot.count != 0 };
	char name[NAME_MAX + 1];
	auto_close int dir = -1;

	/* An existing directory: into it, under the source's name. */
	if (beneath_open(rootfd, c->path, O_RDONLY | O_DIRECTORY, 0, &dir, e) ==
	    0)
		return copy_onto(
		    c, &ids, c->hostdir, c->hostname, dir, c->hostname, e);
	err_clear(e);
	if (beneath_parent(rootfd, c->path, &dir, name, e) < 0) {
		auto_free char *parent = xstrdup(c->path);
		char *slash = strrchr(parent, '/');
		auto_close int made = -1;

		if (e->code != ERR_NOT_FOUND || !c->parents || slash == NULL)
			return -1;
		err_clear(e);
		*slash = '\0';
		if (beneath_mkdirs(rootfd, parent, 0755, &made, e) < 0 ||
		    beneath_parent(rootfd, c->path, &dir, name, e) < 0)
			return -1;
	}
	return copy_onto(c, &ids, c->hostdir, c->hostname, dir, name, e);
}

static int
copy_out_view(int rootfd, void *arg, struct err *e)
{
	const struct copy *c = arg;
	const struct tree_ids ids = { .from = c->pot.first,
		.count = c->pot.count };
	char name[NAME_MAX + 1];
	auto_close int dir = -1;

	if (beneath_parent(rootfd, c->path, &dir, name, e) < 0)
		return -1;
	if (!file_exists(dir, name))
		return err_set(
		    e, ERR_NOT_FOUND, "%s: not found in the pot", c->path);
	return copy_onto(c, &ids, dir, name, c->hostdir, name, e);
}

/* It is in the directory that was copied into, or in that of the file. */
static int
sweep_view(int rootfd, void *arg, struct err *e)
{
	const struct copy *c = arg;
	char name[NAME_MAX + 1];
	auto_close int into = -1, beside = -1;

	if (beneath_open(
		rootfd, c->path, O_RDONLY | O_DIRECTORY, 0, &into, e) == 0)
		(void)unlinkat(into, c->temp, 0);
	err_clear(e);
	if (beneath_parent(rootfd, c->path, &beside, name, e) == 0)
		(void)unlinkat(beside, c->temp, 0);
	err_clear(e);
	return 0;
}

/* For recovery.  The pot may be in any state, and its tree in anybody's
 * hands: what can't be swept is not worth refusing all other commands. */
static int
undo_copy(struct op *op, struct err *e UNUSED)
{
	struct copy c = { .path = op_get(op, "path"),
		.temp = op_get(op, "temp") };
	const char *target = op_get(op, "target");
	struct err why = ERR_INIT;
	auto_pot struct pot *p = NULL;
	auto_close int fd = -1;

	if (c.temp == NULL || strchr(c.temp, '/') != NULL)
		return 0;
	if (target != NULL && dir_open(AT_FDCWD, target, &fd, &why) == 0)
		(void)unlinkat(fd, c.temp, 0);
	if (target == NULL && c.path != NULL &&
	    pot_open(op->g, op->object, &p, &why) == 0 &&
	    view_run(p, NULL, sweep_view, &c, &why) == 0)
		return 0;
	if (err_is_set(&why))
		log_debug(op->log, "%s", why.text);
	return 0;
}

static int
act_copy(struct op *op, struct err *e)
{
	/* view_run() fills in the ids. */
	struct copy c = *(const struct copy *)op->input;
	struct err ignored = ERR_INIT;

	if (view_run(c.p, &c.pot, c.is_out ? copy_out_view : copy_in_view, &c,
		e) == 0)
		return 0;
	/* The process that copied was killed: else it has swept itself. */
	if (e->code == ERR_CHILD && undo_copy(op, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}

static const struct op_step copy_steps[] = {
	{ "copy", act_copy, undo_copy, 0 },
};

const struct op_type op_copy = {
	.name = "copy",
	.steps = copy_steps,
	.nsteps = COUNT_OF(copy_steps),
	.direction = OP_UNDO,
};

/* A line of the journal has no second line. */
static void
set_path(struct op *op, const char *key, const char *path)
{
	if (strchr(path, '\n') == NULL)
		op_set(op, key, path);
}

/* Under the lock that the caller holds. */
static int
run(struct change *c, struct copy *copy, const char *target, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	char temp[48];

	str_fmt(temp, sizeof(temp), ".pot-copy.%ld", (long)getpid());
	copy->p = c->pot;
	copy->temp = temp;
	op_init(&op, c->g, &op_copy, c->pot->name.s, c->log);
	op.is_lock_borrowed = true;
	op.input = copy;
	op_set(&op, "temp", temp);
	set_path(&op, target == NULL ? "path" : "target",
	    target == NULL ? copy->path : target);
	return op_run(&op, e);
}

/* A path in the pot: absolute, and something below its root. */
static int
check_path(const char *path, struct err *e)
{
	size_t len = strlen(path);

	if (path[0] != '/')
		return err_set(
		    e, ERR_INVALID, "%s: not an absolute path", path);
	if (len >= PATH_MAX)
		return err_set(e, ERR_INVALID, "path in the pot: too long");
	return 0;
}

static int
check_running(struct change *c, struct err *e)
{
	struct run_state st;

	if (run_find(c->g, c->pot->name.s, &st, e) < 0)
		return -1;
	if (!st.is_alive)
		return 0;
	if (!request_has(c->req, "force"))
		return err_set(e, ERR_STATE,
		    "pot %s: is running (-F copies all the same)",
		    c->pot->name.s);
	log_info(c->log, "pot %s: copying while it runs", c->pot->name.s);
	return 0;
}

int
change_copy_in(struct change *c, struct err *e)
{
	struct copy copy = { .hostdir = -1,
		.parents = request_has(c->req, "parents") };
	const char *source;
	auto_free char *dir = NULL;
	auto_close int fd = -1;
	struct stat st;
	char *slash;

	if (request_need(c->req, "source", &source, e) < 0 ||
	    request_need(c->req, "target", &copy.path, e) < 0 ||
	    check_path(copy.path, e) < 0)
		return -1;
	if (stat(source, &st) < 0)
		return err_sys(e, "%s", source);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID,
		    "%s: neither a file nor a directory", source);
	if (check_running(c, e) < 0)
		return -1;
	/* The admin's own links are followed, once. */
	if ((dir = realpath(source, NULL)) == NULL)
		return err_sys(e, "%s", source);
	slash = strrchr(dir, '/');
	*slash = '\0';
	copy.hostname = slash + 1;
	if (dir_open(AT_FDCWD, dir[0] == '\0' ? "/" : dir, &fd, e) < 0)
		return -1;
	copy.hostdir = fd;
	if (run(c, &copy, NULL, e) < 0)
		return err_wrap(e, "pot %s: copy-in", c->pot->name.s);
	return 0;
}

int
change_copy_out(struct change *c, struct err *e)
{
	struct copy copy = {
		.is_out = true, .hostdir = -1, .flags = TREE_F_UNTRUSTED
	};
	const char *target;
	auto_close int fd = -1;

	if (request_need(c->req, "source", &copy.path, e) < 0 ||
	    request_need(c->req, "target", &target, e) < 0 ||
	    check_path(copy.path, e) < 0 || check_running(c, e) < 0 ||
	    dir_open(AT_FDCWD, target, &fd, e) < 0)
		return -1;
	copy.hostdir = fd;
	if (!request_has(c->req, "preserve"))
		copy.flags |= TREE_F_NO_SETID;
	if (run(c, &copy, target, e) < 0)
		return err_wrap(e, "pot %s: copy-out", c->pot->name.s);
	return 0;
}
