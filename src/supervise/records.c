/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From staged bytes to records of the log.  One rule makes it safe: before
 * a record is appended the state file says which staged bytes it holds, its
 * time, and behind which length of which log it goes.  A record is a
 * function of these, so whoever finds the announcement makes the same bytes
 * again, sees by the log's length how many of them arrived, and appends the
 * rest.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "supervise/output.h"

/* A clock that is set back by less is waited for; by more it begins a new
 * file: within a file times never go back. */
#define CLOCK_BACK_MAX_NS UINT64_C(10000000000)

_Static_assert(OUT_SIZE >= LOGLINE_MAX, "a record fits");
_Static_assert(IN_SIZE > LOGLINE_TEXT_MAX, "its text does too");
_Static_assert(STATE_TEXT_SIZE < LOGLINE_TEXT_MAX, "and ours");

/* The LEN staged bytes at OFF in o->in; NULL if they can't be read. */
static const char *
load(struct output *o, unsigned i, uint64_t off, size_t len)
{
	ssize_t n;

	assert(len <= IN_SIZE);
	o->in_len = 0;
	do
		n = pread(o->streams[i].stage, o->in, len, (off_t)off);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)len)
		return NULL;
	o->in_stream = i;
	o->in_off = off;
	o->in_len = len;
	return o->in;
}

/* Format the announced record into o->out; the bytes that went into it. */
static size_t
format(struct output *o, const struct state *t, const char *data, size_t len)
{
	size_t used;

	o->out_done = 0;
	o->out_len = logline_format(o->out, OUT_SIZE, t->time_ns,
	    (enum logline_stream)t->pending, data, len, &used);
	return used;
}

/* Likewise a record of our own. */
static size_t
format_text(struct output *o, const struct state *t)
{
	char line[STATE_TEXT_SIZE + 1];
	size_t len = strlen(t->text);

	memcpy(line, t->text, len);
	line[len] = '\n';
	return format(o, t, line, len + 1);
}

/* How much of the announced record is in the log?  False if it goes to
 * another file or place, where nothing of it is. */
static bool
find_place(struct output *o)
{
	const struct state *t = &o->state.s;
	uint64_t there;

	o->out_done = 0;
	if (o->log.fd < 0 || o->log.ino != t->log_ino ||
	    o->log.len < t->log_len)
		return false;
	there = o->log.len - t->log_len;
	o->out_done = there < o->out_len ? (size_t)there : o->out_len;
	if (o->out_done > 0)
		o->log.is_torn = false; /* it ends where we were cut off */
	return true;
}

void
records_recover(struct output *o)
{
	struct state *t = &o->state.s;
	bool is_made = false;

	if (t->pending == LOGLINE_SYSTEM) {
		(void)format_text(o, t);
		is_made = true;
	} else if (t->pending < STREAMS) {
		unsigned i = (unsigned)t->pending;
		uint64_t from = t->done[i], len = t->end - from;
		const char *data = NULL;

		/* If they are not there, they were logged, and the file
		 * emptied. */
		if (t->end > from && len <= IN_SIZE &&
		    t->end <= o->streams[i].size)
			data = load(o, i, from, (size_t)len);
		is_made = data != NULL &&
		    format(o, t, data, (size_t)len) == (size_t)len;
	}
	if (is_made) {
		o->is_placed = find_place(o);
	} else {
		t->pending = STATE_NONE;
		o->out_len = 0;
	}
}

bool
records_take_back(struct output *o)
{
	if (o->out_len > 0 && o->out_done > 0) {
		log_writer_cut(&o->log, o->state.s.log_len);
		o->is_placed = find_place(o);
	}
	return o->out_len == 0 || o->out_done == 0;
}

/* Record in the state where the record goes that is in o->out. */
static int
announce(struct output *o)
{
	o->state.s.log_ino = o->log.ino;
	o->state.s.log_len = o->log.len;
	o->is_placed = output_write_state(o) == 0;
	return o->is_placed ? 0 : -1;
}

/* The log is what it was, or what it is now is made ours. */
static int
check_log(struct output *o)
{
	struct err ignored = ERR_INIT;
	int changed = log_writer_check(&o->log, o->in, IN_SIZE, &ignored);

	if (changed < 0)
		return -1;
	if (changed > 0) {
		o->in_len = 0;
		o->is_placed = find_place(o);
	}
	if (o->log.is_torn) {
		if (log_writer_append(&o->log, "\n", 1, &ignored) < 0)
			return -1;
		o->log.is_torn = false;
		o->is_placed = false;
	}
	return o->is_placed || o->out_len == 0 ? 0 : announce(o);
}

static int
rotate(struct output *o)
{
	struct err ignored = ERR_INIT;

	/* Who comes after a kill must not look for the last record in the
	 * file that is new then. */
	assert(o->state.s.pending == STATE_NONE);
	if (output_write_state(o) < 0 ||
	    log_writer_rotate(&o->log, &ignored) < 0)
		return -1;
	return check_log(o);
}

/* Bytes up to and with the last newline. */
static size_t
whole_lines(const char *data, size_t len)
{
	while (len > 0 && data[len - 1] != '\n')
		len--;
	return len;
}

