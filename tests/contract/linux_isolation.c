/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process in a cell can see and do: namespaces, devices, masked
 * paths, capabilities, system calls, descriptors, its user and environment.
 */
#include "linux_pot.h"

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The line of /proc/self/status that begins with KEY. */
static void
status_line(const char *text, const char *key, char out[128])
{
	const char *p = strstr(text, key);
	size_t n;

	assert_non_null(p);
	n = strcspn(p, "\n");
	assert_true(n < 128);
	memcpy(out, p, n);
	out[n] = '\0';
}

static void
command_runs_and_its_status_is_written(void **state)
{
	struct pot *p = *state;

	assert_text(pot_sh(p, "echo out; echo err >&2; exit 3"), "out\nerr\n");
	assert_text(p->status, "exited 3\n");
}

static void
command_gets_its_arguments_and_environment_only(void **state)
{
	struct pot *p = *state;

	strv_add(&p->env, "A=b c");
	pot_command(p, "guest", "args", "x y", "", "$HOME", NULL);
	assert_text(pot_run(p),
	    "arg x y\narg \narg $HOME\nenv PATH=/bin\n"
	    "env A=b c\n");
}

/* Each namespace is another than ours, but those that are to be shared. */
static void
namespaces_are_its_own(void **state)
{
	static const char *const names[] = { "pid", "mnt", "uts", "ipc",
		"cgroup", "net" };
	struct pot *p = *state;

	(void)pot_sh(p,
	    "for n in pid mnt uts ipc cgroup net user time; do "
	    "readlink /proc/self/ns/$n; done; hostname");
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char path[64], mine[64];
		ssize_t n;

		(void)snprintf(
		    path, sizeof(path), "/proc/self/ns/%s", names[i]);
		n = readlink(path, mine, sizeof(mine) - 1);
		assert_true(n > 0);
		mine[n] = '\0';
		assert_has_not(p->output, mine);
	}
	assert_has(p->output, "\npot.test\n");
}

static void
host_network_and_ipc_are_shared_when_asked_for(void **state)
{
	struct pot *p = *state;
	char mine[2][64];

	p->spec.net = CELL_NET_INHERIT;
	p->spec.attrs.sysvshm = p->spec.attrs.sysvsem = p->spec.attrs.sysvmsg =
	    SYSV_INHERIT;
	(void)pot_sh(p, "cd /proc/self/ns; readlink net; readlink ipc");
	for (int i = 0; i < 2; i++) {
		ssize_t n =
		    readlink(i == 0 ? "/proc/self/ns/net" : "/proc/self/ns/ipc",
			mine[i], sizeof(mine[i]) - 1);

		assert_true(n > 0);
		mine[i][n] = '\0';
		assert_has(p->output, mine[i]);
	}
}

/* One namespace for all three: mixed wishes get an own one, and are told. */
static void
mixed_sysv_gets_its_own_ipc(void **state)
{
	struct pot *p = *state;
	char mine[64];
	ssize_t n = readlink("/proc/self/ns/ipc", mine, sizeof(mine) - 1);

	assert_true(n > 0);
	mine[n] = '\0';
	p->spec.attrs.sysvshm = SYSV_INHERIT;
	assert_has_not(pot_sh(p, "readlink /proc/self/ns/ipc"), mine);
}

static void
loopback_is_up(void **state)
{
	struct pot *p = *state;

	assert_has(pot_sh(p, "ifconfig lo"), "UP LOOPBACK RUNNING");
}

static void
first_process_is_pot_init_and_sees_only_the_pot(void **state)
{
	struct pot *p = *state;

	assert_text(pot_sh(p,
			"echo $$ $PPID; set -- /proc/[0-9]*; echo $#; "
			"cat /proc/1/comm"),
	    "2 1\n2\npot-init\n");
}

/* The host's tree is nowhere: neither mounted nor below the root. */
static void
host_tree_is_gone(void **state)
{
	struct pot *p = *state;

	(void)pot_sh(p,
	    "ls -a / | tr '\\n' ' '; echo; ls -a /.. | wc -l; "
	    "cut -d' ' -f5 /proc/self/mountinfo");
	assert_has(p->output, ". .. bin dev etc mnt proc root sys tmp \n10\n");
	assert_has_not(p->output, p->dir);
	assert_has_not(p->output, "/old");
}

