/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shell and home of a user, from a file that the guest writes: read below
 * the pot's root, in a process that sees its tree, and taken for no more than
 * the names of a program and of a directory in that pot.
 */
#include "engine/login.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"

#define PASSWD_MAX ((size_t)1 << 20)

enum passwd_field { FIELD_NAME, FIELD_HOME = 5, FIELD_SHELL, FIELD_COUNT };

struct question {
	const char *user;
	int answer; /* pipe: the user's line */
};

static size_t
line_length(const char *line)
{
	return strcspn(line, "\n");
}

static bool
is_of(const char *line, const char *user)
{
	size_t n = strlen(user);

	return strncmp(line, user, n) == 0 && line[n] == ':';
}

static int
find_line(int rootfd, void *arg, struct err *e)
{
	const struct question *q = arg;
	auto_buf struct buf b = BUF_INIT(PASSWD_MAX);
	auto_close int fd = -1;
	struct stat st;

	if (beneath_open(
		rootfd, "/etc/passwd", O_RDONLY | O_NONBLOCK, 0, &fd, e) < 0) {
		err_clear(e);
		return 0;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (io_read_all(fd, &b, "/etc/passwd", e) < 0)
		return -1;
	for (const char *line = b.data; *line != '\0';) {
		size_t n = line_length(line);

		/* Less than a pipe holds: nobody reads before we end. */
		if (is_of(line, q->user) && n < PATH_MAX)
			return io_write_all(q->answer, line, n) < 0 ?
			    err_sys(e, "answer") :
			    0;
		line += n;
		line += *line == '\n';
	}
	return 0;
}

/* Field I of LINE into OUT, if it is an absolute path. */
static void
take_path(const char *line, enum passwd_field i, char *out, size_t size)
{
	size_t n;

	for (unsigned k = FIELD_NAME; k < i; k++) {
		line = strchr(line, ':');
		if (line == NULL)
			return;
		line++;
	}
	n = strcspn(line, ":");
	if (*line == '/' && n < size)
		str_copy(out, line, n + 1);
}

int
login_find(struct engine *g, const struct cell_ref *ref, const char *user,
    struct login *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(PATH_MAX);
	struct question q = { .user = user };
	int pipe[2], r;

	str_copy(out->shell, "/bin/sh", sizeof(out->shell));
	str_copy(out->home, "/", sizeof(out->home));
	if (io_pipe(pipe, e) < 0)
		return -1;
	q.answer = pipe[1];
	r = g->platform->cell->view(ref, find_line, &q, e);
	cleanup_close(&pipe[1]);
	if (r == 0)
		r = io_read_all(pipe[0], &b, "passwd", e);
	cleanup_close(&pipe[0]);
	if (r < 0)
		return -1;
	take_path(b.data, FIELD_HOME, out->home, sizeof(out->home));
	take_path(b.data, FIELD_SHELL, out->shell, sizeof(out->shell));
	return 0;
}
