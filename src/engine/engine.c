/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open installation: its configuration, its directories, its instance
 * tag, and the boot and installation that a run directory belongs to.
 */
#include "engine/engine_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/str.h"
#include "base/tree.h"
#include "base/xmalloc.h"

#define BOOT_FILE "boot"

/* Where each directory is: below which variable's value, by which name,
 * with which mode it is made if it is missing. */
static const struct {
	enum framework_var var;
	const char *sub;
	mode_t mode; /* 0: init makes it, a missing one is an error */
	bool is_run;
} dir_table[DIR_COUNT] = {
	[DIR_ROOT] = { FW_FS_ROOT, "", 0, false },
	[DIR_JAILS] = { FW_FS_ROOT, "jails", 0, false },
	[DIR_BASES] = { FW_FS_ROOT, "bases", 0, false },
	[DIR_FSCOMP] = { FW_FS_ROOT, "fscomp", 0, false },
	[DIR_JOURNAL] = { FW_FS_ROOT, "journal", 0700, false },
	[DIR_RUN] = { FW_RUN_DIR, "", 0750, true },
	[DIR_RUN_POT] = { FW_RUN_DIR, "pot", 0750, true },
	[DIR_RUN_LOCK] = { FW_RUN_DIR, "lock", 0700, true },
	[DIR_RUN_JOURNAL] = { FW_RUN_DIR, "journal", 0700, true },
	[DIR_LOG] = { FW_LOG_DIR, "", 0750, false },
};

int
engine_open(const struct engine_options *o, struct engine **out, struct err *e)
{
	struct engine *g = xcalloc(1, sizeof(*g));

	g->platform = o->platform;
	for (size_t i = 0; i < DIR_COUNT; i++)
		g->dir[i] = -1;
	if (framework_load(o->prefix, o->platform, o->log, &g->fw, e) < 0) {
		engine_close(g);
		return -1;
	}
	*out = g;
	return 0;
}

void
engine_close(struct engine *g)
{
	if (g == NULL)
		return;
	storage_close(g->storage);
	for (size_t i = 0; i < DIR_COUNT; i++)
		cleanup_close(&g->dir[i]);
	framework_free(g->fw);
	free(g);
}

const struct framework *
engine_framework(const struct engine *g)
{
	return g->fw;
}

char *
engine_path(struct engine *g, enum framework_var var, const char *fmt, ...)
{
	auto_buf struct buf b = BUF_INIT(PATH_MAX);
	va_list ap;

	buf_add_str(&b, framework_get(g->fw, var));
	buf_add_char(&b, '/');
	va_start(ap, fmt);
	buf_add_vfmt(&b, fmt, ap);
	va_end(ap);
	return buf_take(&b);
}

/*
 * The tag keeps kernel names of installations apart.  The default root's is
 * empty, so that its names are the ones people expect.
 */
static int
instance_tag(struct engine *g, int rootfd, struct err *e)
{
	const char *root = framework_get(g->fw, FW_FS_ROOT);
	struct stat st;
	uint64_t id[2], h;

	if (str_eq(root, g->platform->default_fs_root))
		return 0;
	if (fstat(rootfd, &st) < 0)
		return err_sys(e, "%s: stat", root);
	id[0] = (uint64_t)st.st_dev;
	id[1] = (uint64_t)st.st_ino;
	h = str_hash(id, sizeof(id));
	str_fmt(g->instance, sizeof(g->instance), "%08x",
	    (unsigned)(h ^ (h >> 32)));
	return 0;
}

