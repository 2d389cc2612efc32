/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfork(2) for clone3(2): a child that works in its parent's memory on a
 * stack of its own, while the parent waits, until it executes a program or
 * ends.  No page table is copied for it, and no page that either writes.
 *
 * What the child writes the parent finds written: the child gets a copy of
 * what it changes, allocates nothing, and reads nothing that others wrote.
 */
#ifndef POT_LINUX_CLONE_RUN_H
#define POT_LINUX_CLONE_RUN_H

#include <errno.h>
#include <linux/sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

/* The sanitizers keep books of one stack, and in memory. */
#if defined(__SANITIZE_ADDRESS__)
#define CLONE_RUN_IS_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CLONE_RUN_IS_WATCHED 1
#endif
#endif

#define CLONE_RUN_STACK_SIZE 65536

#if defined(CLONE_RUN_IS_WATCHED)
#define CLONE_RUN_IS_THERE false
#elif defined(__x86_64__)
#define CLONE_RUN_IS_THERE true

static inline long
clone_run_call(const struct clone_args *a, void (*fn)(void *), void *arg)
{
	register void (*r12)(void *) __asm__("r12") = fn;
	register void *r13 __asm__("r13") = arg;
	long ret;

	__asm__ volatile(
	    "syscall\n"
	    "	test %%rax, %%rax\n"
	    "	jnz 1f\n"
	    "	xor %%ebp, %%ebp\n"
	    "	mov %%r13, %%rdi\n"
	    "	call *%%r12\n"
	    "	hlt\n"
	    "1:\n"
	    : "=a"(ret)
	    : "0"((long)SYS_clone3), "D"(a), "S"(sizeof(*a)), "r"(r12), "r"(r13)
	    : "rcx", "r11", "memory");
	return ret;
}

#elif defined(__aarch64__)
#define CLONE_RUN_IS_THERE true

static inline long
clone_run_call(const struct clone_args *a, void (*fn)(void *), void *arg)
{
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)(intptr_t)a;
	register long x1 __asm__("x1") = sizeof(*a);
	register void (*x19)(void *) __asm__("x19") = fn;
	register void *x20 __asm__("x20") = arg;

	__asm__ volatile("svc #0\n"
			 "	cbnz x0, 1f\n"
			 "	mov x29, xzr\n"
			 "	mov x0, x20\n"
			 "	blr x19\n"
			 "	brk #1\n"
			 "1:\n"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x19), "r"(x20)
			 : "x30", "memory");
	return x0;
}

#else
#define CLONE_RUN_IS_THERE false
#endif

#if defined(CLONE_RUN_IS_WATCHED) || \
    !(defined(__x86_64__) || defined(__aarch64__))
static inline long
clone_run_call(const struct clone_args *a, void (*fn)(void *), void *arg)
{
	(void)a;
	(void)fn;
	(void)arg;
	return -ENOSYS;
}
#endif

/* The child runs FN(ARG), which does not return.  As clone3(2), with errno. */
static inline long
clone_run(struct clone_args *a, void (*fn)(void *), void *arg)
{
	static char stack[CLONE_RUN_STACK_SIZE] __attribute__((aligned(64)));
	long ret;

	a->flags |= CLONE_VM | CLONE_VFORK;
	a->stack = (uint64_t)(uintptr_t)stack;
	a->stack_size = sizeof(stack);
	ret = clone_run_call(a, fn, arg);
	if (ret >= 0)
		return ret;
	errno = (int)-ret;
	return -1;
}

#endif
