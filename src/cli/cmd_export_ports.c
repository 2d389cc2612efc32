/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot export-ports: replaces what the pot exports.
 */
#include "cli/command.h"
#include "model/ports.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot"),
	{ 'e', "export", OPTION_LIST, "PORT", "port", NAMES_NONE,
	    "[tcp:|udp:]PORT[:HOSTPORT]; may be repeated" },
};

static int
prepare(struct cli *c, struct err *e)
{
	auto_strv struct strv ports = STRV_INIT;
	struct port ignored;

	request_all(&c->req, "port", &ports);
	for (size_t i = 0; i < ports.n; i++) {
		if (port_parse(ports.v[i], &ignored, e) == 0)
			continue;
		err_wrap(e, "export-ports");
		return err_recode(e, ERR_USAGE);
	}
	return 0;
}

const struct command command_export_ports = {
	.name = "export-ports",
	.group = "change",
	.summary = "set the ports that the host passes to the pot",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT,
	.needs = "port",
	.prepare = prepare,
};
