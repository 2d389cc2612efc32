/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other end of pot-fetch's pipes (src/fetch/fetch.h).  It is not
 * believed: numbers are checked, and bytes are counted here.
 */
#include "image/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/space.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "fetch/fetch.h"

#define CHUNK	  ((size_t)64 << 10)
#define TRIES_MAX 5
#define WHY_MAX	  400

/* Where the bytes go: to the end of a file, or of a buffer. */
struct target {
	int fd; /* -1: */
	struct buf *b;
	struct space space; /* of the file's disk */
	uint64_t at, total; /* 0: unknown */
};

static const char *const schemes[] = { "http://", "https://", "ftp://" };

const char *
fetch_local_path(const char *url)
{
	if (str_has_prefix(url, "file://"))
		url += strlen("file://");
	return url[0] == '/' ? url : NULL;
}

bool
fetch_is_url(const char *text)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (str_has_prefix(text, schemes[i]))
			return true;
	return fetch_local_path(text) != NULL;
}

static int
put(const struct fetch_options *o, struct target *t, const void *data,
    size_t len, struct err *e)
{
	if (o->max_bytes > 0 && len > o->max_bytes - t->at)
		return err_set(e, ERR_LIMIT, "longer than %llu bytes",
		    (unsigned long long)o->max_bytes);
	if (t->b != NULL) {
		buf_add(t->b, data, len);
		if (buf_check(t->b, "text", e) < 0)
			return -1;
	} else if (space_take(&t->space, len, e) < 0)
		return -1;
	else if (io_write_all(t->fd, data, len) < 0)
		return err_sys(e, "write");
	t->at += len;
	if (o->progress != NULL)
		o->progress(o->arg, t->at, t->total);
	return 0;
}

/* From AT on everything is to come again. */
static int
restart(struct target *t, uint64_t at, struct err *e)
{
	if (t->b != NULL)
		buf_clear(t->b);
	else if (ftruncate(t->fd, (off_t)at) < 0 ||
	    lseek(t->fd, (off_t)at, SEEK_SET) < 0)
		return err_sys(e, "truncate");
	t->at = at;
	return 0;
}

/* "OFFSET TOTAL" or "OFFSET -". */
static int
read_header(const char *line, struct target *t, struct err *e)
{
	const char *p = line;
	uint64_t at, total = 0;

	if (!str_take_u64(&p, INT64_MAX, &at) || *p++ != ' ' ||
	    (*p == '-' ? *++p != '\n' :
			 !str_take_u64(&p, INT64_MAX, &total) || *p != '\n'))
		return err_set(e, ERR_CHILD, "pot-fetch: no header");
	if (at != t->at && at != 0)
		return err_set(
		    e, ERR_CHILD, "pot-fetch: not where it was asked for");
	t->total = total;
	return at == t->at ? 0 : restart(t, at, e);
}

/* All that comes; -1 also if it is not to go on. */
static int
receive(
    const struct fetch_options *o, int from, struct target *t, struct err *e)
{
	auto_free char *chunk = xmalloc(CHUNK);
	char header[FETCH_HEADER_MAX];
	size_t have = 0;
	bool is_begun = false;

	for (;;) {
		ssize_t n = read(from, chunk, CHUNK);
		const char *data = chunk;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "pot-fetch: read");
		if (n == 0)
			return 0;
		while (!is_begun && n > 0) {
			header[have++] = *data;
			is_begun = *data == '\n';
			data++;
			n--;
			if (have + 1 == sizeof(header) && !is_begun)
				return err_set(
				    e, ERR_CHILD, "pot-fetch: no header");
		}
		if (is_begun && have > 0) {
			header[have] = '\0';
			have = 0;
			if (read_header(header, t, e) < 0)
				return -1;
		}
		if (n > 0 && put(o, t, data, (size_t)n, e) < 0)
			return -1;
	}
}

/* The last line of what it said, as one line of text. */
static void
last_line(int fd, char out[WHY_MAX])
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err ignored = ERR_INIT;
	char *line;

	if (io_read_all(fd, &b, "pot-fetch", &ignored) < 0)
		err_clear(&ignored);
	while (b.len > 0 && b.data[b.len - 1] == '\n')
		b.data[--b.len] = '\0';
	line = b.len > 0 ? strrchr(b.data, '\n') : NULL;
	if (b.len > 0)
		line = line != NULL ? line + 1 : b.data;
	(void)str_copy(out, line != NULL ? line : "", WHY_MAX);
	for (char *p = out; *p != '\0'; p++)
		if (!chr_is_print(*p))
			*p = '?';
}

