/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of a pot's last run. */
#include "unit.h"

#include "base/buf.h"
#include "base/file.h"
#include "model/lastrun.h"

#define STATS ".last_run_stats"

static const struct lastrun example = {
	.reason = LASTRUN_OOM,
	.status = 137,
	.started_ns = UINT64_C(1795351235123456789),
	.ended_ns = UINT64_C(1795351299000000001),
	.oom_kills = 3,
	.is_persistent = true,
	.was_stopped = false,
};

static void
expect_same(const struct lastrun *a, const struct lastrun *b)
{
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->status, b->status);
	assert_true(a->started_ns == b->started_ns);
	assert_true(a->ended_ns == b->ended_ns);
	assert_true(a->oom_kills == b->oom_kills);
	assert_int_equal(a->is_persistent, b->is_persistent);
	assert_int_equal(a->was_stopped, b->was_stopped);
}

static void
put(int dir, const char *name, const char *text)
{
	struct err e = ERR_INIT;

	assert_ok(file_write(dir, name, text, strlen(text), 0644, 0, &e), &e);
}

static void
writes_the_classic_file_to_the_byte(void **state)
{
	struct scratch *s = *state;
	auto_buf struct buf b = BUF_INIT(1000);
	struct lastrun l = { .status = 3 };
	struct err e = ERR_INIT;

	assert_ok(lastrun_write(&l, s->fd, &e), &e);
	assert_ok(file_read(s->fd, STATS, &b, &e), &e);
	assert_string_equal(b.data, "{ \"ExitCode\": 3 }\n");
}

static void
comes_back_the_same(void **state)
{
	struct scratch *s = *state;
	struct lastrun l;
	struct err e = ERR_INIT;

	assert_int_equal(lastrun_read(s->fd, &l, &e), 0);
	for (int r = LASTRUN_EXITED; r <= LASTRUN_START_FAILED; r++) {
		struct lastrun in = example;

		in.reason = (enum lastrun_reason)r;
		in.was_stopped = r % 2 == 0;
		in.started_ns = r == 0 ? 0 : in.started_ns;
		assert_ok(lastrun_write(&in, s->fd, &e), &e);
		assert_int_equal(lastrun_read(s->fd, &l, &e), 1);
		expect_same(&l, &in);
	}
	assert_string_equal(lastrun_reason_word(LASTRUN_OOM), "oom");
	assert_string_equal(
	    lastrun_reason_word(LASTRUN_START_FAILED), "start-failed");
}

static void
is_readable(void **state UNUSED)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	lastrun_format(&example, &b);
	assert_string_equal(b.data,
	    "version=1\nreason=oom\nstatus=137\n"
	    "started=2026-11-22T12:40:35.123456789Z\n"
	    "ended=2026-11-22T12:41:39.000000001Z\n"
	    "oom-kills=3\npersistent=YES\nstopped=NO\n");
}

/* The sh version knows only its own file. */
static void
believes_the_classic_file(void **state)
{
	struct scratch *s = *state;
	struct lastrun l, want = { .status = 9 };
	struct err e = ERR_INIT;

	put(s->fd, STATS, "{ \"ExitCode\": 9 }\n");
	assert_int_equal(lastrun_read(s->fd, &l, &e), 1);
	expect_same(&l, &want);
	assert_ok(lastrun_write(&example, s->fd, &e), &e);
	put(s->fd, STATS, "{ \"ExitCode\": 9 }\n");
	assert_int_equal(lastrun_read(s->fd, &l, &e), 1);
	expect_same(&l, &want);
}

static void
parses_the_classic_text(void **state UNUSED)
{
	static const char *const good[] = { "{ \"ExitCode\": 137 }",
		"{\"ExitCode\":137}", "  { \"ExitCode\" : 137}\r\n" };
	static const char *const bad[] = { "", "{}", "{ \"ExitCode\": }",
		"{ \"ExitCode\": -1 }", "{ \"ExitCode\": 256 }",
		"{ \"ExitCode\": 99999999999999999999 }", "{ \"ExitCode\": 1",
		"{ \"ExitCode\": 1 } x", "{ \"ExitCode\": \"1\" }",
		"{ \"exitcode\": 1 }" };
	struct err e = ERR_INIT;
	int status = 0;

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_ok(lastrun_parse_classic(good[i], &status, &e), &e);
		assert_int_equal(status, 137);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_err(lastrun_parse_classic(bad[i], &status, &e), &e,
		    ERR_CORRUPT);
	assert_int_equal(status, 137);
}

static void
refuses_damage(void **state)
{
	static const char *const bad[] = { "", "version=1\n",
		"version=1\nreason=oom\nstatus=256\noom-kills=0\n"
		"persistent=YES\nstopped=NO\n",
		"version=1\nreason=bored\nstatus=0\noom-kills=0\n"
		"persistent=YES\nstopped=NO\n",
		"version=1\nreason=oom\nstatus=0\noom-kills=0\n"
		"persistent=YES\nstopped=NO\nstarted=yesterday\n",
		"version=1\nreason=oom\nstatus=0\noom-kills=0\n"
		"persistent=perhaps\nstopped=NO\n",
		"version=1\nreason=exi" };
	struct scratch *s = *state;
	struct lastrun l;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_err(lastrun_parse(bad[i], strlen(bad[i]), &l, &e), &e,
		    ERR_CORRUPT);
	assert_err(
	    lastrun_parse("version=2\n", 10, &l, &e), &e, ERR_UNSUPPORTED);

	put(s->fd, STATS, "garbage");
	assert_err(lastrun_read(s->fd, &l, &e), &e, ERR_CORRUPT);
	put(s->fd, STATS, "{ \"ExitCode\": 9 }\n");
	put(s->fd, ".last_run", "garbage");
	assert_int_equal(lastrun_read(s->fd, &l, &e), -1);
	assert_non_null(strstr(e.text, ".last_run"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(writes_the_classic_file_to_the_byte),
		scratch_test(comes_back_the_same),
		cmocka_unit_test(is_readable),
		scratch_test(believes_the_classic_file),
		cmocka_unit_test(parses_the_classic_text),
		scratch_test(refuses_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
