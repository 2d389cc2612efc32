/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of ours: replacing, refusing, listing. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static mode_t
mode_of(int dirfd, const char *name)
{
	struct stat st;

	assert_return_code(
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW), errno);
	return st.st_mode & 07777;
}

static void
assert_content(int dirfd, const char *name, const char *want)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;

	assert_ok(file_read(dirfd, name, &b, &e), &e);
	assert_string_equal(b.data, want);
}

static void
assert_names(int dirfd, const char *want)
{
	auto_strv struct strv names = STRV_INIT;
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;

	assert_ok(dir_list(dirfd, &names, &e), &e);
	for (size_t i = 0; i < names.n; i++)
		buf_add_fmt(&b, "%s ", names.v[i]);
	assert_string_equal(b.data, want);
}

static void
replaces_whole_files(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	mode_t old = umask(077);

	assert_ok(file_write(s->fd, "a", "one", 3, 0664, 0, &e), &e);
	assert_content(s->fd, "a", "one");
	assert_int_equal(mode_of(s->fd, "a"), 0664);
	assert_ok(file_write(s->fd, "a", "", 0, 0600, FILE_F_SYNC, &e), &e);
	assert_content(s->fd, "a", "");
	assert_int_equal(mode_of(s->fd, "a"), 0600);
	assert_names(s->fd, "a ");
	(void)umask(old);
}

/* A link, FIFO or directory at the name is replaced or refused. */
static void
never_writes_through(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	assert_ok(file_write(s->fd, "victim", "v", 1, 0600, 0, &e), &e);
	assert_return_code(symlinkat("victim", s->fd, "link"), errno);
	assert_return_code(mkfifoat(s->fd, "fifo", 0600), errno);
	assert_return_code(mkdirat(s->fd, "dir", 0700), errno);
	assert_ok(file_write(s->fd, "link", "new", 3, 0600, 0, &e), &e);
	assert_ok(file_write(s->fd, "fifo", "new", 3, 0600, 0, &e), &e);
	assert_content(s->fd, "victim", "v");
	assert_content(s->fd, "link", "new");
	assert_content(s->fd, "fifo", "new");
	assert_err(
	    file_write(s->fd, "dir", "new", 3, 0600, 0, &e), &e, ERR_SYSTEM);
	assert_names(s->fd, "dir fifo link victim "); /* no temporary file */
}

static void
stale_temporary_file(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char temp[64];

	(void)snprintf(temp, sizeof(temp), "a.tmp.%ld", (long)getpid());
	assert_ok(file_write(s->fd, "victim", "v", 1, 0600, 0, &e), &e);
	assert_return_code(symlinkat("victim", s->fd, temp), errno);
	assert_ok(file_write(s->fd, "a", "one", 3, 0600, 0, &e), &e);
	assert_content(s->fd, "victim", "v");
	assert_names(s->fd, "a victim ");
}

/* What a killed writer left goes, what a living one writes does not. */
static void
removes_temporary_files(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char dead[64], living[64];
	pid_t pid = fork();

	assert_return_code(pid, errno);
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)snprintf(dead, sizeof(dead), "a.tmp.%ld", (long)pid);
	(void)snprintf(living, sizeof(living), "a.tmp.%ld", (long)getpid());
	assert_ok(file_write(s->fd, dead, "", 0, 0600, 0, &e), &e);
	assert_ok(file_write(s->fd, living, "", 0, 0600, 0, &e), &e);
	assert_ok(file_write(s->fd, "a.tmp.x", "", 0, 0600, 0, &e), &e);
	assert_ok(file_write(s->fd, "tmp.7", "", 0, 0600, 0, &e), &e);
	assert_ok(dir_remove_temps(s->fd, &e), &e);
	assert_false(file_exists(s->fd, dead));
	assert_true(file_exists(s->fd, living));
	assert_true(file_exists(s->fd, "a.tmp.x"));
	assert_true(file_exists(s->fd, "tmp.7"));
}

