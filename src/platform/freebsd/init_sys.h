/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls of pot-init on FreeBSD, and its first instruction.  It runs
 * in the jail, where there may be no libc and no runtime linker, so it is
 * static and brings its own (intro(2), and the conventions of libsys).
 * Included by init.c alone.  Everything returns what Linux would: -errno.
 *
 * Only calls that FreeBSD 12 has: an unknown one is answered with SIGSYS.
 */
#ifndef POT_FREEBSD_INIT_SYS_H
#define POT_FREEBSD_INIT_SYS_H

#include <sys/types.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/filio.h>
#include <sys/procctl.h>
#include <sys/signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

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
#define SYS_INIT_SIGNAL	 INIT_SIGNAL_BSD

/* setgroups(2) as it was until 15, whose number differs: the first group is
 * the effective one.  15 has it as COMPAT_FREEBSD14. */
#define CALL_SETGROUPS 80

#define SPAWN_STACK_SIZE 4096

int init_main(int argc, char **argv, char **envp);
void init_start(long *sp) __attribute__((noreturn, used));

/*
 * The kernel takes a program for FreeBSD's by this note, whatever the
 * linker wrote into the ELF header, and by the version in it decides on old
 * behaviour (elf(5), PT_NOTE; osrel of procstat(1)).
 */
static const struct {
	unsigned name_size, value_size, type;
	char name[8];
	unsigned version;
} abi_note __attribute__((used, aligned(4), section(".note.tag"))) = {
	.name_size = 8,
	.value_size = 4,
	.type = 1, /* NT_FREEBSD_ABI_TAG */
	.name = "FreeBSD",
	.version = 1200000,
};

#if defined(__x86_64__)

/* rdi is the stack with argc; rsp is aligned for a call already made. */
__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	and $-16, %rsp\n"
	"	call init_start\n");

/* The carry flag tells an error; r8 to r10 and rdx are not preserved. */
static inline long
call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall\n"
			 "	jnc 1f\n"
			 "	neg %%rax\n"
			 "1:\n"
			 : "=a"(ret), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)
			 : "0"(nr), "D"(a), "S"(b)
			 : "rcx", "r11", "cc", "memory");
	return ret;
}

/* vfork(2); the child goes to the stack that ends at TOP and calls FN(ARG). */
static inline long
vfork_onto(void *top, void (*fn)(void *), void *arg)
{
	register void *r12 __asm__("r12") = top;
	register void (*r13)(void *) __asm__("r13") = fn;
	register void *r14 __asm__("r14") = arg;
	long ret;

	__asm__ volatile(
	    "syscall\n"
	    "	jc 1f\n"
	    "	test %%rax, %%rax\n"
	    "	jnz 2f\n"
	    "	mov %%r12, %%rsp\n"
	    "	xor %%ebp, %%ebp\n"
	    "	mov %%r14, %%rdi\n"
	    "	call *%%r13\n"
	    "	hlt\n"
	    "1:\n"
	    "	neg %%rax\n"
	    "2:\n"
	    : "=a"(ret)
	    : "0"((long)SYS_vfork), "r"(r12), "r"(r13), "r"(r14)
	    : "rcx", "rdx", "r8", "r9", "r10", "r11", "cc", "memory");
	return ret;
}

#elif defined(__aarch64__)

/* x0 is the stack with argc. */
__asm__(".globl _start\n"
	".type _start, %function\n"
	"_start:\n"
	"	mov x29, xzr\n"
	"	mov x30, xzr\n"
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

	__asm__ volatile("svc #0\n"
			 "	b.cc 1f\n"
			 "	neg x0, x0\n"
			 "1:\n"
			 : "+r"(x0), "+r"(x1)
			 : "r"(x8), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "cc", "memory");
	return x0;
}

static inline long
vfork_onto(void *top, void (*fn)(void *), void *arg)
{
	register long x8 __asm__("x8") = SYS_vfork;
	register long x0 __asm__("x0") = 0;
	register void *x19 __asm__("x19") = top;
	register void (*x20)(void *) __asm__("x20") = fn;
	register void *x21 __asm__("x21") = arg;

	__asm__ volatile("svc #0\n"
			 "	b.cs 1f\n"
			 "	cbnz x0, 2f\n"
			 "	mov sp, x19\n"
			 "	mov x29, xzr\n"
			 "	mov x0, x21\n"
			 "	blr x20\n"
			 "	brk #1\n"
			 "1:\n"
			 "	neg x0, x0\n"
			 "2:\n"
			 : "+r"(x0)
			 : "r"(x8), "r"(x19), "r"(x20), "r"(x21)
			 : "x1", "x30", "cc", "memory");
	return x0;
}

#else
#error "pot-init: no system calls for this machine yet"
#endif

#define CALL(name) SYS_##name
#include "platform/init_calls.inc"

