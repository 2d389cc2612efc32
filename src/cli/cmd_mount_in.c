/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot mount-in: a directory, component or dataset of the host in the pot,
 * now and at each start.
 */
#include <string.h>

#include "cli/command.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'm', "mount-point", OPTION_VALUE, "PATH", "target", NAMES_NONE,
	    "absolute path in the pot" },
	{ 'f', "fscomp", OPTION_VALUE, "FSCOMP", "fscomp", NAMES_FSCOMP,
	    "a file system component" },
	{ 'd', "directory", OPTION_VALUE, "DIR", "dir", NAMES_DIR,
	    "a directory or file of the host" },
	{ 'z', "dataset", OPTION_VALUE, "DATASET", "dataset", NAMES_NONE,
	    "a dataset" },
	{ 'r', "read-only", OPTION_FLAG, NULL, "readonly", NAMES_NONE,
	    "read-only" },
	{ 'w', "remount", OPTION_FLAG, NULL, "remount", NAMES_NONE,
	    "move the dataset itself there" },
	{ 0, "map-ids", OPTION_FLAG, NULL, "map-ids", NAMES_NONE,
	    "its files have the ids of the pot's user namespace" },
};

static int
check_target(struct cli *c, struct err *e)
{
	const char *target = request_get(&c->req, "target");

	if (target == NULL)
		return cli_usage(c, e, "option -m is mandatory");
	if (strpbrk(target, " \t\n") != NULL)
		return cli_usage(c, e, "-m %s: has a blank in it", target);
	if (target[0] != '/')
		return cli_usage(c, e, "-m %s: not an absolute path", target);
	if (target[strspn(target, "/")] == '\0')
		return cli_usage(c, e, "-m %s: is the pot's root", target);
	return 0;
}

static int
prepare(struct cli *c, struct err *e)
{
	bool has_dir = request_has(&c->req, "dir");
	int n = has_dir + request_has(&c->req, "fscomp") +
	    request_has(&c->req, "dataset");

	if (n == 0)
		return cli_usage(c, e, "one of -f, -d and -z is needed");
	if (n > 1)
		return cli_usage(c, e, "-f, -d and -z exclude each other");
	if (check_target(c, e) < 0)
		return -1;
	if (has_dir && request_has(&c->req, "remount"))
		return cli_usage(c, e, "-w and -d exclude each other");
	if (!has_dir && request_has(&c->req, "map-ids"))
		return cli_usage(c, e, "--map-ids is for -d alone");
	return cli_path_field(c, "dir", e);
}

const struct command command_mount_in = {
	.name = "mount-in",
	.group = "files",
	.summary = "mount a directory or component in a pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_ERROR_TWICE,
	.prepare = prepare,
};
