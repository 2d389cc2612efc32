/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cells with a user namespace: their root is nobody on the host, their files
 * keep on disk the ids they have in the pot.
 */
#include "linux_pot.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include "base/beneath.h"
#include "platform/linux/cell.h"
#include "platform/linux/handle.h"
#include "platform/linux/tree.h"

#define FIRST_ID 100000
#define ID_COUNT 65536

static int
userns_setup(void **state)
{
	int rc = pot_setup(state);
	struct pot *p = *state;

	p->spec.attrs.userns = true;
	p->spec.attrs.userns_first_id = FIRST_ID;
	p->spec.attrs.userns_id_count = ID_COUNT;
	return rc;
}

#define userns_test(f) \
	cmocka_unit_test_setup_teardown(f, userns_setup, pot_teardown)

static void
disk_owner(const char *dir, const char *name, uid_t uid, gid_t gid)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	struct stat st;

	if (stat(path, &st) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

static const char owner_script[] =
    "id -u; id -g; stat -c '%u %g' /etc/passwd; "
    "touch /root/mine; touch /tmp/www; chown 33:50 /tmp/www; "
    "mkdir /tmp/d; stat -c '%u %g' /root/mine /tmp/www; "
    "tr -s ' ' </proc/self/uid_map";

static const char owner_output[] = "0\n0\n0 0\n0 0\n33 50\n 0 100000 65536\n";

static void
add_overlay(struct pot *p)
{
	struct mount_entry *m = mount_plan_add(&p->plan, MOUNT_OVERLAY, "/");

	make_dir(p->dir, "layers");
	make_dir(p->dir, "layers/top");
	make_dir(p->dir, "upper");
	make_dir(p->dir, "work");
	strv_add_fmt(&m->lower, "%s/layers/top", p->dir);
	/* A base is named by a link. */
	strv_add_fmt(&m->lower, "%s/layers/base", p->dir);
	assert_int_equal(symlink(p->root, m->lower.v[1]), 0);
	m->upper = xasprintf("%s/upper", p->dir);
	m->work = xasprintf("%s/work", p->dir);
}

static void
directory_keeps_its_owners(void **state)
{
	struct pot *p = *state;

	assert_text(pot_sh(p, owner_script), owner_output);
	disk_owner(p->root, "root/mine", 0, 0);
	disk_owner(p->root, "tmp/www", 33, 50);
	disk_owner(p->root, "tmp/d", 0, 0);
}

static void
overlay_keeps_its_owners(void **state)
{
	struct pot *p = *state;

	add_overlay(p);
	assert_text(pot_sh(p, owner_script), owner_output);
	disk_owner(p->dir, "upper/root/mine", 0, 0);
	disk_owner(p->dir, "upper/tmp/www", 33, 50);
	disk_owner(p->dir, "upper/tmp/d", 0, 0);
}

/* Kernels from 6.15 on take mapped layers that are mounted nowhere. */
static void
new_kernels_need_no_place(void **state)
{
	struct pot *p = *state;
	auto_idmap struct idmap map = IDMAP_INIT;
	auto_close int fd = -1;
	struct strv words = STRV_INIT;
	struct utsname un;
	unsigned major, minor;
	struct stat st;

	assert_int_equal(uname(&un), 0);
	assert_int_equal(sscanf(un.release, "%u.%u", &major, &minor), 2);
	if (major < 6 || (major == 6 && minor < 15))
		skip(); /* the test below is theirs */
	add_overlay(p);
	assert_ok(userns_open(&p->spec.attrs, &map, &p->e), &p->e);
	assert_ok(overlay_build_new(&p->plan.v[0], &words, 0, &map, &fd, &p->e),
	    &p->e);
	assert_int_equal(fstatat(fd, "bin/busybox", &st, 0), 0);
	assert_int_equal(st.st_uid, FIRST_ID);
}

/* The way for older kernels, which this one can go, too: with and without
 * mapped ids. */
static void
old_kernels_get_the_same_overlay(void **state)
{
	struct pot *p = *state;
	struct strv words = STRV_INIT;
	struct cell_attrs a = p->spec.attrs;

	add_overlay(p);
	write_text(p->dir, "layers/top/file", "top\n", 0644);
	for (int mapped = 0; mapped < 2; mapped++) {
		auto_idmap struct idmap map = IDMAP_INIT;
		auto_close int fd = -1;
		struct stat st;
		uid_t uid = mapped ? FIRST_ID : 0;

		if (mapped)
			assert_ok(userns_open(&a, &map, &p->e), &p->e);
		int rc = overlay_build_in_child(&p->plan.v[0], &words, 0,
		    mapped ? &map : NULL, true, &fd, &p->e);
		assert_ok(rc, &p->e);
		assert_int_equal(fstatat(fd, "file", &st, 0), 0);
		assert_int_equal(st.st_uid, uid);
		assert_int_equal(fstatat(fd, "bin/busybox", &st, 0), 0);
		assert_int_equal(st.st_uid, uid);
		/* It can be written to. */
		if (mapped)
			assert_int_equal(
			    fchownat(fd, "etc/passwd", uid + 33, uid, 0), 0);
		else
			assert_int_equal(mkdirat(fd, "made", 0755), 0);
	}
	disk_owner(p->dir, "upper/made", 0, 0);
	disk_owner(p->dir, "upper/etc/passwd", 33, 0);
	/* What fails is said. */
	auto_close int fd = -1;
	strv_add_fmt(&p->plan.v[0].lower, "%s/nowhere", p->dir);
	assert_err(overlay_build_in_child(
		       &p->plan.v[0], &words, 0, NULL, true, &fd, &p->e),
	    &p->e, ERR_NOT_FOUND);
	assert_int_equal(fd, -1);
}

static void
binds_and_tmpfs_are_mapped(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m = mount_plan_add(&p->plan, MOUNT_BIND, "/mnt");

	make_dir(p->dir, "data");
	m->source = xasprintf("%s/data", p->dir);
	m = mount_plan_add(&p->plan, MOUNT_BIND, "/etc/made/file");
	m->source = xasprintf("%s/single", p->dir);
	m->make_target = true;
	write_text(p->dir, "single", "single\n", 0600);
	mount_plan_add(&p->plan, MOUNT_TMPFS, "/tmp")->mode = 01777;
	assert_text(pot_sh(p,
			"touch /mnt/x /tmp/y; stat -c '%u' /mnt/x /tmp/y "
			"/tmp; cat /etc/made/file"),
	    "0\n0\n0\nsingle\n");
	disk_owner(p->dir, "data/x", 0, 0);
	disk_owner(p->root, "etc/made", 0, 0);
}

static void
file_systems_that_cannot_map_are_named(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m = mount_plan_add(&p->plan, MOUNT_BIND, "/mnt");

	m->source = xstrdup("/proc/sys");
	pot_command(p, "true", NULL);
	assert_int_equal(pot_create(p), -1);
	assert_int_equal(p->e.code, ERR_UNSUPPORTED);
	assert_has(p->e.text, "/proc/sys: its file system cannot map ids");
	err_clear(&p->e);
}

/* What is the host's stays the host's. */
static void
binds_may_keep_their_ids(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m = mount_plan_add(&p->plan, MOUNT_BIND, "/mnt");

	make_dir(p->dir, "data");
	write_text(p->dir, "data/file", "x\n", 0600);
	m->source = xasprintf("%s/data", p->dir);
	m->keeps_ids = true;
	assert_has(pot_sh(p,
		       "stat -c '%u' /mnt /mnt/file; cat /mnt/file; "
		       "touch /mnt/new || echo no"),
	    "65534\n65534\n");
	assert_has(p->output, "\nno\n");
	assert_null(strstr(p->output, "x\n"));
}

static void
ids_out_of_range_are_refused(void **state)
{
	struct pot *p = *state;

	pot_command(p, "true", NULL);
	p->spec.attrs.userns_id_count = 0;
	assert_err(pot_create(p), &p->e, ERR_INVALID);
	p->spec.attrs.userns_first_id = UINT32_MAX - 10;
	p->spec.attrs.userns_id_count = 100;
	assert_err(pot_create(p), &p->e, ERR_INVALID);
	p->spec.attrs.userns_first_id = FIRST_ID;
	p->spec.command.user = "100";
	assert_ok(pot_create(p), &p->e);
	assert_int_equal(pot_release(p), -1);
	assert_int_equal(p->e.code, ERR_NOT_EXECUTABLE);
	assert_has(p->e.text, "user of the command");
	err_clear(&p->e);
	assert_int_equal(waitpid(-1, NULL, 0) > 0, 1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* On the host it is an ordinary user; in the pot all that a pot has. */
static void
it_is_a_whole_pot(void **state)
{
	struct pot *p = *state;
	struct handle h;
	char path[64];
	struct stat st;

	(void)pot_sh(p,
	    "echo x >/dev/null; ls /dev | tr '\\n' ' '; echo; "
	    "dd if=/dev/zero bs=5 count=1 2>/dev/null | wc -c; "
	    "wc -c </proc/keys; guest open "
	    "/proc/sys/kernel/core_pattern /sys/kernel/uevent_helper; "
	    "hostname; ls -d /sys/kernel; "
	    "grep -E '^(Cap|NoNew)' /proc/self/status; "
	    "touch /dev/shm/x; mount | grep -c mqueue");
	assert_has(p->output,
	    "fd full mqueue null ptmx pts random shm stderr "
	    "stdin stdout tty urandom zero \n5\n0\n"
	    "/proc/sys/kernel/core_pattern 0 13\n"
	    "/sys/kernel/uevent_helper ");
	assert_has(p->output,
	    "\npot.test\n/sys/kernel\n"
	    "CapInh:\t0000000000000000\n"
	    "CapPrm:\t00000000a00405fb\n"
	    "CapEff:\t00000000a00405fb\n"
	    "CapBnd:\t00000000a00405fb\n"
	    "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\n1\n");
	pot_command(p, "sleep", "1000", NULL);
	pot_start(p);
	assert_ok(handle_parse(&p->ref, &h, &p->e), &p->e);
	assert_true(h.has_userns);
	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)h.pid);
	assert_int_equal(stat(path, &st), 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)h.pid);
	read_text("", path, p->output, sizeof(p->output));
	assert_has(p->output, "Uid:\t100000\t100000\t100000\t100000\n");
}