static int
open_one(struct engine *g, enum engine_dir d, struct err *e)
{
	const char *top = framework_get(g->fw, dir_table[d].var);
	auto_free char *path = dir_table[d].sub[0] == '\0' ?
	    xstrdup(top) :
	    xasprintf("%s/%s", top, dir_table[d].sub);
	mode_t mode = dir_table[d].mode;

	if (dir_open(AT_FDCWD, path, &g->dir[d], e) == 0)
		return 0;
	if (e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	if (mode == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "%s: not found (pot init)", path);
	if (dir_make_path(path, mode, e) < 0 ||
	    dir_open(AT_FDCWD, path, &g->dir[d], e) < 0)
		return -1;
	/* Group members may look (ps, ls); a run as a user can't chown. */
	if ((mode & 050) != 0 && geteuid() == 0 &&
	    fchown(g->dir[d], 0, engine_gid(g)) < 0)
		return err_sys(e, "%s: chown", path);
	return 0;
}

/*
 * Whose the run directory is, as its file says: the boot, then the device
 * and inode of POT_FS_ROOT, then its path, a line each.
 */
enum run_owner { RUN_OURS, RUN_VOID, RUN_FREE, RUN_OTHERS };

struct run_claim {
	char boot[64];
	char root[48]; /* "DEVICE INODE" */
};

static int
root_id(int at, const char *path, char out[48], struct err *e)
{
	struct stat st;

	if (fstatat(at, path, &st, 0) < 0)
		return err_sys(e, "%s: stat", path);
	str_fmt(out, 48, "%" PRIu64 " %" PRIu64, (uint64_t)st.st_dev,
	    (uint64_t)st.st_ino);
	return 0;
}

/*
 * RUN_VOID: of another boot.  RUN_FREE: of an installation that is gone.
 * RUN_OTHERS: of one that is there, an error with its path.
 */
static int
read_claim(
    int run, const struct run_claim *c, enum run_owner *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err ignored = ERR_INIT;
	char *root, *path, now[48];

	*out = RUN_VOID;
	if (file_read(run, BOOT_FILE, &b, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	if ((root = strchr(b.data, '\n')) == NULL)
		return 0;
	*root++ = '\0';
	if (!str_eq(b.data, c->boot) || (path = strchr(root, '\n')) == NULL)
		return 0;
	*path++ = '\0';
	*out = RUN_OURS;
	if (str_eq(root, c->root))
		return 0;
	path[strcspn(path, "\n")] = '\0';
	*out = RUN_FREE;
	if (root_id(AT_FDCWD, path, now, &ignored) < 0 || !str_eq(now, root))
		return 0;
	*out = RUN_OTHERS;
	return err_set(e, ERR_STATE,
	    "it is that of the installation in %s: give each one its "
	    "POT_RUN_DIR",
	    path);
}

static int
write_claim(struct engine *g, const struct run_claim *c, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	buf_add_fmt(&b, "%s\n%s\n%s\n", c->boot, c->root,
	    framework_get(g->fw, FW_FS_ROOT));
	if (buf_check(&b, BOOT_FILE, e) < 0)
		return -1;
	return file_write(
	    g->dir[DIR_RUN], BOOT_FILE, b.data, b.len, 0644, 0, e);
}

/*
 * What lies in the run directory is void when the kernel was booted since.
 * Under a lock, for another command may just have done this and started a
 * pot.
 */
static int
settle_run(struct engine *g, const struct run_claim *c, struct err *e)
{
	auto_lock struct lock lock = LOCK_INIT;
	int run = g->dir[DIR_RUN];
	enum run_owner owner;

	if (lock_take(&lock, run, BOOT_FILE ".lock", LOCK_EXCLUSIVE,
		LOCK_WAIT_MS, "reset after boot", e) < 0 ||
	    read_claim(run, c, &owner, e) < 0)
		return -1;
	if (owner == RUN_OURS)
		return 0;
	if (owner == RUN_VOID &&
	    (tree_remove(run, "pot", e) < 0 ||
		tree_remove(run, "journal", e) < 0))
		return -1;
	return write_claim(g, c, e);
}

static int
check_run(struct engine *g, struct err *e)
{
	struct run_claim c;
	enum run_owner owner;
	int root;

	if (engine_dir(g, DIR_ROOT, &root, e) < 0 ||
	    root_id(root, ".", c.root, e) < 0 ||
	    g->platform->proc->boot_id(c.boot, e) < 0)
		return -1;
	if (read_claim(g->dir[DIR_RUN], &c, &owner, e) < 0 ||
	    (owner != RUN_OURS && geteuid() == 0 && settle_run(g, &c, e) < 0))
		return err_wrap(
		    e, "run directory %s", framework_get(g->fw, FW_RUN_DIR));
	return 0;
}

static bool
is_stored(enum engine_dir d)
{
	return d == DIR_JAILS || d == DIR_BASES || d == DIR_FSCOMP;
}

/*
 * A directory in which the storage has something: what belongs there may
 * have to be mounted, which makes the directory, too.
 */
static int
open_stored(struct engine *g, enum engine_dir d, struct err *e)
{
	struct err missing = ERR_INIT;
	struct storage *s;
	bool is_new;

	if (open_one(g, d, &missing) < 0 && missing.code != ERR_NOT_FOUND) {
		*e = missing;
		return -1;
	}
	if (engine_storage(g, &s, e) < 0 ||
	    storage_attach(s, dir_table[d].sub, &is_new, e) < 0) {
		cleanup_close(&g->dir[d]);
		if (e->code == ERR_NOT_FOUND)
			err_recode(e, ERR_STATE);
		return err_wrap(e,
		    "%s: nothing is there (pot init, zpool import)",
		    dir_table[d].sub);
	}
	if (is_new) {
		cleanup_close(&g->dir[d]);
		return open_one(g, d, e);
	}
	if (err_is_set(&missing))
		*e = missing;
	return err_is_set(&missing) ? -1 : 0;
}

int
engine_dir(struct engine *g, enum engine_dir d, int *fd, struct err *e)
{
	if (dir_table[d].is_run && !g->is_run_ready) {
		if (open_one(g, DIR_RUN, e) < 0 || check_run(g, e) < 0)
			return -1;
		g->is_run_ready = true;
	}
	if (g->dir[d] < 0) {
		if ((is_stored(d) ? open_stored(g, d, e) : open_one(g, d, e)) <
		    0)
			return -1;
		if (d == DIR_ROOT && instance_tag(g, g->dir[d], e) < 0)
			return -1;
	}
	*fd = g->dir[d];
	return 0;
}

int
engine_storage(struct engine *g, struct storage **out, struct err *e)
{
	const struct storage_options o = {
		.driver = framework_get(g->fw, FW_STORAGE),
		.fs_root = framework_get(g->fw, FW_FS_ROOT),
		.zfs_root = framework_get(g->fw, FW_ZFS_ROOT),
		.platform = g->platform,
	};

	if (g->storage == NULL && storage_open(&o, &g->storage, e) < 0)
		return -1;
	*out = g->storage;
	return 0;
}

/*
 * Read from the file, not through NSS: a static program has none, and the
 * group is a local one (init makes it).
 */
gid_t
engine_gid(struct engine *g)
{
	const char *want = framework_get(g->fw, FW_GROUP);
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	size_t len = strlen(want);
	struct err ignored = ERR_INIT;
	uint64_t gid = 0;
	auto_close int etc = -1;

	if (dir_open(AT_FDCWD, "/etc", &etc, &ignored) < 0 ||
	    file_read(etc, "group", &b, &ignored) < 0)
		return 0;
	for (char *line = b.data; *line != '\0';) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end = '\0';
		if (strncmp(line, want, len) == 0 && line[len] == ':') {
			char *p = strchr(line + len + 1, ':');
			char *q = p == NULL ? NULL : strchr(p + 1, ':');

			if (q != NULL) {
				*q = '\0';
				if (str_u64("gid", p + 1, 0, UINT32_MAX, &gid,
					&ignored) == 0)
					return (gid_t)gid;
			}
		}
		if (end == NULL)
			break;
		line = end + 1;
	}
	return 0;
}

const char *
engine_stack(struct engine *g)
{
	const char *stack = framework_get(g->fw, FW_NETWORK_STACK);

	return str_eq(stack, "ipv6") || str_eq(stack, "dual") ? stack : "ipv4";
}
