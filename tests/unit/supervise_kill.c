/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot-test: timeout=600
 *
 * The supervisor killed with -9: before and after each of its system calls,
 * one run for each; and at random moments, while a writer goes on, some of
 * them with the writer's end while nobody supervises.  The log is compared
 * byte for byte with what was written, and no exit status is lost.
 *
 * POT_TEST_LONG: 200 random kills, 50 of the latter kind, twice; otherwise a
 * tenth.
 */
#include "world.h"

#if __has_include(<sys/ptrace.h>)
#include <sys/ptrace.h>
#endif

static bool
is_long(void)
{
	return getenv("POT_TEST_LONG") != NULL;
}

/* What a stream of a writer consists of, chunk by chunk: numbered lines,
 * bytes of all kinds, empty lines, lines that are too long. */
struct content {
	uint64_t x;
	unsigned stream, number;
};

static uint64_t
content_any(struct content *c, uint64_t n)
{
	c->x ^= c->x << 13;
	c->x ^= c->x >> 7;
	c->x ^= c->x << 17;
	return c->x % n;
}

#define CONTENT_MAX 20000

static size_t
content_next(struct content *c, char out[CONTENT_MAX])
{
	static const char name[STREAMS][4] = { "out", "err" };
	size_t len = 0;

	switch (content_any(c, 40)) {
	case 0:
		len = 1 + content_any(c, CONTENT_MAX - 1);
		memset(out, 'a' + (int)content_any(c, 26), len);
		return len;
	case 1:
		len = 1 + content_any(c, 300);
		memset(out, '\n', len);
		return len;
	case 2:
	case 3:
		len = 1 + content_any(c, 2000);
		for (size_t i = 0; i < len; i++)
			out[i] = (char)content_any(c, 256);
		return len;
	default:
		return (size_t)snprintf(out, CONTENT_MAX, "%s %u %.*s%s",
		    name[c->stream], c->number++, (int)content_any(c, 60),
		    "the quick brown fox jumps over the lazy dog, and back",
		    content_any(c, 8) == 0 ? "" : "\n");
	}
}

static struct content
content_begin(unsigned seed, unsigned stream)
{
	struct content c = { .x = ((uint64_t)seed << 8) + stream + 1,
		.stream = stream };

	for (int i = 0; i < 20; i++)
		(void)content_any(&c, 2);
	return c;
}

struct writer {
	int go;	 /* orders: 'p' pause, 'e' end; -1: see limit */
	int ack; /* each is answered */
	unsigned seed;
	size_t limit; /* write so much, then end */
};

static void
write_chunk(struct content *c, size_t *total)
{
	char chunk[CONTENT_MAX];
	size_t len = content_next(c, chunk);

	if (io_write_all((int)c->stream + 1, chunk, len) < 0)
		_exit(98);
	total[c->stream] += len;
}

/* Chunks of both streams.  How much it was is in the file "written". */
static int
writer_main(void *arg)
{
	const struct writer *t = arg;
	struct content c[STREAMS] = { content_begin(t->seed, 0),
		content_begin(t->seed, 1) };
	size_t total[STREAMS] = { 0, 0 };
	struct pollfd p = { .fd = t->go, .events = POLLIN };
	char order = 0, text[64];

	for (unsigned n = 0; order != 'e'; n++) {
		if (t->go < 0 && total[0] + total[1] >= t->limit)
			break;
		if (poll(&p, 1, order == 'p' ? -1 : 0) > 0 &&
		    (read(t->go, &order, 1) != 1 || write(t->ack, "a", 1) != 1))
			_exit(97);
		if (order == 0)
			write_chunk(&c[n % 3 == 2], total);
	}
	while (t->go >= 0 && total[0] % 5 != 0)
		write_chunk(&c[0], total);
	(void)snprintf(text, sizeof(text), "%zu %zu\n", total[0], total[1]);
	world_put(world_now, "written", text);
	return (int)(t->seed % 100);
}

/* What the writer wrote to one stream. */
static void
written_text(const struct world *w, unsigned seed, unsigned i, struct buf *b)
{
	struct content c = content_begin(seed, i);
	const char *text = world_get(w->rundir, "written");
	char chunk[CONTENT_MAX], *end;
	size_t total = strtoul(text, &end, 10);

	assert_true(end > text && *end == ' ');
	if (i > 0)
		total = strtoul(end + 1, &end, 10);
	while (b->len < total)
		buf_add(b, chunk, content_next(&c, chunk));
	assert_int_equal(b->len, total);
}

