/* SPDX-License-Identifier: BSD-2-Clause */
/* The state record: what was written last and whole is what is read. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/io.h"
#include "supervise/state.h"
#include "supervise/supervise.h"

#define SLOT_SIZE ((size_t)512)
#define FILE_SIZE (2 * SLOT_SIZE)

/* It is in a directory of the run directory. */
static int
setup(void **state)
{
	const struct scratch *s;

	if (scratch_setup(state) < 0)
		return -1;
	s = *state;
	return mkdirat(s->fd, RUN_IO, 0700);
}

static void
open_state(const struct scratch *s, struct state_file *f)
{
	struct err e = ERR_INIT;

	*f = (struct state_file)STATE_FILE_INIT;
	assert_ok(state_open(f, s->fd, &e), &e);
}

/* Every number different from every other, and as long as can be. */
static struct state
full_state(uint64_t salt)
{
	struct state t = { .pending = LOGLINE_STDERR };
	uint64_t n = UINT64_MAX - salt;

	t.end = n--;
	t.time_ns = n--;
	t.log_ino = n--;
	t.log_len = n--;
	for (unsigned i = 0; i < STREAMS; i++) {
		t.done[i] = n--;
		t.echoed[i] = n--;
		t.cut[i] = n--;
		t.dropped[i] = n--;
	}
	t.oom = n;
	memset(t.text, 'x', sizeof(t.text) - 1);
	return t;
}

static void
assert_state(const struct scratch *s, const struct state *want)
{
	struct state_file f;

	open_state(s, &f);
	assert_memory_equal(&f.s, want, sizeof(*want));
	state_close(&f);
}

static void
begins_with_nothing(void **state)
{
	const struct state none = { .pending = STATE_NONE };

	assert_state(*state, &none);
	assert_state(*state, &none);
}

static void
keeps_every_field(void **state)
{
	struct err e = ERR_INIT;
	struct state_file f;

	open_state(*state, &f);
	for (uint64_t i = 0; i < 5; i++) {
		f.s = full_state(i * 100);
		assert_ok(state_write(&f, &e), &e);
		assert_state(*state, &f.s);
		/* A shorter one over a longer one. */
		f.s = (struct state){ .pending = STATE_NONE, .oom = i };
		assert_ok(state_write(&f, &e), &e);
		assert_state(*state, &f.s);
	}
	state_close(&f);
}

static void
load(const struct scratch *s, char bytes[FILE_SIZE])
{
	auto_close int fd = openat(s->fd, RUN_STAGE, O_RDONLY | O_CLOEXEC);

	memset(bytes, 0, FILE_SIZE);
	assert_true(fd >= 0);
	assert_true(io_read_full(fd, bytes, FILE_SIZE) >= 0);
}

static void
store(const struct scratch *s, const char *bytes, size_t len)
{
	auto_close int fd = openat(
	    s->fd, RUN_STAGE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, bytes, len), 0);
}

/* A write that was cut after any number of bytes: either the new record, or
 * the one before it. */
static void
survives_cut_writes(void **state)
{
	char before[FILE_SIZE], after[FILE_SIZE], bytes[FILE_SIZE];
	const struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct state_file f;
	struct state old, new_state;
	unsigned olds = 0, news = 0;

	open_state(s, &f);
	for (int round = 0; round < 2; round++) {
		f.s = old = full_state((uint64_t)round * 1000);
		assert_ok(state_write(&f, &e), &e);
		load(s, before);
		f.s = new_state = full_state((uint64_t)round * 1000 + 500);
		new_state.text[10] = f.s.text[10] = '\0';
		memset(new_state.text + 10, 0, STATE_TEXT_SIZE - 10);
		assert_ok(state_write(&f, &e), &e);
		load(s, after);
		for (size_t n = 0; n <= FILE_SIZE; n++) {
			struct state_file g;

			memcpy(bytes, before, FILE_SIZE);
			memcpy(bytes, after, n);
			store(s, bytes, FILE_SIZE);
			open_state(s, &g);
			if (memcmp(&g.s, &old, sizeof(old)) == 0)
				olds++;
			else if (memcmp(&g.s, &new_state, sizeof(old)) == 0)
				news++;
			else
				fail_msg("cut at %zu: neither", n);
			state_close(&g);
		}
		/* The next write goes over the older one. */
		store(s, after, FILE_SIZE);
	}
	state_close(&f);
	assert_true(olds > 500 && news > 500);
}

/* One changed bit anywhere in the newer slot: the older one counts. */
static void
notices_changed_bits(void **state)
{
	char bytes[FILE_SIZE];
	const struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct state_file f;
	size_t begin, len;

	open_state(s, &f);
	f.s.oom = 1;
	assert_ok(state_write(&f, &e), &e);
	f.s.oom = 2;
	assert_ok(state_write(&f, &e), &e);
	begin = (f.sequence & 1) != 0 ? SLOT_SIZE : 0;
	load(s, bytes);
	len = (size_t)((char *)memchr(bytes + begin, '\n', SLOT_SIZE) -
	    (bytes + begin));
	f.s.oom = 1;
	for (size_t i = 0; i < len; i++) {
		bytes[begin + i] ^= 1;
		store(s, bytes, FILE_SIZE);
		assert_state(s, &f.s);
		bytes[begin + i] ^= 1;
	}
	state_close(&f);
}

static void
takes_garbage_for_nothing(void **state)
{
	static const char *const garbage[] = { "", "\n", "pot-stage 1 \n",
		"pot-stage 2 0000000000000000 1\n",
		"pot-stage 1 cbf29ce484222325 \n" };
	const struct state none = { .pending = STATE_NONE };
	char bytes[FILE_SIZE];

	for (size_t i = 0; i < COUNT_OF(garbage); i++) {
		store(*state, garbage[i], strlen(garbage[i]));
		assert_state(*state, &none);
	}
	for (unsigned seed = 1; seed < 50; seed++) {
		for (size_t i = 0; i < FILE_SIZE; i++)
			bytes[i] = (char)((i * seed * 2654435761U) >> 13);
		store(*state, bytes, FILE_SIZE);
		assert_state(*state, &none);
	}
}

static void
names_its_file_in_errors(void **state)
{
	const struct scratch *s = *state;
	struct state_file f = STATE_FILE_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(unlinkat(s->fd, RUN_IO, AT_REMOVEDIR), 0);
	assert_int_equal(state_open(&f, s->fd, &e), -1);
	assert_non_null(strstr(e.text, RUN_STAGE));
	err_clear(&e);
	assert_int_equal(f.fd, -1);
	assert_err(state_write(&f, &e), &e, ERR_SYSTEM);
}

#define state_test(f) \
	cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		state_test(begins_with_nothing),
		state_test(keeps_every_field),
		state_test(survives_cut_writes),
		state_test(notices_changed_bits),
		state_test(takes_garbage_for_nothing),
		state_test(names_its_file_in_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
