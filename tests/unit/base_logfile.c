/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log reader against a naive one: the test keeps every record it wrote,
 * in order, and filters that list by hand.
 */
#include "unit.h"

#include "base/io.h"
#include "base/logfile.h"
#include "base/xmalloc.h"

#define S	   UINT64_C(1000000000)
#define T0	   (UINT64_C(1795351235) * S)
#define RECORD_MAX 4000

struct record {
	uint64_t time_ns;
	enum logline_stream stream;
	bool is_partial;
	char text[24];
};

/* What was written, oldest first. */
static struct record written[RECORD_MAX];
static size_t nwritten;
static unsigned seed;

static unsigned
any(unsigned n)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 16) % n;
}

static int
reset(void **state)
{
	nwritten = 0;
	seed = 1;
	return scratch_setup(state);
}

static void
append(const struct scratch *s, const char *name, const void *data, size_t len)
{
	int fd = openat(
	    s->fd, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, data, len), 0);
	assert_int_equal(close(fd), 0);
}

static void
append_str(const struct scratch *s, const char *name, const char *text)
{
	append(s, name, text, strlen(text));
}

/* Write one record to the file and remember it. */
static void
put(const struct scratch *s, const char *name, uint64_t t,
    enum logline_stream stream, bool is_partial)
{
	char text[32], out[128];
	struct record *r = &written[nwritten];
	size_t used, n;

	assert_true(nwritten < RECORD_MAX);
	(void)snprintf(r->text, sizeof(r->text), "record %zu%.*s", nwritten,
	    (int)any(8), "........");
	(void)snprintf(
	    text, sizeof(text), "%s%s", r->text, is_partial ? "" : "\n");
	r->time_ns = t;
	r->stream = stream;
	r->is_partial = is_partial;
	nwritten++;
	n = logline_format(
	    out, sizeof(out), t, stream, text, strlen(text), &used);
	assert_int_equal(used, strlen(text));
	append(s, name, out, n);
}

static bool
is_same(const struct logline *got, const struct record *want)
{
	return got->time_ns == want->time_ns && got->stream == want->stream &&
	    got->is_partial == want->is_partial &&
	    got->len == strlen(want->text) &&
	    memcmp(got->text, want->text, got->len) == 0;
}

static bool
is_wanted(const struct logfile_query *q, const struct record *r)
{
	return r->time_ns >= q->since_ns && r->time_ns <= q->until_ns &&
	    (q->streams & (1U << r->stream)) != 0;
}

/* Index of the first record of the tail, by the header's words. */
static size_t
naive_tail(const struct logfile_query *q)
{
	bool seen[LOGLINE_STREAMS] = { false };
	uint64_t lines = 0;
	size_t first = nwritten;

	for (size_t i = nwritten; i-- > 0;) {
		if (!is_wanted(q, &written[i]))
			continue;
		if (!written[i].is_partial || !seen[written[i].stream])
			lines++;
		seen[written[i].stream] = true;
		if (lines > q->tail)
			return first;
		first = i;
	}
	return first;
}

/* Read all by that query, forward, and compare. */
static void
check(const struct scratch *s, const struct logfile_query *q)
{
	struct err e = ERR_INIT;
	struct logfile *l;
	struct logline got;
	int rc;

	assert_ok(logfile_open(s->fd, q, &l, &e), &e);
	for (size_t i = naive_tail(q); i < nwritten; i++) {
		if (!is_wanted(q, &written[i]))
			continue;
		rc = logfile_next(l, &got, &e);
		assert_ok(rc, &e);
		assert_int_equal(rc, 1);
		if (!is_same(&got, &written[i]))
			fail_msg("%.*s instead of %s", (int)got.len, got.text,
			    written[i].text);
	}
	assert_int_equal(logfile_next(l, &got, &e), 0);
	assert_int_equal(logfile_next(l, &got, &e), 0);
	logfile_close(l);
}

/* The same backward, from the end. */
static void
check_back(const struct scratch *s, const struct logfile_query *q)
{
	struct err e = ERR_INIT;
	struct logfile *l;
	struct logline got;
	int rc;

	assert_ok(logfile_open(s->fd, q, &l, &e), &e);
	assert_ok(logfile_seek_end(l, &e), &e);
	for (size_t i = nwritten; i-- > 0;) {
		if (!is_wanted(q, &written[i]))
			continue;
		rc = logfile_prev(l, &got, &e);
		assert_ok(rc, &e);
		assert_int_equal(rc, 1);
		if (!is_same(&got, &written[i]))
			fail_msg("%.*s instead of %s", (int)got.len, got.text,
			    written[i].text);
	}
	assert_int_equal(logfile_prev(l, &got, &e), 0);
	logfile_close(l);
}

