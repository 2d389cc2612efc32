/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mounting, by nmount(2): nullfs, tmpfs, devfs with a ruleset, fdescfs,
 * procfs, and datasets.
 *
 * The kernel wants a path as mount point.  Below a pot's root a path is the
 * guest's to change, so the mount point is found component by component
 * (base/beneath.h), made the working directory, and named ".".
 *
 * nullfs of a single file needs 13.2; its mount point is a name in the
 * working directory, which a guest that runs could make a link, so that is
 * only done while the pot is stopped.  Before 13.2 the file is copied.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/linker.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <fs/devfs/devfs.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/freebsd/freebsd.h"
#include "platform/freebsd/params.h"
#include "platform/view_child.h"

#define COPY_MAX ((size_t)64 << 20)

/* File system types; the module has the same name. */
static const char *const kind_type[] = {
	[MOUNT_BIND] = "nullfs",
	[MOUNT_OVERLAY] = NULL, /* unionfs(4) is none */
	[MOUNT_TMPFS] = "tmpfs",
	[MOUNT_PROC] = "procfs",
	[MOUNT_FDESCFS] = "fdescfs",
	[MOUNT_DATASET] = "nullfs",
};

/* What nmount is told; the parameters borrow the texts. */
struct request {
	struct params p;
	char source[PATH_MAX];
	char size[24], mode[8], ruleset[8];
	struct strv options;
	bool may_be_there; /* as a writable part of what is mounted above */
};

static void
request_fini(struct request *r)
{
	strv_fini(&r->options);
}
#define auto_request __attribute__((cleanup(request_fini), unused))

static void
request_init(struct request *r, const char *type)
{
	params_init(&r->p);
	params_text(&r->p, "fstype", type);
	r->options = (struct strv)STRV_INIT;
}

/* "nosuid,size=1m": names, and values where there are any. */
static void
add_options(struct request *r, const char *text)
{
	size_t first = r->options.n;

	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, ",");

		if (len > 0)
			strv_add_take(&r->options, xstrndup(text, len));
		text += len + (text[len] == ',');
	}
	for (size_t i = first; i < r->options.n; i++) {
		char *value = strchr(r->options.v[i], '=');

		if (value == NULL) {
			params_flag(&r->p, r->options.v[i]);
			continue;
		}
		*value++ = '\0';
		params_text(&r->p, r->options.v[i], value);
	}
}

/* Mount on the directory DIRFD, or on the file NAME in it. */
static int
mount_on(struct request *r, int dirfd, const char *name, const char *target,
    struct err *e)
{
	auto_close int cwd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (cwd < 0 || fchdir(dirfd) < 0)
		return err_sys(e, "%s", target);
	params_text(&r->p, "fspath", name);
	rc = nmount(r->p.iov, r->p.n, 0);
	/* nullfs refuses a directory on itself, seen through the nullfs of
	 * one above it: what was asked for is there already. */
	if (rc < 0 && errno == EDEADLK && r->may_be_there)
		rc = 0;
	if (rc < 0)
		rc = params_error(&r->p, e, "%s: mount", target);
	if (fchdir(cwd) < 0 && rc == 0)
		rc = err_sys(e, "working directory");
	return rc;
}

