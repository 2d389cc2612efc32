/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers that read what came from outside: no new rights, only the
 * capabilities that the work needs, a root directory without anything else in
 * it, Landlock where the kernel has it (it also keeps device nodes from being
 * made), and a list of the system calls that are left.
 */
#include "platform/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/linux/inside.h"

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

#if defined(__x86_64__)
#define AUDIT_ARCH_HERE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCH_HERE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define AUDIT_ARCH_HERE AUDIT_ARCH_RISCV64
#elif defined(__i386__)
#define AUDIT_ARCH_HERE AUDIT_ARCH_I386
#elif defined(__arm__)
#define AUDIT_ARCH_HERE AUDIT_ARCH_ARM
#endif

#define CAP(name) (UINT64_C(1) << CAP_##name)

/* --- the filter --------------------------------------------------------- */

/* What a library does that computes, with threads, on open descriptors. */
static const uint16_t calls_pure[] = {
	SYS_read,
	SYS_write,
	SYS_readv,
	SYS_writev,
	SYS_pread64,
	SYS_pwrite64,
	SYS_lseek,
	SYS_close,
	SYS_fstat,
#ifdef SYS_newfstatat
	SYS_newfstatat, /* what the C library makes of fstat */
#endif
	SYS_fcntl,
	SYS_fstatfs,
	SYS_mmap,
	SYS_munmap,
	SYS_mremap,
	SYS_mprotect,
	SYS_madvise,
	SYS_brk,
	SYS_futex,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_sigaltstack,
	SYS_sched_yield,
	SYS_sched_getaffinity,
	SYS_set_robust_list,
	SYS_rseq,
	SYS_getpid,
	SYS_gettid,
	SYS_tgkill,
	SYS_getrandom,
	SYS_sysinfo,
	SYS_uname,
	SYS_clock_gettime,
	SYS_clock_nanosleep,
	SYS_gettimeofday,
	SYS_exit,
	SYS_exit_group,
};

static const uint16_t calls_read[] = {
	SYS_openat,
	SYS_statx,
	SYS_getdents64,
	SYS_readlinkat,
	SYS_flistxattr,
	SYS_fgetxattr,
	SYS_dup,
};

static const uint16_t calls_write[] = {
	SYS_mkdirat,
	SYS_symlinkat,
	SYS_linkat,
	SYS_mknodat,
	SYS_ftruncate,
	SYS_fchown,
	SYS_fchownat,
	SYS_fchmod,
	SYS_fsetxattr,
	SYS_utimensat,
};

#define DENY(code)   (SECCOMP_RET_ERRNO | (code))
#define LOAD(member) load((uint32_t)offsetof(struct seccomp_data, member))

static struct sock_filter
statement(unsigned code, uint32_t value)
{
	return (struct sock_filter){ .code = (uint16_t)code, .k = value };
}

static struct sock_filter
answer(uint32_t value)
{
	return statement(BPF_RET | BPF_K, value);
}

static struct sock_filter
load(uint32_t offset)
{
	return statement(BPF_LD | BPF_W | BPF_ABS, offset);
}

static struct sock_filter
jump(unsigned how, uint32_t value, uint8_t yes, uint8_t no)
{
	return (struct sock_filter){ .code = (uint16_t)(BPF_JMP | how | BPF_K),
		.jt = yes,
		.jf = no,
		.k = value };
}

struct filter {
	struct sock_filter code[256];
	unsigned short n;
};

static void
add(struct filter *f, struct sock_filter s)
{
	f->code[f->n++] = s;
}

static void
add_calls(struct filter *f, const uint16_t *calls, size_t n, uint32_t what)
{
	for (size_t i = 0; i < n; i++) {
		add(f, jump(BPF_JEQ, calls[i], 0, 1));
		add(f, answer(what));
	}
}

#define ADD_CALLS(f, list, what) add_calls((f), (list), COUNT_OF(list), (what))

static void
add_allowed(struct filter *f, enum confine_kind kind)
{
	ADD_CALLS(f, calls_pure, SECCOMP_RET_ALLOW);
	if (kind == CONFINE_READ || kind == CONFINE_WRITE)
		ADD_CALLS(f, calls_read, SECCOMP_RET_ALLOW);
	if (kind == CONFINE_WRITE)
		ADD_CALLS(f, calls_write, SECCOMP_RET_ALLOW);
	/* Threads, but no processes; clone3 hides its flags from us, and
	 * without it the C library takes clone. */
	add(f, jump(BPF_JEQ, SYS_clone3, 0, 1));
	add(f, answer(DENY(ENOSYS)));
	add(f, jump(BPF_JEQ, SYS_clone, 0, 3));
	add(f, LOAD(args[0]));
	add(f, jump(BPF_JSET, CLONE_THREAD, 0, 1));
	add(f, answer(SECCOMP_RET_ALLOW));
	add(f, answer(DENY(EPERM)));
}