/* CAP_IPC_LOCK counts for nothing there; the limit does, if we may lift it. */
static void
pages_are_locked_by_attribute(void **state)
{
	struct pot *p = *state;
	const struct rlimit little = { 65536, 65536 };
	struct rlimit old;
	int rc;

	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &old), 0);
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &little), 0);
	rc = setrlimit(RLIMIT_MEMLOCK, &old);
	if (rc == 0) {
		assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &little), 0);
		assert_text(
		    pot_sh(p, "guest try mlock_much"), "mlock_much 12\n");
		p->spec.attrs.mlock = true;
		assert_text(
		    pot_sh(p, "guest try mlock_much"), "mlock_much 0\n");
		assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &old), 0);
		return;
	}
	/* Without CAP_SYS_RESOURCE we may not, and it starts all the same. */
	p->spec.attrs.mlock = true;
	assert_text(pot_sh(p, "guest try mlock_much"), "mlock_much 12\n");
}

static void
host_network_works_with_it(void **state)
{
	struct pot *p = *state;

	p->spec.net = CELL_NET_INHERIT;
	assert_has(pot_sh(p,
		       "ls -d /sys/class/net; "
		       "guest open /sys/kernel/uevent_helper; "
		       "ls -A /sys/firmware | wc -l; echo ok"),
	    "/sys/class/net\n");
	assert_has(p->output, "\n0\nok\n");
}

