/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Real cells for tests: a directory with busybox and the guest program as
 * root, a spec with sane defaults that a test changes, a pipe for what the
 * command writes.  pot_teardown() kills what is left and removes the tree.
 */
#ifndef POT_TEST_LINUX_POT_H
#define POT_TEST_LINUX_POT_H

#include "../unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "platform/linux/linux.h"
#include "platform/linux/mountinfo.h"

/* Nothing here takes so long; a test that waits fails then. */
#define PATIENCE_MS 60000
#define OUTPUT_SIZE 65536

static const struct platform_cell_ops *const cell = &linux_cell_ops;

struct pot {
	char dir[PATH_MAX];
	char root[PATH_MAX];
	int initfd;
	int gate;
	int out; /* our end of the pipe that is its stdout and stderr */
	struct strv argv, env;
	char output[OUTPUT_SIZE];
	char status[64]; /* pot-init's line */
	struct mount_plan plan;
	struct cell_spec spec;
	struct cell_ref ref;
	struct err e;
};

/* BUILD/tests/contract/X is this program. */
static inline void
build_path(char *out, size_t size, const char *name)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	assert_true((size_t)snprintf(out, size, "%s/%s", self, name) < size);
}

static inline void
write_text(const char *dir, const char *name, const char *text, mode_t mode)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static inline void
read_text(const char *dir, const char *name, char *out, size_t size)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	auto_close int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = io_read_full(fd, out, size - 1);
	assert_true(n >= 0);
	out[n] = '\0';
}

static inline void
copy_program(const char *from, const char *to)
{
	auto_close int in = open(from, O_RDONLY);
	auto_close int out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
	char block[65536];
	ssize_t n;

	if (in < 0 || out < 0)
		fail_msg("%s to %s: %s", from, to, strerror(errno));
	while ((n = read(in, block, sizeof(block))) > 0)
		assert_int_equal(io_write_all(out, block, (size_t)n), 0);
	assert_int_equal(fchmod(out, 0755), 0);
}

static inline void
make_dir(const char *dir, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);

	assert_int_equal(mkdir(path, 0755), 0);
}

static inline void
make_root(const char *root)
{
	static const char *const dirs[] = { "bin", "etc", "tmp", "root", "mnt",
		"dev", "proc", "sys" };
	static const char *const links[] = { "sh", "cat", "ls", "id", "true",
		"false", "sleep", "stat", "mkdir", "rm", "touch", "test",
		"readlink", "grep", "cmp", "seq", "kill", "hostname", "wc",
		"ps", "pwd", "dd", "ln", "find", "head", "chmod", "mv", "echo",
		"env", "mount", "umount", "chown", "ifconfig", "cut", "tr",
		"sort", "ulimit" };
	char path[PATH_MAX], guest[PATH_MAX];

	assert_int_equal(mkdir(root, 0755), 0);
	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		make_dir(root, dirs[i]);
	(void)snprintf(path, sizeof(path), "%.4000s/bin/busybox", root);
	copy_program("/bin/busybox", path);
	for (size_t i = 0; i < COUNT_OF(links); i++) {
		(void)snprintf(
		    path, sizeof(path), "%.4000s/bin/%s", root, links[i]);
		assert_int_equal(symlink("busybox", path), 0);
	}
	build_path(guest, sizeof(guest), "tests/guest/guest");
	(void)snprintf(path, sizeof(path), "%.4000s/bin/guest", root);
	copy_program(guest, path);
	write_text(root, "etc/passwd",
	    "root:x:0:0:root:/root:/bin/sh\n"
	    "www:x:33:33:www:/tmp:/bin/sh\n"
	    "bad:x:12x:0::/:/bin/sh\n"
	    "big:x:4294967295:0::/:/bin/sh\n",
	    0644);
	write_text(root, "etc/group",
	    "root:x:0:\nwww:x:33:\nstaff:x:50:www,other\nwheel:x:7:www\n",
	    0644);
	(void)snprintf(path, sizeof(path), "%.4000s/tmp", root);
	assert_int_equal(chmod(path, 01777), 0);
}

/* The command, up to NULL. */
static inline void
pot_command(struct pot *p, ...)
{
	const char *arg;
	va_list ap;

	strv_fini(&p->argv);
	va_start(ap, p);
	while ((arg = va_arg(ap, const char *)) != NULL)
		strv_add(&p->argv, arg);
	va_end(ap);
}

static inline int
pot_setup(void **state)
{
	const char *base = getenv("POT_TEST_DIR");
	struct pot *p = xcalloc(1, sizeof(*p));
	char init[PATH_MAX];

	(void)snprintf(p->dir, sizeof(p->dir), "%s/pot.XXXXXX",
	    base != NULL ? base : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->root, sizeof(p->root), "%.4000s/root", p->dir);
	make_root(p->root);
	build_path(init, sizeof(init), "src/init/pot-init");
	p->initfd = open(init, O_RDONLY | O_CLOEXEC);
	assert_true(p->initfd >= 0);
	p->gate = p->out = -1;
	strv_add(&p->env, "PATH=/bin");
	(void)snprintf(p->ref.name, sizeof(p->ref.name), "test");
	p->spec = (struct cell_spec){
		.hostname = "pot.test",
		.root = p->root,
		.plan = &p->plan,
		.attrs = { .enforce_statfs = 2, .devfs_ruleset = 4 },
		.net = CELL_NET_OWN,
		.command = { .fds = { -1, -1, -1 } },
		.init_fd = p->initfd,
		.status_fd = -1,
	};
	*state = p;
	return 0;
}

