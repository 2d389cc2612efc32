/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log is a list of segments (open files), oldest first; the position is a
 * segment and the offset of a line start in it.  Files that are open can't
 * be mistaken for others, whatever is renamed meanwhile: their inode numbers
 * are not used again.
 */
#include "base/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define WINDOW_SIZE ((size_t)64 << 10)

_Static_assert(
    WINDOW_SIZE > 2 * (size_t)LOGLINE_MAX, "a record fits, wherever it is");

struct segment {
	int fd;
	dev_t dev;
	ino_t ino;
	off_t first; /* where the query's time begins */
	off_t last;  /* and ended when this was opened; -1: everything */
};

struct logfile {
	int dirfd;
	struct logfile_query q;
	struct segment *v; /* oldest first */
	size_t n;
	size_t cur; /* position */
	off_t pos;
	bool is_past;
	int win_fd; /* of the bytes in win; -1: none */
	off_t win_off;
	size_t win_len;
	char win[WINDOW_SIZE];
};

static int
window_load(struct logfile *l, int fd, off_t off, size_t size, struct err *e)
{
	ssize_t n;

	l->win_fd = -1;
	do
		n = pread(fd, l->win, size, off);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "log: read");
	l->win_fd = fd;
	l->win_off = off;
	l->win_len = (size_t)n;
	return 0;
}

/* The part of the window that begins at OFF, or nothing. */
static size_t
window_from(const struct logfile *l, int fd, off_t off, const char **p)
{
	if (l->win_fd != fd || off < l->win_off ||
	    off > l->win_off + (off_t)l->win_len)
		return 0;
	*p = l->win + (off - l->win_off);
	return l->win_len - (size_t)(off - l->win_off);
}

/* The line at *POS, which goes behind it: 1, or 0 if no whole line is there.
 * A line longer than the window is none of ours and is stepped over. */
static int
line_next(struct logfile *l, int fd, off_t *pos, const char **line, size_t *len,
    struct err *e)
{
	bool is_rest = false;

	for (;;) {
		const char *p = NULL, *end = NULL;
		size_t n = window_from(l, fd, *pos, &p);

		if (n > 0)
			end = memchr(p, '\n', n);
		if (end == NULL) {
			if (window_load(l, fd, *pos, WINDOW_SIZE, e) < 0)
				return -1;
			p = l->win;
			n = l->win_len;
			end = n > 0 ? memchr(p, '\n', n) : NULL;
		}
		if (end == NULL && n < WINDOW_SIZE)
			return 0;
		if (end == NULL) {
			*pos += (off_t)n;
			is_rest = true;
			continue;
		}
		*pos += end - p + 1;
		if (!is_rest) {
			*line = p;
			*len = (size_t)(end - p);
			return 1;
		}
		is_rest = false;
	}
}

/* Offset behind the last newline before END; 0 if there is none. */
static int
line_start(struct logfile *l, int fd, off_t end, off_t *start, struct err *e)
{
	while (end > 0) {
		const char *p = NULL;
		size_t n;

		/* Is [x, end) in the window for some x < end? */
		if (l->win_fd != fd || end <= l->win_off ||
		    end > l->win_off + (off_t)l->win_len) {
			off_t from = end > (off_t)WINDOW_SIZE ?
			    end - (off_t)WINDOW_SIZE :
			    0;

			if (window_load(l, fd, from, (size_t)(end - from), e) <
			    0)
				return -1;
			if (l->win_len < (size_t)(end - from))
				break; /* cut by somebody just now */
		}
		p = l->win;
		for (n = (size_t)(end - l->win_off); n > 0; n--) {
			if (p[n - 1] == '\n') {
				*start = l->win_off + (off_t)n;
				return 0;
			}
		}
		end = l->win_off;
	}
	*start = 0;
	return 0;
}

/* The line that ends at *POS, a line start; *POS goes to its beginning. */
static int
line_prev(struct logfile *l, int fd, off_t *pos, const char **line, size_t *len,
    struct err *e)
{
	off_t end = *pos - 1, start;
	const char *p = NULL;