static const char *const names[] = { "log.3", "log.2", "log.1", "log" };

/* Four files; in the third the clock had been set back by an hour. */
static void
fill(const struct scratch *s)
{
	uint64_t t = T0;

	for (size_t f = 0; f < COUNT_OF(names); f++) {
		if (f == 2)
			t -= 3600 * S;
		for (int i = 0; i < 150; i++) {
			t += any(3) * S;
			put(s, names[f], t, (enum logline_stream)any(3),
			    any(3) == 0);
		}
	}
}

static void
reads_all(void **state)
{
	const struct logfile_query all = LOGFILE_QUERY_ALL;
	const struct scratch *s = *state;

	fill(s);
	check(s, &all);
	check_back(s, &all);
	for (unsigned mask = 0; mask < 8; mask++) {
		struct logfile_query q = all;

		q.streams = mask;
		check(s, &q);
		check_back(s, &q);
	}
}

static void
reads_tail(void **state)
{
	const struct scratch *s = *state;

	fill(s);
	for (unsigned mask = 1; mask < 8; mask++) {
		for (uint64_t n = 0; n < 700; n += n < 20 ? 1 : 37) {
			struct logfile_query q = LOGFILE_QUERY_ALL;

			q.tail = n;
			q.streams = mask;
			check(s, &q);
		}
	}
}

static void
reads_tail_of_open_line(void **state)
{
	struct logfile_query q = LOGFILE_QUERY_ALL;
	const struct scratch *s = *state;

	put(s, "log", T0, LOGLINE_STDOUT, false);
	put(s, "log", T0, LOGLINE_STDOUT, true);
	put(s, "log", T0, LOGLINE_STDOUT, true);
	q.tail = 1;
	assert_int_equal(naive_tail(&q), 1);
	check(s, &q);
	q.tail = 2;
	assert_int_equal(naive_tail(&q), 0);
	check(s, &q);
}

static void
finds_times(void **state)
{
	const struct scratch *s = *state;

	fill(s);
	for (uint64_t t = T0 - 3700 * S; t < T0 + 700 * S;
	     t += (1 + any(30)) * S + any(2)) {
		struct logfile_query q = LOGFILE_QUERY_ALL;

		q.since_ns = t;
		check(s, &q);
		check_back(s, &q);
		q.since_ns = 0;
		q.until_ns = t;
		check(s, &q);
		check_back(s, &q);
		q.since_ns = t - any(100) * S;
		check(s, &q);
		q.tail = any(30);
		check(s, &q);
	}
}

/* A day before, a day behind, and exactly the ends. */
static void
finds_edges(void **state)
{
	const struct scratch *s = *state;
	const uint64_t edge[] = { 1, T0 - 1, T0, T0 + 1, T0 + 5 * S - 1,
		T0 + 5 * S, T0 + 5 * S + 1, UINT64_MAX - 1 };

	put(s, "log", T0, LOGLINE_STDOUT, false);
	put(s, "log", T0, LOGLINE_STDOUT, false);
	put(s, "log", T0 + 5 * S, LOGLINE_STDOUT, false);
	for (size_t i = 0; i < COUNT_OF(edge); i++) {
		for (size_t j = 0; j < COUNT_OF(edge); j++) {
			struct logfile_query q = LOGFILE_QUERY_ALL;

			q.since_ns = edge[i];
			q.until_ns = edge[j];
			check(s, &q);
			check_back(s, &q);
		}
	}
}

