/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot import: an image becomes a pot.
 */
#include "base/str.h"
#include "cli/command.h"
#include "cli/proxies.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'p', "image", OPTION_VALUE, "NAME", "image", NAMES_NONE,
	    "name of the image" },
	{ 't', "tag", OPTION_VALUE, "TAG", "tag", NAMES_NONE, "its tag" },
	{ 'U', "url", OPTION_VALUE, "URL", "url", NAMES_NONE,
	    "where its files are: http, https or file" },
	{ 'C', "pubkey", OPTION_VALUE, "PUBKEY", "key", NAMES_FILE,
	    "verify its signature with this key of signify(1)" },
};

static int
prepare(struct cli *c, struct err *e)
{
	const char *url = request_get(&c->req, "url");

	if (url != NULL && url[0] == '\0')
		return cli_usage(c, e, "-U: an empty URL");
	cli_proxies(c);
	return cli_path_field(c, "key", e);
}

const struct command command_import = {
	.name = "import",
	.group = "images",
	.summary = "make a pot of an image",
	.options = options,
	.noptions = COUNT_OF(options),
	.needs = "image tag",
	.prepare = prepare,
};
