/* SPDX-License-Identifier: BSD-2-Clause */
/* Rights that POSIX and its kin know. */
#include "platform/confine.h"

#include <grp.h>
#include <sys/resource.h>
#include <unistd.h>

int
confine_common(struct err *e)
{
	const struct rlimit zero = { .rlim_cur = 0, .rlim_max = 0 };

	if (setrlimit(RLIMIT_CORE, &zero) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &zero) < 0)
		return err_sys(e, "setrlimit");
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setgid(CONFINE_ID) < 0 ||
	    setuid(CONFINE_ID) < 0)
		return err_sys(e, "user %d", CONFINE_ID);
	if (setuid(0) == 0)
		return err_set(e, ERR_DENIED, "root comes back");
	return 0;
}
