/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of a cell: overlays, binds, tmpfs, files; targets and images that
 * lead astray; and that nothing is ever mounted on the host.
 */
#include "linux_pot.h"

#include <sys/sysmacros.h>

static void
overlay_writes_go_to_the_upper(void **state)
{
	struct pot *p = *state;
	char text[64];

	(void)pot_overlay(p);
	assert_text(pot_sh(p,
			"echo new >/etc/new; rm /etc/group; ls /etc; "
			"grep -c ' / overlay rw,nodev' /proc/mounts"),
	    "new\npasswd\n1\n");
	read_text(p->dir, "upper/etc/new", text, sizeof(text));
	assert_text(text, "new\n");
	read_text(p->root, "etc/group", text, sizeof(text));
	assert_has(text, "root:x:0:");
}

static void
overlay_without_upper_is_read_only(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m = mount_plan_add(&p->plan, MOUNT_OVERLAY, "/");

	make_dir(p->dir, "top");
	make_dir(p->dir, "top/etc");
	write_text(p->dir, "top/etc/passwd", "top\n", 0644);
	strv_add_fmt(&m->lower, "%s/top", p->dir);
	strv_add(&m->lower, p->root);
	assert_text(pot_sh(p, "cat /etc/passwd; touch /x 2>&1"),
	    "top\ntouch: /x: Read-only file system\n");
}

/* More layers than an option string could name, with awkward names, the
 * topmost first. */
static void
fifty_layers(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m = pot_overlay(p);

	strv_fini(&m->lower);
	for (int i = 49; i >= 0; i--) {
		auto_free char *name =
		    xasprintf("layer,%d:with a rather \\long name=%060d", i, i);
		auto_free char *file = xasprintf("%s/%d", name, i);
		auto_free char *which = xasprintf("%s/which", name);
		auto_free char *text = xasprintf("%d\n", i);

		make_dir(p->dir, name);
		write_text(p->dir, file, "x", 0644);
		write_text(p->dir, which, text, 0644);
		strv_add_fmt(&m->lower, "%s/%s", p->dir, name);
	}
	strv_add(&m->lower, p->root);
	assert_text(
	    pot_sh(p, "cat /which; ls / | grep -c '^[0-9]'"), "49\n50\n");
}

/* A layer whose path is longer than fsconfig(2) takes. */
static void
long_layer_paths(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m = pot_overlay(p);
	auto_free char *path = xasprintf("%s/%0200d", p->dir, 1);
	auto_free char *deep = xasprintf("%s/%0200d", path, 2);

	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(mkdir(deep, 0755), 0);
	write_text(deep, "deep", "yes\n", 0644);
	strv_fini(&m->lower);
	strv_add(&m->lower, deep);
	strv_add(&m->lower, p->root);
	assert_text(pot_sh(p, "cat /deep"), "yes\n");
}

static void
binds_of_directories_and_files(void **state)
{
	struct pot *p = *state;
	char text[64];

	make_dir(p->dir, "data");
	write_text(p->dir, "data/file", "data\n", 0644);
	write_text(p->dir, "single", "single\n", 0644);
	(void)pot_bind(p, "data", "/mnt");
	pot_bind(p, "single", "/etc/made/file")->make_target = true;
	pot_bind(p, "data", "/made/deep/dir")->make_target = true;
	assert_text(pot_sh(p,
			"cat /mnt/file /etc/made/file "
			"/made/deep/dir/file; echo w >/mnt/out; "
			"echo w2 >/etc/made/file; "
			"stat -c %a /made/deep/dir"),
	    "data\nsingle\ndata\n755\n");
	read_text(p->dir, "data/out", text, sizeof(text));
	assert_text(text, "w\n");
	read_text(p->dir, "single", text, sizeof(text));
	assert_text(text, "w2\n");
}

