/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor as a process, with a cell of ordinary processes. */
#include "world.h"

#define MIB ((size_t)1 << 20)

/* Command: its descriptor (in ARG) tells it when to go on. */
struct pipes {
	int go;	   /* the command reads a byte before each step; kept open */
	int go_on; /* the test's end */
};

static void
pipes_open(struct pipes *p)
{
	struct err e = ERR_INIT;
	int fds[2];

	assert_ok(io_pipe(fds, &e), &e);
	p->go = fds[0];
	p->go_on = fds[1];
}

static void
pipes_close(struct pipes *p)
{
	(void)close(p->go);
	(void)close(p->go_on);
}

static void
say(int fd, const char *text)
{
	(void)!io_write_all(fd, text, strlen(text));
}

static void
await_go(const struct pipes *p)
{
	char c;

	(void)!read(p->go, &c, 1);
}

static void
assert_log(const struct world *w, enum logline_stream stream, const char *want)
{
	struct buf b = BUF_INIT(MIB);

	world_read_log(w, stream, &b);
	assert_string_equal(b.data, want);
	buf_fini(&b);
}

/* The staging files are empty and nothing is announced: nothing is left for
 * a next supervisor. */
static void
assert_empty_stage(const struct world *w)
{
	struct state_file f = STATE_FILE_INIT;
	struct err e = ERR_INIT;
	struct stat st;

	assert_int_equal(fstatat(w->rundir, RUN_STAGE_OUT, &st, 0), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(fstatat(w->rundir, RUN_STAGE_ERR, &st, 0), 0);
	assert_int_equal(st.st_size, 0);
	assert_ok(state_open(&f, w->rundir, &e), &e);
	assert_int_equal(f.s.pending, STATE_NONE);
	state_close(&f);
}

static int
both_streams(void *arg UNUSED)
{
	say(1, "one\ntwo\n");
	say(2, "bad\n");
	say(1, "three");
	return 3;
}

static void
logs_and_becomes_pot(void **state)
{
	struct world *w = *state;
	struct stat st;

	world_start_cell(w, both_streams, NULL);
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->cell), 0);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_log(w, LOGLINE_STDOUT, "one\ntwo\nthree");
	assert_log(w, LOGLINE_STDERR, "bad\n");
	assert_log(w, LOGLINE_SYSTEM, "");
	assert_string_equal(world_get(w->rundir, RUN_STATUS), "exited 3\n");
	assert_string_equal(
	    world_get(w->s->fd, "after"), "internal-after web 7\n");
	assert_empty_stage(w);
	assert_int_equal(fstatat(w->logdir, "log", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(
	    lock_is_held(w->rundir, RUN_SUPERVISE, &(struct err)ERR_INIT), 0);
}

/* All that a FIFO holds when nobody ever supervised. */
static void
comes_late(void **state)
{
	struct world *w = *state;

	world_start_cell(w, both_streams, NULL);
	while (world_get(w->rundir, RUN_STATUS)[0] == '\0')
		world_sleep_us(1000);
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_int_equal(world_wait(&w->cell), 0);
	assert_log(w, LOGLINE_STDOUT, "one\ntwo\nthree");
	assert_log(w, LOGLINE_STDERR, "bad\n");
}

static int
steps(void *arg)
{
	const struct pipes *p = arg;

	say(1, "ab");
	await_go(p);
	say(1, "cd\n");
	await_go(p);
	return 0;
}

/* What has no newline is in the log at once; more of it comes behind. */
static void
flushes_partial_lines(void **state)
{
	struct world *w = *state;
	struct pipes p;

	pipes_open(&p);
	world_start_cell(w, steps, &p);
	world_start_supervisor(w);
	world_await_log(w, LOGLINE_STDOUT, "ab");
	say(p.go_on, "x");
	world_await_log(w, LOGLINE_STDOUT, "abcd\n");
	say(p.go_on, "x");
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_int_equal(world_wait(&w->cell), 0);
	pipes_close(&p);
	assert_non_null(strstr(world_get(w->logdir, "log"), "Z stdout P ab\n"));
	assert_non_null(strstr(world_get(w->logdir, "log"), "Z stdout F cd\n"));
}

static void
leaves_when_not_needed(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;
	struct lock l = LOCK_INIT;
	struct pipes p;

	pipes_open(&p);
	/* No cell. */
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->supervisor), 42);
	world_start_cell(w, steps, &p);
	/* Somebody else supervises. */
	assert_ok(lock_take(&l, w->rundir, RUN_SUPERVISE, LOCK_EXCLUSIVE, 0,
		      "test", &e),
	    &e);
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->supervisor), 42);
	lock_release(&l);
	/* The directory is of another start. */
	w->c.generation = 8;
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->supervisor), 42);
	assert_string_equal(world_get(w->s->fd, "after"), "");
	pipes_close(&p);
}

