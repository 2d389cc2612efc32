/* SPDX-License-Identifier: BSD-2-Clause */
/* Small services of the Linux platform: facts, processes, inotify, splice. */
#include "linux_pot.h"

#include <net/if.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

static void
facts_are_the_hosts(void **state UNUSED)
{
	struct err e = ERR_INIT;
	struct host_facts f;
	struct utsname un;

	assert_ok(linux_host_ops.facts(&f, &e), &e);
	assert_int_equal(uname(&un), 0);
	assert_int_equal(f.ncpu, sysconf(_SC_NPROCESSORS_ONLN));
	assert_int_equal(f.memory_bytes,
	    (uint64_t)sysconf(_SC_PHYS_PAGES) *
		(uint64_t)sysconf(_SC_PAGESIZE));
	assert_text(f.os, "Linux");
	assert_text(f.release, un.release);
	assert_text(f.machine, un.machine);
}

/* The default route's interface, the best one; IPv6's if there is no other;
 * none at all is fine. */
static void
default_route_names_the_interface(void **state UNUSED)
{
	static const struct {
		const char *command, *extif;
	} rows[] = {
		{ "true", "" },
		{ "ip link add r0 type bridge && ip link set r0 up && "
		  "ip addr add 192.0.2.1/24 dev r0 && "
		  "ip -6 addr add 2001:db8::1/64 dev r0 nodad && "
		  "ip -6 route add default via 2001:db8::2 dev r0",
		    "r0" },
		{ "ip link add r1 type bridge && ip link set r1 up && "
		  "ip addr add 198.51.100.1/24 dev r1 && "
		  "ip route add default via 198.51.100.2 metric 50",
		    "r1" },
		{ "ip route add default via 192.0.2.9 metric 40", "r0" },
		{ "ip route add unreachable 10.0.0.0/8", "r0" },
	};
	int status;
	pid_t pid = fork();

	/* In a network of its own. */
	if (pid == 0) {
		if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			_exit(1);
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			const char *argv[] = { "sh", "-c", rows[i].command,
				NULL };
			struct err e = ERR_INIT;
			struct host_facts f;

			if (fork() == 0) {
				(void)execv(
				    "/bin/sh", (char *const *)(uintptr_t)argv);
				_exit(127);
			}
			(void)wait(&status);
			if (status != 0 || linux_host_ops.facts(&f, &e) < 0 ||
			    strcmp(f.extif, rows[i].extif) != 0)
				_exit((int)i + 10);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
interfaces(void **state UNUSED)
{
	assert_true(linux_host_ops.has_interface("lo"));
	assert_false(linux_host_ops.has_interface("no-such-if"));
	assert_false(linux_host_ops.has_interface(""));
}

static void
mounts_below_a_path(void **state)
{
	struct pot *p = *state;
	auto_free char *sub = xasprintf("%s/mnt/a b", p->root);
	char at[PATH_MAX];
	bool found = true;

	make_dir(p->root, "mnt/a b");
	assert_ok(
	    linux_host_ops.mounts_below(p->root, at, sizeof(at), &found, &p->e),
	    &p->e);
	assert_false(found);
	assert_int_equal(mount("none", sub, "tmpfs", 0, NULL), 0);
	assert_ok(
	    linux_host_ops.mounts_below(p->root, at, sizeof(at), &found, &p->e),
	    &p->e);
	assert_true(found);
	assert_text(at, sub);
	/* Exactly at it counts, a longer name does not. */
	assert_ok(
	    linux_host_ops.mounts_below(sub, NULL, 0, &found, &p->e), &p->e);
	assert_true(found);
	sub[strlen(sub) - 1] = '\0';
	assert_ok(
	    linux_host_ops.mounts_below(sub, NULL, 0, &found, &p->e), &p->e);
	assert_false(found);
	sub[strlen(sub)] = 'b';

	auto_close int fd = open(sub, O_RDONLY | O_DIRECTORY);
	char type[32];
	assert_ok(linux_host_ops.fs_type(fd, type, &p->e), &p->e);
	assert_text(type, "tmpfs");
	cleanup_close(&fd);
	assert_int_equal(umount(sub), 0);
	fd = open("/proc", O_RDONLY | O_DIRECTORY);
	assert_ok(linux_host_ops.fs_type(fd, type, &p->e), &p->e);
	assert_text(type, "proc");
}

/* Either it shares, or it says that it can't. */
static void
reflinks(void **state)
{
	struct pot *p = *state;
	auto_close int from = -1, to = -1;
	auto_free char *name = xasprintf("%s/copy", p->dir);
	char text[8] = "";

	write_text(p->dir, "file", "text", 0644);
	(void)snprintf(p->output, sizeof(p->output), "%s/file", p->dir);
	from = open(p->output, O_RDONLY);
	to = open(name, O_RDWR | O_CREAT, 0600);
	if (linux_host_ops.reflink(from, to, &p->e) == 0) {
		assert_int_equal(read(to, text, 4), 4);
		assert_text(text, "text");
	} else {
		assert_int_equal(p->e.code, ERR_UNSUPPORTED);
	}
}

static void
processes_are_identified(void **state UNUSED)
{
	struct err e = ERR_INIT;
	struct proc_id me, child, other;
	pid_t pid;

	assert_ok(linux_proc_ops.identify(getpid(), &me, &e), &e);
	assert_int_equal(me.pid, getpid());
	assert_true(me.start != 0);
	assert_true(linux_proc_ops.is_alive(&me));
	other = me;
	other.start++;
	assert_false(linux_proc_ops.is_alive(&other));
	other.start = 0;
	assert_true(linux_proc_ops.is_alive(&other));
	pid = fork();
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	assert_ok(linux_proc_ops.identify(pid, &child, &e), &e);
	assert_true(linux_proc_ops.is_alive(&child));
	assert_int_equal(kill(pid, SIGKILL), 0);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	/* A zombie does not live. */
	assert_false(linux_proc_ops.is_alive(&child));
	assert_err(linux_proc_ops.identify(pid, &other, &e), &e, ERR_NOT_FOUND);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(linux_proc_ops.is_alive(&child));
	assert_err(linux_proc_ops.identify(pid, &other, &e), &e, ERR_NOT_FOUND);
	other = (struct proc_id){ .pid = 0 };
	assert_false(linux_proc_ops.is_alive(&other));
	other.pid = -1;
	assert_false(linux_proc_ops.is_alive(&other));
}

static void
boot_has_an_id(void **state UNUSED)
{
	struct err e = ERR_INIT;
	char a[64], b[64];

	assert_ok(linux_proc_ops.boot_id(a, &e), &e);
	assert_ok(linux_proc_ops.boot_id(b, &e), &e);
	assert_text(a, b);
	assert_int_equal(strlen(a), 36);
}

/* On arguments as the kernel lays them out, and not a byte further. */
static void
title_stays_in_its_place(void **state UNUSED)
{
	struct err e = ERR_INIT;
	char area[32] = "name\0-a\0long argument\0NEXT=1";
	char *argv[] = { area, area + 5, area + 8, NULL };
	char name[16];

	assert_ok(linux_proc_ops.set_title(3, argv, "pot: web", &e), &e);
	assert_text(area, "pot: web");
	assert_memory_equal(area + 8, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0NEXT=1", 20);
	(void)prctl(PR_GET_NAME, name, 0, 0, 0);
	assert_text(name, "pot: web");
	(void)snprintf(area, sizeof(area), "ab");
	memcpy(area + 3, "c\0NEXT", 7);
	argv[1] = area + 3;
	assert_ok(linux_proc_ops.set_title(2, argv, "much too long", &e), &e);
	assert_memory_equal(area, "much\0NEXT", 10);
	assert_ok(linux_proc_ops.set_title(0, argv, "none", &e), &e);
	assert_text(area, "much");
}

/* In a user namespace without an instance of inotify. */
static int
watch_without_inotify(const struct pot *p)
{
	auto_free char *path = xasprintf("%s/log", p->dir);
	auto_close int limit = -1, file = -1, fd = -1, none = -1;
	struct err e = ERR_INIT;

	if (unshare(CLONE_NEWUSER) < 0)
		return 2;
	limit = open("/proc/sys/user/max_inotify_instances", O_WRONLY);
	if (limit < 0 || io_write_all(limit, "0", 1) < 0)
		return 3;
	none = inotify_init1(IN_CLOEXEC);
	if (none >= 0)
		return 4;
	if (linux_watch_ops.open(p->dir, "log", &fd, &e) < 0)
		return 5;
	file = open(path, O_WRONLY | O_APPEND);
	if (file < 0 || io_wait_readable(fd, 0) != 0)
		return 6;
	if (io_write_all(file, "more", 4) < 0 ||
	    io_wait_readable(fd, PATIENCE_MS) != 1)
		return 7;
	return linux_watch_ops.drain(fd, &e) < 0 ||
	    io_wait_readable(fd, 0) != 0;
}

/* Root has 128, with all that runs on the host. */
static void
watches_are_not_counted(void **state)
{
	struct pot *p = *state;
	int status;
	pid_t pid;

	write_text(p->dir, "log", "x", 0666);
	assert_int_equal(chmod(p->dir, 0777), 0);
	pid = fork();
	if (pid == 0)
		_exit(watch_without_inotify(p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
watches_see_growth_and_renames(void **state)
{
	struct pot *p = *state;
	auto_close int fd = -1;
	auto_free char *log = xasprintf("%s/log", p->dir);
	auto_free char *old = xasprintf("%s/log.1", p->dir);

	write_text(p->dir, "log", "x", 0644);
	assert_ok(linux_watch_ops.open(p->dir, "log", &fd, &p->e), &p->e);
	assert_int_equal(io_wait_readable(fd, 0), 0);
	auto_close int file = open(log, O_WRONLY | O_APPEND);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(io_write_all(file, "more", 4), 0);
		assert_int_equal(io_wait_readable(fd, PATIENCE_MS), 1);
		assert_ok(linux_watch_ops.drain(fd, &p->e), &p->e);
		assert_int_equal(io_wait_readable(fd, 0), 0);
	}
	assert_int_equal(rename(log, old), 0);
	assert_int_equal(io_wait_readable(fd, PATIENCE_MS), 1);
	assert_ok(linux_watch_ops.drain(fd, &p->e), &p->e);
	write_text(p->dir, "log", "x", 0644);
	assert_int_equal(io_wait_readable(fd, PATIENCE_MS), 1);
	assert_ok(linux_watch_ops.drain(fd, &p->e), &p->e);
	assert_err(
	    linux_watch_ops.open(log, "x", &fd, &p->e), &p->e, ERR_SYSTEM);
}

static void
output_moves_at_once(void **state)
{
	struct pot *p = *state;
	auto_close int fifo = -1, file = -1;
	auto_free char *name = xasprintf("%s/fifo", p->dir);
	char text[64];

	assert_true(linux_output_ops.is_atomic);
	assert_int_equal(mkfifo(name, 0600), 0);
	fifo = open(name, O_RDWR | O_CLOEXEC);
	write_text(p->dir, "file", "....", 0644);
	(void)snprintf(p->output, sizeof(p->output), "%s/file", p->dir);
	file = open(p->output, O_WRONLY | O_CLOEXEC);
	assert_int_equal(linux_output_ops.move(fifo, file, 0, 100, &p->e), 0);
	assert_int_equal(io_write_all(fifo, "abcdef", 6), 0);
	assert_int_equal(linux_output_ops.move(fifo, file, 2, 4, &p->e), 4);
	assert_int_equal(linux_output_ops.move(fifo, file, 6, 100, &p->e), 2);
	assert_int_equal(linux_output_ops.move(fifo, file, 8, 100, &p->e), 0);
	read_text(p->dir, "file", text, sizeof(text));
	assert_text(text, "..abcdef");
	assert_int_equal(linux_output_ops.move(file, file, 0, 1, &p->e), -1);
	err_clear(&p->e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_the_hosts),
		cmocka_unit_test(default_route_names_the_interface),
		cmocka_unit_test(interfaces),
		pot_test(mounts_below_a_path),
		pot_test(reflinks),
		cmocka_unit_test(processes_are_identified),
		cmocka_unit_test(boot_has_an_id),
		cmocka_unit_test(title_stays_in_its_place),
		pot_test(watches_see_growth_and_renames),
		pot_test(watches_are_not_counted),
		pot_test(output_moves_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