static void
exclusive(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	assert_ok(
	    file_write(s->fd, "a", "1", 1, 0600, FILE_F_EXCL | FILE_F_SYNC, &e),
	    &e);
	assert_err(file_write(s->fd, "a", "2", 1, 0600, FILE_F_EXCL, &e), &e,
	    ERR_EXISTS);
	assert_content(s->fd, "a", "1");
	assert_return_code(symlinkat("nowhere", s->fd, "link"), errno);
	assert_err(file_write(s->fd, "link", "2", 1, 0600, FILE_F_EXCL, &e), &e,
	    ERR_EXISTS);
	assert_names(s->fd, "a link ");
}

/* Of many writers at once exactly one makes the file. */
static void
exclusive_has_one_winner(void **state)
{
	struct scratch *s = *state;
	int winners = 0;

	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();

		assert_return_code(pid, errno);
		if (pid == 0) {
			struct err e = ERR_INIT;

			_exit(file_write(s->fd, "a", "x", 1, 0600, FILE_F_EXCL,
				  &e) == 0);
		}
	}
	for (int i = 0; i < 8; i++) {
		int status;

		assert_true(wait(&status) > 0);
		winners += WEXITSTATUS(status);
	}
	assert_int_equal(winners, 1);
	assert_names(s->fd, "a ");
}

static void
reads_regular_files_only(void **state)
{
	struct scratch *s = *state;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	auto_close int sock = socket(AF_UNIX, SOCK_STREAM, 0);
	auto_buf struct buf b = BUF_INIT(5);
	struct err e = ERR_INIT;
	int n =
	    snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/sock", s->path);

	assert_in_range(n, 1, sizeof(sun.sun_path) - 1);
	assert_return_code(
	    bind(sock, (struct sockaddr *)&sun, sizeof(sun)), errno);
	assert_return_code(mkfifoat(s->fd, "fifo", 0600), errno);
	assert_return_code(mkdirat(s->fd, "dir", 0700), errno);
	assert_ok(file_write(s->fd, "file", "12345", 5, 0600, 0, &e), &e);
	assert_return_code(symlinkat("file", s->fd, "link"), errno);
	assert_err(file_read(s->fd, "sock", &b, &e), &e, ERR_CORRUPT);
	assert_err(file_read(s->fd, "fifo", &b, &e), &e, ERR_CORRUPT);
	assert_err(file_read(s->fd, "dir", &b, &e), &e, ERR_CORRUPT);
	assert_err(file_read(s->fd, "link", &b, &e), &e, ERR_CORRUPT);
	assert_err(file_read(s->fd, "none", &b, &e), &e, ERR_NOT_FOUND);
	assert_ok(file_read(s->fd, "file", &b, &e), &e);
	assert_string_equal(b.data, "12345");
	assert_err(file_read(s->fd, "file", &b, &e), &e, ERR_LIMIT);
}

static void
names_that_are_too_long(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char name[400];

	memset(name, 'x', sizeof(name));
	for (size_t len = 230; len < sizeof(name); len += 5) {
		name[len] = '\0';
		err_clear(&e);
		if (file_write(s->fd, name, "x", 1, 0600, 0, &e) == 0)
			assert_ok(file_remove(s->fd, name, &e), &e);
		name[len] = 'x';
	}
	assert_names(s->fd, "");
}