/* A lock that is handed over is never free in between. */
static void
takes_over_lock(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;
	struct pipes p;

	pipes_open(&p);
	world_start_cell(w, steps, &p);
	assert_ok(lock_take(&w->c.lock, w->rundir, RUN_SUPERVISE,
		      LOCK_EXCLUSIVE, 0, "test", &e),
	    &e);
	(void)fcntl(w->c.lock.fd, F_SETFD, FD_CLOEXEC);
	world_start_supervisor(w);
	(void)close(w->c.lock.fd);
	assert_int_equal(lock_is_held(w->rundir, RUN_SUPERVISE, &e), 1);
	say(p.go_on, "xx");
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_int_equal(lock_is_held(w->rundir, RUN_SUPERVISE, &e), 0);
	pipes_close(&p);
}

static int
ends_on_go(void *arg)
{
	await_go(arg);
	return 9;
}

/* The command ends, the cell lives on: pot is called for that, and again
 * when the cell dies. */
static void
serves_persistent(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;
	struct pipes p;
	int notify[2];
	char c;

	pipes_open(&p);
	w->c.is_persistent = true;
	world_start_cell(w, ends_on_go, &p);
	/* Not before: it would have them, too. */
	assert_ok(io_pipe(notify, &e), &e);
	w->c.notify_fd = notify[1];
	world_start_supervisor(w);
	(void)close(notify[1]);
	say(p.go_on, "x");
	assert_int_equal(read(notify[0], &c, 1), 1);
	assert_int_equal(c, 's');
	assert_int_equal(read(notify[0], &c, 1), 0);
	(void)close(notify[0]);
	while (world_get(w->s->fd, "after")[0] == '\0')
		world_sleep_us(1000);
	assert_int_equal(lock_is_held(w->rundir, RUN_SUPERVISE, &e), 1);
	world_kill(&w->cell);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_string_equal(world_get(w->s->fd, "after"),
	    "internal-after web 7\ninternal-after web 7\n");
	pipes_close(&p);
}

static void
tell_of_oom(struct world *w, const char *count)
{
	int fd = openat(w->rundir, WORLD_OOM_FIFO, O_WRONLY | O_CLOEXEC);

	world_put(w, WORLD_OOM_COUNT, count);
	assert_true(fd >= 0);
	say(fd, "!");
	(void)close(fd);
}

static void
records_oom(void **state)
{
	struct world *w = *state;
	struct pipes p;

	pipes_open(&p);
	world_start_cell(w, ends_on_go, &p);
	world_start_supervisor(w);
	world_await_log(w, LOGLINE_SYSTEM, "");
	/* The descriptor is watched when the lock is held. */
	while (world_get(w->rundir, RUN_STAGE)[0] == '\0')
		world_sleep_us(1000);
	tell_of_oom(w, "1\n");
	world_await_log(
	    w, LOGLINE_SYSTEM, "out of memory: the kernel killed 1 process\n");
	assert_string_equal(world_get(w->rundir, RUN_OOM), "1\n");
	/* A next supervisor knows what the log knows. */
	world_kill(&w->supervisor);
	world_put(w, WORLD_OOM_COUNT, "3\n");
	world_start_supervisor(w);
	world_await_log(w, LOGLINE_SYSTEM, "2 processes\n");
	/* No event came, but the cell is dead. */
	world_put(w, WORLD_OOM_COUNT, "4\n");
	say(p.go_on, "x");
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_log(w, LOGLINE_SYSTEM,
	    "out of memory: the kernel killed 1 process\n"
	    "out of memory: the kernel killed 2 processes\n"
	    "out of memory: the kernel killed 1 process\n");
	assert_string_equal(world_get(w->rundir, RUN_OOM), "4\n");
	pipes_close(&p);
}

