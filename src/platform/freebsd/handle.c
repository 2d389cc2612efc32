/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handle of a cell, as text in cell_ref: "JID:PID:START:FLAGS".  PID
 * and START (procs_start()) are the first process; FLAGS are letters: o own
 * init, f foreign, - none.  An empty handle is one of a cell
 * whose maker died too early to note it: the jail's uuid finds it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "platform/freebsd/freebsd.h"

int
handle_parse(const struct cell_ref *ref, struct handle *h, struct err *e)
{
	struct handle got = { .jid = 0 };
	char flags[8];
	int pid;

	if (ref->handle[0] == '\0') {
		*h = got;
		return 0;
	}
	if (sscanf(ref->handle, "%d:%d:%" SCNu64 ":%7[of-]", &got.jid, &pid,
		&got.start, flags) != 4)
		return err_set(e, ERR_CORRUPT,
		    "handle '%s': not JID:PID:START:FLAGS", ref->handle);
	got.pid = pid;
	got.is_own = strchr(flags, 'o') != NULL;
	got.is_foreign = strchr(flags, 'f') != NULL;
	*h = got;
	return 0;
}

void
handle_format(const struct handle *h, struct cell_ref *ref)
{
	(void)snprintf(ref->handle, sizeof(ref->handle),
	    "%d:%d:%" PRIu64 ":%s%s%s", h->jid, (int)h->pid, h->start,
	    h->is_own ? "o" : "", h->is_foreign ? "f" : "",
	    h->is_own || h->is_foreign ? "" : "-");
}
