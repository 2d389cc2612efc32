/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of output: any bytes, much of it, rotated, read slowly or not
 * at all by a foreground start, or without space for the log.
 */
#include "world.h"

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

/* Bytes into the pipe until it takes no more; their number. */
static size_t
fill_pipe(int fd)
{
	static const char bytes[512];
	size_t n = 0;
	ssize_t got;

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while ((got = write(fd, bytes, sizeof(bytes))) > 0)
		n += (size_t)got;
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
	return n;
}

/* FILLED: the reader of stdout has so much to read before; NULL: nothing. */
static void
echo_open(struct world *w, struct echo_test *t, size_t *filled)
{
	struct err e = ERR_INIT;

	assert_ok(io_pipe(t->out, &e), &e);
	if (filled != NULL)
		*filled = fill_pipe(t->out[1]);
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
	echo_open(w, &t, NULL);
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
	echo_open(w, &t, NULL);
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
	echo_open(w, &t, NULL);
	(void)close(t.err[0]);
	world_await_log(w, LOGLINE_STDOUT, "\n");
	world_kill(&w->cell);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_string_equal(
	    world_get(w->s->fd, "after"), "internal-after web 7\n");
	world_read_log(w, LOGLINE_STDOUT, &log);
	/* The run directory is of no use any more. */
	world_remove_run(w);
	world_make_run(w);
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
		if (world_wait(&w->supervisor) != 128 + SIGTERM)
			break; /* the cell was faster */
		assert_empty_stage(w);
	}
	world_start_supervisor(w);
	(void)world_wait(&w->supervisor);
	assert_noise_logged(w);
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

/* A command of which all fits into a FIFO, but not into a small log. */
static int
some_lines(void *arg UNUSED)
{
	char line[64];

	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(line, sizeof(line), "line %u\n", i);
		say(1, line);
	}
	return 0;
}

/* Likewise while a foreground start's reader takes nothing: he gets it all,
 * and the log tells at its end what it lacks. */
static void
ends_without_space_for_slow_reader(void **state)
{
	struct world *w = *state;
	struct buf want = BUF_INIT(MIB), out = BUF_INIT(MIB);
	struct echo_test t;
	size_t filled = 0, end = 0;
	char c;

	if (!world_mount_log(w, "64k"))
		skip();
	world_start_cell(w, some_lines, NULL);
	while (strchr(world_get(w->rundir, RUN_STATUS), '\n') == NULL)
		world_sleep_us(200);
	echo_open(w, &t, &filled);
	(void)close(t.err[0]);
	assert_int_equal(world_wait(&w->cell), 0);
	assert_int_equal(world_wait(&w->supervisor), 0);
	for (unsigned i = 0; i < 3000; i++)
		buf_add_fmt(&want, "line %u\n", i);
	assert_int_equal(check_gaps(w, &want, &end), 1);
	assert_int_equal(end, want.len);
	drain(t.out[0], &out, 0);
	assert_int_equal(read(t.notify[0], &c, 1), 1);
	assert_int_equal(out.len, filled + want.len);
	assert_memory_equal(out.data + filled, want.data, want.len);
	(void)close(t.out[0]);
	(void)close(t.notify[0]);
	buf_fini(&want);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(logs_any_bytes),
		world_test(rotates),
		world_test(rotates_away),
		world_test(echoes),
		world_test(survives_closed_echo),
		world_test(leaves_slow_reader_behind),
		world_test(ends_when_told),
		world_test(goes_on_without_space),
		world_test(ends_without_space),
		world_test(ends_without_space_for_slow_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