	if (line_start(l, fd, end, &start, e) < 0)
		return -1;
	*pos = start;
	*line = "";
	*len = 0;
	if (end - start >= LOGLINE_MAX)
		return 0; /* none of ours */
	if (window_from(l, fd, start, &p) < (size_t)(end - start)) {
		if (window_load(l, fd, start, (size_t)(end - start), e) < 0)
			return -1;
		p = l->win;
		if (l->win_len < (size_t)(end - start))
			return 0;
	}
	if (end > start) {
		*line = p;
		*len = (size_t)(end - start);
	}
	return 0;
}

/* The first record at *POS or later: 1, *START where it is; *POS behind. */
static int
record_next(struct logfile *l, int fd, off_t *pos, off_t *start,
    struct logline *r, struct err *e)
{
	const char *line;
	size_t len;
	int got;

	for (;;) {
		off_t at = *pos;

		if ((got = line_next(l, fd, pos, &line, &len, e)) <= 0)
			return got;
		if (logline_parse(line, len, r)) {
			*start = at;
			return 1;
		}
	}
}

/* Offset of the first record not earlier than NS.  Times don't go back
 * within a file.  LO is always a line start with only earlier ones before
 * it, HI has only later ones behind it. */
static int
segment_find(struct logfile *l, const struct segment *s, uint64_t ns,
    off_t *out, struct err *e)
{
	struct stat st;
	off_t lo = 0, hi;

	if (fstat(s->fd, &st) < 0)
		return err_sys(e, "log: stat");
	hi = st.st_size;
	while (lo < hi) {
		off_t mid = lo + (hi - lo) / 2, pos = mid, start = 0;
		const char *line;
		struct logline r;
		size_t len;
		int got = 1;

		/* From the middle of a line to the start of the next. */
		if (mid > lo) {
			pos = mid - 1;
			got = line_next(l, s->fd, &pos, &line, &len, e);
		}
		if (got > 0)
			got = record_next(l, s->fd, &pos, &start, &r, e);
		if (got < 0)
			return -1;
		if (got == 0 || start >= hi || r.time_ns >= ns)
			hi = mid;
		else
			lo = pos;
	}
	*out = lo;
	return 0;
}

static int
segment_bounds(struct logfile *l, struct segment *s, struct err *e)
{
	s->first = 0;
	s->last = -1;
	if (l->q.since_ns > 0 &&
	    segment_find(l, s, l->q.since_ns, &s->first, e) < 0)
		return -1;
	if (l->q.until_ns < UINT64_MAX &&
	    segment_find(l, s, l->q.until_ns + 1, &s->last, e) < 0)
		return -1;
	return 0;
}

/* Behind the last record of the segment. */
static int
segment_end(
    struct logfile *l, const struct segment *s, off_t *out, struct err *e)
{
	struct stat st;

	if (s->last >= 0) {
		*out = s->last;
		return 0;
	}
	if (fstat(s->fd, &st) < 0)
		return err_sys(e, "log: stat");
	if (line_start(l, s->fd, st.st_size, out, e) < 0)
		return -1;
	if (*out < s->first)
		*out = s->first;
	return 0;
}

static bool
is_known(const struct segment *v, size_t n, const struct stat *st)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].ino == st->st_ino && v[i].dev == st->st_dev)
			return true;
	}
	return false;
}

/* Open the i-th file: 1, or 0 if there is none. */
static int
segment_open(struct logfile *l, unsigned i, struct segment *s, struct stat *st,
    struct err *e)
{
	char name[sizeof(LOGFILE_NAME) + 12];
	auto_close int fd = -1;

	str_fmt(name, sizeof(name), i == 0 ? "%s" : "%s.%u", LOGFILE_NAME, i);
	fd = openat(
	    l->dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, st) < 0)
		return err_sys(e, "log: %s", name);
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_CORRUPT, "log: %s: not a file", name);
	*s = (struct segment){ .dev = st->st_dev, .ino = st->st_ino };
	s->fd = take_fd(&fd);
	return 1;
}

