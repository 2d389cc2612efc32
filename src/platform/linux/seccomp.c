/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seccomp filters of a pot.  They were compiled with pot
 * (seccomp/gen.c): loading one is one call.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/compiler.h"
#include "platform/linux/inside.h"
#include "platform/linux/seccomp_filters.h"

/* A pot that may have namespaces or mounts of its own. */
static bool
may_nest(const struct cell_attrs *a)
{
	return a->children > 0 || caps_may_mount(a);
}

static bool
may_not_nest(const struct cell_attrs *a)
{
	return !may_nest(a);
}

static bool
has_no_shm(const struct cell_attrs *a)
{
	return a->sysvshm == SYSV_DISABLE;
}

static bool
has_no_sem(const struct cell_attrs *a)
{
	return a->sysvsem == SYSV_DISABLE;
}

static bool
has_no_msg(const struct cell_attrs *a)
{
	return a->sysvmsg == SYSV_DISABLE;
}

/* The strictest answer of all that apply counts. */
struct filter_row {
	bool (*applies)(const struct cell_attrs *a);
	const struct sock_filter *code;
	unsigned short n;
};

static const struct filter_row filter_rows[] = {
	{ has_no_shm, code_no_shm, COUNT_OF(code_no_shm) },
	{ has_no_sem, code_no_sem, COUNT_OF(code_no_sem) },
	{ has_no_msg, code_no_msg, COUNT_OF(code_no_msg) },
	{ caps_may_mount, code_no_remount, COUNT_OF(code_no_remount) },
	{ may_nest, code_nest, COUNT_OF(code_nest) },
	{ may_not_nest, code_base, COUNT_OF(code_base) },
};

static int
filter_load(const struct filter_row *f)
{
	/* The kernel only reads it, but its header has no const. */
	struct sock_fprog prog = { .len = f->n,
		.filter = (struct sock_filter *)(uintptr_t)f->code };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

int
seccomp_apply(const struct cell_attrs *a, struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "no_new_privs");
	for (size_t i = 0; i < COUNT_OF(filter_rows); i++) {
		if (filter_rows[i].applies(a) &&
		    filter_load(&filter_rows[i]) < 0)
			return err_sys(e, "seccomp filter");
	}
	return 0;
}
