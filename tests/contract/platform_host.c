/* SPDX-License-Identifier: BSD-2-Clause */
/* What platform.h and limit.h promise beside cells, on every platform. */
#include "../unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/strv.h"
#include "platform/fake/fake.h"
#include "platform/platform.h"

#define PATIENCE_MS 60000

struct fixture {
	const struct platform *p;
	char dir[4096];
	int dirfd;
	struct err e;
};

static int
setup(const struct platform *p, void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));
	const char *base = getenv("POT_TEST_DIR");

	if (t == NULL)
		return -1;
	t->p = p;
	(void)snprintf(t->dir, sizeof(t->dir), "%.4000s/host.XXXXXX",
	    base != NULL ? base : "/tmp");
	if (mkdtemp(t->dir) == NULL)
		return -1;
	t->dirfd = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fake_reset();
	*state = t;
	return t->dirfd < 0 ? -1 : 0;
}

static int
setup_fake(void **state)
{
	return setup(&platform_fake, state);
}

static int
setup_host(void **state)
{
	return setup(&platform_host, state);
}

static int
teardown(void **state)
{
	struct fixture *t = *state;
	int rc = nftw(
	    t->dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);

	fake_reset();
	(void)close(t->dirfd);
	free(t);
	return rc;
}

/* --- proc --- */

static void
test_identity(void **state)
{
	struct fixture *t = *state;
	struct proc_id self, again, child;
	int status;
	pid_t pid;

	assert_ok(t->p->proc->identify(getpid(), &self, &t->e), &t->e);
	assert_ok(t->p->proc->identify(getpid(), &again, &t->e), &t->e);
	assert_int_equal(self.pid, getpid());
	assert_int_equal(self.start, again.start);
	assert_true(t->p->proc->is_alive(&self));
	again.start++;
	assert_false(t->p->proc->is_alive(&again));
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_ok(t->p->proc->identify(pid, &child, &t->e), &t->e);
	assert_true(t->p->proc->is_alive(&child));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(t->p->proc->is_alive(&child));
	assert_err(
	    t->p->proc->identify(pid, &child, &t->e), &t->e, ERR_NOT_FOUND);
	assert_err(
	    t->p->proc->identify(0, &child, &t->e), &t->e, ERR_NOT_FOUND);
}

/* From the moment on at which kill(2) has returned; and an event, when locks
 * are free. */
static void
test_end(void **state)
{
	struct fixture *t = *state;
	struct proc_id child;
	int fd = -1, later = -1;

	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			pause();
			_exit(0);
		}
		assert_ok(t->p->proc->identify(pid, &child, &t->e), &t->e);
		assert_false(t->p->proc->is_ending(&child));
		if (t->p != &platform_fake) {
			assert_ok(
			    t->p->proc->wait_open(&child, &fd, &t->e), &t->e);
			assert_int_equal(io_wait_readable(fd, 0), 0);
		}
		assert_int_equal(kill(pid, SIGKILL), 0);
		if (t->p != &platform_fake) {
			assert_true(t->p->proc->is_ending(&child));
			assert_int_equal(io_wait_readable(fd, 60000), 1);
			cleanup_close(&fd);
		}
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_true(t->p->proc->is_ending(&child));
		assert_int_equal(
		    t->p->proc->wait_open(&child, &later, &t->e), -1);
		assert_int_equal(t->e.code,
		    t->p == &platform_fake ? ERR_UNSUPPORTED : ERR_STATE);
		err_clear(&t->e);
	}
}

static void
test_boot(void **state)
{
	struct fixture *t = *state;
	char id[64] = "", again[64] = "";

	assert_ok(t->p->proc->boot_id(id, &t->e), &t->e);
	assert_ok(t->p->proc->boot_id(again, &t->e), &t->e);
	assert_string_equal(id, again);
	assert_in_range(strlen(id), 1, sizeof(id) - 1);
	assert_null(strchr(id, '\n'));
}

static void
test_title(void **state)
{
	struct fixture *t = *state;
	char name[] = "program", arg[] = "arg";
	char *argv[] = { name, arg, NULL };

	assert_ok(t->p->proc->set_title(2, argv, "pot: a title", &t->e), &t->e);
}