static inline void __attribute__((noreturn)) sys_exit(int code)
{
	for (;;)
		(void)call3(SYS_exit, code, 0, 0);
}

/* Bytes waiting in the FIFO that is open for reading and writing at FD; 0 if
 * it is something else. */
static inline int
sys_held(int fd)
{
	long flags = call3(SYS_fcntl, fd, F_GETFL, 0);
	struct stat st;
	int n = 0;

	if (flags < 0 || (flags & O_ACCMODE) != O_RDWR ||
	    call3(SYS_fstat, fd, (long)&st, 0) < 0 || !S_ISFIFO(st.st_mode) ||
	    call3(SYS_ioctl, fd, FIONREAD, (long)&n) < 0)
		return 0;
	return n;
}

static inline void
sys_set_cloexec(int first, int last)
{
	for (int fd = first; fd <= last; fd++)
		(void)call3(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
}

/*
 * No process of the pot may look into this one: its descriptors are open
 * files of the host (procctl(2), PROC_TRACE_CTL; the command is traceable
 * again once executed).  And orphans of the pot are its children, not those
 * of the host's init (PROC_REAP_ACQUIRE).
 */
static inline void
sys_hide(void)
{
	long self = call3(SYS_getpid, 0, 0, 0);
	int disable = PROC_TRACE_CTL_DISABLE;

	(void)call6(
	    SYS_procctl, P_PID, self, PROC_TRACE_CTL, (long)&disable, 0, 0);
	(void)call6(SYS_procctl, P_PID, self, PROC_REAP_ACQUIRE, 0, 0, 0);
}

static inline long
sys_credentials(
    unsigned uid, unsigned gid, const unsigned *groups, size_t ngroups)
{
	gid_t list[INIT_GROUPS_MAX + 1];
	long rc;

	list[0] = gid;
	for (size_t i = 0; i < ngroups; i++)
		list[i + 1] = groups[i];
	rc = call3(CALL_SETGROUPS, (long)ngroups + 1, (long)list, 0);
	if (rc == 0)
		rc = call3(SYS_setresgid, gid, gid, gid);
	if (rc == 0)
		rc = call3(SYS_setresuid, uid, uid, uid);
	return rc;
}

/* The kernel names a directory outside of the root by its path on the host:
 * in the pot that is something else, or nothing. */
static inline bool
sys_cwd_is_inside(char *buf, size_t size)
{
	struct stat here, there;

	return call3(SYS___getcwd, (long)buf, (long)size, 0) == 0 &&
	    call6(SYS_fstatat, AT_FDCWD, (long)".", (long)&here, 0, 0, 0) ==
	    0 &&
	    call6(SYS_fstatat, AT_FDCWD, (long)buf, (long)&there, 0, 0, 0) ==
	    0 &&
	    here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static inline void
signals_set(unsigned mask)
{
	sigset_t set;

	for (size_t i = 0; i < _SIG_WORDS; i++)
		set.__bits[i] = mask;
	(void)call3(SYS_sigprocmask, SIG_SETMASK, (long)&set, 0);
}

static inline void
signal_caught(int signo __attribute__((unused)))
{
}

/* A blocked signal is kept for sigtimedwait(2) only if it is not ignored,
 * and the default of these is to be ignored (sigaction(2)). */
static inline void
sys_signals_block(void)
{
	static const int ignored[] = { SIGCHLD, SIGURG, SIGIO, SIGWINCH,
		SIGINFO };
	struct sigaction action;

	signals_set(~0U);
	action.sa_handler = signal_caught;
	action.sa_flags = SA_RESTART;
	for (size_t i = 0; i < _SIG_WORDS; i++)
		action.sa_mask.__bits[i] = 0;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)call3(SYS_sigaction, ignored[i], (long)&action, 0);
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
	siginfo_t info;
	sigset_t all;
	long rc;

	for (size_t i = 0; i < _SIG_WORDS; i++)
		all.__bits[i] = ~0U;
	info.si_code = 0;
	rc = call3(SYS_sigtimedwait, (long)&all, (long)&info, 0);
	if (rc <= 0)
		return 0;
	if (rc == INIT_SIGNAL_BSD && info.si_code != SI_QUEUE)
		return 0;
	*value = info.si_value.sival_int;
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

	return vfork_onto(stack + sizeof(stack), fn, arg);
}

void
init_start(long *sp)
{
	int argc = (int)*sp;
	char **argv = (char **)(sp + 1);
	int code = init_main(argc, argv, argv + argc + 1);

	/* With the first process of a pot (modes - and p) the pot ends, as it
	 * does by itself on Linux. */
	if (argc > 1 && (argv[1][0] == '-' || argv[1][0] == 'p'))
		(void)sys_kill_others(SIGKILL);
	sys_exit(code);
}

#endif