/* Bytes of stream I that depend on the position alone. */
static void
fill(char *data, size_t len, size_t from, unsigned i)
{
	for (size_t n = 0; n < len; n++) {
		uint64_t x = (from + n + 1) * UINT64_C(0x9e3779b97f4a7c15) + i;

		x ^= x >> 29;
		data[n] = (char)(x * UINT64_C(0xbf58476d1ce4e5b9) >> 56);
		/* One position in 64 is a newline, but in the long lines. */
		if ((from + n) % 300000 < 250000 && (x & 63) == 0)
			data[n] = '\n';
	}
}

#define NOISE_SIZE (4 * MIB + 12345)

static int
noise(void *arg UNUSED)
{
	static char data[50000];

	for (size_t at = 0; at < NOISE_SIZE;) {
		size_t n = 1 + (at * 7 + 13) % sizeof(data);

		if (n > NOISE_SIZE - at)
			n = NOISE_SIZE - at;
		for (unsigned i = 0; i < STREAMS; i++) {
			fill(data, n, at, i);
			if (io_write_all((int)i + 1, data, n) < 0)
				return 1;
		}
		at += n;
	}
	return 0;
}

static void
assert_noise(const char *data, size_t len, unsigned i)
{
	static char want[65536];

	assert_int_equal(len, NOISE_SIZE);
	for (size_t at = 0; at < len; at += sizeof(want)) {
		size_t n = len - at < sizeof(want) ? len - at : sizeof(want);

		fill(want, n, at, i);
		assert_memory_equal(data + at, want, n);
	}
}

static void
assert_noise_logged(const struct world *w)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		struct buf b = BUF_INIT(2 * NOISE_SIZE);

		world_read_log(w, (enum logline_stream)i, &b);
		assert_noise(b.data, b.len, i);
		buf_fini(&b);
	}
}

/* Megabytes of any bytes, in lines of any length. */
static void
logs_any_bytes(void **state)
{
	struct world *w = *state;

	world_start_cell(w, noise, NULL);
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_noise_logged(w);
	assert_empty_stage(w);
}

/* No file but the last is small, none is over the size, no byte is lost. */
static void
rotates(void **state)
{
	struct world *w = *state;
	struct stat st;
	unsigned files = 0;
	char name[16];

	w->c.log_size = 300000;
	world_start_cell(w, noise, NULL);
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_noise_logged(w);
	for (unsigned i = 0; i < 99; i++) {
		(void)snprintf(
		    name, sizeof(name), i == 0 ? "log" : "log.%u", i);
		if (fstatat(w->logdir, name, &st, 0) < 0)
			break;
		files++;
		assert_true(st.st_size <= 300000);
		if (i > 0)
			assert_true(st.st_size > 300000 - (off_t)OUT_SIZE);
	}
	assert_true(files > 2 * NOISE_SIZE / 300000);
}

/* Only so many are kept, and they are the newest. */
static void
rotates_away(void **state)
{
	struct world *w = *state;
	struct buf b = BUF_INIT(NOISE_SIZE), all = BUF_INIT(NOISE_SIZE);
	struct stat st;

	w->c.log_size = 100000;
	w->c.log_count = 2;
	/* Left from a time when more were kept. */
	assert_int_equal(
	    close(openat(w->logdir, "log.3", O_CREAT | O_WRONLY, 0600)), 0);
	world_start_cell(w, noise, NULL);
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_int_equal(fstatat(w->logdir, "log.2", &st, 0), 0);
	assert_int_equal(fstatat(w->logdir, "log.3", &st, 0), -1);
	world_read_log(w, LOGLINE_STDERR, &b);
	assert_true(b.len > 1000);
	(void)buf_reserve(&all, b.len);
	fill(all.data, b.len, NOISE_SIZE - b.len, 1);
	assert_memory_equal(b.data, all.data, b.len);
	buf_fini(&all);
	buf_fini(&b);
}