/* --- watch --- */

/* On the fake platform nothing changes by itself. */
static void
changed(const struct fixture *t)
{
	if (t->p == &platform_fake)
		fake_watch_fire();
}

static void
put(const struct fixture *t, const char *name, int flags)
{
	auto_close int fd =
	    openat(t->dirfd, name, O_WRONLY | O_CREAT | flags, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	changed(t);
}

static void
assert_woken(const struct fixture *t, int fd, struct err *e)
{
	assert_int_equal(io_wait_readable(fd, PATIENCE_MS), 1);
	assert_ok(t->p->watch->drain(fd, e), e);
	assert_int_equal(io_wait_readable(fd, 0), 0);
}

static void
test_watch(void **state)
{
	struct fixture *t = *state;
	auto_close int fd = -1;
	auto_close int other = -1;

	assert_ok(t->p->watch->open(t->dir, "log", &fd, &t->e), &t->e);
	assert_int_equal(io_wait_readable(fd, 0), 0);
	/* It comes, */
	put(t, "log", 0);
	assert_woken(t, fd, &t->e);
	/* grows, */
	put(t, "log", O_APPEND);
	assert_woken(t, fd, &t->e);
	/* is another one under the same name, */
	assert_int_equal(renameat(t->dirfd, "log", t->dirfd, "log.1"), 0);
	put(t, "log", O_EXCL);
	assert_woken(t, fd, &t->e);
	/* which grows, too. */
	put(t, "log", O_APPEND);
	assert_woken(t, fd, &t->e);
	/* A descriptor that is closed and one that is opened after it. */
	cleanup_close(&fd);
	assert_ok(t->p->watch->open(t->dir, "log", &other, &t->e), &t->e);
	put(t, "log", O_APPEND);
	assert_woken(t, other, &t->e);
}

static void
test_watch_nowhere(void **state)
{
	struct fixture *t = *state;
	int fd = -1;

	if (t->p == &platform_fake)
		return;
	assert_err(t->p->watch->open("/none/at/all", "log", &fd, &t->e), &t->e,
	    ERR_NOT_FOUND);
	assert_int_equal(fd, -1);
}

/* --- host --- */

static void
test_facts(void **state)
{
	struct fixture *t = *state;
	struct host_facts f;

	memset(&f, 0xff, sizeof(f));
	assert_ok(t->p->host->facts(&f, &t->e), &t->e);
	assert_true(f.ncpu > 0);
	assert_true(f.memory_bytes > (uint64_t)1 << 20);
	assert_in_range(strnlen(f.os, sizeof(f.os)), 1, sizeof(f.os) - 1);
	assert_in_range(
	    strnlen(f.release, sizeof(f.release)), 1, sizeof(f.release) - 1);
	assert_in_range(
	    strnlen(f.machine, sizeof(f.machine)), 1, sizeof(f.machine) - 1);
	assert_in_range(
	    strnlen(f.extif, sizeof(f.extif)), 0, sizeof(f.extif) - 1);
	if (f.extif[0] != '\0')
		assert_true(t->p->host->has_interface(f.extif));
	assert_false(t->p->host->has_interface("no-such-if"));
}

static void
test_exe_path(void **state)
{
	struct fixture *t = *state;
	char path[4096], small[4];

	assert_ok(t->p->host->exe_path(path, sizeof(path), &t->e), &t->e);
	assert_int_equal(path[0], '/');
	assert_int_equal(t->p->host->exe_path(small, sizeof(small), &t->e), -1);
	err_clear(&t->e);
}

static void
test_mounts(void **state)
{
	struct fixture *t = *state;
	char at[4096] = "none";
	bool found = true;

	assert_ok(
	    t->p->host->mounts_below(t->dir, at, sizeof(at), &found, &t->e),
	    &t->e);
	assert_false(found);
	assert_ok(
	    t->p->host->mounts_below(t->dir, NULL, 0, &found, &t->e), &t->e);
	assert_false(found);
	if (t->p == &platform_fake)
		return;
	assert_ok(t->p->host->mounts_below("/", at, sizeof(at), &found, &t->e),
	    &t->e);
	assert_true(found);
	assert_int_equal(at[0], '/');
}

static void
test_files(void **state)
{
	struct fixture *t = *state;
	auto_close int from = -1;
	auto_close int to = -1;
	char type[32] = "", text[2] = "";

	assert_ok(t->p->host->fs_type(t->dirfd, type, &t->e), &t->e);
	assert_in_range(strlen(type), 1, sizeof(type) - 1);
	put(t, "from", 0);
	put(t, "to", 0);
	from = openat(t->dirfd, "from", O_RDONLY);
	to = openat(t->dirfd, "to", O_RDWR | O_TRUNC);
	assert_true(from >= 0 && to >= 0);
	if (t->p->host->reflink(from, to, &t->e) < 0) {
		assert_int_equal(t->e.code, ERR_UNSUPPORTED);
		err_clear(&t->e);
		assert_int_equal(lseek(to, 0, SEEK_END), 0);
	} else {
		assert_int_equal(pread(to, text, sizeof(text), 0), 1);
		assert_string_equal(text, "x");
	}
}

/* --- output --- */

static void
test_output(void **state)
{
	struct fixture *t = *state;
	const struct platform_output_ops *o = t->p->output;
	auto_close int fifo = -1;
	auto_close int file = -1;
	char text[32] = "";

	assert_int_equal(mkfifoat(t->dirfd, "fifo", 0600), 0);
	fifo = openat(t->dirfd, "fifo", O_RDWR | O_NONBLOCK);
	file = openat(t->dirfd, "file", O_RDWR | O_CREAT, 0600);
	assert_true(fifo >= 0 && file >= 0);
	assert_int_equal(o->move(fifo, file, 0, 4096, &t->e), 0);
	assert_int_equal(write(fifo, "one two", 7), 7);
	/* No more than asked for, */
	assert_int_equal(o->move(fifo, file, 0, 4, &t->e), 4);
	/* where it was asked for. */
	assert_int_equal(o->move(fifo, file, 4, 4096, &t->e), 3);
	assert_int_equal(o->move(fifo, file, 7, 4096, &t->e), 0);
	assert_int_equal(pread(file, text, sizeof(text), 0), 7);
	assert_string_equal(text, "one two");
	/* Nothing is to be cut then. */
	if (o->recover != NULL)
		assert_ok(o->recover(file, 0, &t->e), &t->e);
	assert_int_equal(lseek(file, 0, SEEK_END), 7);
	assert_true(
	    o->is_atomic || o->recover != NULL || t->p == &platform_fake);
}

static void
test_output_much(void **state)
{
	struct fixture *t = *state;
	const struct platform_output_ops *o = t->p->output;
	auto_close int fifo = -1;
	auto_close int file = -1;
	char block[1000], back[1000];
	off_t done = 0;
	ssize_t n;

	assert_int_equal(mkfifoat(t->dirfd, "fifo", 0600), 0);
	fifo = openat(t->dirfd, "fifo", O_RDWR | O_NONBLOCK);
	file = openat(t->dirfd, "file", O_RDWR | O_CREAT, 0600);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)(i % 251);
	for (unsigned i = 0; i < 60; i++)
		assert_int_equal(
		    write(fifo, block, sizeof(block)), sizeof(block));
	while ((n = o->move(fifo, file, done, 1 << 20, &t->e)) > 0)
		done += n;
	assert_int_equal(n, 0);
	assert_int_equal(done, 60 * sizeof(block));
	for (unsigned i = 0; i < 60; i++) {
		assert_int_equal(
		    pread(file, back, sizeof(back), (off_t)(i * sizeof(back))),
		    sizeof(back));
		assert_memory_equal(back, block, sizeof(block));
	}
}