/* Where a dataset is mounted now; empty if it is not. */
static int
dataset_place(const char *dataset, char out[PATH_MAX], struct err *e)
{
	auto_free struct statfs *v = NULL;
	size_t n = 0;

	out[0] = '\0';
	if (mount_table(&v, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (str_eq(v[i].f_fstypename, "zfs") &&
		    str_eq(v[i].f_mntfromname, dataset)) {
			(void)str_copy(out, v[i].f_mntonname, PATH_MAX);
			return 0;
		}
	}
	return 0;
}

/*
 * A dataset is shown where the pot wants it by nullfs and stays where it is
 * mounted: no property changes, so nothing has to be put back (D9).  One
 * that is not mounted is mounted here.
 */
static int
fill_dataset(struct request *r, const struct mount_entry *m, struct err *e)
{
	if (dataset_place(m->source, r->source, e) < 0)
		return -1;
	if (r->source[0] != '\0') {
		request_init(r, "nullfs");
		params_text(&r->p, "target", r->source);
	} else {
		request_init(r, "zfs");
		params_text(&r->p, "from", m->source);
	}
	return 0;
}

static int
fill(struct request *r, const struct mount_entry *m, struct err *e)
{
	if (kind_type[m->kind] == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: overlays are not available on FreeBSD", m->target);
	request_init(r, kind_type[m->kind]);
	if (m->kind == MOUNT_DATASET && fill_dataset(r, m, e) < 0)
		return -1;
	if (m->kind == MOUNT_BIND)
		params_text(&r->p, "target", m->source);
	if (m->kind == MOUNT_TMPFS) {
		str_fmt(r->mode, sizeof(r->mode), "%o", (unsigned)m->mode);
		params_text(&r->p, "mode", r->mode);
	}
	if (m->kind == MOUNT_TMPFS && m->size_bytes != 0) {
		str_fmt(r->size, sizeof(r->size), "%" PRIu64, m->size_bytes);
		params_text(&r->p, "size", r->size);
	}
	if (m->is_readonly)
		params_flag(&r->p, "ro");
	r->may_be_there = !m->is_readonly && m->options == NULL;
	add_options(r, m->options);
	return 0;
}

/* --- one entry --- */

static bool
is_file_bind(const struct mount_entry *m)
{
	struct stat st;

	return m->kind == MOUNT_BIND && stat(m->source, &st) == 0 &&
	    !S_ISDIR(st.st_mode);
}

static bool
mount_copies_files(void)
{
	return host_osreldate() < OSREL_NULLFS_FILES;
}

/* Before 13.2: the pot gets a copy, which is its own. */
static int
copy_file(int rootfd, const struct mount_entry *m, struct err *e)
{
	auto_close int fd = open(m->source, O_RDONLY | O_CLOEXEC);
	auto_buf struct buf b = BUF_INIT(COPY_MAX);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "%s", m->source);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: only a regular file can be copied, and to mount it "
		    "takes FreeBSD 13.2",
		    m->source);
	if (io_read_all(fd, &b, m->source, e) < 0)
		return -1;
	return beneath_write_file(
	    rootfd, m->target, b.data, b.len, st.st_mode & 0777, e);
}

static int
mount_file(
    int rootfd, struct request *r, const struct mount_entry *m, struct err *e)
{
	auto_close int dirfd = -1;
	auto_close int fd = -1;
	char name[NAME_MAX + 1];
	struct stat st;

	if (mount_copies_files())
		return copy_file(rootfd, m, e);
	if (beneath_parent(rootfd, m->target, &dirfd, name, e) < 0)
		return -1;
	if (m->make_target) {
		fd = openat(dirfd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    m->mode & 0777);
		if (fd < 0 && errno != EEXIST)
			return err_sys(e, "%s", m->target);
	}
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "%s", m->target);
	if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
		return err_set(e, ERR_STATE,
		    "%s: a file is to be mounted, and it is none", m->target);
	return mount_on(r, dirfd, name, m->target, e);
}

/* Is the source the directory that is to be covered?  nmount(2) would do it,
 * but a kernel panics where the file system's locks do not recurse (tmpfs). */
static bool
is_on_itself(int fd, const struct mount_entry *m)
{
	struct stat source, target;

	return m->kind == MOUNT_BIND && stat(m->source, &source) == 0 &&
	    fstat(fd, &target) == 0 && source.st_dev == target.st_dev &&
	    source.st_ino == target.st_ino;
}

static int
mount_directory(
    int rootfd, struct request *r, const struct mount_entry *m, struct err *e)
{
	auto_close int fd = -1;
	int rc;

	if (m->make_target)
		rc = beneath_mkdirs(rootfd, m->target, m->mode, &fd, e);
	else
		rc = beneath_open(
		    rootfd, m->target, O_RDONLY | O_DIRECTORY, 0, &fd, e);
	if (rc < 0)
		return -1;
	if (!is_on_itself(fd, m))
		return mount_on(r, fd, ".", m->target, e);
	return r->may_be_there ? 0 :
				 err_set(e, ERR_UNSUPPORTED, "%s: is %s itself",
				     m->target, m->source);
}

int
mount_one(const char *root, const struct mount_entry *m, struct err *e)
{
	auto_request struct request r = { .options = STRV_INIT };
	auto_close int rootfd = -1;

	/* Opened anew for each entry: the one before may cover it. */
	if (fill(&r, m, e) < 0 || dir_open(AT_FDCWD, root, &rootfd, e) < 0)
		return -1;
	if (is_file_bind(m))
		return mount_file(rootfd, &r, m, e);
	return mount_directory(rootfd, &r, m, e);
}

/* --- devfs and its kin --- */

/* Without its rules a ruleset would show the host's disks to the pot. */
static int
ruleset_check(unsigned ruleset, struct err *e)
{
	auto_close int fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	devfs_rsnum n = (devfs_rsnum)(ruleset - 1);

	if (ruleset == 0)
		return 0;
	if (fd < 0)
		return err_sys(e, "/dev");
	if (ruleset <= UINT16_MAX && ioctl(fd, DEVFSIO_SGETNEXT, &n) == 0 &&
	    n == ruleset)
		return 0;
	return err_set(e, ERR_STATE,
	    "devfs ruleset %u: is not loaded (service devfs start; "
	    "devfs.rules(5))",
	    ruleset);
}