/* In the order of the plan, one below the other. */
static void
mounts_nest(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m;

	make_dir(p->dir, "a");
	make_dir(p->dir, "a/b");
	make_dir(p->dir, "c");
	write_text(p->dir, "c/file", "c\n", 0644);
	(void)pot_bind(p, "a", "/mnt");
	m = mount_plan_add(&p->plan, MOUNT_TMPFS, "/mnt/b");
	m->mode = 01777;
	m->size_bytes = 1 << 20;
	pot_bind(p, "c", "/mnt/b/c")->make_target = true;
	assert_text(pot_sh(p,
			"cat /mnt/b/c/file; stat -c %a /mnt/b; "
			"grep -c '/mnt/b tmpfs rw,nodev.*size=1024k' "
			"/proc/mounts; "
			"dd if=/dev/zero of=/mnt/b/x bs=1M count=2 "
			"2>/dev/null; stat -c %s /mnt/b/x"),
	    "c\n1777\n1\n1048576\n");
}

/* A read-only bind is read-only with all that is mounted below it. */
static void
read_only_is_recursive(void **state)
{
	struct pot *p = *state;
	auto_free char *sub = xasprintf("%s/data/sub", p->dir);

	make_dir(p->dir, "data");
	make_dir(p->dir, "data/sub");
	assert_int_equal(mount("none", sub, "tmpfs", 0, NULL), 0);
	write_text(sub, "file", "sub\n", 0644);
	pot_bind(p, "data", "/mnt")->is_readonly = true;
	pot_command(p, "sh", "-c",
	    "cat /mnt/sub/file; touch /mnt/x 2>&1; "
	    "touch /mnt/sub/x 2>&1; "
	    "guest try remount umount",
	    NULL);
	int rc = pot_create(p);
	if (rc == 0)
		rc = pot_release(p);
	assert_int_equal(umount2(sub, MNT_DETACH), 0);
	assert_ok(rc, &p->e);
	assert_text(pot_wait(p),
	    "sub\ntouch: /mnt/x: Read-only file system\n"
	    "touch: /mnt/sub/x: Read-only file system\n"
	    "remount 1\numount 1\n");
}

/* What is mounted on the host later does not appear in the pot, and what is
 * mounted in the pot not on the host, also on a shared tree. */
static void
mounts_do_not_propagate(void **state)
{
	struct pot *p = *state;
	auto_free char *data = xasprintf("%s/data", p->dir);
	auto_free char *sub = xasprintf("%s/data/sub", p->dir);
	unsigned before;

	make_dir(p->dir, "data");
	assert_int_equal(mount("none", data, "tmpfs", 0, NULL), 0);
	assert_int_equal(mount(NULL, data, NULL, MS_SHARED, NULL), 0);
	assert_int_equal(mkdir(sub, 0755), 0);
	(void)pot_bind(p, "data", "/mnt");
	mount_plan_add(&p->plan, MOUNT_TMPFS, "/mnt/made")->make_target = true;
	before = host_mounts();
	pot_command(p, "sh", "-c", "read x; ls /mnt/sub; ls /mnt", NULL);
	int in[2];
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	p->spec.command.fds[0] = in[0];
	int rc = pot_create(p);
	if (rc == 0)
		rc = pot_release(p);
	p->spec.command.fds[0] = -1;
	(void)close(in[0]);
	unsigned during = host_mounts();
	int mounted = mount("none", sub, "tmpfs", 0, NULL);
	write_text(sub, "late", "x", 0644);
	(void)close(in[1]);
	if (rc == 0)
		(void)pot_wait(p);
	(void)umount2(sub, MNT_DETACH);
	(void)umount2(data, MNT_DETACH);
	assert_ok(rc, &p->e);
	assert_int_equal(mounted, 0);
	assert_int_equal(during, before);
	assert_text(p->output, "made\nsub\n");
}

static void
options_are_understood_or_refused(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m;

	make_dir(p->dir, "data");
	m = pot_bind(p, "data", "/mnt");
	m->options = xstrdup("nosuid,noexec,noatime,ro");
	assert_text(pot_sh(p,
			"grep -c '/mnt .* "
			"ro,nosuid,nodev,noexec,noatime' /proc/mounts"),
	    "1\n");
	free(m->options);
	m->options = xstrdup("ro,dev");
	assert_err(pot_create(p), &p->e, ERR_INVALID);
	m->kind = MOUNT_TMPFS;
	free(m->options);
	m->options = xstrdup("nr_inodes=7,noexec");
	assert_text(pot_sh(p,
			"grep -c '/mnt tmpfs rw,nodev,noexec.*"
			"nr_inodes=7' /proc/mounts"),
	    "1\n");
	free(m->options);
	m->options = xstrdup("what=7");
	assert_int_equal(pot_create(p), -1);
	assert_has(p->e.text, "what");
	err_clear(&p->e);
}