/* --- mounts and limits --- */

static void
test_probe(void **state)
{
	struct fixture *t = *state;

	assert_ok(t->p->mount->probe(MOUNT_BIND, t->dir, &t->e), &t->e);
	assert_ok(t->p->mount->probe(MOUNT_TMPFS, t->dir, &t->e), &t->e);
	for (unsigned kind = 0; kind <= MOUNT_DATASET; kind++) {
		if (t->p->mount->probe((enum mount_kind)kind, t->dir, &t->e) ==
		    0)
			continue;
		assert_in_range(strlen(t->e.text), 1, ERR_TEXT_SIZE);
		err_clear(&t->e);
	}
}

static void
test_sweep_nothing(void **state)
{
	struct fixture *t = *state;
	unsigned count = 7;

	assert_ok(t->p->mount->sweep(t->dir, &count, &t->e), &t->e);
	assert_int_equal(count, 0);
}

static void
refused(struct fixture *t, enum limit_id id, uint64_t value)
{
	struct limit_set l = { .set = 1U << id };

	l.value[id] = value;
	assert_err(t->p->limit->check(&l, &t->e), &t->e, ERR_LIMIT);
}

static void
test_limits_of_the_host(void **state)
{
	struct fixture *t = *state;
	struct limit_set l = { .set = 0 };
	struct host_facts f;

	assert_ok(t->p->host->facts(&f, &t->e), &t->e);
	assert_ok(t->p->limit->check(&l, &t->e), &t->e);
	refused(t, LIMIT_MEMORY, f.memory_bytes + 1);
	refused(t, LIMIT_MEMORY, UINT64_MAX);
	refused(t, LIMIT_CPUS, f.ncpu + 1);
	refused(t, LIMIT_CPU_QUOTA, (uint64_t)f.ncpu * 1000 + 1);
	(void)snprintf(l.cpu_list, sizeof(l.cpu_list), "0-1023");
	assert_err(t->p->limit->check(&l, &t->e), &t->e, ERR_LIMIT);
	(void)snprintf(l.cpu_list, sizeof(l.cpu_list), "1-");
	assert_err(t->p->limit->check(&l, &t->e), &t->e, ERR_INVALID);
	(void)snprintf(l.cpu_list, sizeof(l.cpu_list), "0");
	assert_ok(t->p->limit->check(&l, &t->e), &t->e);
}