static int
mount_devfs(const char *root, unsigned ruleset, struct err *e)
{
	auto_request struct request r = { .options = STRV_INIT };
	auto_close int rootfd = -1;
	auto_close int fd = -1;

	if (ruleset_check(ruleset, e) < 0 ||
	    dir_open(AT_FDCWD, root, &rootfd, e) < 0 ||
	    beneath_mkdirs(rootfd, "/dev", 0755, &fd, e) < 0)
		return -1;
	request_init(&r, "devfs");
	str_fmt(r.ruleset, sizeof(r.ruleset), "%u", ruleset);
	params_text(&r.p, "ruleset", r.ruleset);
	return mount_on(&r, fd, ".", "/dev", e);
}

static bool
has_kind(const struct mount_plan *p, enum mount_kind kind)
{
	for (size_t i = 0; p != NULL && i < p->n; i++) {
		if (p->v[i].kind == kind)
			return true;
	}
	return false;
}

int
mount_system(const struct cell_spec *spec, struct err *e)
{
	char fd[] = "/dev/fd", proc[] = "/proc";
	struct mount_entry fdescfs = { .kind = MOUNT_FDESCFS, .target = fd };
	struct mount_entry procfs = { .kind = MOUNT_PROC,
		.target = proc,
		.mode = 0555,
		.make_target = true };
	struct err undo = ERR_INIT;

	if (mount_devfs(spec->root, spec->attrs.devfs_ruleset, e) == 0 &&
	    (!spec->attrs.mount_fdescfs ||
		has_kind(spec->plan, MOUNT_FDESCFS) ||
		mount_one(spec->root, &fdescfs, e) == 0) &&
	    (!spec->attrs.mount_procfs || has_kind(spec->plan, MOUNT_PROC) ||
		mount_one(spec->root, &procfs, e) == 0))
		return 0;
	(void)unmount_system(spec->root, &undo);
	return -1;
}

/* --- operations --- */

/* Is something there that a crash left, or another start? */
static int
check_bare(const char *root, struct err *e)
{
	auto_free struct statfs *v = NULL;
	char path[PATH_MAX];
	size_t n = 0;

	if (realpath(root, path) == NULL)
		return err_sys(e, "%s", root);
	if (mount_table(&v, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (path_is_within(v[i].f_mntonname, path) &&
		    !str_eq(v[i].f_fstypename, "zfs"))
			return err_set(e, ERR_BUSY, "%s: %s is mounted there",
			    v[i].f_mntonname, v[i].f_fstypename);
	}
	return 0;
}

static int
mount_detach(const struct mount_plan *p UNUSED, const char *root, struct err *e)
{
	unsigned count;

	/* All of it: what a guest renamed or mounted itself, too. */
	return mount_sweep(root, &count, e);
}

static int
mount_attach(const struct mount_plan *p, const char *root, struct err *e)
{
	if (check_bare(root, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		struct err undo = ERR_INIT;

		if (mount_one(root, &p->v[i], e) == 0)
			continue;
		if (mount_detach(p, root, &undo) < 0)
			return err_wrap(e, "%s (and %s)", root, undo.text);
		return err_wrap(e, "%s", root);
	}
	return 0;
}

static int
mount_view(const struct mount_plan *p, const char *root, mount_view_fn *fn,
    void *arg, struct err *e)
{
	struct err undo = ERR_INIT;
	int rc;

	if (mount_attach(p, root, e) < 0)
		return -1;
	rc = view_child(root, fn, arg, e);
	if (mount_detach(p, root, rc == 0 ? e : &undo) < 0)
		rc = -1;
	return rc;
}

static int
mount_probe(enum mount_kind kind, const char *dir UNUSED, struct err *e)
{
	const char *type = kind_type[kind];
	struct xvfsconf vfc;

	if (type == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "overlays are not available on FreeBSD");
	if (kind == MOUNT_DATASET)
		type = "zfs";
	if (getvfsbyname(type, &vfc) == 0)
		return 0;
	if (kldload(type) < 0 && errno != EEXIST)
		return err_sys(e, "%s: kernel module", type);
	return 0;
}

const struct platform_mount_ops freebsd_mount_ops = {
	.attach = mount_attach,
	.detach = mount_detach,
	.view = mount_view,
	.probe = mount_probe,
	.copies_files = mount_copies_files,
	.sweep = mount_sweep,
};
