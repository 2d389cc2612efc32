/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pot's end of its output: pot-init holds the FIFOs, and does not end
 * before somebody has taken what is in them.  With the real pot-supervise.
 */
#include "linux_pot.h"

#include <time.h>

#include "base/logfile.h"
#include "base/spawn.h"
#include "supervise/supervise.h"

struct output {
	struct pot *p;
	int rundir, logdir;
};

static void
open_dir(const char *base, const char *name, int *fd)
{
	auto_free char *path = xasprintf("%s/%s", base, name);

	assert_int_equal(mkdir(path, 0700), 0);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(*fd >= 0);
}

static int
open_fifo(int rundir, const char *name)
{
	int fd;

	assert_int_equal(mkfifoat(rundir, name, 0666), 0);
	fd = openat(rundir, name, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static int
output_setup(void **state)
{
	struct output *o = xcalloc(1, sizeof(*o));
	void *p = NULL;

	if (pot_setup(&p) < 0)
		return -1;
	o->p = p;
	*state = o;
	open_dir(o->p->dir, "run", &o->rundir);
	open_dir(o->p->dir, "log", &o->logdir);
	assert_int_equal(mkdirat(o->rundir, RUN_IO, 0700), 0);
	return 0;
}

static int
output_teardown(void **state)
{
	struct output *o = *state;
	void *p = o->p;
	int rc;

	(void)close(o->rundir);
	(void)close(o->logdir);
	rc = pot_teardown(&p);
	free(o);
	return rc;
}

/* Start as the engine does: only the pot has the FIFOs. */
static void
start(struct output *o, const char *line)
{
	struct pot *p = o->p;
	char link[CELL_HANDLE_SIZE + 24];

	pot_command(p, "sh", "-c", line, NULL);
	p->spec.status_fd =
	    openat(o->rundir, RUN_STATUS, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(p->spec.status_fd >= 0);
	p->spec.command.fds[1] = open_fifo(o->rundir, RUN_IO "/" RUN_IO_OUT);
	p->spec.command.fds[2] = open_fifo(o->rundir, RUN_IO "/" RUN_IO_ERR);
	p->spec.command.argv = strv_argv(&p->argv);
	p->spec.command.envp = strv_argv(&p->env);
	p->ref.generation = 5;
	assert_ok(cell->create(&p->ref, &p->spec, &p->gate, &p->e), &p->e);
	for (int i = 1; i < 3; i++)
		(void)close(p->spec.command.fds[i]);
	(void)snprintf(link, sizeof(link), "5 %s", p->ref.handle);
	assert_int_equal(symlinkat(link, o->rundir, RUN_CELL), 0);
	assert_ok(pot_release(p), &p->e);
}

static const char *
status_line(struct output *o)
{
	char *line = o->p->status;
	ssize_t n =
	    pread(o->p->spec.status_fd, line, sizeof(o->p->status) - 1, 0);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

static void
await_status(struct output *o, const char *want)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t end = clock_mono_ms() + PATIENCE_MS;

	while (status_line(o)[0] == '\0' && clock_mono_ms() < end)
		(void)nanosleep(&pause, NULL);
	assert_text(o->p->status, want);
}

/* Run the program to its end; /bin/true is what it becomes. */
static void
supervise(struct output *o)
{
	static const char *const argv[] = { "pot-supervise", "test", "5", "",
		"0", "1", "/bin/true", "-", NULL };
	struct spawn_opts s = { .dirfd = -1, .new_session = true };
	char program[PATH_MAX];
	int status = -1;
	pid_t pid;

	build_path(program, sizeof(program), "src/supervise/pot-supervise");
	s.path = program;
	s.argv = (char *const *)(uintptr_t)argv;
	for (int i = 0; i < SUPERVISE_FDS; i++)
		s.fds[i] = -1;
	s.fds[SUPERVISE_RUN_FD] = o->rundir;
	s.fds[SUPERVISE_LOG_FD] = o->logdir;
	s.nfds = SUPERVISE_FDS;
	assert_ok(spawn_start(&s, &pid, &o->p->e), &o->p->e);
	assert_ok(spawn_wait(pid, &status, &o->p->e), &o->p->e);
	assert_int_equal(status, 0);
}

static void
read_log(struct output *o, enum logline_stream stream, struct buf *b)
{
	struct logfile_query q = LOGFILE_QUERY_ALL;
	struct logline_printer printer = { .with_time = false };
	struct logfile *l;
	struct logline r;
	int got;

	q.streams = 1U << stream;
	assert_ok(logfile_open(o->logdir, &q, &l, &o->p->e), &o->p->e);
	while ((got = logfile_next(l, &r, &o->p->e)) > 0)
		logline_print(&printer, &r, b);
	assert_ok(got, &o->p->e);
	logfile_close(l);
}

/* The command has ended and nobody supervises: the cell lives until its
 * output was taken, and nothing of it is lost. */
static void
output_outlives_the_command(void **state)
{
	struct output *o = *state;
	struct pot *p = o->p;
	struct buf b = BUF_INIT(BUF_TEXT_MAX);

	start(o, "seq 1 5000; echo bad >&2; exit 3");
	await_status(o, "exited 3\n");
	assert_true(cell->is_alive(&p->ref));
	supervise(o);
	assert_false(cell->is_alive(&p->ref));
	read_log(o, LOGLINE_STDERR, &b);
	assert_text(b.data, "bad\n");
	buf_clear(&b);
	read_log(o, LOGLINE_STDOUT, &b);
	for (unsigned i = 1, at = 0; i <= 5000; i++) {
		char line[16];
		int n = snprintf(line, sizeof(line), "%u\n", i);

		assert_true(at + (size_t)n <= b.len);
		assert_memory_equal(b.data + at, line, (size_t)n);
		at += (unsigned)n;
	}
	buf_fini(&b);
}

/* Without output there is nothing to wait for. */
static void
ends_at_once_without_output(void **state)
{
	struct output *o = *state;

	start(o, "exit 4");
	await_status(o, "exited 4\n");
	wait_dead(o->p);
}

/* Somebody in the pot who writes for ever does not keep it alive. */
static void
ends_in_spite_of_others(void **state)
{
	struct output *o = *state;
	struct buf b = BUF_INIT((size_t)64 << 20);

	start(o,
	    "seq 1 12000; (while :; do echo more; done) & sleep 0.2; exit 5");
	await_status(o, "exited 5\n");
	supervise(o);
	assert_false(cell->is_alive(&o->p->ref));
	read_log(o, LOGLINE_STDOUT, &b);
	assert_true(b.len >= 60000); /* a FIFO was nearly full */
	buf_fini(&b);
}

#define output_test(f) \
	cmocka_unit_test_setup_teardown(f, output_setup, output_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		output_test(output_outlives_the_command),
		output_test(ends_at_once_without_output),
		output_test(ends_in_spite_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
