/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot prepare: a pot for a task of an orchestrator.
 */
#include <unistd.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/create.h"
#include "cli/proxies.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'p', "image", OPTION_VALUE, "IMAGE", "image", NAMES_NONE,
	    "name of the image" },
	{ 't', "tag", OPTION_VALUE, "TAG", "tag", NAMES_NONE, "its tag" },
	{ 'a', "allocation", OPTION_VALUE, "ALLOC", "alloc", NAMES_NONE,
	    "end of the new pot's name" },
	{ 'U', "url", OPTION_VALUE, "URL", "url", NAMES_NONE,
	    "where the image is, if it is not imported yet" },
	{ 'n', "name", OPTION_VALUE, "NAME", "name", NAMES_NONE,
	    "beginning of the new pot's name (IMAGE_TAG)" },
	{ 'c', "cmd", OPTION_VALUE, "COMMAND", "cmd", NAMES_NONE,
	    "what the pot runs" },
	{ 'e', "port", OPTION_LIST, "PORT", "port", NAMES_NONE,
	    "a port to export, as in export-ports; may be repeated" },
	{ 'N', "network", OPTION_VALUE, "TYPE", "network", NAMES_NONE,
	    "network type: inherit (or host), alias, public-bridge, "
	    "private-bridge or none" },
	{ 'i', "ip", OPTION_LIST, "ADDRESS", "ip", NAMES_NONE,
	    "address, NIC|ADDRESS or auto; may be repeated" },
	{ 'B', "bridge", OPTION_VALUE, "BRIDGE", "bridge", NAMES_BRIDGE,
	    "private bridge" },
	{ 'S', "stack", OPTION_VALUE, "STACK", "stack", NAMES_NONE,
	    "ipv4, ipv6 or dual" },
	{ 'd', "dns", OPTION_VALUE, "DNS", "dns", NAMES_NONE,
	    "inherit, pot, custom:FILE or off" },
	{ 's', "start", OPTION_FLAG, NULL, "start", NAMES_NONE,
	    "start it, in the foreground" },
	{ 'C', "pubkey", OPTION_VALUE, "PUBKEY", "key", NAMES_FILE,
	    "verify the image with this key of signify(1)" },
};

static int
prepare(struct cli *c, struct err *e)
{
	if (request_has(&c->req, "start")) {
		c->req.fds[0] = STDOUT_FILENO;
		c->req.fds[1] = STDERR_FILENO;
		c->req.nfds = 2;
	}
	cli_proxies(c);
	if (cli_path_field(c, "key", e) < 0)
		return -1;
	return create_words(c, e);
}

const struct command command_prepare = {
	.name = "prepare",
	.group = "images",
	.summary = "import an image and make a pot of it for a task",
	.options = options,
	.noptions = COUNT_OF(options),
	.needs = "image tag alloc",
	.prepare = prepare,
};
