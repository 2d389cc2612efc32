/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls and numbers of Linux that the C library's headers do not have yet,
 * under the kernel's names.  What is newer than 6.1 says so; whoever calls
 * it handles ENOSYS and EINVAL.
 */
#ifndef POT_LINUX_KERNEL_H
#define POT_LINUX_KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

#define PID_FS_MAGIC 0x50494446 /* 6.9: pidfds have unique inodes */

#define NR_OPEN_TREE_ATTR 467 /* 6.15; the number is that of all machines */

#define PIDFD_INFO_EXIT (1UL << 3) /* 6.15 */

struct pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};

#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info)

static inline long
sys_clone3(struct clone_args *a)
{
	return syscall(SYS_clone3, a, sizeof(*a));
}

static inline int
sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

/* The C library's would first block signals, to tell its other threads. */
static inline int
sys_drop_groups(void)
{
	return (int)syscall(SYS_setgroups, 0, NULL);
}

static inline int
sys_process_mrelease(int pidfd)
{
	return (int)syscall(SYS_process_mrelease, pidfd, 0);
}

static inline int
sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline int
sys_open_tree_attr(
    int dirfd, const char *path, unsigned flags, struct mount_attr *attr)
{
	return (int)syscall(
	    NR_OPEN_TREE_ATTR, dirfd, path, flags, attr, sizeof(*attr));
}

#endif
