/* SPDX-License-Identifier: BSD-2-Clause */
/* Trees: removed, copied, measured.  Mounts: platform_tree_os.c. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#if __has_include(<sys/sysmacros.h>)
#include <sys/sysmacros.h>
#endif

static void
put(int dirfd, const char *name, const char *text)
{
	auto_close int fd =
	    openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_return_code(fd, errno);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void
assert_text(int dirfd, const char *name, const char *want)
{
	char text[200] = "";
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW);

	assert_return_code(fd, errno);
	assert_return_code(read(fd, text, sizeof(text) - 1), errno);
	assert_string_equal(text, want);
}

static struct stat
stat_of(int dirfd, const char *name)
{
	struct stat st;

	assert_return_code(
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW), errno);
	return st;
}

static size_t
entries(int dirfd)
{
	auto_strv struct strv names = STRV_INIT;
	struct err e = ERR_INIT;

	assert_ok(dir_list(dirfd, &names, &e), &e);
	return names.n;
}

/* NAME with LEVELS directories one in the other, and a file at the end. */
static void
make_deep(int dirfd, const char *name, int levels)
{
	auto_close int fd = -1;
	struct err e = ERR_INIT;

	assert_ok(dir_make_open(dirfd, name, 0755, &fd, &e), &e);
	for (int i = 0; i < levels; i++) {
		int next;

		assert_ok(dir_make_open(fd, "a-deep-one", 0755, &next, &e), &e);
		(void)close(fd);
		fd = next;
	}
	put(fd, "end", "x");
}

static void
limit_descriptors(rlim_t n, rlim_t *old)
{
	struct rlimit rl;

	assert_return_code(getrlimit(RLIMIT_NOFILE, &rl), errno);
	*old = rl.rlim_cur;
	rl.rlim_cur = n;
	assert_return_code(setrlimit(RLIMIT_NOFILE, &rl), errno);
}

static void
removes_any_type(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	auto_close int dir = -1, elsewhere = open("/dev", O_RDONLY);
	char path[500];

	assert_ok(tree_remove(s->fd, "none", &e), &e);
	put(s->fd, "kept", "k");
	put(s->fd, "file", "f");
	assert_ok(tree_remove(s->fd, "file", &e), &e);
	assert_return_code(symlinkat("kept", s->fd, "link"), errno);
	assert_ok(tree_remove(s->fd, "link", &e), &e);
	assert_ok(dir_make_open(s->fd, "dir", 0755, &dir, &e), &e);
	assert_return_code(symlinkat("../kept", dir, "link"), errno);
	assert_return_code(symlinkat("..", dir, "up"), errno);
	assert_return_code(mkfifoat(dir, "fifo", 0600), errno);
	put(dir, "-rf", "");
	put(dir, "a\nb", "");
	/* Only root can look into it. */
	assert_return_code(
	    mkdirat(dir, "sub", geteuid() == 0 ? 0 : 0700), errno);
	assert_ok(tree_remove(s->fd, "dir", &e), &e);
	assert_text(s->fd, "kept", "k");
	assert_int_equal(entries(s->fd), 1);
	/* By a path, whose directory is on another mount than ours. */
	(void)snprintf(path, sizeof(path), "%s/kept", s->path);
	assert_ok(tree_remove(elsewhere, path, &e), &e);
	assert_int_equal(entries(s->fd), 0);
}

/* Depth is bounded by neither descriptors nor a path's length. */
static void
removes_what_is_deep(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	rlim_t old;

	make_deep(s->fd, "t", 4000);
	limit_descriptors(24, &old);
	assert_ok(tree_remove(s->fd, "t", &e), &e);
	limit_descriptors(old, &old);
	assert_int_equal(entries(s->fd), 0);
}

static void
removes_what_is_wide(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	auto_close int dir = -1;

	assert_ok(dir_make_open(s->fd, "t", 0755, &dir, &e), &e);
	for (int i = 0; i < 3000; i++) {
		char name[30];

		(void)snprintf(name, sizeof(name), "entry-%d", i);
		if (i % 3 == 0)
			assert_return_code(mkdirat(dir, name, 0755), errno);
		else
			put(dir, name, "");
	}
	assert_ok(tree_remove(s->fd, "t", &e), &e);
	assert_int_equal(entries(s->fd), 0);
}

static uint64_t measured;