static inline int
pot_teardown(void **state)
{
	struct pot *p = *state;
	struct err e = ERR_INIT;
	int rc;

	cleanup_close(&p->gate);
	if (p->ref.handle[0] != '\0' && cell->kill(&p->ref, &e) < 0)
		(void)fprintf(stderr, "kill: %s\n", e.text);
	/* All were in the pot, and are dead; one may still be on its way to
	 * being waited for, and the next test is not to find it. */
	while (waitpid(-1, NULL, err_is_set(&e) ? WNOHANG : 0) > 0)
		;
	cleanup_close(&p->out);
	cleanup_close(&p->initfd);
	cleanup_close(&p->spec.status_fd);
	strv_fini(&p->argv);
	strv_fini(&p->env);
	mount_plan_fini(&p->plan);
	rc = nftw(
	    p->dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(p);
	return rc;
}

#define pot_test(f) cmocka_unit_test_setup_teardown(f, pot_setup, pot_teardown)

/* Create with a fresh status file, stdout and stderr into our pipe. */
static inline int
pot_create(struct pot *p)
{
	auto_free char *status = xasprintf("%s/status", p->dir);
	int fds[2], rc;

	cleanup_close(&p->spec.status_fd);
	p->spec.status_fd =
	    open(status, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(p->spec.status_fd >= 0);
	cleanup_close(&p->out);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	p->out = fds[0];
	p->spec.command.fds[1] = p->spec.command.fds[2] = fds[1];
	p->spec.command.argv = strv_argv(&p->argv);
	p->spec.command.envp = strv_argv(&p->env);
	p->ref.generation++;
	p->ref.handle[0] = '\0';
	rc = cell->create(&p->ref, &p->spec, &p->gate, &p->e);
	(void)close(fds[1]);
	p->spec.command.fds[1] = p->spec.command.fds[2] = -1;
	return rc;
}

static inline int
pot_release(struct pot *p)
{
	return cell->release(&p->ref, take_fd(&p->gate), &p->e);
}

static inline void
pot_start(struct pot *p)
{
	assert_ok(pot_create(p), &p->e);
	assert_ok(pot_release(p), &p->e);
}

/* What FD gives until its end, or until TEXT has come if that is given. */
static inline void
read_until(int fd, char *out, size_t size, const char *text)
{
	uint64_t end = clock_mono_ms() + PATIENCE_MS;
	size_t n = 0;

	out[0] = '\0';
	while (text == NULL || strstr(out, text) == NULL) {
		ssize_t got;

		if (clock_mono_ms() >= end)
			fail_msg("no end of output after '%s'", out);
		if (io_wait_readable(fd, 1000) <= 0)
			continue;
		assert_true(n < size - 1);
		got = read(fd, out + n, size - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		out[n] = '\0';
	}
	if (text != NULL && strstr(out, text) == NULL)
		fail_msg("'%s' did not come, but '%s'", text, out);
}

static inline void
wait_dead(struct pot *p)
{
	auto_close int fd = -1;

	assert_ok(cell->wait_open(&p->ref, &fd, &p->e), &p->e);
	assert_int_equal(io_wait_readable(fd, PATIENCE_MS), 1);
}

/* Wait for the pot's end; its output and pot-init's line. */
static inline const char *
pot_wait(struct pot *p)
{
	read_until(p->out, p->output, sizeof(p->output), NULL);
	wait_dead(p);
	read_text(p->dir, "status", p->status, sizeof(p->status));
	return p->output;
}

/* Start, wait, and give the output. */
static inline const char *
pot_run(struct pot *p)
{
	pot_start(p);
	return pot_wait(p);
}

/* The same for a line of the pot's shell. */
static inline const char *
pot_sh(struct pot *p, const char *line)
{
	pot_command(p, "sh", "-c", line, NULL);
	return pot_run(p);
}

#define assert_text(got, want)                                           \
	do {                                                             \
		const char *got_ = (got);                                \
		if (strcmp(got_, (want)) != 0)                           \
			fail_msg("got '%s', expected '%s'", got_, want); \
	} while (0)

#define assert_has(got, part)                                      \
	do {                                                       \
		const char *got_ = (got);                          \
		if (strstr(got_, (part)) == NULL)                  \
			fail_msg("no '%s' in '%s'", (part), got_); \
	} while (0)

#define assert_has_not(got, part)                               \
	do {                                                    \
		const char *got_ = (got);                       \
		if (strstr(got_, (part)) != NULL)               \
			fail_msg("'%s' in '%s'", (part), got_); \
	} while (0)

/* Mounts, of the host and of the pot. */

static int
count_mount(const struct mountinfo *m UNUSED, void *arg, struct err *e UNUSED)
{
	(*(unsigned *)arg)++;
	return 0;
}

static UNUSED unsigned
host_mounts(void)
{
	struct err e = ERR_INIT;
	unsigned n = 0;

	assert_ok(mountinfo_each(count_mount, &n, &e), &e);
	return n;
}

static UNUSED struct mount_entry *
pot_bind(struct pot *p, const char *source, const char *target)
{
	struct mount_entry *m = mount_plan_add(&p->plan, MOUNT_BIND, target);

	m->source = xasprintf("%s/%s", p->dir, source);
	return m;
}

/* "/" as an overlay of the root directory below DIR/upper. */
static UNUSED struct mount_entry *
pot_overlay(struct pot *p)
{
	struct mount_entry *m = mount_plan_add(&p->plan, MOUNT_OVERLAY, "/");

	make_dir(p->dir, "upper");
	make_dir(p->dir, "work");
	strv_add(&m->lower, p->root);
	m->upper = xasprintf("%s/upper", p->dir);
	m->work = xasprintf("%s/work", p->dir);
	return m;
}

#endif