/*
 * Collect the files that are newer than the newest we have, newest first,
 * until that one is met.  A rotation renames upward, the highest first: who
 * looks upward may see a file twice or find one name missing, but can't miss
 * a file.
 */
static int
collect(struct logfile *l, struct segment *v, size_t *n, bool *is_met,
    struct err *e)
{
	unsigned missing = 0;

	*n = 0;
	*is_met = l->n == 0;
	for (unsigned i = 0; i <= LOGFILE_COUNT_MAX && missing < 2; i++) {
		struct segment s;
		struct stat st;
		int got = segment_open(l, i, &s, &st, e);

		if (got < 0)
			return -1;
		missing = got == 0 ? missing + 1 : 0;
		if (got == 0)
			continue;
		if (!is_known(l->v, l->n, &st) && !is_known(v, *n, &st)) {
			v[(*n)++] = s;
			continue;
		}
		cleanup_close(&s.fd);
		if (is_known(l->v, l->n, &st)) {
			*is_met = true;
			break;
		}
	}
	return 0;
}

static void
segments_close(struct segment *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cleanup_close(&v[i].fd);
}

/* Our newest file is gone.  What was changed before it is not newer. */
static void
drop_older(const struct segment *newest, struct segment *v, size_t *n)
{
	struct stat own, st;

	if (fstat(newest->fd, &own) < 0)
		return;
	while (*n > 0 && fstat(v[*n - 1].fd, &st) == 0 &&
	    (st.st_mtim.tv_sec < own.st_mtim.tv_sec ||
		(st.st_mtim.tv_sec == own.st_mtim.tv_sec &&
		    st.st_mtim.tv_nsec < own.st_mtim.tv_nsec)))
		cleanup_close(&v[--*n].fd);
}