/* Read the pipe to its end, slowly at first. */
static void
drain(int fd, struct buf *b, size_t slow)
{
	char data[3000];
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0) {
		buf_add(b, data, (size_t)n);
		if (b->len < slow)
			world_sleep_us(500);
	}
	assert_int_equal(n, 0);
}

struct echo_test {
	int out[2], err[2], notify[2];
};

static void
echo_open(struct world *w, struct echo_test *t)
{
	struct err e = ERR_INIT;

	assert_ok(io_pipe(t->out, &e), &e);
	assert_ok(io_pipe(t->err, &e), &e);
	assert_ok(io_pipe(t->notify, &e), &e);
	w->c.echo_fds[0] = t->out[1];
	w->c.echo_fds[1] = t->err[1];
	w->c.notify_fd = t->notify[1];
	world_start_supervisor(w);
	(void)close(t->out[1]);
	(void)close(t->err[1]);
	(void)close(t->notify[1]);
}

/* Both streams arrive whole, in order, and their reader sets the pace: the
 * log is never far ahead of what was read. */
static void
echoes(void **state)
{
	struct world *w = *state;
	struct buf out = BUF_INIT(2 * NOISE_SIZE),
		   err = BUF_INIT(2 * NOISE_SIZE);
	struct echo_test t;
	pid_t reader;
	char c;

	world_start_cell(w, noise, NULL);
	echo_open(w, &t);
	/* stderr is read by another process, at its own speed. */
	reader = fork();
	if (reader == 0) {
		drain(t.err[0], &err, MIB / 4);
		_exit(err.len == NOISE_SIZE ? 0 : 1);
	}
	(void)close(t.err[0]);
	while (out.len < MIB / 4) {
		char data[5000];
		ssize_t n = read(t.out[0], data, sizeof(data));
		struct buf b = BUF_INIT(2 * NOISE_SIZE);

		assert_true(n > 0);
		buf_add(&out, data, (size_t)n);
		world_read_log(w, LOGLINE_STDOUT, &b);
		assert_true(b.len <= out.len + 3 * MOVE_MAX);
		buf_fini(&b);
	}
	drain(t.out[0], &out, 0);
	assert_noise(out.data, out.len, 0);
	assert_int_equal(read(t.notify[0], &c, 1), 1);
	assert_int_equal(world_wait(&reader), 0);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_noise_logged(w);
	(void)close(t.out[0]);
	(void)close(t.notify[0]);
	buf_fini(&out);
	buf_fini(&err);
}

/* Readers that go away take nothing with them. */
static void
survives_closed_echo(void **state)
{
	struct world *w = *state;
	struct echo_test t;
	char data[1000], c;

	world_start_cell(w, noise, NULL);
	echo_open(w, &t);
	assert_true(read(t.out[0], data, sizeof(data)) > 0);
	(void)close(t.out[0]);
	(void)close(t.err[0]);
	assert_int_equal(read(t.notify[0], &c, 1), 1);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_noise_logged(w);
	(void)close(t.notify[0]);
}

/* A reader that stands still does not hold the pot's clean-up, and gets the
 * rest when he reads again. */
static void
leaves_slow_reader_behind(void **state)
{
	struct world *w = *state;
	struct buf out = BUF_INIT(2 * NOISE_SIZE),
		   log = BUF_INIT(2 * NOISE_SIZE);
	struct echo_test t;
	char c;

	world_start_cell(w, noise, NULL);
	echo_open(w, &t);
	(void)close(t.err[0]);
	world_await_log(w, LOGLINE_STDOUT, "\n");
	world_kill(&w->cell);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_string_equal(
	    world_get(w->s->fd, "after"), "internal-after web 7\n");
	world_read_log(w, LOGLINE_STDOUT, &log);
	/* The run directory is of no use any more. */
	assert_int_equal(unlinkat(w->rundir, RUN_STAGE, 0), 0);
	drain(t.out[0], &out, 0);
	/* The notice comes when he has it all. */
	assert_int_equal(read(t.notify[0], &c, 1), 1);
	assert_int_equal(read(t.notify[0], &c, 1), 0);
	assert_int_equal(out.len, log.len);
	assert_memory_equal(out.data, log.data, log.len);
	(void)close(t.out[0]);
	(void)close(t.notify[0]);
	buf_fini(&out);
	buf_fini(&log);
}

