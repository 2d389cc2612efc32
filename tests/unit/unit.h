/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every unit test includes first: cmocka with what it needs, and
 * checks for the error convention.  scratch_setup() and scratch_teardown()
 * go into cmocka_unit_test_setup_teardown(): a directory of the test's own,
 * which is removed whether the test passes or not.
 */
#ifndef POT_TEST_UNIT_H
#define POT_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/err.h"

/* CALL returns 0 or more; otherwise show what it said. */
#define assert_ok(call, e)                                    \
	do {                                                  \
		if ((call) < 0)                               \
			fail_msg("%s: %s", #call, (e)->text); \
		assert_false(err_is_set(e));                  \
	} while (0)

/* CALL returns -1 with that kind of error, which is cleared. */
#define assert_err(call, e, kind)                                          \
	do {                                                               \
		assert_int_equal((call), -1);                              \
		if ((e)->code != (kind))                                   \
			fail_msg("%s: %s, not %s: %s", #call,              \
			    err_code_word((e)->code), err_code_word(kind), \
			    (e)->text);                                    \
		err_clear(e);                                              \
	} while (0)

/* True if F ends by SIGABRT in a child. */
static UNUSED bool
aborts(void (*f)(void))
{
	int status;
	pid_t pid = fork();

	assert_return_code(pid, 0);
	if (pid == 0) {
		(void)close(STDERR_FILENO);
		(void)signal(SIGABRT, SIG_DFL);
		f();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

struct scratch {
	char path[400];
	int fd;
};

static inline int
scratch_remove_one(const char *path, const struct stat *st UNUSED,
    int type UNUSED, struct FTW *ftw UNUSED)
{
	return remove(path);
}

static inline int
scratch_make(void **state, const char *top)
{
	struct scratch *s = malloc(sizeof(*s));

	if (s == NULL)
		return -1;
	(void)snprintf(s->path, sizeof(s->path), "%s/unit.XXXXXX",
	    top != NULL ? top : "/tmp");
	if (mkdtemp(s->path) == NULL)
		return -1;
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = s;
	return s->fd < 0 ? -1 : 0;
}

static UNUSED int
scratch_setup(void **state)
{
	return scratch_make(state, getenv("POT_TEST_DIR"));
}

/* In memory, where there is such a place: for thousands of directories. */
static UNUSED int
scratch_setup_fast(void **state)
{
	if (access("/dev/shm", W_OK) == 0)
		return scratch_make(state, "/dev/shm");
	return scratch_setup(state);
}

static UNUSED int
scratch_teardown(void **state)
{
	struct scratch *s = *state;
	int rc = nftw(
	    s->path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);

	(void)close(s->fd);
	free(s);
	return rc;
}

#define scratch_test(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
#define scratch_test_fast(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup_fast, scratch_teardown)

#endif