/* Each record stands where its bytes were written, and what is missing
 * before it is what the gaps say: their number.  *END is where that ends. */
static unsigned
check_records(
    const struct world *w, const struct buf *want, unsigned i, size_t *end)
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
		size_t gap = world_gap_bytes(&r, (enum logline_stream)i);

		at += gap;
		gaps += gap > 0;
		if (r.stream != (enum logline_stream)i)
			continue;
		if (at + r.len + !r.is_partial > want->len)
			fail_msg("stream %u: too much at %zu of %zu", i, at,
			    want->len);
		if (memcmp(want->data + at, r.text, r.len) != 0 ||
		    (!r.is_partial && want->data[at + r.len] != '\n'))
			fail_msg("stream %u: differs at %zu", i, at);
		at += r.len + !r.is_partial;
	}
	assert_ok(got, &e);
	logfile_close(l);
	*end = at;
	return gaps;
}

/* Likewise, and nothing is missing behind; what a supervisor without space
 * GAVE_UP may be. */
static unsigned
check_stream(
    const struct world *w, const struct buf *want, unsigned i, bool gave_up)
{
	size_t end = 0;
	unsigned gaps = check_records(w, want, i, &end);

	if (gave_up ? end > want->len : end != want->len)
		fail_msg("stream %u: %zu of %zu bytes", i, end, want->len);
	return gaps;
}

/* The log holds what the writer wrote, and the run directory how it ended. */
static unsigned
check_log_of(const struct world *w, unsigned seed, bool gave_up)
{
	char status[32];
	unsigned gaps = 0;

	(void)snprintf(status, sizeof(status), "exited %u\n", seed % 100);
	assert_string_equal(world_get(w->rundir, RUN_STATUS), status);
	for (unsigned i = 0; i < STREAMS; i++) {
		struct buf want = BUF_INIT(256 * MIB);

		written_text(w, seed, i, &want);
		gaps += check_stream(w, &want, i, gave_up);
		buf_fini(&want);
	}
	return gaps;
}

static unsigned
check_log(const struct world *w, unsigned seed)
{
	return check_log_of(w, seed, false);
}

static void
check_system(const struct world *w, const char *want)
{
	struct buf b = BUF_INIT(MIB);

	world_read_log(w, LOGLINE_SYSTEM, &b);
	assert_string_equal(b.data, want);
	buf_fini(&b);
}

static void
await_status(const struct world *w)
{
	while (strchr(world_get(w->rundir, RUN_STATUS), '\n') == NULL)
		world_sleep_us(200);
}

/* A new run directory and an empty log directory. */
static void
world_renew(struct world *w)
{
	struct err e = ERR_INIT;
	struct strv names = STRV_INIT;

	world_remove_run(w);
	world_make_run(w);
	assert_ok(dir_list(w->logdir, &names, &e), &e);
	for (size_t i = 0; i < names.n; i++)
		assert_int_equal(unlinkat(w->logdir, names.v[i], 0), 0);
	strv_fini(&names);
	(void)unlinkat(w->s->fd, "after", 0);
}

/* A tracer that is told of each system call is Linux's. */
#if defined(PT_GETEVENTMSG)
/*
 * Start a supervisor and kill it at its N-th stop: the odd ones are before
 * a system call, the even ones behind it.  False if it became pot before.
 */
static bool
supervise_until(struct world *w, unsigned n)
{
	const long options =
	    PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
	int status, signo = 0;

	w->is_traced = true;
	world_start_supervisor(w);
	w->is_traced = false;
	assert_int_equal(waitpid(w->supervisor, &status, 0), w->supervisor);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(
	    ptrace(PTRACE_SETOPTIONS, w->supervisor, NULL, options), 0);
	while (n > 0) {
		assert_int_equal(
		    ptrace(PTRACE_SYSCALL, w->supervisor, NULL, signo), 0);
		assert_int_equal(
		    waitpid(w->supervisor, &status, 0), w->supervisor);
		if (!WIFSTOPPED(status)) {
			w->supervisor = 0;
			return false;
		}
		signo = WSTOPSIG(status);
		if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8))) {
			assert_int_equal(
			    ptrace(PTRACE_DETACH, w->supervisor, NULL, 0), 0);
			assert_int_equal(world_wait(&w->supervisor), 0);
			return false;
		}
		if (signo == (SIGTRAP | 0x80)) {
			n--;
			signo = 0;
		}
	}
	world_kill(&w->supervisor);
	return true;
}

