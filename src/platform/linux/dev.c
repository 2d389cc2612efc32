/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev of a pot: a tmpfs with the devices of its devfs ruleset, and the
 * mounts below it.  It is filled while it is detached, so nothing that the
 * pot's image has at /dev is ever looked at.
 *
 * Rulesets have the numbers of FreeBSD's devfs.rules.  A pot never has the
 * host's whole /dev, whatever the number.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "platform/linux/inside.h"
#include "platform/linux/kernel.h"
#include "platform/linux/tree.h"

enum dev_set {
	DEV_BASIC = 1 << 0,
	DEV_LOGIN = 1 << 1,
	DEV_TUN = 1 << 2,
};

struct ruleset_row {
	unsigned number;
	unsigned sets;
};

static const struct ruleset_row ruleset_rows[] = {
	{ 1, 0 },				/* hide_all */
	{ 2, DEV_BASIC },			/* unhide_basic */
	{ 3, DEV_LOGIN },			/* unhide_login */
	{ 4, DEV_BASIC | DEV_LOGIN },		/* jail, the default */
	{ 5, DEV_BASIC | DEV_LOGIN | DEV_TUN }, /* jail_vnet */
};

struct node_row {
	const char *name;
	unsigned set;
	unsigned major, minor;
};

static const struct node_row node_rows[] = {
	{ "null", DEV_BASIC, 1, 3 },
	{ "zero", DEV_BASIC, 1, 5 },
	{ "full", DEV_BASIC, 1, 7 },
	{ "random", DEV_BASIC, 1, 8 },
	{ "urandom", DEV_BASIC, 1, 9 },
	{ "tty", DEV_LOGIN, 5, 0 },
	{ "net/tun", DEV_TUN, 10, 200 },
};

_Static_assert(COUNT_OF(node_rows) <= DEV_NODES_MAX, "room for all nodes");

struct link_row {
	const char *name, *target;
	unsigned set; /* 0: always */
};

static const struct link_row link_rows[] = {
	{ "fd", "/proc/self/fd", 0 },
	{ "stdin", "/proc/self/fd/0", 0 },
	{ "stdout", "/proc/self/fd/1", 0 },
	{ "stderr", "/proc/self/fd/2", 0 },
	{ "ptmx", "pts/ptmx", DEV_LOGIN },
};

/* File systems below /dev. */
struct devfs_row {
	const char *name, *type;
	unsigned set;
	uint64_t attr;
	const char *const (*options)[2];
};

#define DEV_ATTR (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

static const char *const pts_options[][2] = {
	{ "ptmxmode", "0666" },
	{ "mode", "0620" },
	{ "gid", "5" }, /* tty, on Linux everywhere */
	{ NULL, NULL },
};
static const char *const shm_options[][2] = {
	{ "mode", "1777" },
	{ "size", "64m" },
	{ NULL, NULL },
};
static const char *const no_options[][2] = {
	{ NULL, NULL },
};
static const char *const dev_options[][2] = {
	{ "mode", "0755" },
	{ "size", "64k" },
	{ NULL, NULL },
};

static const struct devfs_row devfs_rows[] = {
	{ "pts", "devpts", DEV_LOGIN, DEV_ATTR, pts_options },
	{ "shm", "tmpfs", 0, DEV_ATTR | MOUNT_ATTR_NODEV, shm_options },
	{ "mqueue", "mqueue", 0, DEV_ATTR | MOUNT_ATTR_NODEV, no_options },
};

_Static_assert(COUNT_OF(devfs_rows) <= DEV_BELOW_MAX, "room for all");

static const struct ruleset_row *
ruleset_find(unsigned number)
{
	for (size_t i = 0; i < COUNT_OF(ruleset_rows); i++) {
		if (ruleset_rows[i].number == number)
			return &ruleset_rows[i];
	}
	return NULL;
}

bool
dev_ruleset_is_known(unsigned ruleset)
{
	return ruleset_find(ruleset) != NULL;
}

/* One that we don't know is the default. */
static unsigned
ruleset_sets(unsigned number)
{
	const struct ruleset_row *r = ruleset_find(number);

	return r != NULL ? r->sets : DEV_BASIC | DEV_LOGIN;
}

