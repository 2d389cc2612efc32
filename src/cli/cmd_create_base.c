/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot create-base: a root file system that pots stand on.
 */
#include <string.h>

#include "cli/command.h"
#include "cli/proxies.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'r', "release", OPTION_VALUE, "RELEASE", "release", NAMES_NONE,
	    "fetch this release of the system" },
	{ 0, "from", OPTION_VALUE, "PATH", "from", NAMES_FILE,
	    "take a directory or a tarball instead" },
	{ 'b', "base", OPTION_VALUE, "NAME", "name", NAMES_NONE,
	    "name of the base (the release's)" },
	{ 0, "arch", OPTION_VALUE, "ARCH", "arch", NAMES_NONE,
	    "FreeBSD: architecture (the host's)" },
	{ 0, "mirror", OPTION_VALUE, "URL", "mirror", NAMES_DIR,
	    "FreeBSD: fetch it there (POT_MIRROR)" },
};

static int
prepare(struct cli *c, struct err *e)
{
	if (!request_has(&c->req, "release") && !request_has(&c->req, "from"))
		return cli_usage(c, e, "one of -r and --from is needed");
	if (request_has(&c->req, "release") && request_has(&c->req, "from"))
		return cli_usage(c, e,
		    "-r and --from exclude each other (-b names the base)");
	if (!request_has(&c->req, "release") && !request_has(&c->req, "name"))
		return cli_usage(c, e, "--from needs a name (-b)");
	if (request_has(&c->req, "mirror") &&
	    strstr(request_get(&c->req, "mirror"), "://") == NULL &&
	    cli_path_field(c, "mirror", e) < 0)
		return -1;
	cli_proxies(c);
	return cli_path_field(c, "from", e);
}

const struct command command_create_base = {
	.name = "create-base",
	.group = "host",
	.summary = "make a base that pots stand on",
	.options = options,
	.noptions = COUNT_OF(options),
	.prepare = prepare,
};
