/* SPDX-License-Identifier: BSD-2-Clause */
/* Running zfs(8): its names, its tables, its errors. */
#include "storage/zfs_cmd.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"

/*
 * A file system that was just unmounted may be busy for a moment: always
 * with FUSE, and on FreeBSD while something looks at all mounts.
 */
#define BUSY_TRIES   100
#define BUSY_WAIT_MS 50

/* What zfs(8) says in words, which have not changed in fifteen years. */
static const struct {
	const char *words;
	enum err_code code;
} meanings[] = {
	{ "does not exist", ERR_NOT_FOUND },
	{ "could not find any snapshots", ERR_NOT_FOUND },
	{ "no such pool", ERR_NOT_FOUND },
	{ "already exists", ERR_EXISTS },
	{ "is busy", ERR_BUSY }, /* a pot's name has no blanks */
	{ "evice busy", ERR_BUSY },
	{ "esource busy", ERR_BUSY },
	{ "out of space", ERR_NO_SPACE },
	{ "quota exceeded", ERR_NO_SPACE },
	{ "permission denied", ERR_DENIED },
	{ "key not loaded", ERR_STATE },
	{ "key must be loaded", ERR_STATE },
	{ "invalid character", ERR_INVALID },
	{ "name is too long", ERR_INVALID },
};

static int
explain(struct err *e)
{
	size_t i;

	if (e->code == ERR_NO_COMMAND)
		return err_wrap(e, "zfs(8) is not installed");
	for (i = 0; e->code == ERR_CHILD && i < COUNT_OF(meanings); i++)
		if (strstr(e->text, meanings[i].words) != NULL)
			return err_recode(e, meanings[i].code);
	return -1;
}

static int
exec_once(
    struct storage *s, const char *const *argv, struct buf *out, struct err *e)
{
	struct spawn_opts o = {
		.path = s->zfs_program, .dirfd = -1, .says_first = true
	};

	memcpy(&o.argv, &argv, sizeof(o.argv));
	if (out != NULL)
		buf_clear(out);
	return spawn_run(&o, out, e) < 0 ? explain(e) : 0;
}

int
zfs_stream(
    struct storage *s, const char *const *argv, int in, int out, struct err *e)
{
	struct spawn_opts o = { .path = s->zfs_program,
		.dirfd = -1,
		.fds = { in, out },
		.nfds = 2,
		.says_first = true };

	memcpy(&o.argv, &argv, sizeof(o.argv));
	return spawn_run(&o, NULL, e) < 0 ? explain(e) : 0;
}

/* What the child that writes FD has said and how it ended. */
static int
end_of_source(const char *program, pid_t pid, int fd, struct err *e)
{
	auto_buf struct buf said = BUF_INIT(BUF_TEXT_MAX);
	struct err ignored = ERR_INIT;
	int status;

	/* It is small: the child has not waited for us to read it. */
	if (io_read_all(fd, &said, program, &ignored) < 0)
		err_clear(&ignored);
	if (spawn_wait(pid, &status, e) < 0)
		return -1;
	if (status == 0)
		return 0;
	(void)err_set(e, ERR_CHILD, "%s: exit %d: %.*s", program, status,
	    (int)strcspn(said.data, "\n"), said.data);
	return explain(e);
}

int
zfs_pipe(struct storage *s, const char *const *source, const char *const *sink,
    struct err *e)
{
	struct spawn_opts o = { .path = s->zfs_program, .dirfd = -1 };
	auto_close int r = -1, w = -1, said_r = -1, said_w = -1;
	struct err failure = ERR_INIT;
	pid_t pid;
	int p[2], sunk;