/* With leave to mount, it may mount its own, and not lift what protects the
 * host: read-only binds, dead device nodes. */
static void
mounting_is_allowed_by_attribute(void **state)
{
	struct pot *p = *state;
	auto_free char *path = xasprintf("%s/device", p->root);
	struct mount_entry *m = mount_plan_add(&p->plan, MOUNT_BIND, "/mnt");

	make_dir(p->dir, "data");
	m->source = xasprintf("%s/data", p->dir);
	m->is_readonly = true;
	assert_int_equal(mknod(path, S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_text(pot_sh(p, "guest try mount unshare_user"),
	    "mount 1\nunshare_user 1\n");
	p->spec.attrs.allow_mount = true;
	(void)pot_sh(p,
	    "guest try mount remount mount_setattr open_disk; "
	    "mount -t tmpfs none /tmp && touch /tmp/x; "
	    "mount -o remount,bind,dev / 2>/dev/null || echo no; "
	    "mount -o remount,bind,rw /mnt 2>/dev/null || "
	    "echo no; touch /mnt/x 2>/dev/null || echo no; "
	    "mount --bind /mnt /root; "
	    "touch /root/x 2>/dev/null || echo no; "
	    "umount /proc/sys; guest open "
	    "/proc/sys/kernel/core_pattern; "
	    "guest try open_disk mknod_block bpf keyctl");
	assert_text(p->output,
	    "mount 0\nremount 1\nmount_setattr 1\nopen_disk 13\n"
	    "no\nno\nno\nno\n"
	    "/proc/sys/kernel/core_pattern 0 13\n"
	    "open_disk 13\nmknod_block 1\nbpf 1\nkeyctl 1\n");
}

/* Also from a user namespace of its own below. */
static void
nesting_does_not_lift_protections(void **state)
{
	struct pot *p = *state;

	p->spec.attrs.children = 1;
	p->spec.attrs.allow_mount = true;
	assert_text(pot_sh(p,
			"guest try unshare_user unshare_mnt remount "
			"mount_setattr"),
	    "unshare_user 0\nunshare_mnt 0\nremount 1\nmount_setattr 1\n");
}

static void
commands_enter_it(void **state)
{
	struct pot *p = *state;
	struct cell_command c = { .fds = { -1, -1, -1 } };
	auto_strv struct strv argv = STRV_INIT;
	int fds[2], status;
	pid_t pid;

	pot_command(p, "sleep", "1000", NULL);
	pot_start(p);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	strv_add(&argv, "sh");
	strv_add(&argv, "-c");
	strv_add(&argv,
	    "id -u; id -g; touch /root/entered; guest try mount chroot; "
	    "grep CapBnd /proc/self/status; echo via >/dev/stdout");
	c.argv = strv_argv(&argv);
	c.envp = strv_argv(&p->env);
	c.fds[1] = c.fds[2] = fds[1];
	assert_ok(cell->enter(&p->ref, &p->spec, &c, &pid, NULL, &p->e), &p->e);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	read_until(fds[0], p->output, sizeof(p->output), "via\n");
	assert_text(p->output,
	    "0\n0\nmount 1\nchroot 0\n"
	    "CapBnd:\t00000000a00405fb\nvia\n");
	disk_owner(p->root, "root/entered", 0, 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static int
write_mark(int rootfd, void *arg UNUSED, struct err *e)
{
	return beneath_write_file(rootfd, "/etc/mark", "mark\n", 5, 0644, e);
}

static int
read_secret(int rootfd UNUSED, void *arg, struct err *e)
{
	auto_close int fd = openat(*(int *)arg, "secret", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "secret") : 0;
}

/* Files that the engine makes in it are its root's. */
static void
views_and_mounts_are_mapped(void **state)
{
	struct pot *p = *state;
	auto_mount_plan struct mount_plan more = MOUNT_PLAN_INIT;
	struct mount_entry *m = mount_plan_add(&more, MOUNT_BIND, "/new/mnt");
	const struct cell_file file = { "/etc/hosts", "hosts\n", 0644 };

	p->spec.files = &file;
	p->spec.nfiles = 1;
	make_dir(p->dir, "data");
	write_text(p->dir, "data/file", "x\n", 0600);
	m->source = xasprintf("%s/data", p->dir);
	m->make_target = true;
	pot_command(p, "sh", "-c",
	    "echo ready; while [ ! -e /new/mnt/file ]; do sleep 0.01; done; "
	    "stat -c '%u' /etc/hosts /etc/mark /new /new/mnt/file; "
	    "cat /new/mnt/file",
	    NULL);
	pot_start(p);
	read_until(p->out, p->output, sizeof(p->output), "ready\n");
	assert_ok(cell->view(&p->ref, write_mark, NULL, &p->e), &p->e);
	disk_owner(p->root, "etc/mark", 0, 0);
	struct cell_ids ids;
	assert_ok(cell->ids(&p->ref, &ids, &p->e), &p->e);
	assert_int_equal(ids.first, FIRST_ID);
	assert_int_equal(ids.count, ID_COUNT);
	/* It has our rights over what we have opened. */
	write_text(p->dir, "secret", "s\n", 0600);
	auto_close int dir = open(p->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_ok(cell->view(&p->ref, read_secret, &dir, &p->e), &p->e);
	assert_ok(cell->mount(&p->ref, p->root, m, &p->e), &p->e);
	assert_text(pot_wait(p), "0\n0\n0\n0\nx\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		userns_test(directory_keeps_its_owners),
		userns_test(overlay_keeps_its_owners),
		userns_test(new_kernels_need_no_place),
		userns_test(old_kernels_get_the_same_overlay),
		userns_test(binds_and_tmpfs_are_mapped),
		userns_test(file_systems_that_cannot_map_are_named),
		userns_test(binds_may_keep_their_ids),
		userns_test(ids_out_of_range_are_refused),
		userns_test(it_is_a_whole_pot),
		userns_test(pages_are_locked_by_attribute),
		userns_test(host_network_works_with_it),
		userns_test(mounting_is_allowed_by_attribute),
		userns_test(nesting_does_not_lift_protections),
		userns_test(commands_enter_it),
		userns_test(views_and_mounts_are_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