/* One pot whose output is all there before the supervisor starts, so that
 * each run makes the same system calls. */
static void
prepare_sweep(struct world *w, unsigned seed)
{
	struct writer t = { .go = -1, .seed = seed, .limit = 30000 };

	world_renew(w);
	world_start_cell(w, writer_main, &t);
	await_status(w);
	world_put(w, WORLD_OOM_COUNT, "2\n");
}

static void
finish_sweep(struct world *w, unsigned seed)
{
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_int_equal(world_wait(&w->cell), 0);
	assert_int_equal(check_log(w, seed), 0);
	check_system(w, "out of memory: the kernel killed 2 processes\n");
	assert_string_equal(world_get(w->rundir, RUN_OOM), "2\n");
	assert_true(strncmp(world_get(w->s->fd, "after"),
			"internal-after web 7\n", 21) == 0);
}

static void
killed_at_each_call(void **state)
{
	struct world *w = *state;
	bool was_killed = true;
	unsigned n;

	w->c.log_size = 20000;
	for (n = 1; was_killed; n += is_long() ? 1 : 9) {
		prepare_sweep(w, 42);
		was_killed = supervise_until(w, n);
		if (was_killed)
			finish_sweep(w, 42);
		world_kill(&w->cell);
	}
	/* It did something. */
	assert_true(n > 100);
}

/*
 * A pot that goes on writing, and one supervisor after the other that gets
 * a few system calls far.  False if one of them saw the pot's end.
 */
static bool
supervise_in_pieces(struct world *w, unsigned seed, unsigned kills)
{
	unsigned x = seed;

	for (unsigned i = 0; i < kills; i++) {
		x = x * 1103515245U + 12345U;
		if (!supervise_until(w, 1 + (x >> 8) % 350))
			return false;
	}
	return true;
}

#define PIECES 25

static void
killed_again_and_again(void **state)
{
	struct world *w = *state;
	unsigned rounds = is_long() ? 200 : 4;

	w->c.log_size = 50000;
	for (unsigned i = 0; i < rounds; i++) {
		unsigned seed = 2000 + i;
		struct writer t = { .go = -1, .seed = seed, .limit = 400000 };

		world_renew(w);
		world_start_cell(w, writer_main, &t);
		if (supervise_in_pieces(w, seed, PIECES)) {
			world_start_supervisor(w);
			assert_int_equal(world_wait(&w->supervisor), 0);
		}
		assert_int_equal(world_wait(&w->cell), 0);
		assert_int_equal(check_log(w, seed), 0);
	}
}

/* Somebody moved the log away while nobody supervised: the record in progress
 * is in the new one, whole and once. */
static void
killed_and_log_moved(void **state)
{
	struct world *w = *state;
	unsigned rounds = is_long() ? 300 : 10;

	w->c.log_size = 0;
	for (unsigned n = 0; n < rounds; n++) {
		unsigned seed = 4000 + n, x = seed * 2654435761U;

		prepare_sweep(w, seed);
		if (supervise_until(w, 100 + (x >> 8) % 180)) {
			(void)renameat(w->logdir, "log", w->logdir, "old");
			if (supervise_until(w, 70 + (x >> 16) % 60))
				world_start_supervisor(w);
		}
		if (w->supervisor > 0)
			assert_int_equal(world_wait(&w->supervisor), 0);
		for (unsigned i = 0; i < STREAMS; i++) {
			struct buf want = BUF_INIT(MIB), got = BUF_INIT(MIB);

			written_text(w, seed, i, &want);
			world_read_log(w, (enum logline_stream)i, &got);
			assert_true(got.len <= want.len);
			assert_memory_equal(
			    got.data, want.data + want.len - got.len, got.len);
			buf_fini(&want);
			buf_fini(&got);
		}
		world_kill(&w->cell);
	}
}

/* GOT is WANT, but that at most MAX bytes may have come twice. */
static void
assert_once_more(const struct buf *got, const struct buf *want, size_t max)
{
	size_t twice, same = 0;

	assert_true(got->len >= want->len);
	twice = got->len - want->len;
	assert_true(twice <= max);
	while (same < want->len && got->data[same] == want->data[same])
		same++;
	assert_true(same >= twice);
	assert_memory_equal(
	    got->data + same, want->data + same - twice, got->len - same);
}