/* SIGTERM: what was staged is in the log, the cell goes on, and so does the
 * next supervisor. */
static void
ends_when_told(void **state)
{
	struct world *w = *state;

	world_start_cell(w, noise, NULL);
	for (int i = 0; i < 5; i++) {
		world_start_supervisor(w);
		world_await_log(w, LOGLINE_STDOUT, "\n");
		assert_int_equal(kill(w->supervisor, SIGTERM), 0);
		if (world_wait(&w->supervisor) != 42)
			break; /* the cell was faster */
		assert_empty_stage(w);
	}
	world_start_supervisor(w);
	(void)world_wait(&w->supervisor);
	assert_noise_logged(w);
}

/* An administrator moves, cuts and removes the log. */
static void
keeps_up_with_administrator(void **state)
{
	struct world *w = *state;
	struct pipes p;
	int fd;

	pipes_open(&p);
	world_start_cell(w, steps, &p);
	world_start_supervisor(w);
	world_await_log(w, LOGLINE_STDOUT, "ab");
	assert_int_equal(renameat(w->logdir, "log", w->logdir, "old"), 0);
	say(p.go_on, "x");
	world_await_log(w, LOGLINE_STDOUT, "cd\n");
	assert_log(w, LOGLINE_STDOUT, "cd\n");
	fd = openat(w->logdir, "log", O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	/* Half a line, as a power failure leaves it. */
	say(fd, "2026-11-22T12:40:35.1");
	(void)close(fd);
	tell_of_oom(w, "1\n");
	world_await_log(w, LOGLINE_SYSTEM, "1 process\n");
	assert_int_equal(unlinkat(w->logdir, "log", 0), 0);
	tell_of_oom(w, "2\n");
	world_await_log(w, LOGLINE_SYSTEM, "1 process\n");
	say(p.go_on, "x");
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_log(
	    w, LOGLINE_SYSTEM, "out of memory: the kernel killed 1 process\n");
	pipes_close(&p);
}

/* Lines that are numbered, many of them, until told to end. */
static int
many_lines(void *arg)
{
	const struct pipes *p = arg;
	char line[64];

	for (unsigned i = 0; i < 60000; i++) {
		(void)snprintf(line, sizeof(line), "line %u of many\n", i);
		if (io_write_all(1, line, strlen(line)) < 0)
			return 1;
	}
	say(2, "written\n");
	await_go(p);
	say(1, "more\n");
	return 0;
}

/* All that many_lines() writes to its first stream before it waits. */
static void
many_lines_text(struct buf *b)
{
	for (unsigned i = 0; i < 60000; i++)
		buf_add_fmt(b, "line %u of many\n", i);
	assert_false(b->is_full);
}

/* Every record of the log stands where its bytes were written, and what is
 * missing is what the gaps between say.  The number of gaps. */
static unsigned
check_gaps(const struct world *w, const struct buf *want, size_t *end)
{
	const struct logfile_query all = LOGFILE_QUERY_ALL;
	struct err e = ERR_INIT;
	struct logfile *l;
	struct logline r;
	unsigned gaps = 0;
	size_t at = 0;
	int got;

	assert_ok(logfile_open(w->logdir, &all, &l, &e), &e);
	while ((got = logfile_next(l, &r, &e)) > 0) {
		size_t gap = world_gap_bytes(&r, LOGLINE_STDOUT);

		at += gap;
		gaps += gap > 0;
		if (r.stream != LOGLINE_STDOUT)
			continue;
		assert_true(at + r.len <= want->len);
		assert_memory_equal(want->data + at, r.text, r.len);
		at += r.len + !r.is_partial;
	}
	assert_ok(got, &e);
	logfile_close(l);
	*end = at;
	return gaps;
}

/* The log has less room than is written: the pot goes on, and the log says
 * how much is missing, at the place where it is missing. */
static void
goes_on_without_space(void **state)
{
	struct world *w = *state;
	struct buf want = BUF_INIT(16 * MIB);
	char path[sizeof(w->s->path) + 8];
	struct pipes p;
	size_t end = 0;

	if (!world_mount_log(w, "1m"))
		skip();
	pipes_open(&p);
	world_start_cell(w, many_lines, &p);
	world_start_supervisor(w);
	/* The command gets on; the end of it is staged. */
	while (strstr(world_get(w->rundir, RUN_STAGE_ERR), "written") == NULL)
		world_sleep_us(1000);
	(void)snprintf(path, sizeof(path), "%s/log", w->s->path);
	assert_int_equal(
	    world_run_program("mount -o remount,size=4m", path), 0);
	say(p.go_on, "x");
	assert_int_equal(world_wait(&w->supervisor), 0);
	many_lines_text(&want);
	buf_add_str(&want, "more\n");
	assert_true(check_gaps(w, &want, &end) > 0);
	assert_int_equal(end, want.len);
	assert_log(w, LOGLINE_STDERR, "written\n");
	buf_fini(&want);
	pipes_close(&p);
}

/* Space never comes back: the supervisor does not wait for it, what is there
 * is whole and tells of the rest. */
static void
ends_without_space(void **state)
{
	struct world *w = *state;
	struct buf want = BUF_INIT(16 * MIB);
	struct pipes p;
	size_t end = 0;
	char last;
	int fd;

	if (!world_mount_log(w, "1m"))
		skip();
	pipes_open(&p);
	say(p.go_on, "x");
	world_start_cell(w, many_lines, &p);
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->cell), 0);
	assert_int_equal(world_wait(&w->supervisor), 0);
	many_lines_text(&want);
	buf_add_str(&want, "more\n");
	/* The line that tells of it may not find room, either. */
	if (check_gaps(w, &want, &end) > 0)
		assert_int_equal(end, want.len);
	assert_true(end > 100000);
	fd = openat(w->logdir, "log", O_RDONLY | O_CLOEXEC);
	assert_true(lseek(fd, -1, SEEK_END) > 0);
	assert_int_equal(read(fd, &last, 1), 1);
	assert_int_equal(last, '\n');
	(void)close(fd);
	buf_fini(&want);
	assert_string_equal(
	    world_get(w->s->fd, "after"), "internal-after web 7\n");
	pipes_close(&p);
}

