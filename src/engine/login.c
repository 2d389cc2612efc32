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

enum passwd_field { FIELD_NAME, FIELD_HOME = 5, FIELD_SHELL };

struct question {
	const char *user;
	int answer; /* pipe: the user's line */
};

/* The line of USER and its length; NULL if there is none. */
static const char *
line_of(const char *text, const char *user, size_t *len)
{
	size_t n = strlen(user);

	for (const char *line = text; *line != '\0';) {
		*len = strcspn(line, "\n");
		if (n < *len && memcmp(line, user, n) == 0 && line[n] == ':')
			return line;
		line += *len;
		line += *line == '\n';
	}
	return NULL;
}

static int
find_line(int rootfd, void *arg, struct err *e)
{
	const struct question *q = arg;
	auto_buf struct buf b = BUF_INIT(PASSWD_MAX);
	auto_close int fd = -1;
	const char *line;
	struct stat st;
	size_t n;

	if (beneath_open(
		rootfd, "/etc/passwd", O_RDONLY | O_NONBLOCK, 0, &fd, e) < 0) {
		err_clear(e);
		return 0;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (io_read_all(fd, &b, "/etc/passwd", e) < 0)
		return -1;
	line = line_of(b.data, q->user, &n);
	/* Less than a pipe holds: nobody reads before we end. */
	if (line != NULL && n < PATH_MAX &&
	    io_write_all(q->answer, line, n) < 0)
		return err_sys(e, "answer");
	return 0;
}

/* Field I of the line into OUT, if it is an absolute path. */
static void
take_path(const char *line, enum passwd_field i, char *out, size_t size)
{
	size_t n;

	for (unsigned k = FIELD_NAME; k < i; k++) {
		line += strcspn(line, ":\n");
		if (*line != ':')
			return;
		line++;
	}
	n = strcspn(line, ":\n");
	if (*line == '/' && n < size)
		str_copy(out, line, n + 1);
}

void
login_parse(const char *text, const char *user, struct login *out)
{
	size_t n;
	const char *line = line_of(text, user, &n);

	if (line == NULL)
		return;
	take_path(line, FIELD_HOME, out->home, sizeof(out->home));
	take_path(line, FIELD_SHELL, out->shell, sizeof(out->shell));
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
	login_parse(b.data, user, out);
	return 0;
}
