/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One suite over every platform: the tests of tests/contract/platform_*.c
 * get the platform by this fixture, once the fake one and once the host's.
 * A pot of the fixture has a root with a shell and little more; its
 * commands are words that both a shell and a fake process understand
 * (platform/fake/fake.h): "exit 3", "exec sleep 100", "echo x".
 */
#ifndef POT_TEST_PLATFORM_FIXTURE_H
#define POT_TEST_PLATFORM_FIXTURE_H

#include "../unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"
#include "platform/fake/fake.h"
#include "platform/platform.h"

/* Nothing here takes so long; a test that waits fails then. */
#define PATIENCE_MS 60000

struct pot {
	const struct platform *p;
	char dir[PATH_MAX]; /* of the test */
	char root[PATH_MAX];
	char command[256]; /* what its shell is given */
	char *argv[4], *envp[2];
	struct mount_plan plan;
	struct limit_set limits;
	struct cell_spec spec;
	struct cell_ref ref;
	int gate;
	int out; /* our end of what is its stdout */
	struct err e;
};

static inline bool
pot_is_fake(const struct pot *t)
{
	return t->p == &platform_fake;
}

/* BUILD/NAME, where BUILD/tests/contract/X is this program. */
static inline void
build_path(char *out, size_t size, const char *name)
{
	char self[PATH_MAX];
	struct err e = ERR_INIT;

	assert_ok(platform_host.host->exe_path(self, sizeof(self), &e), &e);
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	assert_true((size_t)snprintf(out, size, "%s/%s", self, name) < size);
}

static inline void
write_text(const char *path, const char *text, mode_t mode)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
}

static inline void
read_text(const char *path, char *out, size_t size)
{
	auto_close int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	n = io_read_full(fd, out, size - 1);
	assert_true(n >= 0);
	out[n] = '\0';
}

/* A path below the test's directory; valid until the next but three. */
static inline const char *
below(const struct pot *t, const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *p = paths[next++ % 4];

	(void)snprintf(p, PATH_MAX, "%.4000s/%s", t->dir, name);
	return p;
}

