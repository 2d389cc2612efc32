/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest: what tests let a pot try from within.  "guest try NAME..." makes
 * system calls and prints "NAME ERRNO" for each (0: it worked); other words
 * print what the process has.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

typedef long try_fn(void);

#define TRY(name, expr)              \
	static long try_##name(void) \
	{                            \
		return (expr);       \
	}

#define MUCH ((size_t)64 << 20) /* more than hosts let anybody lock */

static long
mlock_much(void)
{
	void *p = mmap(NULL, MUCH, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : mlock(p, MUCH);
}

/* A child that was made after all ends at once. */
static long
child_of(long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static long
clone3_with(uint64_t flags)
{
	struct clone_args a = { .flags = flags, .exit_signal = SIGCHLD };

	return child_of(syscall(SYS_clone3, &a, sizeof(a)));
}

#if defined(__x86_64__)
/* The 32 bit entry of the same kernel. */
static long
call32(long nr, long a)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "0"(nr), "b"(a)
			 : "memory", "r8", "r9", "r10", "r11");
	if (ret < 0 && ret > -4096) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}
TRY(unshare32, call32(310, CLONE_NEWUSER))
TRY(getpid32, call32(20, 0))
TRY(clone32, child_of(call32(120, CLONE_NEWUSER | SIGCHLD)))
TRY(x32, syscall(0x40000000L + 39))
#endif

TRY(add_key, syscall(SYS_add_key, "user", "x", "y", 1L, -3L))
TRY(bpf, syscall(SYS_bpf, 0, NULL, 0))
TRY(chroot, chroot("/"))
TRY(clone_thread, child_of(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)))
TRY(clone_user,
    child_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)))
TRY(clone3, clone3_with(0))
TRY(clone3_user, clone3_with(CLONE_NEWUSER))
TRY(fsopen, syscall(SYS_fsopen, "tmpfs", 0))
TRY(init_module, syscall(SYS_init_module, NULL, 0, ""))
TRY(io_uring, syscall(SYS_io_uring_setup, 1, NULL))
TRY(kexec, syscall(SYS_kexec_load, 0, 0, NULL, 0))
TRY(keyctl, syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3, 0))
TRY(mknod_block, mknod("/tmp/block", S_IFBLK | 0600, makedev(254, 0)))
TRY(mknod_char, mknod("/tmp/char", S_IFCHR | 0600, makedev(1, 1)))
TRY(mknod_dev, mknod("/dev/disk", S_IFBLK | 0600, makedev(254, 0)))
TRY(mknod_fifo, mknod("/tmp/fifo", S_IFIFO | 0600, 0))
TRY(mlock, mlockall(MCL_CURRENT))
TRY(mlock_much, mlock_much())
TRY(mount, mount("none", "/tmp", "tmpfs", 0, NULL))
TRY(mount_proc, mount("none", "/tmp", "proc", 0, NULL))
TRY(mount_setattr, syscall(SYS_mount_setattr, -100, "/", 0, NULL, 0))
TRY(msgget, syscall(SYS_msgget, 0, 0600 | 01000))
TRY(new_call, syscall(999))
TRY(nice, setpriority(PRIO_PROCESS, 0, -10))
TRY(open_by_handle, syscall(SYS_open_by_handle_at, -1, NULL, 0))
TRY(open_disk, open("/device", O_RDONLY))
TRY(open_tree, syscall(SYS_open_tree, -100, "/", 1))
TRY(perf, syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0))
TRY(personality, personality(0x0040000))
TRY(personality_linux, personality(0))
TRY(pivot_root, syscall(SYS_pivot_root, ".", "."))
TRY(ptrace_init, syscall(SYS_ptrace, 0x4206, 1, 0, 0))
TRY(quotactl, syscall(SYS_quotactl, 0, NULL, 0, NULL))
TRY(raw_socket, socket(AF_INET, SOCK_RAW, 1))
TRY(reboot, syscall(SYS_reboot, 0, 0, 0, NULL))
TRY(remount, mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL))
TRY(semget, syscall(SYS_semget, 0, 1, 0600 | 01000))
TRY(setgid, setregid(1, 1))
TRY(sethostname, sethostname("x", 1))
TRY(setns, setns(0, 0))
TRY(setrlimit, setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1 << 20, 1 << 20 }))
TRY(settimeofday, settimeofday(&(struct timeval){ 0, 0 }, NULL))
TRY(shmget, shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT))
TRY(socket, socket(AF_INET, SOCK_DGRAM, 0))
TRY(swapon, syscall(SYS_swapon, "/x", 0))
TRY(tiocsti, ioctl(0, TIOCSTI, "x"))
TRY(tiocsti_high, syscall(SYS_ioctl, 0, 0x100000000L | TIOCSTI, "x"))
TRY(umount, umount2("/proc/sys", MNT_DETACH))
TRY(unshare_mnt, unshare(CLONE_NEWNS))
TRY(unshare_user, unshare(CLONE_NEWUSER))
TRY(userfaultfd, syscall(SYS_userfaultfd, 0))
TRY(vsock, socket(AF_VSOCK, SOCK_STREAM, 0))
TRY(write_sysctl, open("/proc/sys/kernel/hostname", O_WRONLY))
TRY(write_sysrq, open("/proc/sysrq-trigger", O_WRONLY))