	if (io_pipe(p, e) < 0)
		return -1;
	r = p[0];
	w = p[1];
	if (io_pipe(p, e) < 0)
		return -1;
	said_r = p[0];
	said_w = p[1];
	memcpy(&o.argv, &source, sizeof(o.argv));
	o.fds[0] = -1;
	o.fds[1] = w;
	o.fds[2] = said_w;
	o.nfds = 3;
	if (spawn_start(&o, &pid, e) < 0)
		return explain(e);
	cleanup_close(&w);
	cleanup_close(&said_w);
	sunk = zfs_stream(s, sink, r, -1, &failure);
	cleanup_close(&r);
	/* The source's words first: the sink's are of half a stream. */
	if (end_of_source(s->zfs_program, pid, said_r, e) < 0) {
		err_clear(&failure);
		return -1;
	}
	if (sunk < 0)
		*e = failure;
	return sunk;
}

int
zfs_exec(
    struct storage *s, const char *const *argv, struct buf *out, struct err *e)
{
	unsigned i;

	for (i = 0;; i++) {
		if (exec_once(s, argv, out, e) == 0)
			return 0;
		if (e->code != ERR_BUSY || i == BUSY_TRIES)
			return -1;
		err_clear(e);
		(void)poll(NULL, 0, BUSY_WAIT_MS);
	}
}