/* Garbage of every kind between records is stepped over, both ways. */
static void
steps_over_garbage(void **state)
{
	const struct logfile_query all = LOGFILE_QUERY_ALL;
	const struct scratch *s = *state;
	static char big[200000];
	uint64_t t = T0;

	append_str(s, "log.1", "\n\n");
	put(s, "log.1", t, LOGLINE_STDOUT, false);
	append_str(s, "log.1", "somebody was here\n");
	append(s, "log.1", big, sizeof(big)); /* NULs and no newline */
	append_str(s, "log.1", "\n");
	put(s, "log.1", t += S, LOGLINE_STDERR, false);
	memset(big, 'x', sizeof(big));
	for (size_t i = 0; i < 100; i++)
		big[i * 2000 + 7] = '\n';
	append(s, "log.1", big, sizeof(big));
	append_str(s, "log.1", "\n");
	put(s, "log.1", t += S, LOGLINE_STDOUT, true);
	append_str(s, "log.1", "2026-11-22T12:40:35.1234"); /* torn */
	put(s, "log", t, LOGLINE_STDOUT, false);
	append_str(s, "log", "2026-11-22T12:40:35.1234");
	check(s, &all);
	check_back(s, &all);
	for (uint64_t n = 0; n < 6; n++) {
		struct logfile_query q = LOGFILE_QUERY_ALL;

		q.tail = n;
		check(s, &q);
		q.tail = UINT64_MAX;
		q.since_ns = T0 + n * S - S;
		check(s, &q);
		q.until_ns = q.since_ns;
		check(s, &q);
	}
	/* The torn line's rest makes it a line that is no record. */
	append_str(s, "log", "\n");
	put(s, "log", t, LOGLINE_STDOUT, false);
	check(s, &all);
	check_back(s, &all);
}

/* As the supervisor does it: the highest first, each step visible. */
static void
rotate_step(const struct scratch *s, int *step, int count)
{
	char from[16], to[16];

	(void)snprintf(
	    from, sizeof(from), *step > 1 ? "log.%d" : "log", *step - 1);
	(void)snprintf(to, sizeof(to), "log.%d", *step);
	if (renameat(s->fd, from, s->fd, to) < 0)
		assert_int_equal(*step == 1 ? -1 : 0, 0);
	if (--*step == 0)
		*step = -count;
}

/* A reader that never waits between the steps of a writer that rotates all
 * the time misses nothing and sees nothing twice. */
static void
follow(void **state, const struct logfile_query *q)
{
	const struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct logfile *l;
	struct logline got;
	size_t next = 0;
	int step = -3; /* negative: not rotating */
	uint64_t t = T0;

	assert_ok(logfile_open(s->fd, q, &l, &e), &e);
	while (nwritten < RECORD_MAX || next < nwritten) {
		if (step < 0 && nwritten < RECORD_MAX && any(4) != 0)
			put(s, "log", t += any(2), LOGLINE_STDOUT, false);
		else if (step < 0 && nwritten < RECORD_MAX && any(30) == 0)
			step = -step;
		else if (step > 0)
			rotate_step(s, &step, 3);
		if (any(2) == 0)
			continue;
		for (unsigned n = any(6); n > 0 && next < nwritten; n--) {
			int rc = logfile_next(l, &got, &e);

			assert_ok(rc, &e);
			if (rc == 0)
				fail_msg("record %zu of %zu: not there", next,
				    nwritten);
			if (!is_same(&got, &written[next]))
				fail_msg("%.*s instead of %s", (int)got.len,
				    got.text, written[next].text);
			next++;
		}
		if (next == nwritten)
			assert_int_equal(logfile_next(l, &got, &e), 0);
	}
	logfile_close(l);
}

static void
follows_rotation(void **state)
{
	const struct logfile_query all = LOGFILE_QUERY_ALL;

	follow(state, &all);
}

static void
follows_since(void **state)
{
	struct logfile_query q = LOGFILE_QUERY_ALL;

	q.since_ns = T0;
	follow(state, &q);
}

/* More rotations than are kept: what was thrown away is missing, the order
 * is right, nothing comes twice, and the files are not held open. */
static void
follows_when_overtaken(void **state)
{
	const struct logfile_query all = LOGFILE_QUERY_ALL;
	const struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct logfile *l;
	struct logline got;

	put(s, "log", T0, LOGLINE_STDOUT, false);
	assert_ok(logfile_open(s->fd, &all, &l, &e), &e);
	assert_int_equal(logfile_next(l, &got, &e), 1);
	for (int i = 0; i < 10; i++) {
		int step = 3;

		while (step > 0)
			rotate_step(s, &step, 3);
		/* Coarse clocks give files of one moment equal times. */
		put(s, "log", T0 + 1, LOGLINE_STDOUT, false);
	}
	for (size_t i = nwritten - 4; i < nwritten; i++) {
		assert_int_equal(logfile_next(l, &got, &e), 1);
		assert_true(is_same(&got, &written[i]));
	}
	assert_int_equal(logfile_next(l, &got, &e), 0);
	logfile_close(l);
}

