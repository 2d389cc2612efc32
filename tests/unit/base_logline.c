/* SPDX-License-Identifier: BSD-2-Clause */
/* Log records: what goes in comes out, to the byte. */
#include "unit.h"

#include "base/clock.h"
#include "base/logline.h"

#define T      UINT64_C(1795351235123456789)
#define T_TEXT "2026-11-22T12:40:35.123456789Z"

/* Format S and compare. */
static void
check_format(const char *s, size_t len, const char *want, size_t want_len)
{
	char out[1024];
	size_t used, n;

	n = logline_format(out, sizeof(out), T, LOGLINE_STDOUT, s, len, &used);
	assert_int_equal(used, len);
	assert_int_equal(n, want_len);
	assert_memory_equal(out, want, n);
}

#define CHECK_FORMAT(s, want) \
	check_format(s, sizeof(s) - 1, want, sizeof(want) - 1)

static void
formats_lines(void **state UNUSED)
{
	CHECK_FORMAT("", "");
	CHECK_FORMAT("one\n", T_TEXT " stdout F one\n");
	CHECK_FORMAT("\n", T_TEXT " stdout F \n");
	CHECK_FORMAT("part", T_TEXT " stdout P part\n");
	CHECK_FORMAT("a\n\nb",
	    T_TEXT " stdout F a\n" T_TEXT " stdout F \n" T_TEXT
		   " stdout P b\n");
	CHECK_FORMAT("\0\r\x1b[2J\xff\n", T_TEXT " stdout F \0\r\x1b[2J\xff\n");
}

/* Put the records in RECORDS together again behind OUT. */
static size_t
restore(const char *records, size_t len, char *out)
{
	size_t n = 0;

	while (len > 0) {
		const char *end = memchr(records, '\n', len);
		struct logline r;

		assert_non_null(end);
		assert_true(
		    logline_parse(records, (size_t)(end - records), &r));
		assert_true(r.time_ns == T);
		assert_int_equal(r.stream, LOGLINE_STDERR);
		assert_true(r.len <= LOGLINE_TEXT_MAX);
		memcpy(out + n, r.text, r.len);
		n += r.len;
		if (!r.is_partial)
			out[n++] = '\n';
		len -= (size_t)(end + 1 - records);
		records = end + 1;
	}
	return n;
}

/* Any bytes come back, in pieces of any size; and a piece formatted again by
 * itself gives the same records, as a supervisor that starts over needs. */
static void
round_trip(void **state UNUSED)
{
	enum { SIZE = 40000 };
	static char data[SIZE], back[SIZE], out[3 * LOGLINE_MAX],
	    again[sizeof(out)];
	unsigned seed = 1;

	for (int round = 0; round < 60; round++) {
		/* From "all newlines" to "none". */
		unsigned every = 1U << (round % 17);
		size_t done = 0, n = 0;

		for (size_t i = 0; i < SIZE; i++) {
			seed = seed * 1103515245U + 12345U;
			data[i] = (char)(seed >> 16);
			if ((seed >> 8) % every == 0)
				data[i] = '\n';
		}
		while (done < SIZE) {
			size_t size = LOGLINE_MAX +
			    (seed = seed * 69069U + 1) %
				(sizeof(out) - LOGLINE_MAX);
			size_t used, used2, got, got2;

			got = logline_format(out, size, T, LOGLINE_STDERR,
			    data + done, SIZE - done, &used);
			assert_true(used > 0 && got <= size);
			got2 = logline_format(again, sizeof(again), T,
			    LOGLINE_STDERR, data + done, used, &used2);
			assert_int_equal(used, used2);
			assert_int_equal(got, got2);
			assert_memory_equal(out, again, got);
			n += restore(out, got, back + n);
			done += used;
			assert_int_equal(n, done);
		}
		assert_memory_equal(data, back, SIZE);
	}
}

static void
cuts_long_lines(void **state UNUSED)
{
	static char data[2 * LOGLINE_TEXT_MAX + 1], out[3 * LOGLINE_MAX];
	struct logline r;
	size_t used, n;

	memset(data, 'x', sizeof(data));
	data[sizeof(data) - 1] = '\n';
	n = logline_format(
	    out, sizeof(out), T, LOGLINE_STDOUT, data, sizeof(data), &used);
	assert_int_equal(used, sizeof(data));
	/* The newline just fits behind the second piece. */
	assert_int_equal(n, 2 * LOGLINE_MAX);
	assert_true(logline_parse(out, LOGLINE_MAX - 1, &r));
	assert_true(r.is_partial);
	assert_int_equal(r.len, LOGLINE_TEXT_MAX);
	assert_true(logline_parse(out + LOGLINE_MAX, LOGLINE_MAX - 1, &r));
	assert_false(r.is_partial);
	assert_int_equal(r.len, LOGLINE_TEXT_MAX);
	/* No room for a whole record: nothing. */
	assert_int_equal(logline_format(out, LOGLINE_MAX - 1, T, LOGLINE_STDOUT,
			     data, sizeof(data), &used),
	    0);
	assert_int_equal(used, 0);
}