/* The reader of a foreground start misses nothing, and has at most the last
 * write twice. */
static void
killed_with_echo(void **state)
{
	struct world *w = *state;
	bool was_killed = true;

	for (unsigned n = 100; was_killed; n += is_long() ? 1 : 11) {
		struct buf got = BUF_INIT(MIB), want = BUF_INIT(MIB);
		struct err e = ERR_INIT;
		int echo[2];

		prepare_sweep(w, 77);
		assert_ok(io_pipe(echo, &e), &e);
		w->c.echo_fds[0] = echo[1];
		was_killed = supervise_until(w, n);
		if (was_killed)
			finish_sweep(w, 77);
		w->c.echo_fds[0] = -1;
		(void)close(echo[1]);
		written_text(w, 77, 0, &want);
		/* It is less than a pipe holds. */
		assert_ok(io_read_all(echo[0], &got, "echo", &e), &e);
		assert_once_more(&got, &want, IN_SIZE);
		(void)close(echo[0]);
		buf_fini(&got);
		buf_fini(&want);
		world_kill(&w->cell);
	}
}

static void
resize_log(const struct world *w, const char *size)
{
	char path[sizeof(w->s->path) + 8], words[64];

	(void)snprintf(path, sizeof(path), "%s/log", w->s->path);
	(void)snprintf(words, sizeof(words), "mount -o remount,size=%s", size);
	assert_int_equal(world_run_program(words, path), 0);
}

/* Nobody supervises, and all is done but clean-up: the last one may have had
 * no space to say what is lost. */
static bool
has_given_up(const struct world *w)
{
	return file_exists(w->rundir, RUN_IO_DONE);
}

/* Again and again, while the log has no space until the last one. */
static void
killed_without_space(void **state)
{
	struct world *w = *state;
	unsigned rounds = is_long() ? 100 : 4, gaps = 0;

	if (!world_mount_log(w, "64k"))
		skip();
	/* A round without a gap was killed before the log was full. */
	for (unsigned i = 0; i < rounds || (gaps == 0 && i < 100); i++) {
		unsigned seed = 3000 + i;
		struct writer t = { .go = -1, .seed = seed, .limit = 8000000 };

		world_renew(w);
		resize_log(w, "64k");
		world_start_cell(w, writer_main, &t);
		if (!supervise_in_pieces(w, seed, PIECES))
			assert_true(has_given_up(w));
		if (has_given_up(w)) {
			assert_int_equal(world_wait(&w->cell), 0);
			(void)check_log_of(w, seed, true);
			continue;
		}
		resize_log(w, "32m");
		world_start_supervisor(w);
		assert_int_equal(world_wait(&w->supervisor), 0);
		assert_int_equal(world_wait(&w->cell), 0);
		gaps += check_log(w, seed);
	}
	assert_true(gaps > 0);
}

/* More to one stream than the log, its staging file and its FIFO hold, so
 * some of it is dropped; then, when told, a line to each. */
#define FLOOD_LINES 30000
#define FLOOD_LAST  "the last line\n"

static int
flood_main(void *arg)
{
	const struct pipes *p = arg;
	char line[64];

	for (unsigned i = 0; i < FLOOD_LINES; i++) {
		(void)snprintf(line, sizeof(line), "line %u of a flood\n", i);
		say(2, line);
	}
	world_put(world_now, "written", "all\n");
	await_go(p);
	for (int fd = 1; fd <= 2; fd++)
		say(fd, FLOOD_LAST);
	return 0;
}

/* A pot that is at its end while its log has no space, and a record of its
 * second stream is in progress behind which some is dropped already. */
static void
prepare_giving_up(struct world *w, struct pipes *p)
{
	world_renew(w);
	resize_log(w, "64k");
	pipes_open(p);
	world_start_cell(w, flood_main, p);
	world_start_supervisor(w);
	while (!file_exists(w->rundir, "written"))
		world_sleep_us(200);
	world_kill(&w->supervisor);
	say(p->go_on, "x");
	await_status(w);
}

/* Killed where it says that it gives up what waits for space: the next one,
 * which has space, tells of all that is missing, where it is missing. */