static bool
is_current(const struct logfile *l)
{
	struct stat st;

	return l->n > 0 &&
	    fstatat(l->dirfd, LOGFILE_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    is_known(&l->v[l->n - 1], 1, &st);
}

/* Add the files that are newer than what we have: their number, or -1. */
static int
discover(struct logfile *l, struct err *e)
{
	struct segment v[LOGFILE_COUNT_MAX + 1];
	bool is_met = false;
	size_t n = 0;
	int r = 0;

	if (is_current(l))
		return 0;
	/* Several rotations at once may have moved it past us. */
	for (int i = 0; i < 3 && !is_met && r == 0; i++) {
		segments_close(v, n);
		r = collect(l, v, &n, &is_met, e);
	}
	if (!is_met && r == 0)
		drop_older(&l->v[l->n - 1], v, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = segment_bounds(l, &v[i], e);
	if (r < 0) {
		segments_close(v, n);
		l->win_fd = -1;
		return -1;
	}
	if (n == 0)
		return 0;
	l->v = xreallocarray(l->v, l->n + n, sizeof(*l->v));
	for (size_t i = 0; i < n; i++)
		l->v[l->n + i] = v[n - 1 - i];
	if (l->n == 0)
		l->pos = l->v[0].first;
	l->n += n;
	return (int)n;
}

/* Rotated files that were read would be kept on the disk by us. */
static void
forget_read(struct logfile *l)
{
	segments_close(l->v, l->cur);
	l->n -= l->cur;
	memmove(l->v, l->v + l->cur, l->n * sizeof(*l->v));
	l->cur = 0;
	l->win_fd = -1;
}

/* Somebody cut the file: begin again. */
static bool
was_cut(struct logfile *l)
{
	struct stat st;

	if (fstat(l->v[l->cur].fd, &st) < 0 || st.st_size >= l->pos)
		return false;
	l->pos = 0;
	l->win_fd = -1;
	return true;
}

static void
go_to(struct logfile *l, size_t cur, off_t pos)
{
	l->cur = cur;
	l->pos = pos;
}

/* No whole line at the position: 1 if there is more to read elsewhere. */
static int
advance(struct logfile *l, struct err *e)
{
	int r;

	if (l->cur + 1 < l->n) {
		go_to(l, l->cur + 1, l->v[l->cur + 1].first);
		return 1;
	}
	if (l->n > 0 && was_cut(l))
		return 1;
	/* If there is a newer file, ours is complete now: it is read to its
	 * end once more before we go on. */
	r = discover(l, e);
	if (r > 0)
		forget_read(l);
	return r;
}

int
logfile_next(struct logfile *l, struct logline *out, struct err *e)
{
	while (!l->is_past) {
		struct logline r;
		off_t start;
		int got = 0;

		if (l->n > 0)
			got = record_next(
			    l, l->v[l->cur].fd, &l->pos, &start, &r, e);
		if (got < 0)
			return -1;
		if (got == 0) {
			if ((got = advance(l, e)) <= 0)
				return got;
			continue;
		}
		if (r.time_ns > l->q.until_ns) {
			if (l->cur + 1 < l->n)
				go_to(l, l->cur + 1, l->v[l->cur + 1].first);
			else
				l->is_past = true;
			continue;
		}
		if (r.time_ns < l->q.since_ns ||
		    (l->q.streams & (1U << r.stream)) == 0)
			continue;
		*out = r;
		return 1;
	}
	return 0;
}

int
logfile_prev(struct logfile *l, struct logline *out, struct err *e)
{
	while (l->n > 0) {
		const struct segment *s = &l->v[l->cur];
		const char *line;
		struct logline r;
		size_t len;

		if (l->pos <= s->first) {
			off_t end = 0;

			if (l->cur == 0)
				break;
			if (segment_end(l, s - 1, &end, e) < 0)
				return -1;
			go_to(l, l->cur - 1, end);
			continue;
		}
		if (line_prev(l, s->fd, &l->pos, &line, &len, e) < 0)
			return -1;
		if (logline_parse(line, len, &r) &&
		    r.time_ns >= l->q.since_ns && r.time_ns <= l->q.until_ns &&
		    (l->q.streams & (1U << r.stream)) != 0) {
			*out = r;
			return 1;
		}
	}
	return 0;
}

int
logfile_seek_end(struct logfile *l, struct err *e)
{
	off_t end = 0;

	if (l->n == 0)
		return 0;
	if (segment_end(l, &l->v[l->n - 1], &end, e) < 0)
		return -1;
	go_to(l, l->n - 1, end);
	return 0;
}

/* Go behind the line before the last q.tail ones. */
static int
seek_tail(struct logfile *l, struct err *e)
{
	bool was_seen[LOGLINE_STREAMS] = { false };
	uint64_t lines = 0;

	if (logfile_seek_end(l, e) < 0)
		return -1;
	for (;;) {
		size_t cur = l->cur;
		off_t pos = l->pos;
		struct logline r;
		int got = logfile_prev(l, &r, e);

		if (got <= 0)
			return got;
		if (!r.is_partial || !was_seen[r.stream])
			lines++;
		was_seen[r.stream] = true;
		if (lines > l->q.tail) {
			go_to(l, cur, pos);
			return 0;
		}
	}
}

int
logfile_open(int dirfd, const struct logfile_query *q, struct logfile **out,
    struct err *e)
{
	struct logfile *l = xcalloc(1, sizeof(*l));

	l->dirfd = dirfd;
	l->q = *q;
	l->win_fd = -1;
	if (discover(l, e) < 0 ||
	    (q->tail < UINT64_MAX && seek_tail(l, e) < 0)) {
		logfile_close(l);
		return -1;
	}
	*out = l;
	return 0;
}

void
logfile_close(struct logfile *l)
{
	if (l == NULL)
		return;
	segments_close(l->v, l->n);
	free(l->v);
	free(l);
}

bool
logfile_is_past(const struct logfile *l)
{
	return l->is_past;
}