static void
parses(void **state UNUSED)
{
	static const char line[] = T_TEXT " system F two words";
	struct logline r;

	assert_true(logline_parse(line, sizeof(line) - 1, &r));
	assert_true(r.time_ns == T);
	assert_int_equal(r.stream, LOGLINE_SYSTEM);
	assert_false(r.is_partial);
	assert_ptr_equal(r.text, line + LOGLINE_PREFIX_MAX);
	assert_int_equal(r.len, 9);
}

static void
refuses(void **state UNUSED)
{
	static const char *const bad[] = {
		"",
		"x",
		T_TEXT,
		T_TEXT " stdout F", /* the blank is part of it */
		T_TEXT " stdouT F x",
		T_TEXT " stdin  F x",
		T_TEXT " stdout f x",
		T_TEXT " stdout FF x",
		T_TEXT "  stdout F x",
		"2026-11-22 12:40:35.123456789Z stdout F x",
		"2026-11-22T12:40:35.12345678ZZ stdout F x",
		"2026-11-22T12:40:35,123456789Z stdout F x",
		"2026-13-22T12:40:35.123456789Z stdout F x",
		"2026-11-22T24:40:35.123456789Z stdout F x",
		"2026-11-22T12:40:35.1234567+1Z stdout F x",
	};
	static char big[LOGLINE_MAX + 1];
	struct logline r;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (logline_parse(bad[i], strlen(bad[i]), &r))
			fail_msg("taken: %s", bad[i]);
	}
	memset(big, 'x', sizeof(big));
	memcpy(big, T_TEXT " stdout F ", LOGLINE_PREFIX_MAX);
	assert_true(logline_parse(big, LOGLINE_MAX - 1, &r));
	assert_false(logline_parse(big, LOGLINE_MAX, &r));
}

static void
stream_words(void **state UNUSED)
{
	struct err e = ERR_INIT;

	for (int i = 0; i < LOGLINE_STREAMS; i++) {
		enum logline_stream s;

		assert_ok(
		    logline_stream_parse(
			logline_stream_word((enum logline_stream)i), &s, &e),
		    &e);
		assert_int_equal(s, i);
	}
	enum logline_stream s = LOGLINE_STDERR;
	assert_err(logline_stream_parse("stdin", &s, &e), &e, ERR_INVALID);
	assert_int_equal(s, LOGLINE_STDERR);
}

static void
print(struct logline_printer *p, enum logline_stream stream, bool is_partial,
    const char *text, struct buf *out)
{
	const struct logline r = { .time_ns = T,
		.stream = stream,
		.is_partial = is_partial,
		.text = text,
		.len = strlen(text) };

	logline_print(p, &r, out);
}

static void
print_all(bool with_time, const char *want)
{
	struct logline_printer p = { .with_time = with_time };
	struct buf out = BUF_INIT(BUF_TEXT_MAX);

	print(&p, LOGLINE_STDOUT, false, "one", &out);
	print(&p, LOGLINE_STDOUT, true, "tw", &out);
	print(&p, LOGLINE_STDOUT, false, "o", &out);
	print(&p, LOGLINE_STDOUT, true, "th", &out);
	print(&p, LOGLINE_STDERR, false, "bad", &out);
	print(&p, LOGLINE_STDOUT, false, "ree", &out);
	assert_string_equal(out.data, want);
	buf_fini(&out);
}

static void
prints(void **state UNUSED)
{
	print_all(false, "one\ntwo\nthbad\nree\n");
	print_all(true,
	    T_TEXT " one\n" T_TEXT " two\n" T_TEXT " th\n" T_TEXT
		   " bad\n" T_TEXT " ree\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_lines),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(cuts_long_lines),
		cmocka_unit_test(parses),
		cmocka_unit_test(refuses),
		cmocka_unit_test(stream_words),
		cmocka_unit_test(prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
