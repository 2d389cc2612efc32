/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open installation: its configuration, its directories, its instance
 * tag, and the boot that its run directory belongs to.
 */
#include "engine/engine_impl.h"

#include <errno.h>
#include <fcntl.h>
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
	if (mode == 0 || e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	if (dir_make_path(path, mode, e) < 0 ||
	    dir_open(AT_FDCWD, path, &g->dir[d], e) < 0)
		return -1;
	/* Group members may look (ps, ls); a run as a user can't chown. */
	if ((mode & 050) != 0 && geteuid() == 0 &&
	    fchown(g->dir[d], 0, engine_gid(g)) < 0)
		return err_sys(e, "%s: chown", path);
	return 0;
}

/* 1: the run directory belongs to BOOT, 0: not, -1. */
static int
is_boot(int run, const char *boot, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(128);

	if (file_read(run, BOOT_FILE, &b, e) == 0)
		return str_eq(b.data, boot);
	if (e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	return 0;
}

/*
 * What lies in the run directory is void when the kernel was booted since.
 * Under a lock, for another command may just have done this and started a
 * pot.
 */
static int
check_boot(struct engine *g, struct err *e)
{
	struct lock lock = LOCK_INIT;
	char boot[64];
	int run = g->dir[DIR_RUN], is, r = -1;

	if (g->platform->proc->boot_id(boot, e) < 0)
		return -1;
	is = is_boot(run, boot, e);
	if (is != 0 || geteuid() != 0)
		return is < 0 ? err_wrap(e, "run directory") : 0;
	if (lock_take(&lock, run, BOOT_FILE ".lock", LOCK_EXCLUSIVE,
		LOCK_WAIT_MS, "reset after boot", e) < 0)
		return -1;
	is = is_boot(run, boot, e);
	if (is == 1 ||
	    (is == 0 && tree_remove(run, "pot", e) == 0 &&
		tree_remove(run, "journal", e) == 0 &&
		file_write(run, BOOT_FILE, boot, strlen(boot), 0644, 0, e) ==
		    0))
		r = 0;
	lock_release(&lock);
	return r < 0 ? err_wrap(e, "run directory: reset after boot") : 0;
}

int
engine_dir(struct engine *g, enum engine_dir d, int *fd, struct err *e)
{
	if (dir_table[d].is_run && !g->is_run_ready) {
		if (open_one(g, DIR_RUN, e) < 0 || check_boot(g, e) < 0)
			return -1;
		g->is_run_ready = true;
	}
	if (g->dir[d] < 0) {
		if (open_one(g, d, e) < 0)
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