/* Cut the text into cells; false if a row has more or fewer of them. */
static bool
split(struct zfs_table *t, size_t columns)
{
	size_t lines = 0, i = 0;
	char *p;

	for (p = t->text.data; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	t->cells = xcalloc(lines * columns + 1, sizeof(*t->cells));
	t->columns = columns;
	for (p = t->text.data; *p != '\0';) {
		size_t c;

		for (c = 0; c < columns; c++) {
			size_t len = strcspn(p, "\t\n");
			char end = p[len];

			if (end != (c + 1 < columns ? '\t' : '\n'))
				return false;
			p[len] = '\0';
			t->cells[i++] = p;
			p += len + 1;
		}
		t->n++;
	}
	return true;
}

int
zfs_ask(struct storage *s, const char *const *argv, size_t columns,
    struct zfs_table *t, struct err *e)
{
	zfs_table_fini(t);
	if (zfs_exec(s, argv, &t->text, e) < 0)
		return -1;
	if (!split(t, columns)) {
		zfs_table_fini(t);
		return err_set(e, ERR_CORRUPT,
		    "zfs %s: expected lines of %zu columns", argv[1], columns);
	}
	return 0;
}

const char *
zfs_cell(const struct zfs_table *t, size_t row, size_t column)
{
	return t->cells[row * t->columns + column];
}

void
zfs_table_fini(struct zfs_table *t)
{
	buf_fini(&t->text);
	buf_init(&t->text, (size_t)1 << 24);
	free(t->cells);
	t->cells = NULL;
	t->n = 0;
}

/* Letters, digits, "_", "-", ".", ":", blank: zfs(8), "create". */
static bool
is_dataset(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if (!chr_is_alnum(*p) && strchr("_-.: /", *p) == NULL)
			return false;
	return true;
}

int
zfs_name(struct storage *s, const struct volume *v, char out[ZFS_NAME_SIZE],
    struct err *e)
{
	char name[ZFS_NAME_SIZE];
	int n = snprintf(name, sizeof(name), "%s/%s", s->zfs_root, v->path);

	if (n >= (int)sizeof(name))
		return err_set(e, ERR_INVALID,
		    "dataset of %s: longer than %d characters", v->path,
		    ZFS_NAME_SIZE - 1);
	/* A part of ours would be swept. */
	if (!is_dataset(name) || strstr(v->path, "/" ZFS_HIDDEN) != NULL)
		return err_set(e, ERR_INVALID,
		    "%s: a dataset can't have this name", v->path);
	(void)str_copy(out, name, ZFS_NAME_SIZE);
	return 0;
}

int
zfs_snap_name(const char *dataset, const char *snap, char out[ZFS_NAME_SIZE],
    struct err *e)
{
	char name[ZFS_NAME_SIZE];

	if (snprintf(name, sizeof(name), "%s@%s", dataset, snap) >=
	    (int)sizeof(name))
		return err_set(e, ERR_INVALID,
		    "snapshot %s of %s: longer than %d characters", snap,
		    dataset, ZFS_NAME_SIZE - 1);
	(void)str_copy(out, name, ZFS_NAME_SIZE);
	return 0;
}

void
zfs_hidden_name(char out[32])
{
	static unsigned count;
	uint64_t id[3] = { clock_real_ns(), (uint64_t)getpid(), count++ };

	str_fmt(out, 32, ZFS_HIDDEN "%016" PRIx64, str_hash(id, sizeof(id)));
}

bool
zfs_is_hidden(const char *name)
{
	return str_has_prefix(name, ZFS_HIDDEN);
}

const char *
zfs_snap_of(const char *name)
{
	const char *at = strchr(name, '@');

	return at != NULL ? at + 1 : NULL;
}

bool
zfs_is_within(const char *dataset, const char *top)
{
	size_t len = strlen(top);

	return strncmp(dataset, top, len) == 0 &&
	    strchr("/@", dataset[len]) != NULL; /* finds the NUL, too */
}

/* zfs(8) says FINE of one that is as it should be. */
static int
change_mount(struct storage *s, const char *verb, const char *dataset,
    const char *fine, struct err *e)
{
	if (zfs_run(s, e, verb, dataset) == 0)
		return 0;
	if (strstr(e->text, fine) == NULL)
		return -1;
	err_clear(e);
	return 0;
}

static int
zfs_unmount(struct storage *s, const char *dataset, struct err *e)
{
	return change_mount(s, "unmount", dataset, "not currently mounted", e);
}

int
zfs_mount(struct storage *s, const char *dataset, struct err *e)
{
	if (change_mount(s, "mount", dataset, "already mounted", e) == 0)
		return 0;
	return e->code == ERR_STATE ?
	    err_wrap(e, "encrypted: zfs load-key %s first", dataset) :
	    -1;
}

/* T: names, those above first; a part may be mounted in the one before. */
static int
unmount_each(struct storage *s, const struct zfs_table *t, struct err *e)
{
	size_t i;

	for (i = t->n; i-- > 0;)
		if (str_eq(zfs_cell(t, i, 1), "yes") &&
		    zfs_unmount(s, zfs_cell(t, i, 0), e) < 0)
			return -1;
	return 0;
}

static int
list_mounted(
    struct storage *s, const char *dataset, struct zfs_table *t, struct err *e)
{
	return zfs_list(s, t, 2, e, "list", "-H", "-r", "-t", "filesystem",
	    "-o", "name,mounted", dataset);
}

int
zfs_unmount_tree(struct storage *s, const char *dataset, struct err *e)
{
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;

	if (list_mounted(s, dataset, &t, e) < 0)
		return -1;
	return unmount_each(s, &t, e);
}

/* Those in T, whose topmost was FROM, which is called TO now. */
static int
mount_again(struct storage *s, const struct zfs_table *t, const char *from,
    const char *to, struct err *e)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		auto_free char *name =
		    xasprintf("%s%s", to, zfs_cell(t, i, 0) + strlen(from));

		if (str_eq(zfs_cell(t, i, 1), "yes") &&
		    zfs_mount(s, name, e) < 0)
			return -1;
	}
	return 0;
}

/*
 * zfs(8) unmounts, renames and mounts again.  With FUSE the first is not
 * over when the second comes, and so each time: then it is done step by step.
 */
int
zfs_move(
    struct storage *s, const char *dataset, const char *name, struct err *e)
{
	const char *const argv[] = { "zfs", "rename", dataset, name, NULL };
	auto_zfs_table struct zfs_table t = ZFS_TABLE_INIT;
	struct err ignored = ERR_INIT;

	if (exec_once(s, argv, NULL, e) == 0)
		return 0;
	if (e->code != ERR_BUSY)
		return -1;
	err_clear(e);
	if (list_mounted(s, dataset, &t, e) < 0)
		return -1;
	if (unmount_each(s, &t, e) == 0 && zfs_exec(s, argv, NULL, e) == 0)
		return mount_again(s, &t, dataset, name, e);
	if (mount_again(s, &t, dataset, dataset, &ignored) < 0)
		err_clear(&ignored);
	return -1;
}