static void
dev_has_its_devices_and_no_others(void **state)
{
	struct pot *p = *state;

	(void)pot_sh(p,
	    "cd /dev; ls | tr '\\n' ' '; echo; "
	    "stat -c '%n %F %t:%T %a' null zero full random "
	    "urandom tty pts/ptmx; readlink fd; readlink stdin; readlink ptmx; "
	    "echo x >null; dd if=zero bs=3 count=1 2>null | wc -c; "
	    "echo x 2>null >full || echo full; "
	    "stat -c '%n %a' shm mqueue pts");
	assert_has(p->output,
	    "fd full mqueue null ptmx pts random shm stderr "
	    "stdin stdout tty urandom zero \n");
	assert_has(p->output,
	    "null character special file 1:3 666\n"
	    "zero character special file 1:5 666\n"
	    "full character special file 1:7 666\n"
	    "random character special file 1:8 666\n"
	    "urandom character special file 1:9 666\n"
	    "tty character special file 5:0 666\n"
	    "pts/ptmx character special file 5:2 666\n"
	    "/proc/self/fd\n/proc/self/fd/0\npts/ptmx\n3\n");
	assert_has(p->output, "full\nshm 1777\nmqueue 1777\npts 755\n");
}

static void
devfs_rulesets_choose_the_devices(void **state)
{
	static const struct {
		unsigned ruleset;
		const char *devices;
	} rows[] = {
		{ 1, "fd mqueue shm stderr stdin stdout " },
		{ 2,
		    "fd full mqueue null random shm stderr stdin stdout "
		    "urandom zero " },
		{ 3, "fd mqueue ptmx pts shm stderr stdin stdout tty " },
		{ 5,
		    "fd full mqueue net null ptmx pts random shm stderr "
		    "stdin stdout tty urandom zero " },
		{ 77,
		    "fd full mqueue null ptmx pts random shm stderr stdin "
		    "stdout tty urandom zero " },
	};
	struct pot *p = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		p->spec.attrs.devfs_ruleset = rows[i].ruleset;
		assert_text(
		    pot_sh(p, "ls /dev | tr '\\n' ' '"), rows[i].devices);
	}
}

/* Path, errno of reading, errno of writing.  What this kernel does not have
 * is ENOENT for both. */
static void
proc_and_sys_are_masked(void **state)
{
	static const char *const readonly[] = { "/proc/sys/kernel/hostname",
		"/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches",
		"/proc/sysrq-trigger", "/proc/irq/0/smp_affinity",
		"/proc/irq/default_smp_affinity", "/sys/kernel/uevent_helper",
		"/sys/kernel/profiling", "/sys/power/state" };
	static const char *const files[] = { "/proc/kcore", "/proc/keys",
		"/proc/timer_list", "/proc/latency_stats", "/proc/sched_debug",
		"/proc/timer_stats", "/proc/interrupts" };
	static const char *const dirs[] = { "/proc/acpi", "/proc/scsi",
		"/proc/asound", "/sys/firmware",
		"/sys/devices/virtual/powercap" };
	struct pot *p = *state;
	char want[128];

	pot_command(p, "guest", "open", NULL);
	for (size_t i = 0; i < COUNT_OF(readonly); i++)
		strv_add(&p->argv, readonly[i]);
	(void)pot_run(p);
	for (size_t i = 0; i < COUNT_OF(readonly); i++) {
		int werr = access(readonly[i], F_OK) == 0 ? EROFS : ENOENT;
		char got[128];

		status_line(p->output, readonly[i], got);
		(void)snprintf(want, sizeof(want), " %d", werr);
		assert_true(str_has_suffix(got, want));
	}
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		if (access(files[i], F_OK) < 0)
			continue;
		pot_command(p, "wc", "-c", files[i], NULL);
		(void)snprintf(want, sizeof(want), "0 %s\n", files[i]);
		assert_text(pot_run(p), want);
	}
	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		if (access(dirs[i], F_OK) < 0)
			continue;
		pot_command(p, "ls", "-A", dirs[i], NULL);
		assert_text(pot_run(p), "");
		assert_text(p->status, "exited 0\n");
	}
}

