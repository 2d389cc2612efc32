/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor as a process, with a cell of ordinary processes. */
#include "world.h"

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
	assert_true(file_exists(w->rundir, RUN_IO_DONE));
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
much_at_the_end(void *arg)
{
	await_go(arg);
	for (int i = 0; i < 10000; i++)
		say(1, "a line\n");
	return 5;
}

/* Where nothing tells of the command's end, the first process, which waits
 * until its output was taken, still ends. */
static void
sees_the_end_without_a_watch(void **state)
{
	struct world *w = *state;
	struct pipes p;

	w->is_blind = true;
	pipes_open(&p);
	world_start_cell(w, much_at_the_end, &p);
	world_start_supervisor(w);
	while (
	    lock_is_held(w->rundir, RUN_SUPERVISE, &(struct err)ERR_INIT) == 0)
		world_sleep_us(1000);
	say(p.go_on, "x");
	assert_int_equal(world_wait(&w->cell), 0);
	assert_int_equal(world_wait(&w->supervisor), 0);
	assert_string_equal(world_get(w->rundir, RUN_STATUS), "exited 5\n");
	pipes_close(&p);
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

/* Who holds the gate sees it closed when the lock is taken, not before; and
 * the kernel says who has the lock. */
static void
opens_gate_when_it_has_the_lock(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;
	struct lock gate = LOCK_INIT;
	pid_t owner = 0;
	struct pipes p;

	pipes_open(&p);
	world_start_cell(w, steps, &p);
	assert_ok(lock_take(&gate, w->rundir, RUN_GATE, LOCK_EXCLUSIVE, 0,
		      "test", &e),
	    &e);
	(void)fcntl(gate.fd, F_SETFD, FD_CLOEXEC);
	w->c.gate_fd = gate.fd;
	world_start_supervisor(w);
	lock_release(&gate);
	assert_ok(lock_take(&gate, w->rundir, RUN_GATE, LOCK_EXCLUSIVE, 60000,
		      "test", &e),
	    &e);
	assert_int_equal(lock_owner(w->rundir, RUN_SUPERVISE, &owner, &e), 1);
	assert_int_equal(owner, w->supervisor);
	lock_release(&gate);
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
	/* Half a pot is worse than none. */
	assert_string_equal(world_get(w->rundir, WORLD_OOM_END), "x");
#ifdef IN_MODIFY
	/* Other limits: what tells of kills is opened anew. */
	(void)unlinkat(w->rundir, WORLD_OOM_FIFO, 0);
	assert_int_equal(mkfifoat(w->rundir, WORLD_OOM_FIFO, 0600), 0);
	world_put(w, RUN_LIMITS, "");
	while (file_exists(w->rundir, RUN_LIMITS))
		world_sleep_us(1000);
#endif
	/* A next supervisor knows what the log knows. */
	world_kill(&w->supervisor);
	world_put(w, WORLD_OOM_COUNT, "3\n");
	world_start_supervisor(w);
	world_await_log(w, LOGLINE_SYSTEM, "2 processes\n");
	assert_string_equal(world_get(w->rundir, WORLD_OOM_END), "xx");
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
		world_test(sees_the_end_without_a_watch),
		world_test(flushes_partial_lines),
		world_test(leaves_when_not_needed),
		world_test(opens_gate_when_it_has_the_lock),
		world_test(serves_persistent),
		world_test(records_oom),
		world_test(keeps_up_with_administrator),
		world_test(sleeps_when_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
