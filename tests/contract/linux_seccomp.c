/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compiled filters, run by an interpreter of BPF on what the kernel
 * would give them: each row of the policy, numbers that are unknown, and
 * that all code is what the kernel accepts.
 */
#include "../unit/unit.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "platform/linux/seccomp_filters.h"

#define ALLOWED SECCOMP_RET_ALLOW
#define ERR(n)	(SECCOMP_RET_ERRNO | (uint32_t)(n))

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define COMPAT AUDIT_ARCH_I386
#else
#define NATIVE AUDIT_ARCH_AARCH64
#define COMPAT AUDIT_ARCH_ARM
#endif

struct filter {
	const char *name;
	const struct sock_filter *code;
	size_t n;
};

static const struct filter filters[] = {
	{ "base", code_base, COUNT_OF(code_base) },
	{ "nest", code_nest, COUNT_OF(code_nest) },
	{ "no_shm", code_no_shm, COUNT_OF(code_no_shm) },
	{ "no_sem", code_no_sem, COUNT_OF(code_no_sem) },
	{ "no_msg", code_no_msg, COUNT_OF(code_no_msg) },
	{ "no_remount", code_no_remount, COUNT_OF(code_no_remount) },
};

static uint32_t
run(const struct filter *f, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < f->n; pc++) {
		const struct sock_filter *i = &f->code[pc];
		bool is_true;

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_in_range(i->k, 0, sizeof(*d) - 4);
			memcpy(&a, (const char *)d + i->k, 4);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			continue;
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			is_true = a == i->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			is_true = a >= i->k;
			break;
		default:
			fail_msg("%s: code 0x%x", f->name, i->code);
			return 0;
		}
		pc += is_true ? i->jt : i->jf;
	}
	fail_msg("%s: ran off its end", f->name);
	return 0;
}

static uint32_t
ask(const char *name, uint32_t arch, long nr, uint64_t arg0, uint64_t arg1,
    uint64_t arg3)
{
	struct seccomp_data d = { .nr = (int)nr,
		.arch = arch,
		.args = { arg0, arg1, 0, arg3, 0, 0 } };

	for (size_t i = 0; i < COUNT_OF(filters); i++) {
		if (strcmp(filters[i].name, name) == 0)
			return run(&filters[i], &d);
	}
	fail_msg("no filter %s", name);
	return 0;
}

#define assert_ask(want, ...) assert_int_equal(ask(__VA_ARGS__), want)

static void
every_path_ends_in_a_known_answer(void **state UNUSED)
{
	static const uint32_t archs[] = { NATIVE, COMPAT };

	for (size_t i = 0; i < COUNT_OF(filters); i++) {
		for (size_t k = 0; k < COUNT_OF(archs); k++) {
			for (uint32_t nr = 0; nr < 2000; nr++) {
				uint32_t r =
				    ask(filters[i].name, archs[k], nr, 0, 0, 0);

				if (r != ALLOWED && r != ERR(EPERM) &&
				    r != ERR(ENOSYS))
					fail_msg("%s: %u: 0x%x",
					    filters[i].name, nr, r);
			}
		}
	}
}

static void
calls_of_everyday_are_allowed(void **state UNUSED)
{
	static const long nrs[] = { SYS_read, SYS_write, SYS_openat, SYS_close,
		SYS_mmap, SYS_execve, SYS_execveat, SYS_exit_group, SYS_wait4,
		SYS_socket, SYS_connect, SYS_clone, SYS_futex, SYS_kill,
		SYS_setresuid, SYS_setgroups, SYS_prctl, SYS_chroot,
		SYS_rt_sigtimedwait, SYS_close_range, SYS_getcwd, SYS_setsid,
		SYS_ptrace, SYS_seccomp, SYS_statx, SYS_rseq, SYS_openat2,
		SYS_faccessat2, SYS_pidfd_open, SYS_ioctl, 451, 452, 462 };

	for (size_t i = 0; i < COUNT_OF(nrs); i++) {
		if (ask("base", NATIVE, nrs[i], 0, 0, 0) != ALLOWED)
			fail_msg("%ld", nrs[i]);
	}
}

