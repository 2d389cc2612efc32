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
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
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
	auto_close int fsfd = -1;

	if (fs_open(type, &fsfd, e) < 0)
		return -1;
	for (; (*options)[0] != NULL; options++) {
		if (fs_set(fsfd, what, (*options)[0], (*options)[1], e) < 0)
			return -1;
	}
	return fs_mount(fsfd, what, attr, fdp, e);
}

/* Detached copies of the host's nodes, for a user namespace, in which no
 * node can be made that works. */
int
dev_open_nodes(unsigned ruleset, struct dev_nodes *out, struct err *e)
{
	unsigned sets = ruleset_sets(ruleset);

	for (size_t i = 0; i < DEV_NODES_MAX; i++)
		out->fd[i] = -1;
	for (size_t i = 0; i < COUNT_OF(node_rows); i++) {
		const struct node_row *n = &node_rows[i];
		auto_close int dir = -1;

		if (!is_in(n->set, sets))
			continue;
		dir = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
		out->fd[i] = open_tree(
		    dir, n->name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (out->fd[i] < 0 && n->set != DEV_TUN) {
			err_sys(e, "host's /dev/%s", n->name);
			dev_close_nodes(out);
			return -1;
		}
	}
	return 0;
}

void
dev_close_nodes(struct dev_nodes *n)
{
	for (size_t i = 0; i < DEV_NODES_MAX; i++)
		cleanup_close(&n->fd[i]);
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

static int
dev_attach_nodes(int devfd, const struct dev_nodes *host, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(node_rows); i++) {
		if (host->fd[i] >= 0 &&
		    attach_at(
			host->fd[i], devfd, node_rows[i].name, false, 0, e) < 0)
			return err_wrap(e, "/dev");
	}
	return 0;
}

int
dev_mount(
    int rootfd, unsigned ruleset, const struct dev_nodes *host, struct err *e)
{
	unsigned sets = ruleset_sets(ruleset);
	auto_close int devfd = -1;

	if (devfs_build("tmpfs", "/dev", dev_options, DEV_ATTR, &devfd, e) <
		0 ||
	    dev_fill(devfd, sets, host == NULL, e) < 0 ||
	    attach_at(devfd, rootfd, "/dev", true, 0755, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(devfs_rows); i++) {
		const struct devfs_row *d = &devfs_rows[i];
		auto_close int fd = -1;

		if (is_in(d->set, sets) &&
		    (devfs_build(
			 d->type, d->name, d->options, d->attr, &fd, e) < 0 ||
			attach_at(fd, devfd, d->name, false, 0, e) < 0))
			return err_wrap(e, "/dev");
	}
	return host == NULL ? 0 : dev_attach_nodes(devfd, host, e);
}
