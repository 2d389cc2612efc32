/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot init: prepares the host.  The options for syslog and pf are those of
 * FreeBSD hosts.
 */
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'm', "minimal", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "leave syslog and pf alone" },
	{ 's', "no-syslog", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "leave syslog alone" },
	{ 'p', "pf-file", OPTION_VALUE, "FILE", NULL, NAMES_FILE,
	    "file of pf rules" },
	{ 'f', "pf-rules", OPTION_VALUE, "FILE", NULL, NAMES_FILE,
	    "the same (old name)" },
};

/* None of them has anything to do here yet: they are accepted, for scripts
 * give them. */
static int
prepare(struct cli *c, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < c->own_names.n; i++)
		log_debug(
		    &c->log, "init: --%s: nothing to do", c->own_names.v[i]);
	return 0;
}

const struct command command_init = {
	.name = "init",
	.group = "host",
	.summary = "prepare the host for pots",
	.options = options,
	.noptions = COUNT_OF(options),
	.prepare = prepare,
};