static void
errors_name_the_path(void **state)
{
	struct pot *p = *state;
	struct mount_entry *m = pot_bind(p, "nowhere", "/mnt");

	pot_command(p, "true", NULL);
	assert_int_equal(pot_create(p), -1);
	assert_int_equal(p->e.code, ERR_NOT_FOUND);
	assert_has(p->e.text, "/nowhere: No such file");
	err_clear(&p->e);

	make_dir(p->dir, "nowhere");
	free(m->target);
	m->target = xstrdup("/missing/target");
	assert_int_equal(pot_create(p), -1);
	assert_int_equal(p->e.code, ERR_NOT_FOUND);
	assert_has(p->e.text, "mount point /missing/target");
	err_clear(&p->e);

	/* A directory on a file. */
	free(m->target);
	m->target = xstrdup("/etc/passwd");
	assert_int_equal(pot_create(p), -1);
	assert_has(p->e.text, "mount point /etc/passwd");
	err_clear(&p->e);

	mount_plan_fini(&p->plan);
	mount_plan_add(&p->plan, MOUNT_DATASET, "/mnt")->source =
	    xstrdup("pool/x");
	assert_err(pot_create(p), &p->e, ERR_UNSUPPORTED);
	mount_plan_fini(&p->plan);
	m = pot_overlay(p);
	strv_add_fmt(&m->lower, "%s/no-such-layer", p->dir);
	assert_int_equal(pot_create(p), -1);
	assert_has(p->e.text, "no-such-layer");
	err_clear(&p->e);
}

/* A place outside of the pot that nothing may touch, whatever link leads
 * there. */
static void
bait_make(struct pot *p)
{
	make_dir(p->dir, "bait");
	write_text(p->dir, "bait/file", "bait\n", 0644);
}

static void
bait_check(struct pot *p)
{
	auto_free char *path = xasprintf("%s/bait", p->dir);
	auto_closedir DIR *d = opendir(path);
	struct dirent *entry;
	unsigned n = 0;
	char text[64];

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL)
		n++;
	assert_int_equal(n, 3);
	read_text(p->dir, "bait/file", text, sizeof(text));
	assert_text(text, "bait\n");
}

static void
replace_by_link(struct pot *p, const char *name, const char *to)
{
	auto_free char *path = xasprintf("%s/%s", p->root, name);

	(void)nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(symlink(to, path), 0);
}

static void
replace_by_dir(struct pot *p, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", p->root, name);

	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
}

/* CVE-2026-41579, CVE-2026-47766: /dev, /proc or /sys is a link in the
 * image, to a directory of the host, to ours, or to nothing. */
static void
system_directories_may_be_links(void **state)
{
	static const char *const names[] = { "dev", "proc", "sys" };
	static const char *const tos[] = { "%s/bait", "../../bait",
		"/../../../../../../..%s/bait", "/proc/self/root/%s/bait",
		"/proc/self/fd/0", "/proc/self/cwd", "dev", "" };
	struct pot *p = *state;
	unsigned before = host_mounts();

	bait_make(p);
	pot_command(p, "sh", "-c", "mount", NULL);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		for (size_t k = 0; k < COUNT_OF(tos); k++) {
			const char *dots = strstr(tos[k], "%s");
			auto_free char *to = xasprintf("%.*s%s%s",
			    dots != NULL ? (int)(dots - tos[k]) : 99, tos[k],
			    dots != NULL ? p->dir : "",
			    dots != NULL ? dots + 2 : "");

			if (to[0] == '\0')
				continue;
			replace_by_link(p, names[i], to);
			if (pot_create(p) == 0) {
				if (pot_release(p) < 0)
					err_clear(&p->e);
				(void)pot_wait(p);
			}
			err_clear(&p->e);
			bait_check(p);
			assert_int_equal(host_mounts(), before);
		}
		replace_by_dir(p, names[i]);
	}
}

