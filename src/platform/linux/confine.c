/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers on Linux: a filter of system calls, and Landlock where the kernel
 * has it.  The filter names what is forbidden: what libcurl and the C
 * library's resolver call changes with every release, but none of them
 * executes, traces or mounts anything.
 */
#include "platform/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif
#define X32_BIT 0x40000000U

/* What reads or changes other processes, the kernel or the file system's
 * layout, and what would run a program. */
static const unsigned forbidden[] = { SYS_execve, SYS_execveat, SYS_ptrace,
	SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount, SYS_umount2,
	SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare, SYS_bpf,
	SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key,
	SYS_userfaultfd, SYS_open_by_handle_at, SYS_kexec_load, SYS_init_module,
	SYS_finit_module, SYS_delete_module, SYS_io_uring_setup, SYS_open_tree,
	SYS_move_mount, SYS_fsopen, SYS_fsmount, SYS_pidfd_getfd };

#ifdef ARCH
static int
load_filter(struct err *e)
{
	struct sock_filter code[8 + 2 * COUNT_OF(forbidden)];
	unsigned short n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] =
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	code[n++] = (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, forbidden[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(
		    BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
	code[n++] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	const struct sock_fprog program = { .len = n, .filter = code };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 &&
	    errno != EINVAL)
		return err_sys(e, "seccomp");
	return 0;
}
#else
static int
load_filter(struct err *e UNUSED)
{
	return 0;
}
#endif

/* Below these a resolver and TLS find what they read. */
static const char *const readable[] = { "/etc", "/usr", "/lib", "/lib64",
	"/run/systemd/resolve", "/run/resolvconf", "/dev/urandom", "/dev/null",
	"/opt/etc/ssl", "/var/lib/ca-certificates" };

#define READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define READ_DIR  (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* All that version 1 of Landlock knows of. */
#define HANDLED ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static int
allow_reading(int ruleset, const char *path, struct err *e)
{
	auto_close int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .parent_fd = fd,
		.allowed_access = READ_DIR };

	if (fd < 0)
		return 0; /* there is none on this host */
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) == 0)
		return 0;
	/* A file can't be listed. */
	rule.allowed_access = READ_FILE;
	if (errno == EINVAL &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) == 0)
		return 0;
	return err_sys(e, "landlock: %s", path);
}

static int
restrict_files(struct err *e)
{
	const struct landlock_ruleset_attr attr = { .handled_access_fs =
							HANDLED };
	auto_close int ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (ruleset < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
		return 0;
	if (ruleset < 0)
		return err_sys(e, "landlock");
	for (size_t i = 0; i < COUNT_OF(readable); i++)
		if (allow_reading(ruleset, readable[i], e) < 0)
			return -1;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return err_sys(e, "landlock");
	return 0;
}

int
confine_network(struct err *e)
{
	if (confine_common(e) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, "prctl");
	if (restrict_files(e) < 0 || load_filter(e) < 0)
		return -1;
	return 0;
}
