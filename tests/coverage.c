/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For builds that measure coverage: a process's counters are written when
 * it ends by exit(3), but ours also end by _exit(2) or become another
 * program.  The linker gives us these calls (--wrap), and the counters are
 * written first.
 *
 * What is not counted is what runs where the counters' files can't be
 * reached, behind pivot_root(2) on the way into a pot, and what is killed.
 */
#include <unistd.h>

#define WRAP(name) __attribute__((used)) __wrap_##name

extern void __gcov_dump(void);
extern void __gcov_reset(void);

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
int __real_execve(const char *path, char *const *argv, char *const *envp);
int __wrap_execve(const char *path, char *const *argv, char *const *envp);

static void
dump(void)
{
	if (access(COVERAGE_DIR, W_OK) < 0)
		return;
	__gcov_dump();
	__gcov_reset();
}

void
WRAP(_exit)(int status)
{
	dump();
	__real__exit(status);
}

int
WRAP(execve)(const char *path, char *const *argv, char *const *envp)
{
	dump();
	return __real_execve(path, argv, envp);
}