/* A copy of /proc elsewhere shows no more than /proc. */
static void
second_proc_is_masked_too(void **state)
{
	struct pot *p = *state;

	mount_plan_add(&p->plan, MOUNT_PROC, "/compat/proc")->make_target =
	    true;
	(void)pot_sh(p,
	    "wc -c </compat/proc/keys; "
	    "cat /compat/proc/1/comm; "
	    "guest open /compat/proc/sys/kernel/hostname");
	assert_text(
	    p->output, "0\npot-init\n/compat/proc/sys/kernel/hostname 0 30\n");
}

/* OCI's default capabilities without CAP_MKNOD and CAP_NET_RAW, in all sets
 * but the inheritable and ambient ones. */
static void
capabilities_are_the_default_ones(void **state)
{
	struct pot *p = *state;

	(void)pot_sh(p, "grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status");
	assert_text(p->output,
	    "CapInh:\t0000000000000000\n"
	    "CapPrm:\t00000000a00405fb\n"
	    "CapEff:\t00000000a00405fb\n"
	    "CapBnd:\t00000000a00405fb\n"
	    "CapAmb:\t0000000000000000\n"
	    "NoNewPrivs:\t1\n"
	    "Seccomp:\t2\n");
}

static void
attributes_add_capabilities(void **state)
{
	struct pot *p = *state;

	p->spec.attrs.raw_sockets = true;
	p->spec.attrs.mlock = true;
	assert_text(pot_sh(p,
			"grep CapBnd /proc/self/status; "
			"guest try raw_socket"),
	    "CapBnd:\t00000000a00465fb\nraw_socket 0\n");
	/* Without a user namespace no attribute lets a pot mount. */
	p->spec.attrs.allow_mount = p->spec.attrs.allow_tmpfs =
	    p->spec.attrs.allow_nullfs = true;
	assert_text(pot_sh(p,
			"grep CapBnd /proc/self/status; "
			"guest try mount"),
	    "CapBnd:\t00000000a00465fb\nmount 1\n");
}

/* An inheritable capability of ours must not reach the pot (CVE-2022-27650). */
static void
inheritable_and_ambient_are_cleared(void **state)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2], old[2];
	struct pot *p = *state;

	assert_int_equal(syscall(SYS_capget, &head, old), 0);
	memcpy(data, old, sizeof(data));
	data[0].inheritable = data[0].permitted;
	data[1].inheritable = data[1].permitted;
	assert_int_equal(syscall(SYS_capset, &head, data), 0);
	(void)pot_sh(p, "grep -E '^Cap(Inh|Amb)' /proc/self/status");
	assert_int_equal(syscall(SYS_capset, &head, old), 0);
	assert_text(p->output,
	    "CapInh:\t0000000000000000\n"
	    "CapAmb:\t0000000000000000\n");
}

struct try_row {
	const char *name;
	int errnum;
};