/* Where there is no busybox: from the base system, with its libraries. */
static inline void
copy_base(const struct pot *t)
{
	static const char script[] = ". \"$POT_TEST_TOP/tests/fixture.sh\"; "
				     "rootfs_base \"$0\"";
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv(
		    "ROOTFS_PROGRAMS", "sh sleep echo env cat pwd id", 1);
		(void)execl("/bin/sh", "sh", "-euc", script, below(t, "root"),
		    (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static inline void
copy_shell(const struct pot *t)
{
	static const char *const links[] = { "sh", "sleep", "echo", "env",
		"cat", "pwd", "id" };
	auto_close int in = open("/bin/busybox", O_RDONLY);
	auto_close int out = -1;
	char block[65536];
	ssize_t n;

	if (in < 0) {
		copy_base(t);
		return;
	}
	out = open(below(t, "root/bin/busybox"), O_WRONLY | O_CREAT, 0755);
	while ((n = read(in, block, sizeof(block))) > 0)
		assert_int_equal(io_write_all(out, block, (size_t)n), 0);
	for (size_t i = 0; i < COUNT_OF(links); i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "root/bin/%s", links[i]);
		assert_int_equal(symlink("busybox", below(t, name)), 0);
	}
}

static inline int
pot_setup(const struct platform *p, void **state)
{
	static const char *const dirs[] = { "root", "root/bin", "root/etc",
		"root/dev", "root/proc", "root/sys", "root/tmp", "root/mnt",
		"other" };
	const char *base = getenv("POT_TEST_DIR");
	struct pot *t = xcalloc(1, sizeof(*t));
	char init[PATH_MAX];

	t->p = p;
	(void)snprintf(t->dir, sizeof(t->dir), "%s/platform.XXXXXX",
	    base != NULL ? base : "/tmp");
	assert_non_null(mkdtemp(t->dir));
	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		assert_int_equal(mkdir(below(t, dirs[i]), 0755), 0);
	(void)str_copy(t->root, below(t, "root"), sizeof(t->root));
	write_text(
	    below(t, "root/etc/passwd"), "root:x:0:0::/:/bin/sh\n", 0644);
	write_text(below(t, "root/etc/group"), "root:x:0:\n", 0644);
	if (pot_is_fake(t))
		fake_reset();
	else
		copy_shell(t);
	build_path(init, sizeof(init), "src/init/pot-init");
	t->gate = t->out = -1;
	t->argv[0] = xstrdup("sh");
	t->argv[1] = xstrdup("-c");
	t->argv[2] = t->command;
	t->envp[0] = xstrdup("PATH=/bin");
	t->spec = (struct cell_spec){
		.hostname = "pot.test",
		.root = t->root,
		.plan = &t->plan,
		.attrs = { .enforce_statfs = 2, .devfs_ruleset = 4 },
		.net = CELL_NET_INHERIT,
		.command = { .argv = t->argv,
		    .envp = t->envp,
		    .fds = { -1, -1, -1 } },
		.init_fd = open(init, O_RDONLY | O_CLOEXEC),
		.status_fd = -1,
	};
	assert_true(t->spec.init_fd >= 0);
	(void)snprintf(t->ref.name, sizeof(t->ref.name), "web");
	/* Other runs of this test may be under way on the same kernel. */
	(void)snprintf(t->ref.instance, sizeof(t->ref.instance), "%08x",
	    (unsigned)str_hash(t->dir, strlen(t->dir)));
	*state = t;
	return 0;
}

static inline int
setup_fake(void **state)
{
	return pot_setup(&platform_fake, state);
}

static inline int
setup_host(void **state)
{
	return pot_setup(&platform_host, state);
}

/* What the engine does at the end; then nothing is left. */
static inline void
pot_clean(struct pot *t)
{
	cleanup_close(&t->gate);
	assert_ok(t->p->cell->kill(&t->ref, &t->e), &t->e);
	assert_false(t->p->cell->is_alive(&t->ref));
	assert_ok(t->p->cell->purge(&t->ref, t->root, &t->e), &t->e);
	if (t->p->mount->detach != NULL)
		assert_ok(t->p->mount->detach(&t->plan, t->root, &t->e), &t->e);
	assert_ok(t->p->limit->remove(&t->ref, &t->e), &t->e);
}

static inline int
pot_teardown(void **state)
{
	auto_strv struct strv left = STRV_INIT;
	auto_buf struct buf census = BUF_INIT(BUF_TEXT_MAX);
	struct pot *t = *state;
	int rc = 0;

	err_clear(&t->e);
	pot_clean(t);
	assert_ok(t->p->limit->census(t->ref.instance, &left, &t->e), &t->e);
	for (size_t i = 0; i < left.n; i++, rc = -1)
		print_error("left: limits of %s\n", left.v[i]);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	if (pot_is_fake(t))
		fake_census(&census);
	if (census.len != 0) {
		print_error("left: %s", census.data);
		rc = -1;
	}
	cleanup_close(&t->out);
	cleanup_close(&t->spec.init_fd);
	cleanup_close(&t->spec.status_fd);
	mount_plan_fini(&t->plan);
	free(t->argv[0]);
	free(t->argv[1]);
	free(t->envp[0]);
	if (nftw(t->dir, scratch_remove_one, 16,
		FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0)
		rc = -1;
	free(t);
	return rc;
}

/* Limits, mounts, the cell at its gate. */
static inline int
pot_create(struct pot *t, const char *command)
{
	int fds[2], rc;

	(void)str_copy(t->command, command, sizeof(t->command));
	t->spec.status_fd = open(
	    below(t, "status"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(t->spec.status_fd >= 0);
	assert_ok(io_pipe(fds, &t->e), &t->e);
	t->out = fds[0];
	t->spec.command.fds[1] = t->spec.command.fds[2] = fds[1];
	t->ref.generation++;
	assert_ok(t->p->limit->prepare(&t->ref, &t->limits, &t->e), &t->e);
	if (t->p->mount->attach != NULL)
		assert_ok(t->p->mount->attach(&t->plan, t->root, &t->e), &t->e);
	rc = t->p->cell->create(&t->ref, &t->spec, &t->gate, &t->e);
	(void)close(fds[1]);
	t->spec.command.fds[1] = t->spec.command.fds[2] = -1;
	return rc;
}

static inline int
pot_release(struct pot *t)
{
	return t->p->cell->release(&t->ref, take_fd(&t->gate), &t->e);
}

static inline void
pot_start(struct pot *t, const char *command)
{
	assert_ok(pot_create(t, command), &t->e);
	assert_ok(pot_release(t), &t->e);
}

/* Wait until it is dead, which it may be by now. */
static inline void
pot_wait_dead(struct pot *t)
{
	auto_close int fd = -1;

	if (t->p->cell->wait_open(&t->ref, &fd, &t->e) == 0) {
		assert_int_equal(io_wait_readable(fd, PATIENCE_MS), 1);
	} else {
		assert_int_equal(t->e.code, ERR_STATE);
		err_clear(&t->e);
	}
	assert_false(t->p->cell->is_alive(&t->ref));
}

static inline void
assert_status(struct pot *t, const char *line)
{
	char text[64];

	read_text(below(t, "status"), text, sizeof(text));
	assert_string_equal(text, line);
}

/* All that comes until the last writer is gone. */
static inline void
assert_output(struct pot *t, const char *want)
{
	char text[4096];
	ssize_t n = io_read_full(t->out, text, sizeof(text) - 1);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, want);
}

/* One row for each platform.  FreeBSD's own run needs a root of its own
 * kind, which its tests bring. */
#define BOTH(f)                                                \
	{ "fake: " #f, f, setup_fake, pot_teardown, NULL },    \
	{                                                      \
		"host: " #f, f, setup_host, pot_teardown, NULL \
	}

#endif
