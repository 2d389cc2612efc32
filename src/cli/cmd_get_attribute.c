/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot get-attribute
 */
#include "cli/attribute.h"
#include "cli/command.h"
#include "cli/print.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'q', "quiet", OPTION_QUIET, NULL, NULL, NAMES_NONE,
	    "print the value alone" },
	OPTION_ROW_POT("the pot"),
	{ 'A', "attribute", OPTION_VALUE, "ATTRIBUTE", "attribute",
	    NAMES_ATTRIBUTE, "name of the attribute" },
	OPTION_ROW_FORMAT,
};

static void
print(struct cli *c, const struct record *r)
{
	const char *name = record_get_str(r, "name");
	const char *value = record_get_str(r, "value");

	if (c->quiet)
		cli_print(c, "%s\n", value);
	else if (print_has(r, "value"))
		cli_print(c, "===>  %s: %s\n", name, value);
	else
		cli_print(c, "===>  %s: not set\n", name);
}

static int
tell(struct cli *c, struct err *e)
{
	if (c->quiet && e->code == ERR_NOT_FOUND)
		return err_code_status(e->code);
	return attribute_tell(c, e);
}

const struct command command_get_attribute = {
	.name = "get-attribute",
	.aliases = "get-attr",
	.group = "look",
	.summary = "print an attribute of a pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_ASKS,
	.needs = "attribute",
	.print = print,
	.tell = tell,
};