static int
set_filter(enum confine_kind kind, struct err *e)
{
#ifdef AUDIT_ARCH_HERE
	struct filter f = { .n = 0 };
	struct sock_fprog prog = { .filter = f.code };

	add(&f, LOAD(arch));
	add(&f, jump(BPF_JEQ, AUDIT_ARCH_HERE, 1, 0));
	add(&f, answer(SECCOMP_RET_KILL_PROCESS));
	add(&f, LOAD(nr));
	/* The second numbering of x86_64. */
	add(&f, jump(BPF_JGE, 0x40000000, 0, 1));
	add(&f, answer(DENY(EPERM)));
	add_allowed(&f, kind);
	prog.len = f.n;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		return err_sys(e, "seccomp filter");
#else
	(void)kind;
	(void)e;
#endif
	return 0;
}

/* --- Landlock ----------------------------------------------------------- */

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13) /* ABI 2 */
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* ABI 3 */
#endif

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                        \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |  \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO)

/* All rights of the ABI number N. */
static uint64_t
all_rights(long n)
{
	uint64_t v1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	if (n >= 2)
		v1 |= LANDLOCK_ACCESS_FS_REFER;
	if (n >= 3)
		v1 |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return v1;
}

static int
add_rule(int rules, int dir, uint64_t rights, struct err *e)
{
	struct landlock_path_beneath_attr a = { .allowed_access = rights,
		.parent_fd = dir };

	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
		&a, 0) < 0)
		return err_sys(e, "landlock: rule");
	return 0;
}

static int
set_landlock(const struct confine *c, struct err *e)
{
	struct landlock_ruleset_attr a = { 0 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	auto_close int rules = -1;
	uint64_t rights = FS_READ;

	if (abi < 1)
		return 0; /* the kernel has none, or it was not booted */
	a.handled_access_fs = all_rights(abi);
	rules = (int)syscall(SYS_landlock_create_ruleset, &a, sizeof(a), 0);
	if (rules < 0)
		return err_sys(e, "landlock");
	if (c->kind == CONFINE_WRITE)
		rights |= (FS_WRITE | LANDLOCK_ACCESS_FS_REFER |
			      LANDLOCK_ACCESS_FS_TRUNCATE) &
		    a.handled_access_fs;
	if ((c->kind == CONFINE_READ || c->kind == CONFINE_WRITE) &&
	    add_rule(rules, c->dir, rights, e) < 0)
		return -1;
	if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		return err_sys(e, "landlock: restrict");
	return 0;
}

/* --- rights ------------------------------------------------------------- */

static int
become_nobody(struct err *e)
{
	if (setgroups(0, NULL) < 0 ||
	    setresgid(CONFINE_ID, CONFINE_ID, CONFINE_ID) < 0 ||
	    setresuid(CONFINE_ID, CONFINE_ID, CONFINE_ID) < 0)
		return err_sys(e, "become nobody");
	return 0;
}

static int
drop_rights(const struct confine *c, struct err *e)
{
	static const uint64_t writers = CAP(CHOWN) | CAP(DAC_OVERRIDE) |
	    CAP(FOWNER) | CAP(FSETID) | CAP(SETFCAP);

	if (c->kind == CONFINE_PURE)
		return become_nobody(e);
	if (fchdir(c->dir) < 0 || chroot(".") < 0)
		return err_sys(e, "change root");
	return caps_set(
	    c->kind == CONFINE_WRITE ? writers : CAP(DAC_READ_SEARCH), e);
}

static int
set_limits(const struct confine *c, struct err *e)
{
	struct rlimit none = { 0, 0 };
	struct rlimit memory = { c->memory_bytes, c->memory_bytes };

	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    (c->memory_bytes > 0 && setrlimit(RLIMIT_AS, &memory) < 0))
		return err_sys(e, "resource limits");
	return 0;
}

int
confine_files(const struct confine *c, struct err *e)
{
	if (IS_SANITIZED)
		return 0;
	if (set_limits(c, e) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "no_new_privs");
	if (set_landlock(c, e) < 0 || (geteuid() == 0 && drop_rights(c, e) < 0))
		return -1;
	return set_filter(c->kind, e);
}