static int
explain(int status, const struct target *t, const char *why, struct err *e)
{
	if (status == FETCH_NOT_FOUND)
		return err_set(
		    e, ERR_NOT_FOUND, "%s", why[0] != '\0' ? why : "not found");
	if (t->total > t->at && status != FETCH_FAILED)
		return err_set(e, ERR_CORRUPT, "%llu of %llu bytes%s%s",
		    (unsigned long long)t->at, (unsigned long long)t->total,
		    why[0] != '\0' ? ": " : "", why);
	if (status == FETCH_CUT)
		return err_set(e, ERR_CORRUPT, "%s", why);
	if (status != FETCH_DONE)
		return err_set(
		    e, ERR_CHILD, "pot-fetch: exit %d: %s", status, why);
	return 0;
}

/* One run of pot-fetch. */
static int
run(const struct fetch_options *o, const char *url, struct target *t,
    struct err *e)
{
	auto_strv struct strv argv = STRV_INIT, env = STRV_INIT;
	auto_close int out = -1, said = -1, out_w = -1, said_w = -1;
	struct spawn_opts s = { .path = o->program, .dirfd = -1, .nfds = 3 };
	struct err ignored = ERR_INIT;
	char why[WHY_MAX];
	int fds[2], status, r;
	pid_t pid;

	strv_add(&argv, "pot-fetch");
	strv_add(&argv, url);
	strv_add_fmt(&argv, "%llu", (unsigned long long)t->at);
	strv_add_fmt(&argv, "%llu", (unsigned long long)o->max_bytes);
	strv_add(&env, "PATH=/sbin:/bin:/usr/sbin:/usr/bin");
	strv_add(&env, "LC_ALL=C");
	if (o->env != NULL)
		strv_add_all(&env, o->env);
	if (io_pipe(fds, e) < 0)
		return -1;
	out = fds[0];
	out_w = fds[1];
	if (io_pipe(fds, e) < 0)
		return -1;
	said = fds[0];
	said_w = fds[1];
	s.argv = strv_argv(&argv);
	s.envp = strv_argv(&env);
	s.fds[0] = -1;
	s.fds[1] = out_w;
	s.fds[2] = said_w;
	if (spawn_start(&s, &pid, e) < 0)
		return -1;
	cleanup_close(&out_w);
	cleanup_close(&said_w);
	r = receive(o, out, t, e);
	cleanup_close(&out); /* it ends, should it still write */
	last_line(said, why);
	if (spawn_wait(pid, &status, r < 0 ? &ignored : e) < 0 || r < 0)
		return -1;
	return explain(status, t, why, e);
}

static int
copy_local(const struct fetch_options *o, const char *path, struct target *t,
    struct err *e)
{
	auto_close int fd =
	    open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_free char *chunk = xmalloc(CHUNK);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "open");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "not a regular file");
	if (restart(t, 0, e) < 0)
		return -1;
	t->total = (uint64_t)st.st_size;
	while ((n = read(fd, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read");
		if (put(o, t, chunk, (size_t)n, e) < 0)
			return -1;
	}
	return 0;
}

/* What was cut off is gone on with, as long as there is more each time. */
static int
get(const struct fetch_options *o, const char *url, struct target *t,
    struct err *e)
{
	const char *path = fetch_local_path(url);
	int r = 0;

	if (!fetch_is_url(url))
		return err_set(e, ERR_INVALID,
		    "%s: expected http, https, ftp, file or an absolute path",
		    url);
	if (o->max_bytes > 0 && t->at > o->max_bytes && restart(t, 0, e) < 0)
		return -1;
	if (path != NULL)
		r = copy_local(o, path, t, e);
	for (int i = 0; path == NULL && i < TRIES_MAX; i++) {
		uint64_t before = t->at;

		r = run(o, url, t, e);
		if (r == 0 || e->code != ERR_CORRUPT || t->at <= before ||
		    i + 1 == TRIES_MAX)
			break;
		err_clear(e);
	}
	return r < 0 ? err_wrap(e, "%s", url) : 0;
}

int
fetch_file(
    const struct fetch_options *o, const char *url, int fd, struct err *e)
{
	struct target t = { .fd = fd, .space = { .fd = fd } };
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return err_sys(e, "seek");
	t.at = (uint64_t)end;
	return get(o, url, &t, e);
}

int
fetch_text(const struct fetch_options *o, const char *url, struct buf *b,
    struct err *e)
{
	auto_buf struct buf own = BUF_INIT(b->max);
	struct target t = { .fd = -1, .b = &own };

	if (get(o, url, &t, e) < 0)
		return -1;
	buf_add(b, own.data, own.len);
	return buf_check(b, url, e);
}