struct try_row {
	const char *name;
	try_fn *fn;
};

#define ROW(name)                 \
	{                         \
#name, try_##name \
	}

static const struct try_row try_rows[] = {
	ROW(add_key),
	ROW(bpf),
	ROW(chroot),
	ROW(clone3),
	ROW(clone3_user),
	ROW(clone_thread),
	ROW(clone_user),
	ROW(fsopen),
	ROW(init_module),
	ROW(io_uring),
	ROW(kexec),
	ROW(keyctl),
	ROW(mknod_block),
	ROW(mknod_char),
	ROW(mknod_dev),
	ROW(mknod_fifo),
	ROW(mlock),
	ROW(mlock_much),
	ROW(mount),
	ROW(mount_proc),
	ROW(mount_setattr),
	ROW(msgget),
	ROW(new_call),
	ROW(nice),
	ROW(open_by_handle),
	ROW(open_disk),
	ROW(open_tree),
	ROW(perf),
	ROW(personality),
	ROW(personality_linux),
	ROW(pivot_root),
	ROW(ptrace_init),
	ROW(quotactl),
	ROW(raw_socket),
	ROW(reboot),
	ROW(remount),
	ROW(semget),
	ROW(setgid),
	ROW(sethostname),
	ROW(setns),
	ROW(setrlimit),
	ROW(settimeofday),
	ROW(shmget),
	ROW(socket),
	ROW(swapon),
	ROW(tiocsti),
	ROW(tiocsti_high),
	ROW(umount),
	ROW(unshare_mnt),
	ROW(unshare_user),
	ROW(userfaultfd),
	ROW(vsock),
	ROW(write_sysctl),
	ROW(write_sysrq),
#if defined(__x86_64__)
	ROW(clone32),
	ROW(getpid32),
	ROW(unshare32),
	ROW(x32),
#endif
};

/* Each in a child, so that what it changes does not matter to the next. */
static void
try_one(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(try_rows); i++) {
		int status;

		if (strcmp(try_rows[i].name, name) != 0)
			continue;
		if (fork() == 0) {
			long rc = try_rows[i].fn();

			printf("%s %d\n", name, rc < 0 ? errno : 0);
			exit(0);
		}
		(void)wait(&status);
		if (WIFSIGNALED(status))
			printf("%s killed by %d\n", name, WTERMSIG(status));
		return;
	}
	printf("%s unknown\n", name);
}

static int
show_try(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	for (int i = 0; i < argc; i++)
		try_one(argv[i]);
	return 0;
}

static int
show_fds(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (int fd = 0; fd < 4096; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	}
	printf("\n");
	return 0;
}

static int
show_tty(int argc, char **argv)
{
	int fd = open("/dev/tty", O_RDWR);

	(void)argc;
	(void)argv;
	printf("isatty %d%d%d session %d leader %d tty %s dev %d\n", isatty(0),
	    isatty(1), isatty(2), tcgetsid(0) == getsid(0),
	    getsid(0) == getpid(), ttyname(0) != NULL ? ttyname(0) : "-",
	    fd >= 0);
	return 0;
}

/* Says what arrives until SIGTERM. */
static int
show_signals(int argc, char **argv)
{
	sigset_t all;
	int signo = 0;

	(void)argc;
	(void)argv;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	while (signo != SIGTERM && sigwait(&all, &signo) == 0)
		printf("signal %d\n", signo);
	return 7;
}