/* A link that stays inside is followed inside. */
static void
links_inside_are_followed_inside(void **state)
{
	struct pot *p = *state;

	make_dir(p->root, "tree");
	make_dir(p->root, "tree/dev");
	make_dir(p->root, "tree/mnt");
	make_dir(p->dir, "data");
	write_text(p->dir, "data/file", "data\n", 0644);
	replace_by_link(p, "dev", "/tree/dev");
	replace_by_link(p, "mnt", "../../../tree/mnt");
	(void)pot_bind(p, "data", "/mnt");
	assert_text(pot_sh(p,
			"cat /tree/mnt/file; ls /tree/dev/null; "
			"echo x >/dev/null; echo ok"),
	    "data\n/tree/dev/null\nok\n");
}

/* CVE-2019-18837, CVE-2021-30465, CVE-2025-52565: a mount point that is a
 * link or has one on the way. */
static void
mount_points_do_not_lead_out(void **state)
{
	static const char *const targets[] = { "/mnt", "/mnt/x", "/mnt/x/y",
		"/tmp/../mnt", "/etc/link/deeper" };
	static const char *const tos[] = { "bait", "..", "." };
	struct pot *p = *state;
	struct mount_entry *m;

	bait_make(p);
	make_dir(p->dir, "data");
	m = pot_bind(p, "data", "/mnt");
	pot_command(p, "true", NULL);
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		for (size_t k = 0; k < COUNT_OF(tos); k++) {
			auto_free char *to = xasprintf("%s/%s", p->dir, tos[k]);

			replace_by_link(p, "mnt", to);
			replace_by_link(p, "etc/link", "../../../../mnt");
			free(m->target);
			m->target = xstrdup(targets[i]);
			m->make_target = true;
			if (pot_create(p) == 0) {
				if (pot_release(p) < 0)
					err_clear(&p->e);
				(void)pot_wait(p);
			}
			err_clear(&p->e);
			bait_check(p);
		}
	}
}

/* A guest that swaps a mount point for a link as fast as it can, from a
 * shared volume, while another cell is created (CVE-2021-30465). */
static void
swapped_mount_points_do_not_lead_out(void **state)
{
	struct pot *p = *state;
	auto_free char *vol = xasprintf("%s/vol", p->dir);
	auto_free char *bait = xasprintf("%s/bait", p->dir);
	auto_free char *link = xasprintf("%s/vol/link", p->dir);
	struct mount_entry *m;
	pid_t swapper;

	bait_make(p);
	make_dir(p->dir, "vol");
	make_dir(p->dir, "vol/dir");
	make_dir(p->dir, "data");
	assert_int_equal(symlink(bait, link), 0);
	(void)pot_bind(p, "vol", "/mnt");
	m = pot_bind(p, "data", "/mnt/dir/x/y");
	m->make_target = true;
	swapper = fork();
	if (swapper == 0) {
		int dirfd = open(vol, O_RDONLY | O_DIRECTORY);

		for (;;)
			(void)syscall(SYS_renameat2, dirfd, "dir", dirfd,
			    "link", 2U /* RENAME_EXCHANGE */);
	}
	pot_command(p, "true", NULL);
	for (int i = 0; i < 100; i++) {
		if (pot_create(p) == 0) {
			if (pot_release(p) < 0)
				err_clear(&p->e);
			(void)pot_wait(p);
		}
		err_clear(&p->e);
	}
	(void)kill(swapper, SIGKILL);
	(void)waitpid(swapper, NULL, 0);
	bait_check(p);
}

static void
read_only_root(void **state)
{
	struct pot *p = *state;

	make_dir(p->dir, "data");
	p->spec.attrs.is_readonly_root = true;
	(void)pot_overlay(p);
	pot_bind(p, "data", "/made/here")->make_target = true;
	mount_plan_add(&p->plan, MOUNT_TMPFS, "/tmp")->mode = 01777;
	assert_text(pot_sh(p,
			"touch /x 2>&1; touch /made/here/x /tmp/x "
			"/dev/x && echo ok"),
	    "touch: /x: Read-only file system\nok\n");
}

/* An image without any directory gets those it needs, one that can't get
 * them is refused. */