static void
killed_while_giving_up(void **state)
{
	struct world *w = *state;
	struct buf want[STREAMS] = { BUF_INIT(MIB), BUF_INIT(MIB) };
	bool was_killed = true;

	if (!world_mount_log(w, "64k"))
		skip();
	for (unsigned i = 0; i < FLOOD_LINES; i++)
		buf_add_fmt(&want[1], "line %u of a flood\n", i);
	for (unsigned i = 0; i < STREAMS; i++)
		buf_add_str(&want[i], FLOOD_LAST);
	/* What it does before was swept above. */
	for (unsigned n = 100; was_killed; n += is_long() ? 1 : 3) {
		bool gave_up;
		struct pipes p;

		prepare_giving_up(w, &p);
		was_killed = supervise_until(w, n);
		gave_up = has_given_up(w);
		assert_true(was_killed || gave_up);
		if (!gave_up) {
			resize_log(w, "32m");
			world_start_supervisor(w);
			assert_int_equal(world_wait(&w->supervisor), 0);
		}
		assert_int_equal(world_wait(&w->cell), 0);
		for (unsigned i = 0; i < STREAMS; i++) {
			unsigned gaps = check_stream(w, &want[i], i, gave_up);

			if (i == 1 && !gave_up)
				assert_true(gaps > 0);
		}
		pipes_close(&p);
	}
	for (unsigned i = 0; i < STREAMS; i++)
		buf_fini(&want[i]);
}
#endif

struct orders {
	int to[2], back[2];
};

static void
order(const struct orders *o, const char *what)
{
	char c;

	assert_int_equal(write(o->to[1], what, 1), 1);
	assert_int_equal(read(o->back[0], &c, 1), 1);
}

/* Until what is in the FIFOs leaves room for the writer's last words. */
static void
await_room(const struct world *w)
{
	static const char *const names[] = { RUN_IO "/" RUN_IO_OUT,
		RUN_IO "/" RUN_IO_ERR };

	for (unsigned i = 0; i < STREAMS; i++) {
		int n = 1 << 20;

		while (n > 10000) {
			int fd = openat(w->rundir, names[i],
			    O_RDONLY | O_NONBLOCK | O_CLOEXEC);

			assert_true(fd >= 0);
			assert_int_equal(ioctl(fd, FIONREAD, &n), 0);
			(void)close(fd);
		}
	}
}

static long
any_us(unsigned *x, unsigned max)
{
	*x = *x * 1103515245U + 12345U;
	return (long)((*x >> 8) % max);
}

/* One pot: KILLS at random moments, then one, and the writer's end comes
 * before the next supervisor. */
static void
torture(struct world *w, unsigned seed, unsigned kills)
{
	struct err e = ERR_INIT;
	struct writer t = { .seed = seed };
	struct orders o;
	unsigned x = seed;

	world_renew(w);
	assert_ok(io_pipe(o.to, &e), &e);
	assert_ok(io_pipe(o.back, &e), &e);
	t.go = o.to[0];
	t.ack = o.back[1];
	world_start_cell(w, writer_main, &t);
	for (unsigned i = 0; i < kills; i++) {
		world_start_supervisor(w);
		world_sleep_us(any_us(&x, 6000));
		world_kill(&w->supervisor);
	}
	world_start_supervisor(w);
	order(&o, "p");
	await_room(w);
	world_sleep_us(any_us(&x, 500));
	world_kill(&w->supervisor);
	order(&o, "e");
	await_status(w);
	world_start_supervisor(w);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_int_equal(world_wait(&w->cell), 0);
	assert_int_equal(check_log(w, seed), 0);
	check_system(w, "");
	for (int i = 0; i < 2; i++) {
		(void)close(o.to[i]);
		(void)close(o.back[i]);
	}
}

static void
killed_at_random(void **state)
{
	unsigned pots = is_long() ? 50 : 5;

	for (unsigned i = 0; i < pots; i++)
		torture(*state, 100 + i, 3);
}

/* The same while the log is rotated all the time. */
static void
killed_while_rotating(void **state)
{
	struct world *w = *state;
	unsigned pots = is_long() ? 50 : 5;

	for (unsigned i = 0; i < pots; i++) {
		w->c.log_size = 1 * MIB;
		torture(w, 500 + i, 3);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#if defined(PT_GETEVENTMSG)
		world_test(killed_at_each_call),
		world_test(killed_again_and_again),
		world_test(killed_and_log_moved),
		world_test(killed_with_echo),
		world_test(killed_without_space),
		world_test(killed_while_giving_up),
#endif
		world_test(killed_at_random),
		world_test(killed_while_rotating),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