static int
add_blocks(const char *path UNUSED, const struct stat *st, int type UNUSED,
    struct FTW *ftw UNUSED)
{
	measured += (uint64_t)st->st_blocks * 512;
	return 0;
}

static void
measures(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	auto_close int dir = -1;
	uint64_t bytes = 7;
	char path[500];
	char *data = calloc(1, 100000);

	assert_non_null(data);
	assert_err(tree_usage(s->fd, "none", &bytes, &e), &e, ERR_NOT_FOUND);
	assert_int_equal(bytes, 7);
	assert_ok(dir_make_open(s->fd, "t", 0755, &dir, &e), &e);
	memset(data, 'x', 100000);
	assert_ok(
	    file_write(dir, "big", data, 100000, 0600, FILE_F_SYNC, &e), &e);
	free(data);
	assert_return_code(mkdirat(dir, "sub", 0755), errno);
	put(dir, "sub/small", "x");
	assert_return_code(symlinkat("big", dir, "sub/link"), errno);
	(void)snprintf(path, sizeof(path), "%s/t", s->path);
	measured = 0;
	assert_return_code(nftw(path, add_blocks, 16, FTW_PHYS), errno);
	assert_true(measured >= 100000);
	/* Other names of the same file count nothing. */
	for (int i = 0; i < 5; i++) {
		char name[30];

		(void)snprintf(name, sizeof(name), "sub/name%d", i);
		assert_return_code(linkat(dir, "big", dir, name, 0), errno);
	}
	assert_ok(tree_usage(s->fd, "t", &bytes, &e), &e);
	assert_int_equal(bytes, measured);
	assert_ok(tree_usage(dir, "big", &bytes, &e), &e);
	assert_int_equal(bytes, stat_of(dir, "big").st_blocks * 512);
}

/* What a copy has to keep, but for st_dev, st_ino, st_ctim. */
static void
assert_same_meta(int a, const char *an, int b, const char *bn)
{
	struct stat x = stat_of(a, an), y = stat_of(b, bn);

	assert_int_equal(x.st_mode, y.st_mode);
	assert_int_equal(x.st_uid, y.st_uid);
	assert_int_equal(x.st_gid, y.st_gid);
	assert_int_equal(x.st_nlink, y.st_nlink);
	assert_int_equal(x.st_rdev, y.st_rdev);
	if (!S_ISDIR(x.st_mode))
		assert_int_equal(x.st_size, y.st_size);
	assert_int_equal(x.st_mtim.tv_sec, y.st_mtim.tv_sec);
	assert_int_equal(x.st_mtim.tv_nsec, y.st_mtim.tv_nsec);
}

static const char *const all_names[] = { "", "file", "setuid", "empty", "link",
	"fifo", "sub", "sub/deep", "sub/deep/file", "hard1", "sub/hard2",
	"sub/hard3", "sticky" };

static void
make_tree(int dirfd, const char *name)
{
	struct timespec ts[2] = { { 1000000000, 1 },
		{ 1234567890, 987654321 } };
	struct err e = ERR_INIT;
	auto_close int t = -1;

	assert_ok(dir_make_open(dirfd, name, 0751, &t, &e), &e);
	put(t, "file", "content");
	put(t, "setuid", "s");
	put(t, "empty", "");
	assert_return_code(symlinkat("/etc/passwd", t, "link"), errno);
	assert_return_code(mkfifoat(t, "fifo", 0620), errno);
	assert_ok(dir_make(t, "sub", 0700, &e), &e);
	assert_ok(dir_make(t, "sticky", 01777, &e), &e);
	assert_return_code(mkdirat(t, "sub/deep", 0700), errno);
	put(t, "sub/deep/file", "deep");
	put(t, "hard1", "hard");
	assert_return_code(linkat(t, "hard1", t, "sub/hard2", 0), errno);
	assert_return_code(linkat(t, "hard1", t, "sub/hard3", 0), errno);
	/* As root, but not of a user namespace that has no such users. */
	if (fchownat(t, "setuid", 12, 34, 0) == 0) {
		assert_return_code(
		    fchownat(t, "link", 56, 78, AT_SYMLINK_NOFOLLOW), errno);
		assert_return_code(fchownat(t, "sub", 90, 91, 0), errno);
		assert_return_code(fchownat(t, "fifo", 92, 93, 0), errno);
	}
	assert_return_code(fchmodat(t, "setuid", 06755, 0), errno);
	for (size_t i = COUNT_OF(all_names); i-- > 0; ts[1].tv_sec++) {
		assert_return_code(
		    utimensat(t, all_names[i][0] != '\0' ? all_names[i] : ".",
			ts, AT_SYMLINK_NOFOLLOW),
		    errno);
	}
}