static void
missing_system_directories_are_made(void **state)
{
	struct pot *p = *state;
	static const char *const names[] = { "dev", "proc", "sys" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		auto_free char *path = xasprintf("%s/%s", p->root, names[i]);

		assert_int_equal(rmdir(path), 0);
	}
	assert_text(pot_sh(p, "ls -d /dev/null /proc/1 /sys/kernel"),
	    "/dev/null\n/proc/1\n/sys/kernel\n");
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		auto_free char *path = xasprintf("%s/%s", p->root, names[i]);

		assert_int_equal(rmdir(path), 0);
	}
	strv_add(&mount_plan_add(&p->plan, MOUNT_OVERLAY, "/")->lower, p->root);
	make_dir(p->dir, "other");
	strv_add_fmt(&p->plan.v[0].lower, "%s/other", p->dir);
	assert_int_equal(pot_create(p), -1);
	assert_int_equal(p->e.code, ERR_DENIED);
	assert_has(p->e.text, "/dev");
	err_clear(&p->e);
}

static void
files_are_written_before_the_command(void **state)
{
	struct pot *p = *state;
	const struct cell_file files[] = {
		{ "/etc/hosts", "127.0.0.1 localhost\n", 0644 },
		{ "/etc/resolv.conf", "nameserver 192.0.2.1\n", 0600 },
		{ "/nowhere/file", "left out", 0644 },
	};
	auto_free char *bait = xasprintf("%s/bait/file", p->dir);
	char text[64];

	bait_make(p);
	(void)pot_overlay(p);
	replace_by_link(p, "etc/hosts", "/etc/passwd");
	replace_by_link(p, "etc/resolv.conf", bait);
	p->spec.files = files;
	p->spec.nfiles = COUNT_OF(files);
	assert_text(pot_sh(p,
			"cat /etc/hosts /etc/resolv.conf; "
			"stat -c %a /etc/resolv.conf; ls /nowhere "
			"2>&1; head -1 /etc/passwd"),
	    "127.0.0.1 localhost\nnameserver 192.0.2.1\n600\n"
	    "ls: /nowhere: No such file or directory\n"
	    "root:x:0:0:root:/root:/bin/sh\n");
	bait_check(p);
	read_text(p->root, "etc/passwd", text, sizeof(text));
	assert_has(text, "root:x:0:0:");
}

/* The mounts of a cell die with it; the host never had one. */
static void
nothing_is_mounted_on_the_host(void **state)
{
	struct pot *p = *state;
	unsigned before = host_mounts();

	(void)pot_overlay(p);
	pot_command(p, "sleep", "1000", NULL);
	pot_start(p);
	assert_int_equal(host_mounts(), before);
	assert_ok(cell->kill(&p->ref, &p->e), &p->e);
	assert_int_equal(host_mounts(), before);
}

/* The host's root is a shared mount, as systemd makes it: neither the way
 * into the pot nor its end may touch mounts of the host. */
static void
shared_host_tree_survives(void **state)
{
	struct pot *p = *state;
	auto_free char *sub = xasprintf("%s/sub", p->dir);
	char init[PATH_MAX];
	pid_t pid;
	int status;

	build_path(init, sizeof(init), "src/init/pot-init");

	make_dir(p->dir, "sub");
	pot_command(p, "true", NULL);
	pid = fork();
	if (pid == 0) {
		unsigned before;

		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0 ||
		    mount("none", sub, "tmpfs", 0, NULL) < 0)
			_exit(2);
		/* A mount is copied only in its own namespace. */
		p->spec.init_fd = open(init, O_RDONLY | O_CLOEXEC);
		before = host_mounts();
		for (int i = 0; i < 3; i++) {
			if (pot_create(p) < 0 || pot_release(p) < 0)
				_exit(3);
			(void)pot_wait(p);
		}
		_exit(host_mounts() == before ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		pot_test(overlay_writes_go_to_the_upper),
		pot_test(overlay_without_upper_is_read_only),
		pot_test(fifty_layers),
		pot_test(long_layer_paths),
		pot_test(binds_of_directories_and_files),
		pot_test(mounts_nest),
		pot_test(read_only_is_recursive),
		pot_test(mounts_do_not_propagate),
		pot_test(options_are_understood_or_refused),
		pot_test(errors_name_the_path),
		pot_test(system_directories_may_be_links),
		pot_test(links_inside_are_followed_inside),
		pot_test(mount_points_do_not_lead_out),
		pot_test(swapped_mount_points_do_not_lead_out),
		pot_test(read_only_root),
		pot_test(missing_system_directories_are_made),
		pot_test(files_are_written_before_the_command),
		pot_test(nothing_is_mounted_on_the_host),
		pot_test(shared_host_tree_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
