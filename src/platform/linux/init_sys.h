/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls of pot-init on Linux, and its first instruction: no libc, so
 * that it is a few pages whose text all pots share.  Included by init.c
 * alone.  Everything returns what the kernel does: -errno.
 */
#ifndef POT_LINUX_INIT_SYS_H
#define POT_LINUX_INIT_SYS_H

#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/siginfo.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <stdbool.h>
#include <stddef.h>

#include "init/init.h"

#define SYS_EACCES	 EACCES
#define SYS_ECHILD	 ECHILD
#define SYS_EINVAL	 EINVAL
#define SYS_ENAMETOOLONG ENAMETOOLONG
#define SYS_ENOENT	 ENOENT
#define SYS_ENOTDIR	 ENOTDIR
#define SYS_ESRCH	 ESRCH
#define SYS_EXDEV	 EXDEV
#define SYS_SIGCHLD	 SIGCHLD
#define SYS_SIGKILL	 SIGKILL
#define SYS_INIT_SIGNAL	 INIT_SIGNAL

#define PR_SET_DUMPABLE	    4
#define CLOSE_RANGE_CLOEXEC 4
#define SPAWN_STACK_SIZE    4096

int init_main(int argc, char **argv, char **envp);
void init_start(long *sp) __attribute__((noreturn, used));

#if defined(__x86_64__)

__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call init_start\n");

static inline long
call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile(
	    "syscall"
	    : "=a"(ret)
	    : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	    : "rcx", "r11", "memory");
	return ret;
}

/* clone(2) onto the stack that ends at TOP; the child calls FN(ARG). */
static inline long
clone_onto(long flags, void *top, void (*fn)(void *), void *arg)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	register void (*r12)(void *) __asm__("r12") = fn;
	register void *r13 __asm__("r13") = arg;
	long ret;

	__asm__ volatile("syscall\n"
			 "	test %%rax, %%rax\n"
			 "	jnz 1f\n"
			 "	xor %%ebp, %%ebp\n"
			 "	mov %%r13, %%rdi\n"
			 "	call *%%r12\n"
			 "	hlt\n"
			 "1:\n"
			 : "=a"(ret)
			 : "0"((long)__NR_clone), "D"(flags), "S"(top), "d"(0L),
			 "r"(r10), "r"(r8), "r"(r12), "r"(r13)
			 : "rcx", "r11", "memory");
	return ret;
}

#elif defined(__aarch64__)

__asm__(".globl _start\n"
	".type _start, %function\n"
	"_start:\n"
	"	mov x29, xzr\n"
	"	mov x30, xzr\n"
	"	mov x0, sp\n"
	"	and sp, x0, #-16\n"
	"	bl init_start\n");

static inline long
call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static inline long
clone_onto(long flags, void *top, void (*fn)(void *), void *arg)
{
	register long x8 __asm__("x8") = __NR_clone;
	register long x0 __asm__("x0") = flags;
	register void *x1 __asm__("x1") = top;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;
	register void (*x19)(void *) __asm__("x19") = fn;
	register void *x20 __asm__("x20") = arg;

	__asm__ volatile(
	    "svc #0\n"
	    "	cbnz x0, 1f\n"
	    "	mov x29, xzr\n"
	    "	mov x0, x20\n"
	    "	blr x19\n"
	    "	brk #1\n"
	    "1:\n"
	    : "+r"(x0)
	    : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x19), "r"(x20)
	    : "x30", "memory");
	return x0;
}

#else
#error "pot-init: no system calls for this machine yet"
#endif

#define CALL(name) __NR_##name
#include "platform/init_calls.inc"

static inline void __attribute__((noreturn)) sys_exit(int code)
{
	for (;;)
		(void)call3(__NR_exit_group, code, 0, 0);
}

/* Bytes waiting in the pipe or FIFO that is open for reading and writing at
 * FD; 0 if it is something else. */
static inline int
sys_held(int fd)
{
	long flags = call3(__NR_fcntl, fd, F_GETFL, 0);
	int n = 0;

	if (flags < 0 || (flags & O_ACCMODE) != O_RDWR ||
	    call3(__NR_fcntl, fd, F_GETPIPE_SZ, 0) < 0 ||
	    call3(__NR_ioctl, fd, FIONREAD, (long)&n) < 0)
		return 0;
	return n;
}

static inline void
sys_set_cloexec(int first, int last)
{
	(void)call3(__NR_close_range, first, last, CLOSE_RANGE_CLOEXEC);
}

/* No process of the pot may look into this one: its descriptors are open
 * files of the host. */
static inline void
sys_hide(void)
{
	(void)call3(__NR_prctl, PR_SET_DUMPABLE, 0, 0);
}

static inline long
sys_credentials(
    unsigned uid, unsigned gid, const unsigned *groups, size_t ngroups)
{
	long rc = call3(__NR_setgroups, (long)ngroups, (long)groups, 0);

	if (rc == 0)
		rc = call3(__NR_setresgid, gid, gid, gid);
	if (rc == 0)
		rc = call3(__NR_setresuid, uid, uid, uid);
	return rc;
}

/* The kernel writes "(unreachable)/..." for a directory that is not below
 * the root. */
static inline bool
sys_cwd_is_inside(char *buf, size_t size)
{
	buf[0] = '\0';
	return call3(__NR_getcwd, (long)buf, (long)size, 0) > 0 &&
	    buf[0] == '/';
}

static inline void
signals_set(unsigned long mask)
{
	(void)call6(__NR_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0,
	    sizeof(mask), 0, 0);
}

static inline void
sys_signals_block(void)
{
	signals_set(~0UL);
}

static inline void
sys_signals_unblock(void)
{
	signals_set(0);
}

/* The next signal and, if it was queued, its value; 0: look again. */
static inline int
sys_signal_wait(int *value)
{
	unsigned long mask = ~0UL;
	siginfo_t info;
	long rc;

	info.si_code = 0;
	rc = call6(__NR_rt_sigtimedwait, (long)&mask, (long)&info, 0,
	    sizeof(mask), 0, 0);
	if (rc <= 0)
		return 0;
	if (rc == INIT_SIGNAL && info.si_code != SI_QUEUE)
		return 0;
	*value = info.si_int;
	return (int)rc;
}

/*
 * A child that shares our memory, on a stack inside ours, while we wait
 * until it has executed something or ended: no page is copied.
 */
static inline long
sys_spawn(void (*fn)(void *), void *arg)
{
	char stack[SPAWN_STACK_SIZE] __attribute__((aligned(16)));

	return clone_onto(
	    CLONE_VM | CLONE_VFORK | SIGCHLD, stack + sizeof(stack), fn, arg);
}

void
init_start(long *sp)
{
	int argc = (int)*sp;
	char **argv = (char **)(sp + 1);

	sys_exit(init_main(argc, argv, argv + argc + 1));
}

#endif