static void
copies_everything(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	auto_close int from = -1, to = -1;
	mode_t old = umask(077);
	char target[50] = "";

	make_tree(s->fd, "from");
	assert_ok(tree_copy(s->fd, "from", s->fd, "to", 0, &e), &e);
	assert_int_equal(umask(old), 077);
	assert_ok(dir_open(s->fd, "from", &from, &e), &e);
	assert_ok(dir_open(s->fd, "to", &to, &e), &e);
	/* Before anything reads them. */
	assert_int_equal(stat_of(to, "file").st_atim.tv_nsec, 1);
	assert_int_equal(stat_of(to, "sub").st_atim.tv_nsec, 1);
	assert_int_equal(entries(from), entries(to));
	for (size_t i = 0; i < COUNT_OF(all_names); i++) {
		const char *name = all_names[i][0] != '\0' ? all_names[i] : ".";

		assert_same_meta(from, name, to, name);
	}
	assert_text(to, "file", "content");
	assert_text(to, "sub/deep/file", "deep");
	assert_text(to, "sub/hard3", "hard");
	assert_int_equal(
	    stat_of(to, "hard1").st_ino, stat_of(to, "sub/hard2").st_ino);
	assert_int_equal(
	    stat_of(to, "hard1").st_ino, stat_of(to, "sub/hard3").st_ino);
	assert_true(
	    stat_of(to, "hard1").st_ino != stat_of(from, "hard1").st_ino);
	assert_return_code(
	    readlinkat(to, "link", target, sizeof(target) - 1), errno);
	assert_string_equal(target, "/etc/passwd");
}

static void
copies_single_files(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	put(s->fd, "a", "A");
	assert_return_code(symlinkat("a", s->fd, "l"), errno);
	assert_ok(tree_copy(s->fd, "a", s->fd, "b", 0, &e), &e);
	assert_ok(tree_copy(s->fd, "l", s->fd, "m", TREE_F_NO_REFLINK, &e), &e);
	assert_text(s->fd, "b", "A");
	assert_true(S_ISLNK(stat_of(s->fd, "m").st_mode));
	assert_err(
	    tree_copy(s->fd, "none", s->fd, "x", 0, &e), &e, ERR_NOT_FOUND);
	assert_int_equal(entries(s->fd), 4);
}

static void
copies_devices_and_no_sockets(void **state)
{
	struct scratch *s = *state;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	auto_close int sock = socket(AF_UNIX, SOCK_STREAM, 0), to = -1;
	struct err e = ERR_INIT;
	int n = snprintf(
	    sun.sun_path, sizeof(sun.sun_path), "%s/from/sock", s->path);

	assert_in_range(n, 1, sizeof(sun.sun_path) - 1);
	make_tree(s->fd, "from");
	assert_return_code(
	    bind(sock, (struct sockaddr *)&sun, sizeof(sun)), errno);
	if (mknodat(s->fd, "from/null", S_IFCHR | 0640, makedev(1, 3)) < 0)
		skip(); /* not root */
	assert_return_code(
	    mknodat(s->fd, "from/whiteout", S_IFCHR, makedev(0, 0)), errno);
	assert_return_code(
	    mknodat(s->fd, "from/disk", S_IFBLK | 0600, makedev(7, 200)),
	    errno);
	assert_ok(tree_copy(s->fd, "from", s->fd, "to", 0, &e), &e);
	assert_same_meta(s->fd, "from/null", s->fd, "to/null");
	assert_same_meta(s->fd, "from/whiteout", s->fd, "to/whiteout");
	assert_same_meta(s->fd, "from/disk", s->fd, "to/disk");
	assert_ok(dir_open(s->fd, "to", &to, &e), &e);
	assert_false(file_exists(to, "sock"));
}

