/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The staging files: bytes come in by the platform's move, which a kill
 * can't cut in two, or whose recover() cuts what it left; so a staging
 * file's length says what was taken from the FIFO.  They are emptied when all
 * was passed on, and nothing is staged before the state file says so.
 */
#include "supervise/output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervise/supervise.h"

static const char *const fifo_names[STREAMS] = { RUN_IO_OUT, RUN_IO_ERR };
static const char *const stage_names[STREAMS] = { RUN_STAGE_OUT,
	RUN_STAGE_ERR };

int
output_write_state(struct output *o)
{
	struct err e = ERR_INIT;

	o->is_dirty = state_write(&o->state, &e) < 0;
	return o->is_dirty ? -1 : 0;
}

static int
open_fifo(struct stream *s, int iodir, const char *name, struct err *e)
{
	struct stat st;

	/* For writing too: then it never is at its end, and opening it does
	 * not wait for the pot. */
	s->fifo =
	    openat(iodir, name, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (s->fifo < 0 || fstat(s->fifo, &st) < 0)
		return err_sys(e, "%s/%s: open", RUN_IO, name);
	if (!S_ISFIFO(st.st_mode))
		return err_set(
		    e, ERR_CORRUPT, "%s/%s: not a FIFO", RUN_IO, name);
	return 0;
}

/* Staged bytes that are known to be the pot's: a record has them, or its
 * announcement, or the echo. */
static off_t
passed_on(const struct output *o, unsigned i)
{
	const struct state *t = &o->state.s;
	uint64_t n = t->pending == i ? t->end : t->done[i];

	return (off_t)(t->echoed[i] > n ? t->echoed[i] : n);
}

static int
open_stage(struct output *o, unsigned i, struct err *e)
{
	struct stream *s = &o->streams[i];
	uint64_t *cut = &o->state.s.cut[i];
	int (*recover)(int, off_t, struct err *) = o->platform->output->recover;
	struct stat st;

	s->stage = openat(o->rundir, stage_names[i],
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->stage < 0)
		return err_sys(e, "%s: open", stage_names[i]);
	if (*cut > 0 && ftruncate(s->stage, (off_t)*cut - 1) < 0)
		return err_sys(e, "%s: cut", stage_names[i]);
	*cut = 0;
	if (recover != NULL && recover(s->stage, passed_on(o, i), e) < 0)
		return err_wrap(e, "%s", stage_names[i]);
	if (fstat(s->stage, &st) < 0)
		return err_sys(e, "%s: stat", stage_names[i]);
	s->size = (uint64_t)st.st_size;
	return 0;
}

static int
open_streams(struct output *o, struct err *e)
{
	auto_close int iodir =
	    openat(o->rundir, RUN_IO, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (iodir < 0)
		return err_sys(e, "%s: open", RUN_IO);
	for (unsigned i = 0; i < STREAMS; i++) {
		if (open_fifo(&o->streams[i], iodir, fifo_names[i], e) < 0 ||
		    open_stage(o, i, e) < 0)
			return -1;
	}
	return 0;
}

int
output_open(struct output *o, const struct platform *p,
    const struct supervise_config *c, struct err *e)
{
	struct state *t = &o->state.s;
	struct err ignored = ERR_INIT;

	assert(p->output != NULL && p->output->move != NULL);
	o->platform = p;
	o->rundir = c->run_fd;
	o->state = (struct state_file)STATE_FILE_INIT;
	o->log = (struct log_writer){ .dirfd = c->log_fd,
		.count = c->log_count,
		.size_max = c->log_size,
		.fd = -1 };
	for (unsigned i = 0; i < STREAMS; i++) {
		o->streams[i] = (struct stream){ .fifo = -1, .stage = -1 };
		echo_init(&o->streams[i].echo, c->echo_fds[i]);
	}
	if (state_open(&o->state, o->rundir, e) < 0 || open_streams(o, e) < 0)
		return -1;
	/* A log that can't be opened now (no space) is tried again later. */
	if (log_writer_check(&o->log, o->in, IN_SIZE, &ignored) < 0)
		o->is_stalled = true;
	records_recover(o);
	for (unsigned i = 0; i < STREAMS; i++) {
		/* Emptied just before the kill. */
		if (t->done[i] > o->streams[i].size)
			t->done[i] = 0;
		if (t->echoed[i] > o->streams[i].size)
			t->echoed[i] = 0;
	}
	return state_write(&o->state, e);
}

bool
output_has_room(const struct output *o, unsigned i)
{
	const struct stream *s = &o->streams[i];

	return !s->is_blocked &&
	    (o->is_draining || (s->size < STAGE_MAX && output_is_echoed(o, i)));
}

bool
output_take(struct output *o, unsigned i)
{
	struct stream *s = &o->streams[i];
	struct err ignored = ERR_INIT;
	ssize_t n;

	if (o->is_dirty && output_write_state(o) < 0) {
		s->is_blocked = true;
		return false;
	}
	n = o->platform->output->move(
	    s->fifo, s->stage, (off_t)s->size, MOVE_MAX, &ignored);
	s->is_blocked = n < 0;
	if (n <= 0)
		return false;
	s->size += (uint64_t)n;
	s->total += (uint64_t)n;
	return true;
}

uint64_t
output_waiting(const struct output *o, unsigned i)
{
	int n = 0;

	if (ioctl(o->streams[i].fifo, FIONREAD, &n) < 0 || n < 0)
		return 0;
	return (uint64_t)n;
}

bool
output_has_tail(const struct output *o, unsigned i)
{
	return o->state.s.done[i] < o->streams[i].size;
}

bool
output_is_echoed(const struct output *o, unsigned i)
{
	const struct stream *s = &o->streams[i];

	return s->echo.fd < 0 || o->state.s.echoed[i] >= s->size;
}

void
output_echo(struct output *o, unsigned i)
{
	struct stream *s = &o->streams[i];
	uint64_t *echoed = &o->state.s.echoed[i];

	while (!output_is_echoed(o, i)) {
		uint64_t left = s->size - *echoed;
		ssize_t n;

		o->in_len = 0;
		n = pread(s->stage, o->in, left < IN_SIZE ? left : IN_SIZE,
		    (off_t)*echoed);
		if (n <= 0) {
			echo_fini(&s->echo);
			return;
		}
		n = (ssize_t)echo_write(&s->echo, o->in, (size_t)n);
		if (n == 0)
			return;
		*echoed += (uint64_t)n;
		/* A kill before this doubles what was just written: nobody
		 * but the reader knows that he has it. */
		if (output_write_state(o) < 0)
			return;
	}
}

/* Shorten a staging file to what the state says; then it must be told. */
static void
empty(struct output *o, unsigned i)
{
	struct stream *s = &o->streams[i];
	struct state *t = &o->state.s;

	if (ftruncate(s->stage, 0) < 0)
		return;
	s->size = t->done[i] = t->echoed[i] = 0;
	o->is_dirty = true;
	o->in_len = 0;
}

/* Announce the loss, cut, and say that it is done. */
static void
drop(struct output *o, unsigned i)
{
	struct stream *s = &o->streams[i];
	struct state *t = &o->state.s;
	uint64_t keep = t->pending == i ? t->end : t->done[i];
	uint64_t lost = s->size - keep;

	if (lost == 0 || !output_is_echoed(o, i))
		return;
	t->cut[i] = keep + 1;
	t->dropped[i] += lost;
	if (output_write_state(o) < 0 || ftruncate(s->stage, (off_t)keep) < 0) {
		t->dropped[i] -= lost;
		t->cut[i] = 0;
		o->is_dirty = true;
		return;
	}
	s->size = keep;
	if (t->echoed[i] > keep)
		t->echoed[i] = keep;
	t->cut[i] = 0;
	o->is_dirty = true;
	o->in_len = 0;
}

void
output_trim(struct output *o)
{
	const struct state *t = &o->state.s;

	for (unsigned i = 0; i < STREAMS; i++) {
		const struct stream *s = &o->streams[i];

		if (s->size == 0)
			continue;
		if (t->done[i] == s->size && t->pending != i &&
		    output_is_echoed(o, i))
			empty(o, i);
		else if (o->is_stalled && s->size >= STAGE_MAX)
			drop(o, i);
	}
	/* Also for who removes or moves the log while we are idle: then no
	 * announcement is open. */
	if (o->is_dirty && output_write_state(o) < 0) {
		for (unsigned i = 0; i < STREAMS; i++)
			o->streams[i].is_blocked = true;
	}
}

void
output_give_up(struct output *o)
{
	static const bool hold[STREAMS] = { false };
	struct state *t = &o->state.s;

	if (t->pending < STREAMS) {
		if (!records_take_back(o))
			return; /* what follows would be glued to it */
		t->pending = STATE_NONE;
		o->out_len = 0;
	}
	/* With the record in progress, which is before what was dropped, and
	 * what came behind, one gap.  Only the announcement of the line that
	 * tells of it tells the next supervisor: until then it finds the
	 * record announced, and all that is staged. */
	for (unsigned i = 0; i < STREAMS; i++) {
		t->dropped[i] += o->streams[i].size - t->done[i];
		t->done[i] = o->streams[i].size;
	}
	/* The lines may find room where the record's beginning was.  If not,
	 * the log ends with a whole line. */
	output_log(o, hold);
	if (o->is_stalled)
		(void)records_take_back(o);
}

void
output_detach(struct output *o)
{
	struct state *t = &o->state.s;

	for (unsigned i = 0; i < STREAMS; i++) {
		(void)unlinkat(o->rundir, stage_names[i], 0);
		t->done[i] = 0;
	}
	if (output_write_state(o) < 0) {
		/* A missing file is an empty one, whatever the state says. */
	}
}