static const struct try_row denied_rows[] = {
	{ "add_key", EPERM },
	{ "bpf", EPERM },
	{ "chroot", 0 },
	{ "clone3", ENOSYS },
	{ "clone3_user", ENOSYS },
	{ "clone_thread", 0 },
	{ "clone_user", EPERM },
	{ "fsopen", EPERM },
	{ "init_module", EPERM },
	{ "io_uring", EPERM },
	{ "kexec", EPERM },
	{ "keyctl", EPERM },
	{ "mknod_block", EPERM },
	{ "mknod_char", EPERM },
	{ "mknod_dev", EPERM },
	{ "mknod_fifo", 0 },
	{ "mount", EPERM },
	{ "mount_proc", EPERM },
	{ "mount_setattr", EPERM },
	{ "msgget", 0 },
	{ "new_call", ENOSYS },
	{ "nice", EACCES },
	{ "open_by_handle", EPERM },
	{ "open_tree", EPERM },
	{ "perf", EPERM },
	{ "personality", EPERM },
	{ "personality_linux", 0 },
	{ "pivot_root", EPERM },
	{ "ptrace_init", EPERM },
	{ "quotactl", EPERM },
	{ "raw_socket", EPERM },
	{ "reboot", EPERM },
	{ "remount", EPERM },
	{ "semget", 0 },
	{ "setgid", 0 },
	{ "sethostname", EPERM },
	{ "setns", EPERM },
	{ "settimeofday", EPERM },
	{ "shmget", 0 },
	{ "socket", 0 },
	{ "swapon", EPERM },
	{ "tiocsti", EPERM },
	{ "tiocsti_high", EPERM },
	{ "umount", EPERM },
	{ "unshare_mnt", EPERM },
	{ "unshare_user", EPERM },
	{ "userfaultfd", EPERM },
	{ "vsock", EPERM },
	{ "write_sysctl", EROFS },
#if defined(__x86_64__)
	{ "clone32", EPERM },
	{ "getpid32", 0 },
	{ "unshare32", EPERM },
	{ "x32", ENOSYS },
#endif
};

static void
try_all(struct pot *p, const struct try_row *rows, size_t n)
{
	auto_buf struct buf want = BUF_INIT(BUF_TEXT_MAX);

	pot_command(p, "guest", "try", NULL);
	for (size_t i = 0; i < n; i++) {
		strv_add(&p->argv, rows[i].name);
		buf_add_fmt(&want, "%s %d\n", rows[i].name, rows[i].errnum);
	}
	assert_text(pot_run(p), want.data);
}

static void
system_calls_are_filtered(void **state)
{
	try_all(*state, denied_rows, COUNT_OF(denied_rows));
}

static void
sysv_is_disabled_by_attribute(void **state)
{
	static const struct try_row rows[] = {
		{ "shmget", ENOSYS },
		{ "semget", 0 },
		{ "msgget", ENOSYS },
		{ "mount", EPERM },
	};
	struct pot *p = *state;

	p->spec.attrs.sysvshm = SYSV_DISABLE;
	p->spec.attrs.sysvmsg = SYSV_DISABLE;
	try_all(p, rows, COUNT_OF(rows));
}

/* Nested namespaces, but nothing beyond them. */
static void
children_may_nest(void **state)
{
	static const struct try_row rows[] = {
		{ "unshare_user", 0 },
		{ "clone_user", 0 },
		{ "clone3_user", 0 },
		{ "unshare_mnt", EPERM }, /* the capability is missing */
		{ "mount", EPERM },
		{ "umount", EPERM },
		{ "bpf", EPERM },
		{ "keyctl", EPERM },
	};
	struct pot *p = *state;

	p->spec.attrs.children = 1;
	try_all(p, rows, COUNT_OF(rows));
}

/* Nothing but 0, 1 and 2, although we have plenty open without
 * close-on-exec (CVE-2024-21626); no directory of the host as cwd. */
static void
descriptors_are_closed(void **state)
{
	struct pot *p = *state;
	int dirs[40];

	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		dirs[i] = open("/", O_RDONLY | O_DIRECTORY);
	pot_command(p, "guest", "fds", NULL);
	pot_start(p);
	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		(void)close(dirs[i]);
	assert_text(pot_wait(p), "0 1 2 \n");
	for (int fd = 0; fd < 12; fd++) {
		char cwd[32];

		(void)snprintf(cwd, sizeof(cwd), "/proc/self/fd/%d", fd);
		p->spec.command.cwd = cwd;
		pot_command(p, "pwd", NULL);
		assert_ok(pot_create(p), &p->e);
		assert_err(pot_release(p), &p->e, ERR_NOT_EXECUTABLE);
		(void)pot_wait(p);
		assert_text(p->output, "");
	}
}

/* The same with a directory as standard input: the pot does not start in
 * it, whatever its image names as working directory. */
