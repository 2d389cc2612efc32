/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot export: a pot as an image.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot, of type single"),
	{ 't', "tag", OPTION_VALUE, "TAG", "tag", NAMES_NONE,
	    "tag of the image (the snapshot's name)" },
	{ 'D', "directory", OPTION_VALUE, "DIR", "dir", NAMES_DIR,
	    "where the image is written (here)" },
	{ 'l', "level", OPTION_VALUE, "LEVEL", "level", NAMES_NONE,
	    "compression, 0 to 9 (6)" },
	{ 0, "compress", OPTION_VALUE, "KIND", "compress", NAMES_NONE,
	    "xz (the default) or zstd" },
	{ 0, "whole", OPTION_FLAG, NULL, "whole", NAMES_NONE,
	    "a clone with all that is in it, not what it differs in" },
	{ 'S', "sign", OPTION_VALUE, "SECKEY", "key", NAMES_FILE,
	    "sign with this key of signify(1)" },
	{ 'c', "check", OPTION_FLAG, NULL, "check", NAMES_NONE,
	    "the tag must be newer than the last one's" },
	{ 'F', "full", OPTION_FLAG, NULL, "full", NAMES_NONE,
	    "also a pot that has several snapshots" },
	{ 'A', "auto", OPTION_FLAG, NULL, "purge", NAMES_NONE,
	    "take a snapshot if there is none, remove all but the newest" },
};

static int
prepare(struct cli *c, struct err *e)
{
	const char *level = request_get(&c->req, "level");
	const char *dir = request_get(&c->req, "dir");
	struct stat st;

	if (level != NULL && (!chr_is_digit(level[0]) || level[1] != '\0'))
		return cli_usage(c, e, "-l %s: expected one digit", level);
	if (dir == NULL)
		request_add(&c->req, "dir", ".");
	if (cli_path_field(c, "dir", e) < 0 || cli_path_field(c, "key", e) < 0)
		return -1;
	dir = request_get(&c->req, "dir");
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return cli_usage(c, e, "-D %s: not a directory", dir);
	return 0;
}

const struct command command_export = {
	.name = "export",
	.group = "images",
	.summary = "write a pot to an image",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.prepare = prepare,
};