/* To where others are go no devices, and no bits that give rights. */
static void
an_untrusted_copy_gives_no_rights(void **state)
{
	struct scratch *s = *state;
	auto_close int to = -1;
	struct err e = ERR_INIT;

	make_tree(s->fd, "from");
	assert_return_code(mkdirat(s->fd, "from/setgid", 0755), errno);
	assert_return_code(fchmodat(s->fd, "from/setgid", 02775, 0), errno);
	if (mknodat(s->fd, "from/null", S_IFCHR | 0640, makedev(1, 3)) < 0)
		skip(); /* not root */
	assert_return_code(
	    mknodat(s->fd, "from/disk", S_IFBLK | 0600, makedev(7, 200)),
	    errno);
	assert_ok(
	    tree_copy(s->fd, "from", s->fd, "kept", TREE_F_UNTRUSTED, &e), &e);
	assert_int_equal(stat_of(s->fd, "kept/setuid").st_mode & 07777, 06755);
	assert_ok(tree_copy(s->fd, "from", s->fd, "to",
		      TREE_F_UNTRUSTED | TREE_F_NO_SETID, &e),
	    &e);
	assert_ok(dir_open(s->fd, "to", &to, &e), &e);
	assert_int_equal(stat_of(to, "setuid").st_mode & 07777, 0755);
	assert_int_equal(stat_of(to, "setuid").st_uid, 12);
	assert_int_equal(stat_of(to, "setgid").st_mode & 07777, 02775);
	assert_int_equal(stat_of(to, "sticky").st_mode & 07777, 01777);
	assert_same_meta(s->fd, "from/fifo", to, "fifo");
	assert_false(file_exists(to, "null"));
	assert_false(file_exists(to, "disk"));
	assert_err(
	    tree_copy(s->fd, "from/disk", s->fd, "disk", TREE_F_UNTRUSTED, &e),
	    &e, ERR_DENIED);
	assert_false(file_exists(s->fd, "disk"));
}

static void
owners_are_moved(void **state)
{
	static const struct tree_ids in = {
		.to = 1000000, .count = 80, .is_strict = true
	};
	static const struct tree_ids out = { .from = 1000000, .count = 80 };
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	make_tree(s->fd, "from");
	if (stat_of(s->fd, "from/setuid").st_uid != 12 ||
	    fchownat(s->fd, "from/sub", 7, 8, 0) < 0 ||
	    fchownat(s->fd, "from/fifo", 1, 79, 0) < 0)
		skip(); /* no users but one */
	assert_ok(tree_copy_ids(s->fd, "from", s->fd, "to", 0, &in, &e), &e);
	assert_int_equal(stat_of(s->fd, "to/setuid").st_uid, 1000012);
	assert_int_equal(stat_of(s->fd, "to/setuid").st_gid, 1000034);
	assert_int_equal(stat_of(s->fd, "to/setuid").st_mode & 07777, 06755);
	assert_int_equal(stat_of(s->fd, "to/link").st_uid, 1000056);
	assert_int_equal(stat_of(s->fd, "to/link").st_gid, 1000078);
	assert_int_equal(stat_of(s->fd, "to/sub").st_uid, 1000007);
	assert_int_equal(stat_of(s->fd, "to/fifo").st_gid, 1000079);
	assert_int_equal(stat_of(s->fd, "to").st_uid,
	    1000000 + stat_of(s->fd, "from").st_uid);
	/* And back; what is outside stays as it is. */
	assert_return_code(fchownat(s->fd, "to/sub", 5, 1000080, 0), errno);
	assert_ok(tree_copy_ids(s->fd, "to", s->fd, "back", 0, &out, &e), &e);
	assert_same_meta(s->fd, "from/setuid", s->fd, "back/setuid");
	assert_same_meta(s->fd, "from/link", s->fd, "back/link");
	assert_int_equal(stat_of(s->fd, "back/sub").st_uid, 5);
	assert_int_equal(stat_of(s->fd, "back/sub").st_gid, 1000080);
	/* Unless that is asked for. */
	assert_return_code(fchownat(s->fd, "from/fifo", 1, 80, 0), errno);
	assert_err(tree_copy_ids(s->fd, "from", s->fd, "no", 0, &in, &e), &e,
	    ERR_INVALID);
	assert_false(file_exists(s->fd, "no"));
}

#define HOLE ((off_t)8 << 20)