static void
powers_over_the_host_are_not(void **state UNUSED)
{
	static const long nrs[] = { SYS_add_key, SYS_keyctl, SYS_request_key,
		SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
		SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
		SYS_init_module, SYS_finit_module, SYS_delete_module,
		SYS_kexec_load, SYS_kexec_file_load, SYS_reboot, SYS_swapon,
		SYS_swapoff, SYS_acct, SYS_settimeofday, SYS_clock_settime,
		SYS_quotactl, SYS_quotactl_fd, SYS_open_by_handle_at,
		SYS_fanotify_init, SYS_lookup_dcookie, SYS_syslog, SYS_vhangup,
		SYS_kcmp, SYS_pidfd_getfd, SYS_mbind, SYS_set_mempolicy,
		SYS_move_pages, SYS_migrate_pages };
	static const long nest[] = { SYS_mount, SYS_umount2, SYS_pivot_root,
		SYS_setns, SYS_unshare, SYS_fsopen, SYS_fsconfig, SYS_fsmount,
		SYS_fspick, SYS_open_tree, SYS_move_mount, SYS_mount_setattr,
		SYS_sethostname, SYS_setdomainname };

	for (size_t i = 0; i < COUNT_OF(nrs); i++) {
		assert_ask(ERR(EPERM), "base", NATIVE, nrs[i], 0, 0, 0);
		assert_ask(ERR(EPERM), "nest", NATIVE, nrs[i], 0, 0, 0);
	}
	for (size_t i = 0; i < COUNT_OF(nest); i++) {
		assert_ask(ERR(EPERM), "base", NATIVE, nest[i], 0, 0, 0);
		assert_ask(ALLOWED, "nest", NATIVE, nest[i], 0, 0, 0);
	}
	assert_ask(ERR(ENOSYS), "base", NATIVE, SYS_clone3, 0, 0, 0);
	assert_ask(ALLOWED, "nest", NATIVE, SYS_clone3, 0, 0, 0);
}

static void
unknown_calls_are_missing(void **state UNUSED)
{
	static const uint32_t nrs[] = { 600, 1023, 1024, 4096, 0xeffff, 0xf0010,
		0x40000000, 0x40000027, 0x7fffffff, 0xffffffff };

	for (size_t i = 0; i < COUNT_OF(nrs); i++) {
		assert_ask(ERR(ENOSYS), "base", NATIVE, (long)nrs[i], 0, 0, 0);
		assert_ask(ALLOWED, "no_shm", NATIVE, (long)nrs[i], 0, 0, 0);
	}
	/* statmount: known to newer kernels than to our policy. */
	assert_ask(ERR(ENOSYS), "base", NATIVE, 457, 0, 0, 0);
}

static void
other_machines_are_killed(void **state UNUSED)
{
	static const uint32_t archs[] = { 0, AUDIT_ARCH_PPC64LE,
		AUDIT_ARCH_S390X, 0xffffffff };

	for (size_t i = 0; i < COUNT_OF(filters); i++) {
		for (size_t k = 0; k < COUNT_OF(archs); k++)
			assert_ask(SECCOMP_RET_KILL_PROCESS, filters[i].name,
			    archs[k], SYS_read, 0, 0, 0);
	}
}

/* The upper halves of arguments don't count for the kernel either. */
static void
arguments_are_compared_as_32_bits(void **state UNUSED)
{
	const uint64_t high = UINT64_C(1) << 32;

	assert_ask(ERR(EPERM), "base", NATIVE, SYS_ioctl, 0, 0x5412, 0);
	assert_ask(ERR(EPERM), "base", NATIVE, SYS_ioctl, 0, high | 0x5412, 0);
	assert_ask(ERR(EPERM), "base", NATIVE, SYS_ioctl, 0, 0x541c, 0);
	assert_ask(ALLOWED, "base", NATIVE, SYS_ioctl, 0, 0x5413, 0);
	assert_ask(ERR(EPERM), "base", NATIVE, SYS_socket, 40, 0, 0);
	assert_ask(ERR(EPERM), "base", NATIVE, SYS_socket, high | 40, 0, 0);
	assert_ask(ALLOWED, "base", NATIVE, SYS_socket, 2, 0, 0);
	for (unsigned bit = 0; bit < 32; bit++) {
		bool is_new = ((0x7e020000U >> bit) & 1) != 0;

		assert_ask(is_new ? ERR(EPERM) : ALLOWED, "base", NATIVE,
		    SYS_clone, UINT64_C(1) << bit, 0, 0);
		assert_ask(ALLOWED, "nest", NATIVE, SYS_clone,
		    UINT64_C(1) << bit, 0, 0);
	}
	assert_ask(ALLOWED, "base", NATIVE, SYS_personality, 0, 0, 0);
	assert_ask(ALLOWED, "base", NATIVE, SYS_personality, 8, 0, 0);
	assert_ask(ALLOWED, "base", NATIVE, SYS_personality, 0xffffffff, 0, 0);
	assert_ask(ERR(EPERM), "base", NATIVE, SYS_personality, 0x40000, 0, 0);
}

