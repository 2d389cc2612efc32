/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Audit lines.
 */
#include "cli/audit.h"

#include <syslog.h>
#include <unistd.h>

#include "base/str.h"

static const struct {
	const char *word;
	int facility;
} facilities[] = {
	{ "auth", LOG_AUTH },
	{ "authpriv", LOG_AUTHPRIV },
	{ "cron", LOG_CRON },
	{ "daemon", LOG_DAEMON },
	{ "kern", LOG_KERN },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ "syslog", LOG_SYSLOG },
	{ "user", LOG_USER },
};

int
audit_facility(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(facilities); i++)
		if (str_ieq(facilities[i].word, word))
			return facilities[i].facility;
	return LOG_LOCAL2;
}

void
audit_format(const struct cli *c, struct buf *out)
{
	char text[AUDIT_MAX];

	buf_add_fmt(out, "pot-%s%s", c->cmd->name,
	    str_quote(text, sizeof(text), c->audit.data));
}

/* A host without syslogd, or one that does not listen, is no reason to
 * refuse; a configuration that can't be read is told by the request. */
void
audit(struct cli *c)
{
	auto_buf struct buf line = BUF_INIT(2 * AUDIT_MAX);
	struct err ignored = ERR_INIT;
	const struct framework *fw = cli_framework(c, &ignored);

	/* Who would get it?  syslog(3) reads the time zone first. */
	if (fw == NULL || access(_PATH_LOG, F_OK) < 0)
		return;
	audit_format(c, &line);
	openlog("pot", 0, audit_facility(framework_get(fw, FW_LOG_FACILITY)));
	syslog(LOG_INFO, "%s", line.data);
	closelog();
}