/* Data between holes: same bytes, and the holes take no room. */
static void
keeps_holes(void **state)
{
	static const unsigned flags[] = { 0, TREE_F_NO_REFLINK };
	struct scratch *s = *state;
	auto_close int fd =
	    openat(s->fd, "sparse", O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(pwrite(fd, "middle", 6, HOLE), 6);
	assert_int_equal(pwrite(fd, "odd", 3, 2 * HOLE - 1), 3);
	assert_return_code(ftruncate(fd, 3 * HOLE + 1), errno);
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		struct err e = ERR_INIT;
		struct stat st;
		auto_close int copy = -1;
		char *a = malloc(HOLE), *b = malloc(HOLE);

		assert_true(a != NULL && b != NULL);
		assert_ok(tree_remove(s->fd, "copy", &e), &e);
		assert_ok(
		    tree_copy(s->fd, "sparse", s->fd, "copy", flags[i], &e),
		    &e);
		copy = openat(s->fd, "copy", O_RDONLY);
		assert_return_code(fstat(copy, &st), errno);
		assert_int_equal(st.st_size, 3 * HOLE + 1);
		assert_true(st.st_blocks * 512 < HOLE);
		for (off_t at = 0; at < st.st_size; at += HOLE) {
			ssize_t n = pread(fd, a, HOLE, at);

			assert_int_equal(pread(copy, b, HOLE, at), n);
			assert_true(n >= 0);
			assert_memory_equal(a, b, (size_t)n);
		}
		free(a);
		free(b);
	}
}

/* Where the kernel copies nothing from one to the other. */
static void
copies_between_file_systems(void **state)
{
	struct scratch *s = *state, *m;
	struct err e = ERR_INIT;
	void *memory;

	assert_int_equal(scratch_setup_fast(&memory), 0);
	m = memory;
	make_tree(s->fd, "from");
	assert_ok(tree_copy(s->fd, "from", m->fd, "to", 0, &e), &e);
	assert_text(m->fd, "to/file", "content");
	assert_text(m->fd, "to/sub/hard3", "hard");
	assert_same_meta(s->fd, "from/setuid", m->fd, "to/setuid");
	assert_ok(tree_copy(m->fd, "to", s->fd, "back", 0, &e), &e);
	assert_text(s->fd, "back/sub/deep/file", "deep");
	assert_same_meta(s->fd, "from/sub/hard2", s->fd, "back/sub/hard2");
	assert_int_equal(scratch_teardown(&memory), 0);
}

static void
target_must_not_exist(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	make_tree(s->fd, "from");
	assert_return_code(mkdirat(s->fd, "to", 0700), errno);
	put(s->fd, "to/mine", "m");
	put(s->fd, "file", "f");
	assert_err(
	    tree_copy(s->fd, "from", s->fd, "to", 0, &e), &e, ERR_EXISTS);
	assert_err(
	    tree_copy(s->fd, "from", s->fd, "file", 0, &e), &e, ERR_EXISTS);
	assert_err(
	    tree_copy(s->fd, "file", s->fd, "to", 0, &e), &e, ERR_EXISTS);
	assert_err(tree_copy(s->fd, "from/fifo", s->fd, "file", 0, &e), &e,
	    ERR_EXISTS);
	assert_text(s->fd, "to/mine", "m");
	assert_text(s->fd, "file", "f");
}

static void
merges_content(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	auto_close int to = -1;

	make_tree(s->fd, "from");
	assert_ok(dir_make_open(s->fd, "to", 0711, &to, &e), &e);
	put(to, "mine", "m");
	put(to, "victim", "v");
	assert_return_code(symlinkat("victim", to, "file"), errno);
	assert_return_code(mkdirat(to, "sub", 0777), errno);
	put(to, "sub/mine", "m");
	assert_ok(tree_copy(s->fd, "from", s->fd, "to",
		      TREE_F_CONTENT | TREE_F_KEEP_OWNER_OF_ROOT, &e),
	    &e);
	assert_text(to, "mine", "m");
	assert_text(to, "victim", "v"); /* a link is replaced, not followed */
	assert_text(to, "file", "content");
	assert_text(to, "sub/mine", "m");
	assert_text(to, "sub/deep/file", "deep");
	assert_int_equal(stat_of(s->fd, "to").st_mode & 07777, 0711);
	assert_same_meta(s->fd, "from/setuid", to, "setuid");
	assert_int_equal(stat_of(to, "sub").st_mode & 07777, 0700);
	/* Again over itself, now with the root's own. */
	assert_ok(
	    tree_copy(s->fd, "from", s->fd, "to", TREE_F_CONTENT, &e), &e);
	assert_int_equal(stat_of(s->fd, "to").st_mode & 07777, 0751);
	assert_int_equal(
	    stat_of(to, "hard1").st_ino, stat_of(to, "sub/hard2").st_ino);
}