static void
removes_and_renames(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	auto_close int sub = -1;

	assert_ok(file_remove(s->fd, "none", &e), &e);
	assert_ok(dir_remove(s->fd, "none", &e), &e);
	assert_ok(dir_make_open(s->fd, "sub", 0755, &sub, &e), &e);
	assert_ok(file_write(s->fd, "a", "1", 1, 0600, 0, &e), &e);
	assert_ok(file_rename(s->fd, "a", sub, "b", FILE_F_SYNC, &e), &e);
	assert_content(sub, "b", "1");
	assert_false(file_exists(s->fd, "a"));
	assert_true(file_exists(sub, "b"));
	assert_ok(file_write(s->fd, "a", "2", 1, 0600, 0, &e), &e);
	assert_err(
	    file_rename(s->fd, "a", sub, "b", FILE_F_EXCL, &e), &e, ERR_EXISTS);
	assert_content(sub, "b", "1");
	assert_err(
	    file_rename(s->fd, "none", sub, "b", 0, &e), &e, ERR_NOT_FOUND);
	assert_err(dir_remove(s->fd, "sub", &e), &e, ERR_SYSTEM);
	assert_ok(file_remove(sub, "b", &e), &e);
	assert_ok(dir_remove(s->fd, "sub", &e), &e);
	assert_return_code(symlinkat("nowhere", s->fd, "link"), errno);
	assert_true(file_exists(s->fd, "link"));
	assert_names(s->fd, "a link ");
}

static void
makes_directories(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char path[500];
	mode_t old = umask(077);
	int fd;

	assert_ok(dir_make(s->fd, "d", 02775, &e), &e);
	assert_int_equal(mode_of(s->fd, "d"), 02775);
	assert_ok(dir_make(s->fd, "d", 0700, &e), &e);
	assert_int_equal(mode_of(s->fd, "d"), 02775);
	assert_return_code(symlinkat("d", s->fd, "link"), errno);
	assert_int_equal(dir_make(s->fd, "link", 0700, &e), -1);
	err_clear(&e);
	assert_int_equal(dir_open(s->fd, "link", &fd, &e), -1);
	err_clear(&e);
	assert_ok(file_write(s->fd, "file", "", 0, 0600, 0, &e), &e);
	assert_int_equal(dir_make(s->fd, "file", 0700, &e), -1);
	err_clear(&e);

	(void)snprintf(path, sizeof(path), "%s//x/./y/z/", s->path);
	assert_ok(dir_make_path(path, 0750, &e), &e);
	assert_ok(dir_make_path(path, 0750, &e), &e);
	assert_int_equal(mode_of(s->fd, "x/y"), 0755);
	assert_int_equal(mode_of(s->fd, "x/y/z"), 0750);
	/* What an administrator made a link is one. */
	(void)snprintf(path, sizeof(path), "%s/link/w", s->path);
	assert_ok(dir_make_path(path, 0750, &e), &e);
	assert_int_equal(mode_of(s->fd, "d/w"), 0750);
	(void)snprintf(path, sizeof(path), "%s/link", s->path);
	assert_ok(dir_open(AT_FDCWD, path, &fd, &e), &e);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	(void)close(fd);
	(void)snprintf(path, sizeof(path), "%s/file/w", s->path);
	assert_int_equal(dir_make_path(path, 0750, &e), -1);
	err_clear(&e);
	assert_ok(dir_make_path("/", 0750, &e), &e);
	(void)umask(old);
}

static void
lists_sorted(void **state)
{
	static const char *const made[] = { "b", "a", "B", ".h", "a b", "-" };
	struct scratch *s = *state;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(made); i++)
		assert_ok(file_write(s->fd, made[i], "", 0, 0600, 0, &e), &e);
	assert_names(s->fd, "- .h B a a b b ");
	assert_names(s->fd, "- .h B a a b b "); /* the position is our own */
	assert_ok(dir_sync(s->fd, &e), &e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(replaces_whole_files),
		scratch_test(never_writes_through),
		scratch_test(stale_temporary_file),
		scratch_test(removes_temporary_files),
		scratch_test(exclusive),
		scratch_test(exclusive_has_one_winner),
		scratch_test(reads_regular_files_only),
		scratch_test(names_that_are_too_long),
		scratch_test(removes_and_renames),
		scratch_test(makes_directories),
		scratch_test(lists_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
