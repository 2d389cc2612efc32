/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes that Linux can't give as they are meant, and why. */
#include "platform/linux/cell.h"

static bool
is_mixed_sysv(const struct cell_attrs *a)
{
	bool any = a->sysvshm == SYSV_INHERIT || a->sysvsem == SYSV_INHERIT ||
	    a->sysvmsg == SYSV_INHERIT;

	return any && !cell_has_host_ipc(a);
}

static bool
is_mount_without_userns(const struct cell_attrs *a)
{
	return !a->userns && a->allow_mount;
}

static bool
is_nullfs_without_userns(const struct cell_attrs *a)
{
	return !a->userns && a->allow_nullfs;
}

static bool
is_tmpfs_without_userns(const struct cell_attrs *a)
{
	return !a->userns && a->allow_tmpfs;
}

static bool
is_statfs(const struct cell_attrs *a)
{
	return a->enforce_statfs != 2;
}

static bool
is_ruleset_unknown(const struct cell_attrs *a)
{
	return !dev_ruleset_is_known(a->devfs_ruleset);
}

static bool
is_zfs(const struct cell_attrs *a)
{
	return a->allow_zfs;
}

static bool
is_linprocfs(const struct cell_attrs *a)
{
	return a->allow_linprocfs;
}

struct explain_row {
	bool (*applies)(const struct cell_attrs *a);
	const char *attr, *why;
};

static const char why_mount[] =
    "on Linux only a pot with attribute userns may mount";
static const char why_sysv[] =
    "Linux has one namespace for shm, sem and msg: it is inherited only if "
    "all three are, so this pot has its own";

static const struct explain_row explain_rows[] = {
	{ is_statfs, "enforce_statfs",
	    "a pot on Linux sees its own mounts, no more and no fewer" },
	{ is_ruleset_unknown, "devfs_ruleset",
	    "Linux has rulesets 1 to 5; this is taken for 4" },
	{ is_mount_without_userns, "mount", why_mount },
	{ is_nullfs_without_userns, "nullfs", why_mount },
	{ is_tmpfs_without_userns, "tmpfs", why_mount },
	{ is_zfs, "zfs", "Linux lets no pot mount datasets" },
	{ is_linprocfs, "linprocfs", "/proc of a pot is Linux's already" },
	{ is_mixed_sysv, "sysvshm, sysvsem, sysvmsg", why_sysv },
};

void
cell_explain_attrs(const struct cell_attrs *a,
    void (*say)(void *arg, const char *attr, const char *why), void *arg)
{
	for (size_t i = 0; i < COUNT_OF(explain_rows); i++) {
		if (explain_rows[i].applies(a))
			say(arg, explain_rows[i].attr, explain_rows[i].why);
	}
}
