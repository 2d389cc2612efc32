/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the control groups of this host are, and how a cell's directories
 * are named and made.
 *
 * Three layouts: v2 alone at /sys/fs/cgroup; hybrid, v2 at
 * /sys/fs/cgroup/unified and v1 hierarchies beside it; anything else, found
 * in /proc/self/mountinfo.  Each is looked for once in a process, with one
 * statfs(2) in the first case and two in the second: a host with thousands
 * of mounts must not cost every start a parse of its mount table.  Where
 * nobody mounted v2, we do, for this process alone: the kernel has it
 * always, so tracking, freezing and killing need no second way.
 */
#include "platform/linux/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"

/* Others may remove an empty "pot" between our two mkdirs that often. */
#define MAKE_TRIES    1000
#define ROOT_SIZE     192
#define MOUNTINFO_MAX ((size_t)64 << 20)

enum ctl_place { PLACE_UNKNOWN, PLACE_V1, PLACE_V2 };

struct host {
	bool is_known;
	struct cgroup_dir v2;
	char v1[CGROUP_CTL_COUNT][ROOT_SIZE]; /* "": there is none */
	enum ctl_place place[CGROUP_CTL_COUNT];
};

/* A controller's name in v2, and as an option of a v1 mount. */
static const struct {
	const char *v2, *v1;
} ctl_names[CGROUP_CTL_COUNT] = {
	[CGROUP_MEMORY] = { "memory", "memory" },
	[CGROUP_CPU] = { "cpu", "cpu" },
	[CGROUP_CPUSET] = { "cpuset", "cpuset" },
	[CGROUP_PIDS] = { "pids", "pids" },
	[CGROUP_IO] = { "io", "blkio" },
};

/* What never changes while a process lives. */
static struct host the_host;

/* A cell whose directories this process has made, and the trees they are in:
 * who is born into it need not look for others. */
static struct {
	uint64_t generation;
	unsigned trees;
} made;

static bool
fs_is(const char *path, unsigned long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == magic;
}

/* Is WORD among the words of LIST, which commas separate? */
static bool
has_option(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *s = list; s != NULL; s = strchr(s, ',')) {
		s += *s == ',';
		if (strncmp(s, word, len) == 0 &&
		    (s[len] == ',' || s[len] == '\0'))
			return true;
	}
	return false;
}

/* "ID PARENT DEV ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE SUPEROPTIONS" */
static void
take_mount(struct host *h, char *line)
{
	char *tail = strstr(line, " - ");
	char *point = NULL, *type;

	if (tail == NULL)
		return;
	*tail = '\0';
	tail += 3;
	for (int i = 0; i < 5; i++)
		point = strsep(&line, " ");
	type = strsep(&tail, " ");
	(void)strsep(&tail, " ");
	/* A blank in a path is \040 here; nobody has groups there. */
	if (point == NULL || tail == NULL || strchr(point, '\\') != NULL ||
	    strlen(point) >= ROOT_SIZE)
		return;
	if (str_eq(type, "cgroup2") && h->v2.path[0] == '\0')
		str_copy(h->v2.path, point, sizeof(h->v2.path));
	if (!str_eq(type, "cgroup"))
		return;
	for (int i = 0; i < CGROUP_CTL_COUNT; i++) {
		if (h->v1[i][0] == '\0' && has_option(tail, ctl_names[i].v1))
			str_copy(h->v1[i], point, ROOT_SIZE);
	}
}

static int
read_mountinfo(struct host *h, struct err *e)
{
	auto_close int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	auto_buf struct buf b = BUF_INIT(MOUNTINFO_MAX);
	char *rest, *line;

	if (fd < 0)
		return err_sys(e, "/proc/self/mountinfo: open");
	if (io_read_all(fd, &b, "/proc/self/mountinfo", e) < 0)
		return -1;
	rest = b.data;
	while ((line = strsep(&rest, "\n")) != NULL)
		take_mount(h, line);
	return 0;
}