static bool
is_in(unsigned set, unsigned sets)
{
	return set == 0 || (set & sets) != 0;
}

static int
devfs_build(const char *type, const char *what, const char *const (*options)[2],
    uint64_t attr, int *fdp, struct err *e)
{
	int fsfd; /* inside.h: not closed one by one */

	if (fs_open(type, &fsfd, e) < 0)
		return -1;
	for (; (*options)[0] != NULL; options++) {
		if (fs_set(fsfd, what, (*options)[0], (*options)[1], e) < 0)
			return -1;
	}
	return fs_mount(fsfd, what, attr, fdp, e);
}

/* The entries of /dev while it is detached; umask is 0. */
static int
dev_fill(int devfd, unsigned sets, bool has_mknod, struct err *e)
{
	if ((sets & DEV_TUN) != 0 && mkdirat(devfd, "net", 0755) < 0)
		return err_sys(e, "/dev/net");
	for (size_t i = 0; i < COUNT_OF(node_rows); i++) {
		const struct node_row *n = &node_rows[i];
		mode_t type = has_mknod ? S_IFCHR : S_IFREG;
		dev_t dev = has_mknod ? makedev(n->major, n->minor) : 0;

		if (is_in(n->set, sets) &&
		    mknodat(devfd, n->name, type | 0666, dev) < 0)
			return err_sys(e, "/dev/%s", n->name);
	}
	for (size_t i = 0; i < COUNT_OF(link_rows); i++) {
		const struct link_row *l = &link_rows[i];

		if (is_in(l->set, sets) &&
		    symlinkat(l->target, devfd, l->name) < 0)
			return err_sys(e, "/dev/%s", l->name);
	}
	for (size_t i = 0; i < COUNT_OF(devfs_rows); i++) {
		const struct devfs_row *d = &devfs_rows[i];

		if (is_in(d->set, sets) && mkdirat(devfd, d->name, 0755) < 0)
			return err_sys(e, "/dev/%s", d->name);
	}
	return 0;
}

/* Copies of the host's nodes, for a user namespace, in which no node can be
 * made that works. */
static int
dev_copy_nodes(int fds[DEV_NODES_MAX], unsigned sets, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(node_rows); i++) {
		const struct node_row *n = &node_rows[i];
		char path[32];

		if (!is_in(n->set, sets))
			continue;
		str_fmt(path, sizeof(path), "/dev/%s", n->name);
		fds[i] = open_tree(
		    AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (fds[i] < 0 && (errno != ENOENT || n->set != DEV_TUN))
			return err_sys(e, "host's %s", path);
	}
	return 0;
}

int
dev_build(const struct cell_attrs *a, struct dev *out, struct err *e)
{
	unsigned sets = ruleset_sets(a->devfs_ruleset);

	memset(out, -1, sizeof(*out));
	if (devfs_build("tmpfs", "/dev", dev_options, DEV_ATTR, &out->fd, e) <
		0 ||
	    dev_fill(out->fd, sets, !a->userns, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(devfs_rows); i++) {
		const struct devfs_row *d = &devfs_rows[i];

		if (is_in(d->set, sets) &&
		    devfs_build(d->type, d->name, d->options, d->attr,
			&out->below[i], e) < 0)
			return err_wrap(e, "/dev");
	}
	return a->userns ? dev_copy_nodes(out->node, sets, e) : 0;
}

int
dev_attach(const struct dev *dev, int rootfd, struct err *e)
{
	if (attach_at(dev->fd, rootfd, "/dev", true, 0755, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(devfs_rows); i++) {
		if (dev->below[i] >= 0 &&
		    attach_at(dev->below[i], dev->fd, devfs_rows[i].name, false,
			0, e) < 0)
			return err_wrap(e, "/dev");
	}
	for (size_t i = 0; i < COUNT_OF(node_rows); i++) {
		if (dev->node[i] >= 0 &&
		    attach_at(dev->node[i], dev->fd, node_rows[i].name, false,
			0, e) < 0)
			return err_wrap(e, "/dev");
	}
	return 0;
}