static void
test_limits_of_nobody(void **state)
{
	struct fixture *t = *state;
	const struct cell_ref ref = {
		.name = "nobody", .instance = "00c0ffee", .generation = 1
	};
	auto_strv struct strv names = STRV_INIT;

	assert_ok(t->p->limit->remove(&ref, &t->e), &t->e);
	assert_ok(t->p->limit->census("00c0ffee", &names, &t->e), &t->e);
	assert_int_equal(names.n, 0);
}

static void
test_cells_of_nobody(void **state)
{
	struct fixture *t = *state;
	const struct cell_ref ref = {
		.name = "nobody", .instance = "00c0ffee", .generation = 1
	};
	int fd = -1;

	assert_false(t->p->cell->is_alive(&ref));
	assert_ok(t->p->cell->kill(&ref, &t->e), &t->e);
	assert_err(t->p->cell->wait_open(&ref, &fd, &t->e), &t->e, ERR_STATE);
	assert_int_equal(fd, -1);
	assert_err(t->p->cell->signal(&ref, CELL_SIGNAL_ALL, SIGTERM, &t->e),
	    &t->e, ERR_STATE);
}

#define BOTH(f)                                            \
	{ "fake: " #f, f, setup_fake, teardown, NULL },    \
	{                                                  \
		"host: " #f, f, setup_host, teardown, NULL \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_identity),
		BOTH(test_end),
		BOTH(test_boot),
		BOTH(test_title),
		BOTH(test_watch),
		BOTH(test_watch_nowhere),
		BOTH(test_facts),
		BOTH(test_exe_path),
		BOTH(test_mounts),
		BOTH(test_files),
		BOTH(test_output),
		BOTH(test_output_much),
		BOTH(test_probe),
		BOTH(test_sweep_nothing),
		BOTH(test_limits_of_the_host),
		BOTH(test_limits_of_nobody),
		BOTH(test_cells_of_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
