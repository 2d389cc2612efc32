/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work on a pot's tree, stopped and living; mounts in a living pot; what
 * the host can mount, and sweeping up.
 */
#include "linux_pot.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/beneath.h"

/* Copy the file ARG of the tree to DIR/seen of the host, and leave a mark. */
struct look {
	const char *dir;
	const char *path;
};

static int
look(int rootfd, void *arg, struct err *e)
{
	const struct look *l = arg;
	auto_buf struct buf b = BUF_INIT(4096);
	auto_close int fd = -1, out = -1;
	auto_free char *seen = xasprintf("%s/seen", l->dir);

	if (beneath_open(rootfd, l->path, O_RDONLY, 0, &fd, e) < 0 ||
	    io_read_all(fd, &b, l->path, e) < 0)
		return -1;
	out = open(seen, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (out < 0 || io_write_all(out, b.data, b.len) < 0)
		return err_sys(e, "%s", seen);
	return beneath_write_file(rootfd, "/etc/mark", "mark\n", 5, 0640, e);
}

static void
stopped_tree_is_seen_and_written(void **state)
{
	struct pot *p = *state;
	struct look l = { p->dir, "/mnt/sub/file" };
	unsigned before = host_mounts();
	struct stat st;
	char text[64];

	make_dir(p->dir, "data");
	make_dir(p->dir, "data/sub");
	make_dir(p->dir, "inner");
	write_text(p->dir, "inner/file", "inner\n", 0644);
	(void)pot_overlay(p);
	(void)pot_bind(p, "data", "/mnt");
	(void)pot_bind(p, "inner", "/mnt/sub");
	mount_plan_add(&p->plan, MOUNT_TMPFS, "/tmp");
	mount_plan_add(&p->plan, MOUNT_PROC, "/proc");
	mount_plan_add(&p->plan, MOUNT_FDESCFS, "/dev/fd");
	assert_ok(
	    linux_mount_ops.view(&p->plan, p->root, look, &l, &p->e), &p->e);
	read_text(p->dir, "seen", text, sizeof(text));
	assert_text(text, "inner\n");
	read_text(p->dir, "upper/etc/mark", text, sizeof(text));
	assert_text(text, "mark\n");
	(void)snprintf(
	    p->output, sizeof(p->output), "%s/upper/etc/mark", p->dir);
	assert_int_equal(stat(p->output, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(host_mounts(), before);
	/* Without a plan it is the directory itself. */
	mount_plan_fini(&p->plan);
	l.path = "/etc/passwd";
	assert_ok(
	    linux_mount_ops.view(&p->plan, p->root, look, &l, &p->e), &p->e);
	read_text(p->root, "etc/mark", text, sizeof(text));
	assert_text(text, "mark\n");
}

/* A device node of the pot can't be opened by who looks into its tree, so
 * that none can be swapped in for a file. */
static int
open_devices(int rootfd, void *arg UNUSED, struct err *e)
{
	auto_close int fd =
	    openat(rootfd, "etc/zero", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct err why = ERR_INIT;

	if (fd >= 0 || errno != EACCES)
		return err_set(e, ERR_SYSTEM, "a device was opened");
	/* Nor does a pipe make it wait. */
	if (beneath_open(rootfd, "/etc/pipe", O_RDONLY, 0, &fd, &why) == 0 ||
	    why.code != ERR_DENIED)
		return err_set(e, ERR_SYSTEM, "a pipe was opened");
	return 0;
}

static void
devices_of_the_pot_are_dead(void **state)
{
	struct pot *p = *state;
	auto_free char *zero = xasprintf("%s/etc/zero", p->root);
	auto_free char *pipe = xasprintf("%s/etc/pipe", p->root);

	assert_int_equal(mknod(zero, S_IFCHR | 0666, makedev(1, 5)), 0);
	assert_int_equal(mkfifo(pipe, 0666), 0);
	assert_ok(
	    linux_mount_ops.view(&p->plan, p->root, open_devices, NULL, &p->e),
	    &p->e);
	(void)pot_overlay(p);
	assert_ok(
	    linux_mount_ops.view(&p->plan, p->root, open_devices, NULL, &p->e),
	    &p->e);
	pot_command(p, "sh", "-c", "echo up; sleep 1000", NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "up\n");
	assert_ok(cell->view(&p->ref, open_devices, NULL, &p->e), &p->e);
}

static int
fail_with(int rootfd UNUSED, void *arg, struct err *e)
{
	return err_set(e, ERR_LIMIT, "%s", (const char *)arg);
}

static int
die(int rootfd UNUSED, void *arg UNUSED, struct err *e UNUSED)
{
	(void)raise(SIGKILL);
	return 0;
}

static int
change(int rootfd UNUSED, void *arg, struct err *e UNUSED)
{
	*(int *)arg = 1;
	return 0;
}

static void
its_errors_come_back_and_nothing_else(void **state)
{
	struct pot *p = *state;
	char text[] = "why not";
	unsigned before = host_mounts();
	int changed = 0;

	mount_plan_add(&p->plan, MOUNT_TMPFS, "/tmp");
	assert_int_equal(
	    linux_mount_ops.view(&p->plan, p->root, fail_with, text, &p->e),
	    -1);
	assert_int_equal(p->e.code, ERR_LIMIT);
	assert_text(p->e.text, "why not");
	err_clear(&p->e);
	assert_err(linux_mount_ops.view(&p->plan, p->root, die, NULL, &p->e),
	    &p->e, ERR_CHILD);
	assert_ok(
	    linux_mount_ops.view(&p->plan, p->root, change, &changed, &p->e),
	    &p->e);
	assert_int_equal(changed, 0);
	assert_int_equal(host_mounts(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
living_tree_is_the_pots(void **state)
{
	struct pot *p = *state;
	struct look l = { p->dir, "/tmp/file" };
	char text[64];

	(void)pot_overlay(p);
	mount_plan_add(&p->plan, MOUNT_TMPFS, "/tmp");
	pot_command(p, "sh", "-c",
	    "echo living >/tmp/file; echo ready; "
	    "while [ ! -e /etc/mark ]; do sleep 0.01; "
	    "done; cat /etc/mark",
	    NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	l.dir = "/etc";
	/* It sees the pot's tree alone: what the host has is reached by
	 * descriptors that were open before. */
	assert_ok(cell->view(&p->ref, look, &l, &p->e), &p->e);
	read_until(p->out, p->output, sizeof(p->output), "mark\n");
	read_text(p->dir, "upper/etc/seen", text, sizeof(text));
	assert_text(text, "living\n");
	wait_dead(p);
	assert_err(cell->view(&p->ref, look, &l, &p->e), &p->e, ERR_STATE);
}

static void
living_pot_gets_mounts(void **state)
{
	struct pot *p = *state;
	unsigned before = host_mounts();
	auto_mount_plan struct mount_plan more = MOUNT_PLAN_INIT;
	struct mount_entry *m;
	int in[2];

	make_dir(p->dir, "data");
	write_text(p->dir, "data/file", "data\n", 0644);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	p->spec.command.fds[0] = in[0];
	pot_command(p, "sh", "-c",
	    "echo ready; while read line; do "
	    "eval \"$line\"; done",
	    NULL);
	pot_start(p);
	p->spec.command.fds[0] = -1;
	(void)close(in[0]);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");

	m = mount_plan_add(&more, MOUNT_BIND, "/mnt");
	m->source = xasprintf("%s/data", p->dir);
	m->is_readonly = true;
	assert_ok(cell->mount(&p->ref, p->root, m, &p->e), &p->e);
	m = mount_plan_add(&more, MOUNT_TMPFS, "/made/deep");
	m->make_target = true;
	m->mode = 0711;
	assert_ok(cell->mount(&p->ref, p->root, m, &p->e), &p->e);
	m = mount_plan_add(&more, MOUNT_BIND, "/etc/file");
	m->source = xasprintf("%s/data/file", p->dir);
	m->make_target = true;
	assert_ok(cell->mount(&p->ref, p->root, m, &p->e), &p->e);
	m = mount_plan_add(&more, MOUNT_PROC, "/proc2");
	m->make_target = true;
	assert_ok(cell->mount(&p->ref, p->root, m, &p->e), &p->e);
	m = mount_plan_add(&more, MOUNT_TMPFS, "/missing");
	assert_err(
	    cell->mount(&p->ref, p->root, m, &p->e), &p->e, ERR_NOT_FOUND);
	assert_int_equal(host_mounts(), before);

#define TELL(line) \
	assert_int_equal(io_write_all(in[1], line "\n", sizeof(line)), 0)
	TELL("cat /mnt/file /etc/file; touch /mnt/x 2>&1; "
	     "stat -c %a /made/deep; wc -c </proc2/keys; echo one");
	read_until(p->out, p->output, sizeof(p->output), "one\n");
	assert_text(p->output,
	    "data\ndata\ntouch: /mnt/x: Read-only file system\n711\n0\n"
	    "one\n");

	assert_ok(cell->unmount(&p->ref, p->root, "/mnt", &p->e), &p->e);
	assert_ok(cell->unmount(&p->ref, p->root, "/etc/file", &p->e), &p->e);
	assert_ok(cell->unmount(&p->ref, p->root, "/made/deep", &p->e), &p->e);
	assert_err(cell->unmount(&p->ref, p->root, "/mnt", &p->e), &p->e,
	    ERR_NOT_FOUND);
	assert_err(cell->unmount(&p->ref, p->root, "/nowhere/x", &p->e), &p->e,
	    ERR_NOT_FOUND);
	assert_err(
	    cell->unmount(&p->ref, p->root, "/", &p->e), &p->e, ERR_INVALID);
	TELL("ls /mnt /made/deep; cat /etc/file; echo two");
	read_until(p->out, p->output, sizeof(p->output), "two\n");
	assert_text(p->output, "/made/deep:\n\n/mnt:\ntwo\n");
	(void)close(in[1]);
	(void)pot_wait(p);
}

/* A link in a living pot leads neither a mount nor an unmount out. */
static void
living_links_do_not_lead_out(void **state)
{
	struct pot *p = *state;
	unsigned before = host_mounts();
	auto_mount_plan struct mount_plan more = MOUNT_PLAN_INIT;
	struct mount_entry *m = mount_plan_add(&more, MOUNT_TMPFS, "/link");
	auto_free char *line = xasprintf(
	    "ln -s %s /link; ln -s / /up; echo ready; sleep 1000", p->dir);

	pot_command(p, "sh", "-c", line, NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	assert_err(
	    cell->mount(&p->ref, p->root, m, &p->e), &p->e, ERR_NOT_FOUND);
	assert_err(cell->unmount(&p->ref, p->root, "/up/../link/x", &p->e),
	    &p->e, ERR_NOT_FOUND);
	assert_err(cell->unmount(&p->ref, p->root, "/link", &p->e), &p->e,
	    ERR_NOT_FOUND);
	assert_int_equal(host_mounts(), before);
}

static void
freezing_stops_it(void **state)
{
	struct pot *p = *state;
	struct limit_set none = { .set = 0 };
	char more[OUTPUT_SIZE];

	(void)snprintf(
	    p->ref.name, sizeof(p->ref.name), "freeze-%d", (int)getpid());
	p->ref.generation = 1;
	assert_ok(linux_limit_ops.prepare(&p->ref, &none, &p->e), &p->e);
	p->ref.generation = 0;
	pot_command(
	    p, "sh", "-c", "while :; do echo x; sleep 0.01; done", NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "x\nx\n");
	assert_ok(cell->freeze(&p->ref, true, &p->e), &p->e);
	while (io_wait_readable(p->out, 0) == 1)
		assert_true(read(p->out, more, sizeof(more)) > 0);
	assert_int_equal(io_wait_readable(p->out, 200), 0);
	assert_true(cell->is_alive(&p->ref));
	assert_ok(cell->freeze(&p->ref, false, &p->e), &p->e);
	assert_int_equal(io_wait_readable(p->out, PATIENCE_MS), 1);
	/* A frozen one dies, too. */
	assert_ok(cell->freeze(&p->ref, true, &p->e), &p->e);
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
	assert_false(cell->is_alive(&p->ref));
	assert_ok(cell->purge(&p->ref, p->root, &p->e), &p->e);
	assert_ok(linux_limit_ops.remove(&p->ref, &p->e), &p->e);
	assert_err(cell->freeze(&p->ref, true, &p->e), &p->e, ERR_STATE);
}

/* In its control groups from its first instruction on, and so are those who
 * come in. */
static void
cell_is_in_its_groups(void **state)
{
	struct pot *p = *state;
	struct limit_set none = { .set = 0 };
	struct cell_command c = { .fds = { -1, -1, -1 } };
	auto_strv struct strv argv = STRV_INIT;
	pid_t pids[8], pid;
	size_t n;

	(void)snprintf(
	    p->ref.name, sizeof(p->ref.name), "groups-%d", (int)getpid());
	p->ref.generation = 1;
	assert_ok(linux_limit_ops.prepare(&p->ref, &none, &p->e), &p->e);
	p->ref.generation = 0;
	pot_command(p, "sleep", "1000", NULL);
	pot_start(p);
	assert_ok(cgroup_pids(&p->ref, pids, 8, &n, &p->e), &p->e);
	assert_int_equal(n, 2);
	strv_add(&argv, "sleep");
	strv_add(&argv, "1000");
	c.argv = strv_argv(&argv);
	c.envp = strv_argv(&p->env);
	assert_ok(cell->enter(&p->ref, &p->spec, &c, &pid, NULL, &p->e), &p->e);
	assert_ok(cgroup_pids(&p->ref, pids, 8, &n, &p->e), &p->e);
	assert_int_equal(n, 3);
	assert_ok(cell->processes(&p->ref, pids, 8, &n, &p->e), &p->e);
	assert_int_equal(n, 3);
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_ok(linux_limit_ops.remove(&p->ref, &p->e), &p->e);
}

static void
probes_tell_what_works(void **state)
{
	static const enum mount_kind kinds[] = { MOUNT_BIND, MOUNT_OVERLAY,
		MOUNT_TMPFS, MOUNT_PROC, MOUNT_FDESCFS };
	struct pot *p = *state;
	auto_free char *empty = xasprintf("%s/empty", p->dir);
	auto_free char *on = xasprintf("%s/on", p->dir);

	make_dir(p->dir, "empty");
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		assert_ok(linux_mount_ops.probe(kinds[i], empty, &p->e), &p->e);
	assert_int_equal(rmdir(empty), 0);
	assert_err(linux_mount_ops.probe(MOUNT_OVERLAY, empty, &p->e), &p->e,
	    ERR_NOT_FOUND);
	assert_err(linux_mount_ops.probe(MOUNT_DATASET, p->dir, &p->e), &p->e,
	    ERR_UNSUPPORTED);
	/* The upper layer of an overlay can't be on an overlay. */
	make_dir(p->dir, "on");
	make_dir(p->dir, "u");
	make_dir(p->dir, "w");
	auto_free char *options = xasprintf(
	    "lowerdir=%s,upperdir=%s/u,workdir=%s/w", p->root, p->dir, p->dir);
	assert_int_equal(mount("none", on, "overlay", 0, options), 0);
	int rc = linux_mount_ops.probe(MOUNT_OVERLAY, on, &p->e);
	assert_int_equal(umount(on), 0);
	assert_int_equal(rc, -1);
	assert_has(p->e.text, "overlay");
	err_clear(&p->e);
}

static void
sweep_unmounts_what_is_below(void **state)
{
	static const char *const dirs[] = { "top", "top/a b", "top/a b/c",
		"topper" };
	struct pot *p = *state;
	auto_free char *top = xasprintf("%s/top", p->dir);
	unsigned before = host_mounts(), n = 9;
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		make_dir(p->dir, dirs[i]);
		(void)snprintf(
		    path, sizeof(path), "%.3000s/%s", p->dir, dirs[i]);
		assert_int_equal(mount("none", path, "tmpfs", 0, NULL), 0);
	}
	assert_ok(linux_mount_ops.sweep(top, &n, &p->e), &p->e);
	assert_int_equal(n, 3);
	assert_int_equal(host_mounts(), before + 1);
	assert_int_equal(umount(path), 0);
	assert_ok(linux_mount_ops.sweep(top, &n, &p->e), &p->e);
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		pot_test(stopped_tree_is_seen_and_written),
		pot_test(devices_of_the_pot_are_dead),
		pot_test(its_errors_come_back_and_nothing_else),
		pot_test(living_tree_is_the_pots),
		pot_test(living_pot_gets_mounts),
		pot_test(living_links_do_not_lead_out),
		pot_test(freezing_stops_it),
		pot_test(cell_is_in_its_groups),
		pot_test(probes_tell_what_works),
		pot_test(sweep_unmounts_what_is_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
