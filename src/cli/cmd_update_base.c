/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot update-base: a base with the system's updates, or without the last
 * ones again.
 */
#include <unistd.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/proxies.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'b', "base", OPTION_VALUE, "BASE", "base", NAMES_BASE, "the base" },
	{ 'F', "force", OPTION_FLAG, NULL, "force", NAMES_NONE,
	    "also while pots that mount it run" },
	{ 0, "rollback", OPTION_FLAG, NULL, "rollback", NAMES_NONE,
	    "back to what it was before its last update" },
	{ 'n', "dry-run", OPTION_FLAG, NULL, "dry", NAMES_NONE,
	    "only tell what would be done" },
	{ 0, "explain", OPTION_FLAG, NULL, "dry", NAMES_NONE, "the same" },
	OPTION_ROW_FORMAT,
};

static int
prepare(struct cli *c, struct err *e)
{
	if (request_has(&c->req, "rollback") && request_has(&c->req, "force"))
		return cli_usage(c, e, "-F and --rollback exclude each other");
	cli_proxies(c);
	/* Whatever the programs print: stdout is the answer. */
	c->req.fds[0] = c->req.fds[1] = STDERR_FILENO;
	c->req.nfds = 2;
	return 0;
}

static void
print_targets(struct cli *c, const struct record *pot, const char *key)
{
	const char *s;

	for (size_t i = 0; (s = print_text_at(pot, key, i)) != NULL; i++)
		cli_print(c, "%s%s", i > 0 ? ", " : "", s);
}

static void
print_pot(struct cli *c, const struct record *pot)
{
	bool sees = print_text_at(pot, "sees", 0) != NULL;

	cli_print(c, "pot %s%s: ", record_get_str(pot, "name"),
	    record_get_bool(pot, "running") ? " (running)" : "");
	if (sees) {
		cli_print(c, "sees it at once on ");
		print_targets(c, pot, "sees");
	}
	if (print_text_at(pot, "own", 0) != NULL) {
		cli_print(c, "%s", sees ? ", not on " : "has its own ");
		print_targets(c, pot, "own");
	}
	cli_print(c, "%s\n",
	    record_get_bool(pot, "recreate") ? ": to be created anew" : "");
}

static void
print(struct cli *c, const struct record *r)
{
	bool dry = record_get_bool(r, "dry");
	const struct record *pot;

	cli_print(c, "base %s: %s%s\n", record_get_str(r, "name"),
	    dry ? "would be " : "",
	    str_eq(record_get_str(r, "action"), "update") ? "updated" :
							    "taken back");
	if (record_get_str(r, "script")[0] != '\0')
		cli_print(c, "script: %s\n", record_get_str(r, "script"));
	if (record_get_str(r, "snapshot")[0] != '\0')
		cli_print(c, "snapshot: %s\n", record_get_str(r, "snapshot"));
	for (size_t i = 0; (pot = print_record_at(r, "pots", i)) != NULL; i++)
		print_pot(c, pot);
}

const struct command command_update_base = {
	.name = "update-base",
	.group = "host",
	.summary = "bring a base up to date",
	.options = options,
	.noptions = COUNT_OF(options),
	.needs = "base",
	.prepare = prepare,
	.print = print,
};
