/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handle of a cell, as text in cell_ref: "JID:PID:START:FLAGS".  PID
 * and START (procs_start()) are the first process; FLAGS are letters: o own
 * init, f foreign, - none.  An empty handle is one of a cell
 * whose maker died too early to note it: the jail's uuid finds it.
 */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "platform/freebsd/freebsd.h"

/* The number at *p, which END follows; *p is behind that then. */
static bool
number(const char **p, char end, uint64_t max, uint64_t *out)
{
	struct err ignored = ERR_INIT;
	char digits[24];
	size_t len = strcspn(*p, ":");

	if (len >= sizeof(digits) || (*p)[len] != end)
		return false;
	memcpy(digits, *p, len);
	digits[len] = '\0';
	*p += len + 1;
	return str_u64("handle", digits, 0, max, out, &ignored) == 0;
}

static const char *
flags_text(const struct handle *h)
{
	if (h->is_own)
		return h->is_foreign ? "of" : "o";
	return h->is_foreign ? "f" : "-";
}

static bool
flags(const char *p, struct handle *h)
{
	h->is_own = *p == 'o';
	h->is_foreign = strchr(p, 'f') != NULL;
	return str_eq(p, flags_text(h));
}

int
handle_parse(const struct cell_ref *ref, struct handle *h, struct err *e)
{
	struct handle got = { .jid = 0 };
	const char *p = ref->handle;
	uint64_t jid, pid;

	if (*p == '\0') {
		*h = got;
		return 0;
	}
	if (!number(&p, ':', INT32_MAX, &jid) ||
	    !number(&p, ':', INT32_MAX, &pid) ||
	    !number(&p, ':', UINT64_MAX, &got.start) || !flags(p, &got))
		return err_set(e, ERR_CORRUPT,
		    "handle '%s': not JID:PID:START:FLAGS", ref->handle);
	got.jid = (int)jid;
	got.pid = (pid_t)pid;
	*h = got;
	return 0;
}

void
handle_format(const struct handle *h, struct cell_ref *ref)
{
	str_fmt(ref->handle, sizeof(ref->handle), "%d:%d:%" PRIu64 ":%s",
	    h->jid, (int)h->pid, h->start, flags_text(h));
}