static void
directory_as_input_is_no_way_out(void **state)
{
	struct pot *p = *state;
	auto_close int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	p->spec.command.fds[0] = dir;
	p->spec.command.cwd = "/proc/self/fd/0";
	pot_command(p, "ls", NULL);
	assert_ok(pot_create(p), &p->e);
	assert_int_equal(pot_release(p), -1);
	assert_int_equal(p->e.code, ERR_NOT_EXECUTABLE);
	assert_has(p->e.text, "working directory: Invalid cross-device");
	err_clear(&p->e);
	(void)pot_wait(p);
	assert_text(p->status, "exec 18\n");
}

static void
missing_stdio_is_dev_null(void **state)
{
	struct pot *p = *state;

	assert_text(pot_sh(p, "readlink /proc/self/fd/0; cat"), "/dev/null\n");
}

/* Descriptors in each other's place. */
static void
stdio_may_be_anywhere(void **state)
{
	struct pot *p = *state;
	int in[2], saved[3];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(io_write_all(in[1], "text\n", 5), 0);
	for (int i = 0; i < 3; i++)
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 20);
	(void)close(in[1]);
	/* Standard input is our 2; ours are closed, so that what create()
	 * opens gets 0 and 1. */
	(void)dup2(in[0], 2);
	(void)close(in[0]);
	p->spec.command.fds[0] = 2;
	pot_command(p, "sh", "-c", "cat; guest fds", NULL);
	(void)close(0);
	(void)close(1);
	int rc = pot_create(p);
	if (rc == 0)
		rc = pot_release(p);
	p->out = fcntl(p->out, F_DUPFD_CLOEXEC, 20);
	p->spec.status_fd = fcntl(p->spec.status_fd, F_DUPFD_CLOEXEC, 20);
	for (int i = 0; i < 3; i++) {
		(void)dup2(saved[i], i);
		(void)close(saved[i]);
	}
	p->spec.command.fds[0] = -1;
	assert_ok(rc, &p->e);
	assert_text(pot_wait(p), "text\n0 1 2 \n");
}

static void
signals_are_default_and_unblocked(void **state)
{
	struct pot *p = *state;
	sigset_t all, old;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGRTMAX - 1, SIG_IGN);
	sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &old);
	pot_command(
	    p, "grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status", NULL);
	pot_start(p);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	(void)signal(SIGRTMAX - 1, SIG_DFL);
	assert_text(pot_wait(p),
	    "SigBlk:\t0000000000000000\n"
	    "SigIgn:\t0000000000000000\n"
	    "SigCgt:\t0000000000000000\n");
}

static void
umask_and_directory_are_the_usual(void **state)
{
	struct pot *p = *state;

	assert_text(pot_sh(p, "umask; pwd"), "0022\n/\n");
	p->spec.command.cwd = "/tmp";
	assert_text(pot_sh(p, "pwd"), "/tmp\n");
}

static void
open_files_are_limited(void **state)
{
	struct pot *p = *state;
	struct rlimit r;

	p->spec.open_files = 77;
	assert_text(pot_sh(p, "ulimit -n; ulimit -Hn"), "77\n77\n");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
	if (r.rlim_max == RLIM_INFINITY)
		return;
	p->spec.open_files = 1 << 30;
	assert_err(pot_create(p), &p->e, ERR_LIMIT);
}

/* Long values are the caller's errors and leave nothing. */
static void
bad_host_name_fails_cleanly(void **state)
{
	struct pot *p = *state;
	char name[100];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	p->spec.hostname = name;
	pot_command(p, "true", NULL);
	assert_err(pot_create(p), &p->e, ERR_SYSTEM);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_text(p->ref.handle, "");
}