/* The descriptor is the process's for as long as it lives. */
static int
mount_v2(struct host *h, struct err *e)
{
	auto_close int fs = fsopen("cgroup2", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_sys(e, "cgroup v2: not mounted: fsopen");
	fd = fsmount(fs, FSMOUNT_CLOEXEC,
	    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (fd < 0)
		return err_sys(e, "cgroup v2: not mounted: fsmount");
	h->v2.dirfd = fd;
	str_copy(h->v2.path, ".", sizeof(h->v2.path));
	return 0;
}

static int
find_host(struct host *h, struct err *e)
{
	h->v2.dirfd = AT_FDCWD;
	if (fs_is("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC)) {
		str_copy(h->v2.path, "/sys/fs/cgroup", sizeof(h->v2.path));
		return 0;
	}
	if (fs_is("/sys/fs/cgroup/unified", CGROUP2_SUPER_MAGIC)) {
		str_copy(
		    h->v2.path, "/sys/fs/cgroup/unified", sizeof(h->v2.path));
		for (int i = 0; i < CGROUP_CTL_COUNT; i++)
			str_fmt(h->v1[i], ROOT_SIZE, "/sys/fs/cgroup/%s",
			    ctl_names[i].v1);
		return 0;
	}
	if (read_mountinfo(h, e) < 0)
		return -1;
	return h->v2.path[0] != '\0' ? 0 : mount_v2(h, e);
}

static int
get_host(struct host **hp, struct err *e)
{
	struct host h = { .is_known = true };

	if (!the_host.is_known) {
		if (find_host(&h, e) < 0)
			return err_wrap(e, "control groups");
		the_host = h;
	}
	*hp = &the_host;
	return 0;
}

int
cgroup_ctl_is_v1(enum cgroup_ctl ctl, bool *is_v1, struct err *e)
{
	struct host *h;

	if (get_host(&h, e) < 0)
		return -1;
	if (h->place[ctl] == PLACE_UNKNOWN)
		h->place[ctl] = h->v1[ctl][0] != '\0' &&
			fs_is(h->v1[ctl], CGROUP_SUPER_MAGIC) ?
		    PLACE_V1 :
		    PLACE_V2;
	*is_v1 = h->place[ctl] == PLACE_V1;
	return 0;
}

/* A bit for each of our controllers that a v2 directory may give on. */
static int
v2_controllers(const struct cgroup_dir *d, unsigned *mask, struct err *e)
{
	char text[512], *rest = text, *word;

	*mask = 0;
	if (cgroup_read(d, "cgroup.controllers", text, sizeof(text)) < 0)
		return err_sys(e, "%s/cgroup.controllers: read", d->path);
	while ((word = strsep(&rest, " ")) != NULL) {
		for (unsigned i = 0; i < CGROUP_CTL_COUNT; i++) {
			if (str_eq(word, ctl_names[i].v2))
				*mask |= 1U << i;
		}
	}
	return 0;
}

int
cgroup_ctl_check(enum cgroup_ctl ctl, struct err *e)
{
	struct host *h;
	unsigned mask;
	bool is_v1;

	if (cgroup_ctl_is_v1(ctl, &is_v1, e) < 0 || get_host(&h, e) < 0)
		return -1;
	if (is_v1)
		return 0;
	if (v2_controllers(&h->v2, &mask, e) < 0)
		return -1;
	if ((mask & 1U << ctl) == 0)
		return err_set(e, ERR_UNSUPPORTED,
		    "this host has no %s controller", ctl_names[ctl].v2);
	return 0;
}

int
cgroup_root(unsigned tree, struct cgroup_dir *out, bool *has, struct err *e)
{
	struct host *h;

	if (get_host(&h, e) < 0)
		return -1;
	out->dirfd = AT_FDCWD;
	if (tree == CGROUP_TREE_V2)
		*out = h->v2;
	else
		str_copy(out->path, h->v1[tree - 1], sizeof(out->path));
	*has = out->path[0] != '\0';
	return 0;
}

int
cgroup_parent(unsigned tree, const char *instance, struct cgroup_dir *out,
    bool *has, struct err *e)
{
	size_t len;

	if (cgroup_root(tree, out, has, e) < 0)
		return -1;
	len = strlen(out->path);
	len += (size_t)snprintf(out->path + len, sizeof(out->path) - len,
	    instance[0] != '\0' ? "/pot-%s" : "/pot%s", instance);
	if (len >= sizeof(out->path) || strchr(instance, '/') != NULL)
		return err_set(
		    e, ERR_INVALID, "instance %s: no name", instance);
	return 0;
}

int
cgroup_of(unsigned tree, const struct cell_ref *ref, struct cgroup_dir *out,
    bool *has, struct err *e)
{
	size_t len;

	if (cgroup_parent(tree, ref->instance, out, has, e) < 0)
		return -1;
	len = strlen(out->path);
	len += (size_t)snprintf(out->path + len, sizeof(out->path) - len,
	    "/%s.%" PRIu64, ref->name, ref->generation);
	if (len >= sizeof(out->path) || strchr(ref->name, '/') != NULL)
		return err_set(e, ERR_INVALID, "cell %s: no name", ref->name);
	return 0;
}

int
cgroup_of_ctl(enum cgroup_ctl ctl, const struct cell_ref *ref,
    struct cgroup_dir *out, bool *is_v1, struct err *e)
{
	bool has;

	if (cgroup_ctl_is_v1(ctl, is_v1, e) < 0)
		return -1;
	return cgroup_of(
	    *is_v1 ? CGROUP_TREE_V1(ctl) : CGROUP_TREE_V2, ref, out, &has, e);
}

/* Let the controllers of MASK through; not all of a host may be: the file of
 * a limit that is missing tells it better. */
static void
give_on(const struct cgroup_dir *d, unsigned mask)
{
	auto_close int fd = cgroup_open(d, "cgroup.subtree_control", O_WRONLY);
	char text[16];

	for (unsigned i = 0; fd >= 0 && i < CGROUP_CTL_COUNT; i++) {
		if ((mask & 1U << i) == 0)
			continue;
		str_fmt(text, sizeof(text), "+%s", ctl_names[i].v2);
		if (write(fd, text, strlen(text)) < 0)
			continue;
	}
}

/*
 * Our directory is new: have in it, and in the cells, what the host has.
 * All of it, for memory, pids and I/O are counted also where nothing limits
 * them.  What the root gives on it keeps giving: that is the host's state,
 * and others may count on it by the time we leave.
 */
static int
init_parent(unsigned tree, const struct cgroup_dir *parent, struct err *e)
{
	struct cgroup_dir root;
	unsigned mask;
	bool has;

	if (tree != CGROUP_TREE_V2)
		return 0;
	if (cgroup_root(tree, &root, &has, e) < 0 ||
	    v2_controllers(&root, &mask, e) < 0)
		return -1;
	if (mask != 0) {
		give_on(&root, mask);
		give_on(parent, mask);
	}
	return 0;
}

int
cgroup_enable(enum cgroup_ctl ctl, const char *instance, struct err *e)
{
	struct cgroup_dir d[2];
	char text[16];
	bool has;

	if (cgroup_root(CGROUP_TREE_V2, &d[0], &has, e) < 0 ||
	    cgroup_parent(CGROUP_TREE_V2, instance, &d[1], &has, e) < 0)
		return -1;
	str_fmt(text, sizeof(text), "+%s", ctl_names[ctl].v2);
	for (int i = 0; i < 2; i++) {
		if (cgroup_write(&d[i], "cgroup.subtree_control", text) < 0) {
			(void)err_sys(e, "%s/cgroup.subtree_control: %s",
			    d[i].path, text);
			return err_recode(e, ERR_UNSUPPORTED);
		}
	}
	return 0;
}

int
cgroup_make(unsigned tree, const struct cell_ref *ref, struct cgroup_dir *out,
    struct err *e)
{
	struct cgroup_dir parent;
	bool has;

	if (cgroup_of(tree, ref, out, &has, e) < 0 ||
	    cgroup_parent(tree, ref->instance, &parent, &has, e) < 0)
		return -1;
	if (made.generation != ref->generation)
		made.trees = 0;
	made.generation = ref->generation;
	made.trees |= 1U << tree;
	/* Who stops the last pot removes our directory: then once more. */
	for (int i = 0; i < MAKE_TRIES; i++) {
		if (mkdirat(out->dirfd, out->path, 0755) == 0)
			return 0;
		if (errno != ENOENT)
			return err_sys(e, "%s: mkdir", out->path);
		if (mkdirat(parent.dirfd, parent.path, 0755) == 0) {
			if (init_parent(tree, &parent, e) < 0)
				return -1;
		} else if (errno != EEXIST)
			return err_sys(e, "%s: mkdir", parent.path);
	}
	return err_set(
	    e, ERR_BUSY, "%s: removed as often as it is made", parent.path);
}

bool
cgroup_may_have(unsigned tree, const struct cell_ref *ref)
{
	return made.generation != ref->generation ||
	    (made.trees & 1U << tree) != 0;
}

/* Give FILE of TO what FROM has in it. */
static int
copy_value(const struct cgroup_dir *from, const struct cgroup_dir *to,
    const char *file, struct err *e)
{
	char text[4096];

	if (cgroup_read(from, file, text, sizeof(text)) < 0)
		return err_sys(e, "%s/%s: read", from->path, file);
	if (cgroup_write(to, file, text) < 0)
		return err_sys(e, "%s/%s: write %s", to->path, file, text);
	return 0;
}

int
cgroup_init_cpuset(const struct cell_ref *ref, struct err *e)
{
	unsigned tree = CGROUP_TREE_V1(CGROUP_CPUSET);
	struct cgroup_dir root, parent, cell;
	bool has;

	if (cgroup_root(tree, &root, &has, e) < 0 ||
	    cgroup_parent(tree, ref->instance, &parent, &has, e) < 0 ||
	    cgroup_of(tree, ref, &cell, &has, e) < 0)
		return -1;
	/* Another start may have made our directory and not got this far. */
	if (copy_value(&root, &parent, "cpuset.mems", e) < 0 ||
	    copy_value(&root, &parent, "cpuset.cpus", e) < 0)
		return -1;
	return copy_value(&root, &cell, "cpuset.mems", e);
}
