/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of an installation as text: every file below POT_FS_ROOT with
 * what is in it, and every object of the fake kernel.  Times and what is
 * made of them (generations, names of snapshots) are one and the same, so
 * that two states can be compared that were reached at different times.
 */
#ifndef POT_TEST_ENGINE_STATE_H
#define POT_TEST_ENGINE_STATE_H

#include "engine_rig.h"

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"

/* So many digits in a row, or characters of a date, are a time. */
#define STATE_TIME_SIZE 9
#define STATE_FILE_MAX	((size_t)1 << 16)

/*
 * A lock; how a run ended, which depends on what failed in it; and what each
 * start writes anew into the pot.
 */
static bool
state_is_ignored(const char *name)
{
	static const char *const names[] = { ".storage.lock", ".last_run",
		".last_run_stats", "hosts", "resolv.conf" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

/* A directory that says nothing as long as it is empty: where snapshots
 * lie. */
static bool
state_is_shelf(const char *path, const char *name)
{
	return name[0] == '.' || strrchr(path, '/')[1] == '.';
}

/* A line, with each time replaced. */
static char *
state_line(const char *text)
{
	auto_buf struct buf b = BUF_INIT(STATE_FILE_MAX * 2);

	while (*text != '\0') {
		size_t digits = strspn(text, "0123456789");
		size_t n = digits == 0 ? 1 : strspn(text, "0123456789-:.TZ");

		if (n >= STATE_TIME_SIZE)
			buf_add_str(&b, "TIME");
		else
			buf_add(&b, text, n);
		text += n;
	}
	buf_add_char(&b, '\0');
	return buf_take(&b);
}

static void
state_add(struct strv *lines, const char *path, const char *what)
{
	auto_buf struct buf b = BUF_INIT(STATE_FILE_MAX * 2);

	buf_add_fmt(&b, "%s: %s", path, what);
	strv_add_take(lines, state_line(b.data));
}

static void
state_file(int dir, const char *name, const char *path, struct strv *lines)
{
	auto_buf struct buf b = BUF_INIT(STATE_FILE_MAX);
	auto_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct err e = ERR_INIT;

	assert_true(fd >= 0);
	assert_ok(io_read_all(fd, &b, path, &e), &e);
	state_add(lines, path, b.len == 0 ? "" : b.data);
}

static void
state_dir(int dir, const char *path, struct strv *lines)
{
	auto_strv struct strv names = STRV_INIT;
	struct err e = ERR_INIT;

	assert_ok(dir_list(dir, &names, &e), &e);
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *sub = xasprintf("%s/%s", path, names.v[i]);
		auto_close int fd = -1;
		struct stat st;
		char link[1024];
		ssize_t n;

		if (state_is_ignored(names.v[i]))
			continue;
		assert_int_equal(
		    fstatat(dir, names.v[i], &st, AT_SYMLINK_NOFOLLOW), 0);
		if (S_ISREG(st.st_mode)) {
			state_file(dir, names.v[i], sub, lines);
		} else if (S_ISLNK(st.st_mode)) {
			n = readlinkat(dir, names.v[i], link, sizeof(link) - 1);
			assert_true(n >= 0);
			link[n] = '\0';
			state_add(lines, sub, link);
		} else if (S_ISDIR(st.st_mode)) {
			if (!state_is_shelf(path, names.v[i]))
				state_add(lines, sub, "directory");
			assert_ok(dir_open(dir, names.v[i], &fd, &e), &e);
			state_dir(fd, sub, lines);
		}
	}
}

/* Sorted lines. */
static void
state_get(struct rig *r, struct strv *lines)
{
	auto_buf struct buf kernel = BUF_INIT(STATE_FILE_MAX);
	auto_close int fd = -1;
	struct err e = ERR_INIT;

	if (dir_open(r->s->fd, "root", &fd, &e) == 0)
		state_dir(fd, "/root", lines);
	fake_census(&kernel);
	for (char *line = kernel.data; *line != '\0';) {
		char *end = strchr(line, '\n');

		*end = '\0';
		/* Numbers of processes are as they come. */
		state_add(lines, "kernel",
		    str_has_prefix(line, "process ") ? "process" : line);
		line = end + 1;
	}
	strv_sort(lines);
}

/* The first line in which they differ, or NULL. */
static const char *
state_difference(const struct strv *a, const struct strv *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!strv_has(b, a->v[i]))
			return a->v[i];
	for (size_t i = 0; i < b->n; i++)
		if (!strv_has(a, b->v[i]))
			return b->v[i];
	return a->n == b->n ? NULL : "the number of lines";
}

#endif
