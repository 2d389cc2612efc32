/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attributes that are not known.
 */
#include "cli/attribute.h"

#include "cli/suggest.h"
#include "model/attributes.h"

int
attribute_tell(struct cli *c, struct err *e)
{
	const char *name = request_get(&c->req, "attribute");
	struct err better = ERR_INIT;
	const char *near;

	if (e->code != ERR_INVALID || name == NULL || attr_find(name) != NULL)
		return cli_tell(c, e);
	near = suggest(name, suggest_attribute_at);
	(void)err_set(&better, ERR_USAGE, "%s%s%s%s", e->text,
	    near == NULL ? "" : " (did you mean ", near == NULL ? "" : near,
	    near == NULL ? "" : "?)");
	return cli_tell(c, &better);
}
