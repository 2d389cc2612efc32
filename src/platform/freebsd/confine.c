/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers on FreeBSD: a jail of their own, that ends with them.  Capsicum
 * would forbid connect(2) and the resolver.
 */
#include "platform/confine.h"

#include <sys/param.h>
#include <sys/jail.h>

#include <errno.h>

#include "platform/freebsd/params.h"

/* The host's files and addresses, and no process, System V object or jail
 * but one's own. */
static int
enter_jail(struct err *e)
{
	struct params p;

	params_init(&p);
	params_text(&p, "path", "/");
	params_text(&p, "host.hostname", "pot-fetch");
	params_int(&p, "ip4", JAIL_SYS_INHERIT);
	params_int(&p, "ip6", JAIL_SYS_INHERIT);
	params_int(&p, "children.max", 0);
	params_int(&p, "enforce_statfs", 2);
	if (jail_set(p.iov, p.n, JAIL_CREATE | JAIL_ATTACH) >= 0)
		return 0;
	/* We are in a jail that may have none of its own. */
	if (errno == EPERM)
		return 0;
	return params_error(&p, e, "jail");
}

int
confine_network(struct err *e)
{
	if (enter_jail(e) < 0)
		return -1;
	return confine_common(e);
}