/* Context switches of its own will, or -1 where that is not told. */
static long
waits_of(pid_t pid)
{
	char path[64];
	const char *at;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	at = strstr(world_get(fd, path + 6), "\nvoluntary_ctxt_switches:");
	(void)close(fd);
	return at == NULL ? -1 : strtol(strchr(at, ':') + 1, NULL, 10);
}

static void
sleeps_when_idle(void **state)
{
	struct world *w = *state;
	struct pipes p;
	long before = -1, now = 0;

	pipes_open(&p);
	world_start_cell(w, steps, &p);
	world_start_supervisor(w);
	world_await_log(w, LOGLINE_STDOUT, "ab");
	/* On a busy machine it may take long to become idle; but never in
	 * five seconds is what has a timer. */
	for (int i = 0; i < 5 && now != before; i++) {
		if ((before = waits_of(w->supervisor)) < 0)
			skip();
		world_sleep_us(1000000);
		now = waits_of(w->supervisor);
	}
	assert_int_equal(now, before);
	pipes_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(logs_and_becomes_pot),
		world_test(comes_late),
		world_test(flushes_partial_lines),
		world_test(leaves_when_not_needed),
		world_test(takes_over_lock),
		world_test(serves_persistent),
		world_test(records_oom),
		world_test(logs_any_bytes),
		world_test(rotates),
		world_test(rotates_away),
		world_test(echoes),
		world_test(survives_closed_echo),
		world_test(leaves_slow_reader_behind),
		world_test(ends_when_told),
		world_test(keeps_up_with_administrator),
		world_test(goes_on_without_space),
		world_test(ends_without_space),
		world_test(sleeps_when_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
