/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mount-in and mount-out (reference 2.5).
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/change.h"
#include "engine/spec.h"
#include "engine/uses.h"
#include "engine/view.h"

/* What is mounted: what fscomp.conf says of it, and whether it is a file. */
struct source {
	char *text;
	bool is_file;
};

static int
source_fscomp(
    struct change *c, const char *name, struct source *out, struct err *e)
{
	struct pot_name checked;
	auto_free char *volume = NULL;
	struct storage *s;

	if (name_parse_existing("fscomp", name, &checked, e) < 0 ||
	    engine_storage(c->g, &s, e) < 0)
		return -1;
	volume = xasprintf("fscomp/%s", checked.s);
	if (!storage_exists(s, volume))
		return err_set(e, ERR_NOT_FOUND, "fscomp %s: not found", name);
	out->text =
	    xasprintf("%s/%s", framework_get(c->g->fw, FW_ZFS_ROOT), volume);
	return 0;
}

static int
source_dataset(
    struct change *c, const char *name, struct source *out, struct err *e)
{
	const char *volume = spec_volume(c->g, name);
	struct storage *s;

	if (engine_storage(c->g, &s, e) < 0)
		return -1;
	if (volume == NULL || !storage_exists(s, volume))
		return err_set(e, ERR_NOT_FOUND, "dataset %s: not found", name);
	out->text = xstrdup(name);
	return 0;
}

/* PATH, which is resolved, is that of the pot, or below it.  POT_FS_ROOT may
 * lead there by a link. */