/* Device nodes in the image do nothing: the root is nodev. */
static void
devices_of_the_image_are_dead(void **state)
{
	struct pot *p = *state;
	auto_free char *path = xasprintf("%s/device", p->root);

	assert_int_equal(mknod(path, S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_text(pot_sh(p, "guest try open_disk"), "open_disk 13\n");
}

/* Root in the pot can't write to what the host executes, nor open files of
 * ours by way of pot-init (CVE-2019-5736). */
static void
pot_init_is_out_of_reach(void **state)
{
	struct pot *p = *state;

	(void)pot_sh(p,
	    "guest open /proc/1/exe /proc/1/fd/3 /proc/1/mem "
	    "/proc/1/root; readlink /proc/1/fd/3");
	assert_text(p->output,
	    "/proc/1/exe 13 13\n/proc/1/fd/3 13 13\n"
	    "/proc/1/mem 13 13\n/proc/1/root 13 13\n");
}

/* A command "#!/proc/self/exe" makes the process execute what executes it:
 * that is pot-init on a mount nobody can write to. */
static void
interpreter_of_the_host_is_read_only(void **state)
{
	struct pot *p = *state;
	char init[PATH_MAX];
	struct stat before, after;

	build_path(init, sizeof(init), "src/init/pot-init");
	assert_int_equal(stat(init, &before), 0);
	write_text(p->root, "bin/self", "#!/proc/self/exe\n", 0755);
	pot_command(p, "self", NULL);
	assert_ok(pot_create(p), &p->e);
	if (pot_release(p) < 0)
		err_clear(&p->e);
	(void)pot_wait(p);
	/* It ran with the script's path as MODE and gave up. */
	assert_text(p->status, "exited 126\n");

	/* The same as the first process, which keeps it as its image while
	 * it can be opened; the file must refuse to be written. */
	p->spec.own_init = true;
	assert_ok(pot_create(p), &p->e);
	if (pot_release(p) < 0)
		err_clear(&p->e);
	(void)pot_wait(p);
	assert_int_equal(stat(init, &after), 0);
	assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
	assert_int_equal(before.st_size, after.st_size);
}

static void
users_come_from_the_pots_own_files(void **state)
{
	static const struct {
		const char *user, *output;
	} rows[] = {
		{ "root", "0:0:0\n" },
		{ "www", "33:33:33 7 50\n" },
		{ "33", "33:33:33 7 50\n" },
		{ "1000", "1000:0:0\n" },
		{ "www:staff", "33:50:50\n" },
		{ "www:7", "33:7:7\n" },
		{ "12:13", "12:13:13\n" },
		{ "0:wheel", "0:7:7\n" },
	};
	struct pot *p = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		p->spec.command.user = rows[i].user;
		assert_text(pot_sh(p, "echo $(id -u):$(id -g):$(id -G)"),
		    rows[i].output);
	}
	p->spec.command.user = "www";
	assert_text(pot_sh(p,
			"grep -E '^Cap(Eff|Prm)' /proc/self/status; "
			"touch /x 2>&1"),
	    "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
	    "touch: /x: Permission denied\n");
}

/* What is not understood is never taken for root (CVE-2026-30892). */
static void
bad_users_are_refused(void **state)
{
	static const struct {
		const char *user;
		enum err_code code;
	} rows[] = {
		{ "", ERR_INVALID },
		{ ":", ERR_INVALID },
		{ "www:", ERR_INVALID },
		{ ":33", ERR_INVALID },
		{ "nobody", ERR_NOT_FOUND },
		{ "www:nogroup", ERR_NOT_FOUND },
		{ "bad", ERR_CORRUPT },
		{ "big", ERR_CORRUPT },
		{ "-1", ERR_NOT_FOUND },
		{ "4294967295", ERR_INVALID },
		{ "4294967296", ERR_INVALID },
		{ "99999999999999999999", ERR_INVALID },
		{ "0:4294967295", ERR_INVALID },
		{ "www:33:33", ERR_NOT_FOUND },
	};
	struct pot *p = *state;

	pot_command(p, "id", NULL);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		p->spec.command.user = rows[i].user;
		assert_int_equal(pot_create(p), -1);
		if (p->e.code != rows[i].code)
			fail_msg("user '%s': %s", rows[i].user, p->e.text);
		err_clear(&p->e);
	}
}

/* passwd may be anything: it is read below the pot's root, and only if it is
 * a file. */
