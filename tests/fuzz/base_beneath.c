/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any path below a root with any links.  The input is lines: NAME=TARGET
 * makes a link (in "root", or in "root/d" for a NAME d/X), the last line is
 * the path.  Whatever they are: a resolved path has no dots and resolves to
 * itself, an opened file is the one at the resolved path, and nothing is
 * made outside.
 */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/str.h"

static int
start(void)
{
	struct err e = ERR_INIT;
	int dir = fuzz_dir(), root, sub;

	assert(tree_remove(dir, "root", &e) == 0);
	assert(dir_make_open(dir, "root", 0700, &root, &e) == 0);
	assert(dir_make_open(root, "d", 0700, &sub, &e) == 0);
	assert(file_write(sub, "f", "", 0, 0600, 0, &e) == 0);
	assert(dir_make(sub, "e", 0700, &e) == 0);
	(void)close(sub);
	return root;
}

static void
check_resolved(const char *real)
{
	assert(real[0] == '/' && strstr(real, "//") == NULL);
	assert(strstr(real, "/./") == NULL && strstr(real, "/../") == NULL);
	assert(!str_has_suffix(real, "/.") && !str_has_suffix(real, "/.."));
	assert(real[1] == '\0' || !str_has_suffix(real, "/"));
}

static void
check_path(int root, const char *path)
{
	char real[BENEATH_PATH_MAX], again[BENEATH_PATH_MAX];
	struct err e = ERR_INIT;
	struct stat a, b;
	int fd;

	if (beneath_realpath(root, path, real, sizeof(real), &e) < 0) {
		err_clear(&e);
		real[0] = '\0';
	} else {
		check_resolved(real);
		assert(beneath_realpath(root, real, again, sizeof(again), &e) ==
		    0);
		assert(str_eq(real, again));
	}
	if (beneath_open(root, path, O_RDONLY, 0, &fd, &e) == 0) {
		/* Without links and dots the kernel may walk it. */
		assert(real[0] == '/' && fstat(fd, &a) == 0);
		assert(fstatat(root, real[1] != '\0' ? real + 1 : ".", &b,
			   AT_SYMLINK_NOFOLLOW) == 0);
		assert(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
		(void)close(fd);
	}
	err_clear(&e);
	if (beneath_mkdirs(root, path, 0700, &fd, &e) == 0)
		(void)close(fd);
	err_clear(&e);
	if (beneath_write_file(root, path, "x", 1, 0600, &e) < 0)
		err_clear(&e);
}

static void
check_outside(void)
{
	auto_strv struct strv names = STRV_INIT;
	struct err e = ERR_INIT;

	assert(dir_list(fuzz_dir(), &names, &e) == 0);
	assert(names.n == 1 && str_eq(names.v[0], "root"));
}

static void
make_link(int root, char *line)
{
	char *target = strchr(line, '=');

	if (target == NULL)
		return;
	*target++ = '\0';
	if (str_has_prefix(line, "d/") ? strchr(line + 2, '/') == NULL :
					 strchr(line, '/') == NULL)
		(void)symlinkat(target, root, line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *line = text, *end;
	int root = start();

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		make_link(root, line);
		line = end + 1;
	}
	check_path(root, line);
	check_outside();
	(void)close(root);
	free(text);
	return 0;
}
