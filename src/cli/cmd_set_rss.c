/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot set-rss: limits.  The options are the rows of limits.def.
 */
#include "cli/command.h"
#include "model/limits.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
#define LIMIT_ROW(id, option, letter, kind, json, label, help) \
	{ letter, option, OPTION_VALUE, "LIMIT", option, NAMES_LIMIT, help },
#include "model/limits.def"
#undef LIMIT_ROW
};

/* At least one; what a flavour asks for is judged before the pot exists. */
static int
prepare(struct cli *c, struct err *e)
{
	auto_conf struct conf *scratch = conf_new();
	size_t n = 0;

	for (size_t i = 0; i < limit_row_count(); i++) {
		const struct limit_row *row = limit_row_at(i);
		const char *value = request_get(&c->req, row->option);

		if (value == NULL)
			continue;
		n++;
		if (limits_set(scratch, row, value, e) < 0) {
			err_wrap(e, "set-rss");
			return err_recode(e, ERR_USAGE);
		}
	}
	return n > 0 ? 0 : cli_usage(c, e, "no limit given");
}

const struct command command_set_rss = {
	.name = "set-rss",
	.group = "change",
	.summary = "limit the memory, CPU time, processes, disk bandwidth",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.prepare = prepare,
};