/*
 * Choose staged bytes for a record: *LEN of them at *DATA, 0 if there are
 * none now.  A line is cut where it is too long, or where the pot wrote no
 * more for now, not where our buffer ends.
 */
static int
choose_bytes(
    struct output *o, unsigned i, bool is_held, const char **data, size_t *len)
{
	uint64_t from = o->state.s.done[i];
	uint64_t staged = o->streams[i].size - from;
	const char *p = NULL;
	size_t n = 0;

	*len = 0;
	if (staged == 0)
		return 0;
	/* What was read for the record before this one may do. */
	if (o->in_stream == i && from >= o->in_off &&
	    from < o->in_off + o->in_len) {
		p = o->in + (from - o->in_off);
		n = o->in_len - (size_t)(from - o->in_off);
		if (n < staged && whole_lines(p, n) == 0)
			n = 0;
	}
	if (n == 0) {
		n = staged < IN_SIZE ? (size_t)staged : IN_SIZE;
		if ((p = load(o, i, from, n)) == NULL)
			return -1;
	}
	*data = p;
	*len = n;
	if (n < staged || is_held) {
		*len = whole_lines(p, n);
		if (*len == 0 && n > LOGLINE_TEXT_MAX)
			*len = LOGLINE_TEXT_MAX;
	}
	return 0;
}

/* What we have to say ourselves: false if nothing. */
static bool
choose_text(const struct output *o, struct state *t)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		if (t->dropped[i] == 0)
			continue;
		str_fmt(t->text, sizeof(t->text),
		    "no space for the log: %" PRIu64 " bytes of %s are lost",
		    t->dropped[i], logline_stream_word((enum logline_stream)i));
		t->dropped[i] = 0;
		return true;
	}
	if (o->oom > t->oom) {
		str_fmt(t->text, sizeof(t->text),
		    "out of memory: the kernel killed %" PRIu64 " process%s",
		    o->oom - t->oom, o->oom - t->oom == 1 ? "" : "es");
		t->oom = o->oom;
		return true;
	}
	return false;
}

/* Put the next record into o->out, as T says when it is announced: 1, or 0
 * if there is none. */
static int
make_record(struct output *o, const bool hold[STREAMS], struct state *t)
{
	t->text[0] = '\0';
	if (choose_text(o, t)) {
		t->pending = LOGLINE_SYSTEM;
		(void)format_text(o, t);
		return 1;
	}
	for (unsigned n = 0; n < STREAMS; n++) {
		unsigned i = (o->turn + n) % STREAMS;
		const char *data;
		size_t len;

		if (choose_bytes(o, i, hold[i], &data, &len) < 0)
			return -1;
		if (len == 0)
			continue;
		t->pending = i;
		t->end = t->done[i] + format(o, t, data, len);
		o->turn = i + 1;
		return 1;
	}
	return 0;
}

/* Make and announce the next record: 1, 0 if there is none, -1. */
static int
next_record(struct output *o, const bool hold[STREAMS])
{
	struct state before = o->state.s, t = before;
	uint64_t now = clock_real_ns();
	int got;

	if (o->log.last_ns > now + CLOCK_BACK_MAX_NS && o->log.count > 0 &&
	    rotate(o) < 0)
		return -1;
	t.time_ns = now > o->log.last_ns ? now : o->log.last_ns;
	if ((got = make_record(o, hold, &t)) <= 0)
		return got;
	if (o->log.size_max > 0 && o->log.len > 0 &&
	    o->log.len + o->out_len > o->log.size_max) {
		size_t len = o->out_len;

		o->out_len = 0;
		if (rotate(o) < 0)
			return -1;
		o->out_len = len;
	}
	o->state.s = t;
	if (announce(o) == 0)
		return 1;
	o->state.s = before;
	o->out_len = 0;
	return -1;
}

static int
append(struct output *o)
{
	struct state *t = &o->state.s;
	struct err ignored = ERR_INIT;

	while (o->out_done < o->out_len) {
		ssize_t n = log_writer_append(&o->log, o->out + o->out_done,
		    o->out_len - o->out_done, &ignored);

		if (n < 0)
			return -1;
		o->out_done += (size_t)n;
	}
	if (t->pending < STREAMS)
		t->done[t->pending] = t->end;
	else
		o->is_dirty = true;
	o->log.last_ns = t->time_ns;
	t->pending = STATE_NONE;
	o->out_len = 0;
	/* For the bytes of a stream the next announcement says so, or that
	 * its staging file is empty; until then the log's length does. */
	return 0;
}

void
output_log(struct output *o, const bool hold[STREAMS])
{
	int got = 1;

	if (o->out_len == 0 && !output_has_tail(o, 0) &&
	    !output_has_tail(o, 1) && o->oom == o->state.s.oom &&
	    o->state.s.dropped[0] == 0 && o->state.s.dropped[1] == 0)
		return;
	if (check_log(o) < 0)
		got = -1;
	while (got > 0) {
		if (o->out_len == 0)
			got = next_record(o, hold);
		if (got > 0 && append(o) < 0)
			got = -1;
	}
	o->is_stalled = got < 0;
}