/* A directory where a file comes, and what is none where one comes. */
static void
merge_conflicts(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	make_tree(s->fd, "from");
	assert_return_code(mkdirat(s->fd, "a", 0700), errno);
	assert_return_code(mkdirat(s->fd, "a/file", 0700), errno);
	assert_err(tree_copy(s->fd, "from", s->fd, "a", TREE_F_CONTENT, &e), &e,
	    ERR_EXISTS);
	assert_return_code(mkdirat(s->fd, "b", 0700), errno);
	assert_return_code(mkdirat(s->fd, "outside", 0700), errno);
	assert_return_code(symlinkat("../outside", s->fd, "b/sub"), errno);
	assert_err(tree_copy(s->fd, "from", s->fd, "b", TREE_F_CONTENT, &e), &e,
	    ERR_EXISTS);
	assert_true(S_ISLNK(stat_of(s->fd, "b/sub").st_mode));
	assert_return_code(unlinkat(s->fd, "outside", AT_REMOVEDIR), errno);
}

static void
copies_what_is_deep(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	rlim_t old;

	make_deep(s->fd, "t", 2000);
	limit_descriptors(24, &old);
	assert_ok(tree_copy(s->fd, "t", s->fd, "u", 0, &e), &e);
	limit_descriptors(old, &old);
	assert_ok(tree_remove(s->fd, "u", &e), &e);
	assert_ok(tree_remove(s->fd, "t", &e), &e);
	make_deep(s->fd, "t", TREE_DEPTH_MAX);
	assert_err(tree_copy(s->fd, "t", s->fd, "u", 0, &e), &e, ERR_LIMIT);
	assert_int_equal(entries(s->fd), 1); /* nothing is left of it */
	assert_ok(tree_remove(s->fd, "t", &e), &e);
}

/* A copy that fails in the middle goes, one into a directory does not. */
static void
failure_leaves_nothing(void **state)
{
	struct scratch *s = *state;
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct rlimit rl = { .rlim_cur = 1 << 20 }, old;
	struct err e = ERR_INIT;
	auto_close int fd = -1;

	assert_return_code(sigaction(SIGXFSZ, &ignore, NULL), errno);
	make_tree(s->fd, "from");
	fd = openat(s->fd, "from/sub/large", O_RDWR | O_CREAT, 0600);
	assert_int_equal(pwrite(fd, "x", 1, 2 << 20), 1);
	assert_return_code(getrlimit(RLIMIT_FSIZE, &old), errno);
	rl.rlim_max = old.rlim_max;
	assert_return_code(setrlimit(RLIMIT_FSIZE, &rl), errno);
	assert_int_equal(tree_copy(s->fd, "from", s->fd, "to", 0, &e), -1);
	assert_return_code(setrlimit(RLIMIT_FSIZE, &old), errno);
	assert_int_equal(e.code, ERR_SYSTEM);
	assert_non_null(strstr(e.text, "from/sub: large: "));
	assert_false(file_exists(s->fd, "to"));
}

static void
copy_does_not_find_itself(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	auto_close int sub = -1, copy = -1;

	make_tree(s->fd, "t");
	assert_ok(dir_open(s->fd, "t/sub/deep", &sub, &e), &e);
	assert_ok(tree_copy(s->fd, "t", sub, "copy", 0, &e), &e);
	assert_text(sub, "copy/sub/deep/file", "deep");
	assert_ok(dir_open(sub, "copy/sub/deep", &copy, &e), &e);
	assert_int_equal(entries(copy), 1);
}

/*
 * The guest changes the tree while it is copied: types change, directories
 * move, and links lead to a secret.  By descriptors, for it must not follow
 * its own links.
 */