static void
small_filters_take_away(void **state UNUSED)
{
	assert_ask(ERR(ENOSYS), "no_shm", NATIVE, SYS_shmget, 0, 0, 0);
	assert_ask(ERR(ENOSYS), "no_shm", NATIVE, SYS_shmat, 0, 0, 0);
	assert_ask(ALLOWED, "no_shm", NATIVE, SYS_semget, 0, 0, 0);
	assert_ask(ERR(ENOSYS), "no_sem", NATIVE, SYS_semget, 0, 0, 0);
	assert_ask(ERR(ENOSYS), "no_sem", NATIVE, SYS_semtimedop, 0, 0, 0);
	assert_ask(ALLOWED, "no_sem", NATIVE, SYS_msgget, 0, 0, 0);
	assert_ask(ERR(ENOSYS), "no_msg", NATIVE, SYS_msgrcv, 0, 0, 0);
	assert_ask(ALLOWED, "no_msg", NATIVE, SYS_shmget, 0, 0, 0);
	/* MS_REMOUNT among other flags. */
	assert_ask(ERR(EPERM), "no_remount", NATIVE, SYS_mount, 0, 0, 32);
	assert_ask(
	    ERR(EPERM), "no_remount", NATIVE, SYS_mount, 0, 0, 4096 | 32 | 1);
	assert_ask(ALLOWED, "no_remount", NATIVE, SYS_mount, 0, 0, 4096);
	assert_ask(
	    ERR(EPERM), "no_remount", NATIVE, SYS_mount_setattr, 0, 0, 0);
	assert_ask(ERR(EPERM), "no_remount", NATIVE, 467, 0, 0, 0);
	assert_ask(ERR(EPERM), "no_remount", NATIVE, SYS_fsconfig, 0, 7, 0);
	assert_ask(ALLOWED, "no_remount", NATIVE, SYS_fsconfig, 0, 6, 0);
	assert_ask(ALLOWED, "no_remount", NATIVE, SYS_read, 0, 0, 0);
}

#if defined(__x86_64__)
/* Numbers of i386, from its table. */
static void
the_32_bit_machine_has_the_same_policy(void **state UNUSED)
{
	static const long allowed[] = { 1, 2, 3, 4, 5, 6, 11, 20, 54, 102, 117,
		252, 265, 295, 355, 359, 403, 452 };
	static const long denied[] = { 21, 52, 87, 88, 128, 217, 283, 286, 288,
		310, 336, 346, 357, 425 };

	for (size_t i = 0; i < COUNT_OF(allowed); i++)
		assert_ask(ALLOWED, "base", COMPAT, allowed[i], 0, 0, 0);
	for (size_t i = 0; i < COUNT_OF(denied); i++)
		assert_ask(ERR(EPERM), "base", COMPAT, denied[i], 0, 0, 0);
	assert_ask(ERR(EPERM), "base", COMPAT, 120, 0x10000000, 0, 0);
	assert_ask(ALLOWED, "base", COMPAT, 120, 17, 0, 0);
	assert_ask(ERR(ENOSYS), "base", COMPAT, 435, 0, 0, 0);
	/* ipc(2), with the version in the upper half. */
	assert_ask(ERR(ENOSYS), "no_shm", COMPAT, 117, 23, 0, 0);
	assert_ask(ERR(ENOSYS), "no_shm", COMPAT, 117, 0x10017, 0, 0);
	assert_ask(ALLOWED, "no_shm", COMPAT, 117, 2, 0, 0);
	assert_ask(ERR(ENOSYS), "no_sem", COMPAT, 117, 2, 0, 0);
	assert_ask(ERR(ENOSYS), "no_msg", COMPAT, 117, 13, 0, 0);
}
#endif

/* The kernel takes each, also all of them at once. */
static void
kernel_accepts_them(void **state UNUSED)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			_exit(1);
		for (size_t i = 0; i < COUNT_OF(filters); i++) {
			struct sock_fprog prog = {
				.len = (unsigned short)filters[i].n,
			};

			memcpy(&prog.filter, &filters[i].code,
			    sizeof(prog.filter));
			if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				&prog) < 0)
				_exit((int)i + 10);
		}
		_exit(syscall(SYS_keyctl, 0, 0, 0, 0, 0) < 0 && errno == EPERM ?
			0 :
			2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_ends_in_a_known_answer),
		cmocka_unit_test(calls_of_everyday_are_allowed),
		cmocka_unit_test(powers_over_the_host_are_not),
		cmocka_unit_test(unknown_calls_are_missing),
		cmocka_unit_test(other_machines_are_killed),
		cmocka_unit_test(arguments_are_compared_as_32_bits),
		cmocka_unit_test(small_filters_take_away),
#if defined(__x86_64__)
		cmocka_unit_test(the_32_bit_machine_has_the_same_policy),
#endif
		cmocka_unit_test(kernel_accepts_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
