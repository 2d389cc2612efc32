/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot set-attribute
 */
#include <stdlib.h>

#include "cli/attribute.h"
#include "cli/command.h"
#include "model/attributes.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'A', "attribute", OPTION_VALUE, "ATTRIBUTE", "attribute",
	    NAMES_ATTRIBUTE, "name of the attribute (pot-attributes(7))" },
	{ 'V', "value", OPTION_VALUE, "VALUE", "value", NAMES_NONE,
	    "its new value; yes or no for a switch" },
};

/* A line of a flavour is judged before the pot exists. */
static int
check_value(struct cli *c, struct err *e)
{
	const char *name = request_get(&c->req, "attribute");
	const struct attr *a = attr_find(name);
	char *stored;

	if (a == NULL)
		return err_set(e, ERR_INVALID, "attribute %s: unknown", name);
	if (attr_parse(a, request_get(&c->req, "value"), &stored, e) < 0)
		return -1;
	free(stored);
	return 0;
}

static int
prepare(struct cli *c, struct err *e)
{
	return c->in_flavour ? check_value(c, e) : 0;
}

const struct command command_set_attribute = {
	.name = "set-attribute",
	.aliases = "set-attr",
	.group = "change",
	.summary = "change an attribute of a pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_ERROR_TWICE,
	.needs = "attribute value",
	.prepare = prepare,
	.tell = attribute_tell,
};