static void
passwd_is_read_safely(void **state)
{
	struct pot *p = *state;
	auto_free char *passwd = xasprintf("%s/etc/passwd", p->root);

	p->spec.command.user = "www";
	pot_command(p, "id", NULL);
	/* A link that leads out: there is no such file below the root. */
	write_text(p->dir, "secret", "www:x:0:0::/:\n", 0644);
	assert_int_equal(unlink(passwd), 0);
	assert_int_equal(symlink("../../secret", passwd), 0);
	assert_err(pot_create(p), &p->e, ERR_NOT_FOUND);
	assert_int_equal(unlink(passwd), 0);
	/* A magic link to a descriptor of ours. */
	assert_int_equal(symlink("/proc/self/fd/0", passwd), 0);
	assert_int_equal(pot_create(p), -1);
	err_clear(&p->e);
	assert_int_equal(unlink(passwd), 0);
	/* A FIFO does not hang it. */
	assert_int_equal(mkfifo(passwd, 0644), 0);
	assert_err(pot_create(p), &p->e, ERR_CORRUPT);
	assert_int_equal(unlink(passwd), 0);
	assert_int_equal(mkdir(passwd, 0755), 0);
	assert_err(pot_create(p), &p->e, ERR_CORRUPT);
}

static void
say_attr(void *arg, const char *attr, const char *why)
{
	struct buf *b = arg;

	assert_true(why[0] != '\0');
	buf_add_fmt(b, "%s;", attr);
}

static void
attributes_without_meaning_are_explained(void **state UNUSED)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct cell_attrs a = { .enforce_statfs = 2, .devfs_ruleset = 4 };

	cell->explain_attrs(&a, say_attr, &b);
	assert_text(b.data, "");
	a.enforce_statfs = 1;
	a.devfs_ruleset = 6;
	a.allow_zfs = a.allow_linprocfs = a.allow_mount = true;
	a.allow_nullfs = a.allow_tmpfs = true;
	a.sysvsem = SYSV_INHERIT;
	cell->explain_attrs(&a, say_attr, &b);
	assert_text(b.data,
	    "enforce_statfs;devfs_ruleset;mount;nullfs;tmpfs;"
	    "zfs;linprocfs;sysvshm, sysvsem, sysvmsg;");
	buf_clear(&b);
	a = (struct cell_attrs){ .enforce_statfs = 2,
		.devfs_ruleset = 5,
		.userns = true,
		.allow_mount = true,
		.sysvshm = SYSV_INHERIT,
		.sysvsem = SYSV_INHERIT,
		.sysvmsg = SYSV_INHERIT };
	cell->explain_attrs(&a, say_attr, &b);
	assert_text(b.data, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		pot_test(command_runs_and_its_status_is_written),
		pot_test(command_gets_its_arguments_and_environment_only),
		pot_test(namespaces_are_its_own),
		pot_test(host_network_and_ipc_are_shared_when_asked_for),
		pot_test(mixed_sysv_gets_its_own_ipc),
		pot_test(loopback_is_up),
		pot_test(first_process_is_pot_init_and_sees_only_the_pot),
		pot_test(host_tree_is_gone),
		pot_test(dev_has_its_devices_and_no_others),
		pot_test(devfs_rulesets_choose_the_devices),
		pot_test(proc_and_sys_are_masked),
		pot_test(second_proc_is_masked_too),
		pot_test(capabilities_are_the_default_ones),
		pot_test(attributes_add_capabilities),
		pot_test(inheritable_and_ambient_are_cleared),
		pot_test(system_calls_are_filtered),
		pot_test(sysv_is_disabled_by_attribute),
		pot_test(children_may_nest),
		pot_test(descriptors_are_closed),
		pot_test(directory_as_input_is_no_way_out),
		pot_test(missing_stdio_is_dev_null),
		pot_test(stdio_may_be_anywhere),
		pot_test(signals_are_default_and_unblocked),
		pot_test(umask_and_directory_are_the_usual),
		pot_test(open_files_are_limited),
		pot_test(bad_host_name_fails_cleanly),
		pot_test(devices_of_the_image_are_dead),
		pot_test(pot_init_is_out_of_reach),
		pot_test(interpreter_of_the_host_is_read_only),
		pot_test(users_come_from_the_pots_own_files),
		pot_test(bad_users_are_refused),
		pot_test(passwd_is_read_safely),
		cmocka_unit_test(attributes_without_meaning_are_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