/* Opens a path that many writers of exploits like, read and write. */
static int
show_open(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		int r = open(argv[i], O_RDONLY | O_NONBLOCK), rerr = errno;
		int w = open(argv[i], O_WRONLY | O_NONBLOCK), werr = errno;

		printf(
		    "%s %d %d\n", argv[i], r < 0 ? rerr : 0, w < 0 ? werr : 0);
		if (r >= 0)
			(void)close(r);
		if (w >= 0)
			(void)close(w);
	}
	return 0;
}

static int
show_args(int argc, char **argv)
{
	extern char **environ;

	for (int i = 0; i < argc; i++)
		printf("arg %s\n", argv[i]);
	for (char **p = environ; *p != NULL; p++)
		printf("env %s\n", *p);
	return 0;
}

/*
 * Who comes in has one of the next pids: look at a few after the last one
 * that was seen, again and again; a child of ours tells where the numbers
 * are when nobody was seen for long.
 */
static pid_t
next_pid(pid_t pid, pid_t *last)
{
	static unsigned misses;

	if (pid > *last && kill(pid, 0) == 0) {
		*last = pid;
		misses = 0;
	} else if (++misses % 2000 == 0) {
		*last = fork();
		if (*last == 0)
			_exit(0);
		(void)waitpid(*last, NULL, 0);
		return *last + 1;
	}
	return pid >= *last + 8 ? *last : pid + 1;
}

static int
open_of(pid_t pid, const char *name, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, flags);
}

/* Open the image of whoever comes in; if it is none of the pot's own files,
 * try to write to it until it is no longer executed. */
static int
show_catch(int argc, char **argv)
{
	struct stat own, st;
	pid_t last = getpid();
	int fd = -1;

	(void)argc;
	(void)argv;
	if (stat("/bin/busybox", &own) < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	for (pid_t pid = last + 1;; pid = next_pid(pid, &last)) {
		if (pid == getpid())
			continue;
		fd = open_of(pid, "exe", O_RDONLY);
		/* pot-init is small and not one of the pot's. */
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size < 200000 &&
		    st.st_ino != own.st_ino)
			break;
		if (fd >= 0)
			(void)close(fd);
	}
	for (;;) {
		char path[64];
		int w;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		w = open(path, O_WRONLY);
		if (w >= 0 || errno != ETXTBSY) {
			printf("caught pot-init: %d\n", w >= 0 ? 0 : errno);
			return 0;
		}
	}
}

static volatile sig_atomic_t has_ended;

static void
end(int signo)
{
	(void)signo;
	has_ended = 1;
}

/* Look at the image and root of whoever comes in, as long as it can be seen;
 * "host" if it is something that is not in the pot. */
static int
show_peep(int argc, char **argv)
{
	unsigned seen = 0;
	pid_t last = getpid();

	(void)argc;
	(void)argv;
	(void)signal(SIGTERM, end);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	for (pid_t pid = last + 1; !has_ended; pid = next_pid(pid, &last)) {
		char path[64], link[256];
		ssize_t n;
		int fd;

		if (pid == getpid() || kill(pid, 0) < 0)
			continue;
		seen++;
		(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
		n = readlink(path, link, sizeof(link) - 1);
		if (n > 0) {
			link[n] = '\0';
			/* pot-init is the root of its own mount. */
			if (strncmp(link, "/bin/", 5) != 0 &&
			    strcmp(link, "/") != 0)
				printf("host image %s\n", link);
		}
		(void)snprintf(path, sizeof(path), "/proc/%d/fd/6", (int)pid);
		n = readlink(path, link, sizeof(link) - 1);
		if (n > 0)
			printf("host descriptor %.*s\n", (int)n, link);
		fd = open_of(pid, "root/etc/shadow", O_RDONLY);
		if (fd >= 0)
			printf("host root\n");
	}
	printf("seen %u\n", seen);
	return 0;
}

struct show_row {
	const char *name;
	int (*fn)(int argc, char **argv);
};

static const struct show_row show_rows[] = {
	{ "args", show_args },
	{ "catch", show_catch },
	{ "fds", show_fds },
	{ "open", show_open },
	{ "peep", show_peep },
	{ "signals", show_signals },
	{ "try", show_try },
	{ "tty", show_tty },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT_OF(show_rows); i++) {
		if (strcmp(argv[1], show_rows[i].name) == 0)
			return show_rows[i].fn(argc - 2, argv + 2);
	}
	fprintf(stderr, "guest: what?\n");
	return 99;
}
