/* SPDX-License-Identifier: BSD-2-Clause */
/* The log file's writer: rotation, and what others do to the file. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/io.h"
#include "supervise/log_writer.h"

#define TIME_1 "2026-11-22T12:40:35.000000001Z"

static char scratch_bytes[9000];

static int
check(struct log_writer *w)
{
	struct err e = ERR_INIT;
	int got = log_writer_check(w, scratch_bytes, sizeof(scratch_bytes), &e);

	assert_ok(got, &e);
	return got;
}

static struct log_writer
writer(const struct scratch *s, unsigned count)
{
	return (struct log_writer){ .dirfd = s->fd, .count = count, .fd = -1 };
}

static void
put(const struct scratch *s, const char *name, const char *text)
{
	auto_close int fd =
	    openat(s->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
}

/* The first word of each file that is there, oldest last: "log:a 1:b". */
static const char *
listing(const struct scratch *s)
{
	static char out[256];

	out[0] = '\0';
	for (unsigned i = 0; i < 8; i++) {
		char name[16], text[16];
		size_t at = strlen(out);

		(void)snprintf(
		    name, sizeof(name), i == 0 ? "log" : "log.%u", i);
		auto_close int fd = openat(s->fd, name, O_RDONLY | O_CLOEXEC);
		ssize_t n =
		    fd < 0 ? -1 : io_read_full(fd, text, sizeof(text) - 1);

		if (n < 0)
			continue;
		text[n] = '\0';
		(void)snprintf(out + at, sizeof(out) - at, "%s%s:%s",
		    at > 0 ? " " : "", i == 0 ? "log" : name + 4, text);
	}
	return out;
}

static void
rotate(struct log_writer *w)
{
	struct err e = ERR_INIT;

	assert_ok(log_writer_rotate(w, &e), &e);
	assert_int_equal(check(w), 1);
	assert_true(w->len == 0);
}

struct chain_row {
	unsigned count;
	const char *before, *after; /* "log:a 1:b" */
};

/* What is to be found before: as listing() has it, one letter each. */
static void
make_chain(const struct scratch *s, const char *text)
{
	for (; *text != '\0'; text += *text == ' ') {
		const char *colon = strchr(text, ':');
		char name[16], letter[2] = { colon[1], '\0' };

		(void)snprintf(name, sizeof(name), "%s%.*s",
		    *text == 'l' ? "" : "log.", (int)(colon - text), text);
		put(s, name, letter);
		text = colon + 2;
	}
}

static void
rotates(void **state)
{
	static const struct chain_row rows[] = {
		{ 3, "log:a", "log: 1:a" },
		{ 3, "log:a 1:b", "log: 1:a 2:b" },
		{ 3, "log:a 1:b 2:c 3:d", "log: 1:a 2:b 3:c" },
		{ 1, "log:a 1:b", "log: 1:a" },
		/* Fewer are to be kept than there were. */
		{ 2, "log:a 1:b 2:c 3:d 4:e", "log: 1:a 2:b" },
		{ 0, "log:a 1:b 2:c", "log:" },
		/* Killed in the middle of a rotation. */
		{ 3, "log:a 1:b 3:c", "log: 1:a 2:b 3:c" },
		{ 3, "log:a 2:b 3:c", "log: 1:a 2:b 3:c" },
		{ 3, "1:a 2:b 3:c", "log: 1:a 2:b 3:c" },
	};
	const struct scratch *s = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct log_writer w = writer(s, rows[i].count);
		bool is_rotated = rows[i].before[0] == 'l';

		for (unsigned n = 0; n < 8; n++) {
			char name[16];

			(void)snprintf(
			    name, sizeof(name), n == 0 ? "log" : "log.%u", n);
			(void)unlinkat(s->fd, name, 0);
		}
		make_chain(s, rows[i].before);
		assert_int_equal(check(&w), 1);
		if (is_rotated)
			rotate(&w);
		assert_string_equal(listing(s), rows[i].after);
		log_writer_close(&w);
	}
}

static void
appends_and_cuts(void **state)
{
	struct log_writer w = writer(*state, 2);
	struct err e = ERR_INIT;

	assert_int_equal(check(&w), 1);
	assert_int_equal(log_writer_append(&w, "one\n", 4, &e), 4);
	assert_int_equal(log_writer_append(&w, "two", 3, &e), 3);
	assert_true(w.len == 7);
	assert_int_equal(check(&w), 0);
	log_writer_cut(&w, 4);
	assert_int_equal(check(&w), 0);
	assert_string_equal(listing(*state), "log:one\n");
	assert_int_equal(log_writer_append(&w, "x", 1, &e), 1);
	assert_string_equal(listing(*state), "log:one\nx");
	log_writer_close(&w);
	assert_err((int)log_writer_append(&w, "x", 1, &e), &e, ERR_SYSTEM);
}

/* The end of a file that is taken over. */
static void
reads_the_end(void **state)
{
	static const struct {
		const char *text;
		uint64_t last_ns;
		bool is_torn;
	} rows[] = {
		{ "", 0, false },
		{ "\n", 0, false },
		{ "garbage\n", 0, false },
		{ "garbage", 0, true },
		{ TIME_1 " stdout F x\n", 1795351235000000001, false },
		{ TIME_1 " stdout F x\n\n2026\n", 1795351235000000001, false },
		{ TIME_1 " stdout F x\n" TIME_1, 1795351235000000001, true },
		{ TIME_1 " stdout F x", 0, true },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct log_writer w = writer(*state, 2);

		put(*state, "log", rows[i].text);
		assert_int_equal(check(&w), 1);
		assert_true(w.len == strlen(rows[i].text));
		assert_true(w.last_ns == rows[i].last_ns);
		assert_int_equal(w.is_torn, rows[i].is_torn);
		log_writer_close(&w);
	}
}

static void
notices_others(void **state)
{
	const struct scratch *s = *state;
	struct log_writer w = writer(s, 2);
	struct err e = ERR_INIT;

	assert_int_equal(check(&w), 1);
	assert_int_equal(log_writer_append(&w, "one\n", 4, &e), 4);
	put(s, "log", ""); /* cut */
	assert_int_equal(check(&w), 1);
	assert_true(w.len == 0);
	assert_int_equal(log_writer_append(&w, "two\n", 4, &e), 4);
	assert_int_equal(renameat(s->fd, "log", s->fd, "moved"), 0);
	assert_int_equal(check(&w), 1);
	assert_int_equal(check(&w), 0);
	assert_int_equal(unlinkat(s->fd, "log", 0), 0);
	assert_int_equal(check(&w), 1);
	assert_string_equal(listing(s), "log:");
	log_writer_close(&w);
}

/* What is not a file is never opened, and never waited for. */
static void
refuses_others(void **state)
{
	const struct scratch *s = *state;
	struct log_writer w = writer(s, 2);
	struct err e = ERR_INIT;

	assert_int_equal(mkfifoat(s->fd, "log", 0600), 0);
	assert_err(
	    log_writer_check(&w, scratch_bytes, sizeof(scratch_bytes), &e), &e,
	    ERR_CORRUPT);
	assert_int_equal(unlinkat(s->fd, "log", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", s->fd, "log"), 0);
	assert_err(
	    log_writer_check(&w, scratch_bytes, sizeof(scratch_bytes), &e), &e,
	    ERR_SYSTEM);
	assert_int_equal(w.fd, -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(rotates),
		scratch_test(appends_and_cuts),
		scratch_test(reads_the_end),
		scratch_test(notices_others),
		scratch_test(refuses_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