static int
is_inside(const struct pot *p, const char *path, bool *yes, struct err *e)
{
	auto_free char *pot = realpath(p->path, NULL);
	size_t len;

	if (pot == NULL)
		return err_sys(e, "%s", p->path);
	len = strlen(pot);
	*yes = strncmp(path, pot, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0');
	return 0;
}

static int
source_dir(
    struct change *c, const char *path, struct source *out, struct err *e)
{
	bool inside = false;
	struct stat st;

	if ((out->text = realpath(path, NULL)) == NULL)
		return err_sys(e, "%s", path);
	if (stat(out->text, &st) < 0)
		return err_sys(e, "%s", path);
	out->is_file = S_ISREG(st.st_mode);
	if (!out->is_file && !S_ISDIR(st.st_mode))
		return err_set(
		    e, ERR_INVALID, "%s: neither a directory nor a file", path);
	/* Blanks separate the words of fscomp.conf. */
	if (strpbrk(out->text, " \t\n") != NULL)
		return err_set(e, ERR_INVALID, "%s: has a blank in it", path);
	if (is_inside(c->pot, out->text, &inside, e) < 0)
		return -1;
	if (inside)
		return err_set(
		    e, ERR_INVALID, "%s: is inside the pot itself", path);
	for (size_t i = 0; i < c->pot->fscomp.n; i++)
		if (str_eq(c->pot->fscomp.v[i].source, out->text))
			return err_set(e, ERR_EXISTS,
			    "pot %s: %s is mounted already, on %s",
			    c->pot->name.s, path, c->pot->fscomp.v[i].target);
	return 0;
}

static int
find_source(struct change *c, struct source *out, struct err *e)
{
	const char *f = request_get(c->req, "fscomp");
	const char *d = request_get(c->req, "dir");
	const char *z = request_get(c->req, "dataset");

	if ((f != NULL) + (d != NULL) + (z != NULL) != 1)
		return err_set(e, ERR_USAGE,
		    "mount-in: exactly one of fscomp, dir and dataset is "
		    "needed");
	if (d != NULL && request_has(c->req, "remount"))
		return err_set(
		    e, ERR_USAGE, "mount-in: a directory can't be remounted");
	if (d == NULL && request_has(c->req, "map-ids"))
		return err_set(e, ERR_USAGE,
		    "mount-in: the ids of what is pot's own are mapped anyway");
	if (f != NULL)
		return source_fscomp(c, f, out, e);
	return d != NULL ? source_dir(c, d, out, e) :
			   source_dataset(c, z, out, e);
}

static int
check_target(const char *target, struct err *e)
{
	if (target[0] != '/' || strlen(target) >= PATH_MAX)
		return err_set(e, ERR_INVALID,
		    "mount point %s: not an absolute path", target);
	if (strpbrk(target, " \t\n") != NULL)
		return err_set(e, ERR_INVALID,
		    "mount point %s: has a blank in it", target);
	if (target[strspn(target, "/")] == '\0')
		return err_set(e, ERR_INVALID,
		    "mount point %s: is the pot's root", target);
	return 0;
}

struct point {
	const char *target;
	bool is_file;
	unsigned made; /* how many of its last components are ours */
	int answer;    /* pipe: their number, and the resolved path */
};

static int
make_file(int rootfd, const char *path, struct err *e)
{
	char name[NAME_MAX + 1];
	auto_free char *parent = xstrdup(path);
	auto_close int dir = -1, made = -1, fd = -1;

	*strrchr(parent, '/') = '\0';
	if (parent[0] != '\0' &&
	    beneath_mkdirs(rootfd, parent, 0755, &made, e) < 0)
		return -1;
	if (beneath_parent(rootfd, path, &dir, name, e) < 0)
		return -1;
	if (file_exists(dir, name))
		return 0;
	if ((fd = openat(
		 dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) < 0)
		return err_sys(e, "%s", path);
	return 0;
}

/* Of PATH, how many last components are not there. */
static unsigned
count_missing(int rootfd, const char *path)
{
	auto_free char *part = xstrdup(path);
	unsigned n = 0;

	for (; part[0] != '\0'; n++) {
		char name[NAME_MAX + 1];
		auto_close int dir = -1;
		struct err ignored = ERR_INIT;

		if (beneath_parent(rootfd, part, &dir, name, &ignored) == 0 &&
		    file_exists(dir, name))
			break;
		*strrchr(part, '/') = '\0';
	}
	return n;
}

/* Make the mount point, and say where it really is in the pot. */
static int
point_view(int rootfd, void *arg, struct err *e)
{
	const struct point *p = arg;
	auto_buf struct buf answer = BUF_INIT(PATH_MAX + 16);
	auto_close int fd = -1;
	char real[PATH_MAX];

	if (beneath_realpath(rootfd, p->target, real, sizeof(real), e) < 0)
		return -1;
	buf_add_fmt(&answer, "%u %s", count_missing(rootfd, real), real);
	if ((p->is_file ? make_file(rootfd, real, e) :
			  beneath_mkdirs(rootfd, real, 0755, &fd, e)) < 0)
		return -1;
	if (io_write_all(p->answer, answer.data, answer.len) < 0)
		return err_sys(e, "answer");
	return 0;
}

/* REAL: to be freed, and P's target from now on. */
static int
make_point(struct change *c, const char *target, struct point *p, char **real,
    struct err *e)
{
	auto_buf struct buf b = BUF_INIT(PATH_MAX + 16);
	const char *text;
	uint64_t made;
	int pipe[2], r;

	p->target = target;
	if (io_pipe(pipe, e) < 0)
		return -1;
	p->answer = pipe[1];
	r = view_run(c->pot, NULL, point_view, p, e);
	cleanup_close(&pipe[1]);
	if (r == 0)
		r = io_read_all(pipe[0], &b, "mount point", e);
	cleanup_close(&pipe[0]);
	if (r < 0)
		return err_wrap(e, "pot %s: mount point", c->pot->name.s);
	text = b.data;
	if (!str_take_u64(&text, PATH_MAX, &made) || *text++ != ' ')
		return err_set(e, ERR_CORRUPT, "mount point: no answer");
	/* The guest of a running pot may be at work there meanwhile. */
	if (check_target(text, e) < 0)
		return -1;
	p->made = (unsigned)made;
	p->target = *real = xstrdup(text);
	return 0;
}

/* What the guest has put there meanwhile stays. */
static int
unmake_view(int rootfd, void *arg, struct err *e)
{
	const struct point *p = arg;
	auto_free char *path = xstrdup(p->target);

	for (unsigned i = 0; i < p->made && path[0] != '\0'; i++) {
		char name[NAME_MAX + 1];
		auto_close int dir = -1;

		if (beneath_parent(rootfd, path, &dir, name, e) < 0)
			return -1;
		if (unlinkat(
			dir, name, i == 0 && p->is_file ? 0 : AT_REMOVEDIR) < 0)
			return 0;
		*strrchr(path, '/') = '\0';
	}
	return 0;
}

/* Nothing was mounted there after all. */
static void
unmake_point(struct change *c, struct point *p)
{
	struct err why = ERR_INIT;

	if (p->made > 0 && view_run(c->pot, NULL, unmake_view, p, &why) < 0)
		log_debug(c->log, "%s", why.text);
}

/* In a pot that runs, at once; what can't be mounted is not stored. */
static int
mount_live(struct change *c, const struct fscomp_entry *f, struct err *e)
{
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;
	auto_free char *root = xasprintf("%s/m", c->pot->path);
	struct run_state st;

	if (run_find(c->g, c->pot->name.s, &st, e) < 0)
		return -1;
	if (!st.is_alive)
		return 0;
	if (spec_entry(c->pot, f, &plan, e) < 0)
		return -1;
	return c->g->platform->cell->mount(&st.ref, root, &plan.v[0], e);
}

static int
unmount_live(struct change *c, const char *target, struct err *e)
{
	auto_free char *root = xasprintf("%s/m", c->pot->path);
	struct run_state st;

	if (run_find(c->g, c->pot->name.s, &st, e) < 0)
		return -1;
	if (!st.is_alive ||
	    c->g->platform->cell->unmount(&st.ref, root, target, e) == 0)
		return 0;
	return err_wrap(e, "pot %s", c->pot->name.s);
}

/* Store it, and mount it if the pot runs: both or nothing. */
static int
add_mount(struct change *c, const char *text, const char *target,
    const char *option, struct err *e)
{
	auto_uses struct uses uses = USES_INIT;
	struct fscomp *all = &c->pot->fscomp;
	struct err why = ERR_INIT;

	if (fscomp_find_target(all, target) >= 0)
		return err_set(e, ERR_EXISTS,
		    "pot %s: mount point %s is in use", c->pot->name.s, target);
	fscomp_add(all, text, target, option);
	if (uses_hold(c->pot, &uses, c->log, e) < 0 ||
	    mount_live(c, &all->v[all->n - 1], e) < 0)
		return err_wrap(e, "pot %s", c->pot->name.s);
	if (fscomp_write(all, c->pot->confdir, FILE_F_SYNC, e) == 0)
		return 0;
	if (unmount_live(c, target, &why) < 0)
		log_error(c->log, "%s", why.text);
	return -1;
}

int
change_mount_in(struct change *c, struct err *e)
{
	struct source src = { .text = NULL };
	auto_free char *text = NULL, *real = NULL;
	bool is_ro = request_has(c->req, "readonly");
	bool maps = request_has(c->req, "map-ids");
	const char *target, *option = NULL;
	struct point point = { .made = 0 };
	int r;

	if (request_need(c->req, "target", &target, e) < 0 ||
	    check_target(target, e) < 0)
		return -1;
	r = find_source(c, &src, e);
	text = src.text;
	point.is_file = src.is_file;
	if (r < 0 || make_point(c, target, &point, &real, e) < 0)
		return -1;
	if (is_ro)
		option = maps ? "ro," SPEC_IDMAP : "ro";
	else if (maps)
		option = SPEC_IDMAP;
	else if (request_has(c->req, "remount"))
		option = "zfs-remount";
	if (is_ro && request_has(c->req, "remount"))
		log_info(c->log,
		    "pot %s: read-only, so the dataset is not remounted",
		    c->pot->name.s);
	if (add_mount(c, text, real, option, e) == 0)
		return 0;
	unmake_point(c, &point);
	return -1;
}

int
change_mount_out(struct change *c, struct err *e)
{
	const char *target;
	int i;

	if (request_need(c->req, "target", &target, e) < 0)
		return -1;
	i = fscomp_find_target(&c->pot->fscomp, target);
	if (i < 0 || str_eq(target, "/"))
		return err_set(e, ERR_NOT_FOUND,
		    "pot %s: nothing is mounted on %s", c->pot->name.s, target);
	if (unmount_live(c, target, e) < 0)
		return -1;
	fscomp_remove(&c->pot->fscomp, (size_t)i);
	return fscomp_write(&c->pot->fscomp, c->pot->confdir, FILE_F_SYNC, e);
}