static void NO_RETURN
change_for_ever(int t, int sub, int deep, const char *outside)
{
	for (;;) {
		(void)renameat(t, "sub", t, "moved");
		(void)symlinkat(outside, t, "sub");
		(void)unlinkat(t, "sub", 0);
		(void)renameat(t, "moved", t, "sub");
		(void)renameat(sub, "deep", t, "deep");
		(void)symlinkat(outside, sub, "deep");
		(void)unlinkat(sub, "deep", 0);
		(void)renameat(t, "deep", sub, "deep");
		(void)unlinkat(deep, "file", 0);
		(void)symlinkat("../../../outside/secret", deep, "file");
		(void)unlinkat(deep, "file", 0);
		(void)mkfifoat(deep, "file", 0600);
		(void)unlinkat(deep, "file", 0);
		(void)close(openat(deep, "file", O_WRONLY | O_CREAT, 0600));
	}
}

static int
find_secret(const char *path, const struct stat *st, int type UNUSED,
    struct FTW *ftw UNUSED)
{
	char text[20] = "";
	auto_close int fd = -1;

	if (!S_ISREG(st->st_mode))
		return 0;
	fd = open(path, O_RDONLY | O_NOFOLLOW);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -1;
	return strstr(text, "SECRET") != NULL ? 1 : 0;
}

static void
copies_what_changes(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char outside[500], copy[500];
	auto_close int t = -1, sub = -1, deep = -1;
	int done = 0;
	pid_t pid;

	make_tree(s->fd, "t");
	assert_ok(dir_make(s->fd, "outside", 0755, &e), &e);
	put(s->fd, "outside/secret", "SECRET");
	put(s->fd, "outside/file", "SECRET");
	(void)snprintf(outside, sizeof(outside), "%s/outside", s->path);
	(void)snprintf(copy, sizeof(copy), "%s/copy", s->path);
	assert_ok(dir_open(s->fd, "t", &t, &e), &e);
	assert_ok(dir_open(t, "sub", &sub, &e), &e);
	assert_ok(dir_open(sub, "deep", &deep, &e), &e);
	pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0)
		change_for_ever(t, sub, deep, outside);
	for (int i = 0; i < 300; i++) {
		int found = 0;

		if (tree_copy(s->fd, "t", s->fd, "copy", 0, &e) == 0) {
			done++;
			found = nftw(copy, find_secret, 16, FTW_PHYS);
		}
		err_clear(&e);
		if (tree_remove(s->fd, "copy", &e) < 0 || found != 0) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, NULL, 0);
			fail_msg("round %d: %d %s", i, found, e.text);
		}
	}
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(done > 0);
	assert_text(s->fd, "outside/secret", "SECRET");
}

/* As a guest that still runs while its tree is removed. */
static void
removes_what_changes(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char outside[500];

	assert_ok(dir_make(s->fd, "outside", 0755, &e), &e);
	put(s->fd, "outside/file", "SECRET");
	(void)snprintf(outside, sizeof(outside), "%s/outside", s->path);
	for (int i = 0; i < 60; i++) {
		auto_close int t = -1, sub = -1, deep = -1;
		pid_t pid;

		make_tree(s->fd, "t");
		assert_ok(dir_open(s->fd, "t", &t, &e), &e);
		assert_ok(dir_open(t, "sub", &sub, &e), &e);
		assert_ok(dir_open(sub, "deep", &deep, &e), &e);
		pid = fork();
		assert_return_code(pid, errno);
		if (pid == 0)
			change_for_ever(t, sub, deep, outside);
		for (int j = 0; j < 3; j++) {
			if (tree_remove(s->fd, "t", &e) < 0)
				err_clear(&e);
		}
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_ok(tree_remove(s->fd, "t", &e), &e);
		assert_text(s->fd, "outside/file", "SECRET");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(removes_any_type),
		scratch_test_fast(removes_what_is_deep),
		scratch_test_fast(removes_what_is_wide),
		scratch_test_fast(removes_what_changes),
		scratch_test(measures),
		scratch_test(copies_everything),
		scratch_test(copies_single_files),
		scratch_test(copies_devices_and_no_sockets),
		scratch_test(an_untrusted_copy_gives_no_rights),
		scratch_test(owners_are_moved),
		scratch_test(keeps_holes),
		scratch_test(copies_between_file_systems),
		scratch_test(target_must_not_exist),
		scratch_test(merges_content),
		scratch_test(merge_conflicts),
		scratch_test_fast(copies_what_is_deep),
		scratch_test(failure_leaves_nothing),
		scratch_test(copy_does_not_find_itself),
		scratch_test_fast(copies_what_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