static void
starts_with_nothing(void **state)
{
	struct logfile_query q = LOGFILE_QUERY_ALL;
	const struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct logfile *l;
	struct logline got;

	q.tail = 3;
	assert_ok(logfile_open(s->fd, &q, &l, &e), &e);
	assert_int_equal(logfile_next(l, &got, &e), 0);
	assert_int_equal(logfile_prev(l, &got, &e), 0);
	put(s, "log", T0, LOGLINE_STDOUT, false);
	put(s, "log", T0, LOGLINE_STDOUT, false);
	assert_int_equal(logfile_next(l, &got, &e), 1);
	assert_true(is_same(&got, &written[0]));
	/* Half a record is not one. */
	append_str(s, "log", "2026-11-22T12:40:35.123456789Z stdout");
	assert_int_equal(logfile_next(l, &got, &e), 1);
	assert_int_equal(logfile_next(l, &got, &e), 0);
	append_str(s, "log", " F now\n");
	assert_int_equal(logfile_next(l, &got, &e), 1);
	assert_int_equal(got.len, 3);
	logfile_close(l);
}

static void
starts_over_when_cut(void **state)
{
	const struct logfile_query all = LOGFILE_QUERY_ALL;
	const struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct logfile *l;
	struct logline got;
	int fd;

	put(s, "log", T0, LOGLINE_STDOUT, false);
	put(s, "log", T0, LOGLINE_STDOUT, false);
	assert_ok(logfile_open(s->fd, &all, &l, &e), &e);
	assert_int_equal(logfile_next(l, &got, &e), 1);
	assert_int_equal(logfile_next(l, &got, &e), 1);
	fd = openat(s->fd, "log", O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(logfile_next(l, &got, &e), 0);
	put(s, "log", T0, LOGLINE_STDERR, false);
	assert_int_equal(logfile_next(l, &got, &e), 1);
	assert_true(is_same(&got, &written[2]));
	logfile_close(l);
}

static void
ends_at_until(void **state)
{
	struct logfile_query q = LOGFILE_QUERY_ALL;
	const struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct logfile *l;
	struct logline got;

	q.until_ns = T0 + S;
	put(s, "log", T0, LOGLINE_STDOUT, false);
	assert_ok(logfile_open(s->fd, &q, &l, &e), &e);
	assert_int_equal(logfile_next(l, &got, &e), 1);
	assert_int_equal(logfile_next(l, &got, &e), 0);
	assert_false(logfile_is_past(l));
	put(s, "log", T0 + S, LOGLINE_STDOUT, false);
	assert_int_equal(logfile_next(l, &got, &e), 1);
	put(s, "log", T0 + S + 1, LOGLINE_STDOUT, false);
	assert_int_equal(logfile_next(l, &got, &e), 0);
	assert_true(logfile_is_past(l));
	put(s, "log", T0 + S, LOGLINE_STDOUT, false);
	assert_int_equal(logfile_next(l, &got, &e), 0);
	logfile_close(l);
}

/* A FIFO or a link in the place of a file is an error, not a hang. */
static void
refuses_others(void **state)
{
	const struct logfile_query all = LOGFILE_QUERY_ALL;
	const struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct logfile *l = NULL;

	assert_int_equal(mkfifoat(s->fd, "log", 0600), 0);
	assert_err(logfile_open(s->fd, &all, &l, &e), &e, ERR_CORRUPT);
	assert_int_equal(unlinkat(s->fd, "log", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", s->fd, "log"), 0);
	assert_err(logfile_open(s->fd, &all, &l, &e), &e, ERR_SYSTEM);
	assert_null(l);
}

#define log_test(f) cmocka_unit_test_setup_teardown(f, reset, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(reads_all),
		log_test(reads_tail),
		log_test(reads_tail_of_open_line),
		log_test(finds_times),
		log_test(finds_edges),
		log_test(steps_over_garbage),
		log_test(follows_rotation),
		log_test(follows_since),
		log_test(follows_when_overtaken),
		log_test(starts_with_nothing),
		log_test(starts_over_when_cut),
		log_test(ends_at_until),
		log_test(refuses_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
