/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tar(1) unpacks: GNU's or libarchive's.  Either one refuses to go through
 * links of the archive's own to places outside, and reports damage by its
 * exit status.
 */
#include "storage/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "storage/storage_impl.h"

#define MODE_TREE ((mode_t)0755)

/* GNU tar has to be told of extended attributes. */
static int
is_gnu(const char *tar, bool *out, struct err *e)
{
	auto_strv struct strv args = STRV_INIT;
	auto_buf struct buf version = BUF_INIT(4096);
	struct spawn_opts o = { .path = tar, .dirfd = -1 };

	strv_add(&args, tar);
	strv_add(&args, "--version");
	o.argv = strv_argv(&args);
	if (spawn_run(&o, &version, e) < 0)
		return -1;
	*out = strstr(version.data, "GNU tar") != NULL;
	return 0;
}

/* bsdtar knows all formats and attributes, where there is one. */
static int
find_tar(const char **tar, struct err *e)
{
	char path[PATH_MAX];

	*tar = "bsdtar";
	if (spawn_find(*tar, path, sizeof(path), e) == 0)
		return 0;
	err_clear(e);
	*tar = "tar";
	return spawn_find(*tar, path, sizeof(path), e);
}

static int
run_tar(int archive, int dirfd, struct err *e)
{
	auto_strv struct strv args = STRV_INIT;
	struct spawn_opts o = { .dirfd = dirfd, .nfds = 1 };
	const char *tar;
	bool gnu;

	if (find_tar(&tar, e) < 0 || is_gnu(tar, &gnu, e) < 0)
		return -1;
	strv_add(&args, tar);
	/* By its descriptor's name, so that tar can seek and sees what kind
	 * of compression it is. */
	strv_add_words(&args, "-x -p --numeric-owner -f /dev/fd/0");
	if (gnu)
		strv_add_words(&args,
		    "--xattrs --xattrs-include=* "
		    "--same-owner --delay-directory-restore");
	o.path = tar;
	o.argv = strv_argv(&args);
	o.fds[0] = archive;
	return spawn_run(&o, NULL, e);
}

static int
unpack_archive(int archive, int dirfd, const char *name, struct err *e)
{
	auto_close int tree = -1;

	if (mkdirat(dirfd, name, MODE_TREE) < 0)
		return err_sys(e, "%s: make directory", name);
	if (dir_open(dirfd, name, &tree, e) == 0 &&
	    run_tar(archive, tree, e) == 0)
		return 0;
	storage_undo_tree(dirfd, name);
	return -1;
}

/* An archive without a root file system is most likely a mistake. */
static int
check_root(int dirfd, const char *name, struct err *e)
{
	auto_close int tree = -1;
	auto_strv struct strv names = STRV_INIT;

	if (dir_open(dirfd, name, &tree, e) < 0 ||
	    dir_list(tree, &names, e) < 0)
		return -1;
	if (!strv_has(&names, "bin") && !strv_has(&names, "usr"))
		return err_set(e, ERR_INVALID,
		    "not a root file system: it has neither bin nor usr");
	return 0;
}

int
unpack_tree(const char *source, int dirfd, const char *name, struct err *e)
{
	auto_close int fd =
	    open(source, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "%s: open", source);
	if (S_ISDIR(st.st_mode)) {
		r = tree_copy(fd, ".", dirfd, name, 0, e);
		if (r < 0)
			storage_undo_tree(dirfd, name);
	} else if (S_ISREG(st.st_mode)) {
		r = unpack_archive(fd, dirfd, name, e);
	} else {
		return err_set(e, ERR_INVALID,
		    "%s: neither a directory nor a file", source);
	}
	if (r == 0 && check_root(dirfd, name, e) < 0) {
		storage_undo_tree(dirfd, name);
		r = -1;
	}
	return r < 0 ? err_wrap(e, "%s", source) : 0;
}
