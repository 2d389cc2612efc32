/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot list: pots, bases, components, flavours, bridges (reference 2.1).
 */
#include "base/str.h"
#include "cli/command.h"
#include "cli/print.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'q', "quiet", OPTION_QUIET, NULL, NULL, NAMES_NONE,
	    "print the names alone" },
	{ 'p', "pots", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "list pots (the default)" },
	{ 'b', "bases", OPTION_FLAG, NULL, NULL, NAMES_NONE, "list bases" },
	{ 'f', "fscomps", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "list file system components" },
	{ 'F', "flavours", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "list flavours" },
	{ 'B', "bridges", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "list private bridges" },
	{ 'a', "all", OPTION_FLAG, NULL, NULL, NAMES_NONE, "list them all" },
	OPTION_ROW_FORMAT,
};

/* In the order of -a; the words in front of names are the classic ones. */
static const struct {
	const char *kind, *label;
} kinds[] = {
	{ "bases", "bases" },
	{ "pots", NULL },
	{ "fscomps", "fscomp" },
	{ "flavours", "flavour" },
	{ "bridges", "bridge" },
};

static int
prepare(struct cli *c, struct err *e)
{
	if (c->own_names.n > 1)
		return cli_usage(c, e, "--%s and --%s exclude each other",
		    c->own_names.v[0], c->own_names.v[1]);
	if (cli_own(c, "all") != NULL && c->quiet)
		return cli_usage(c, e, "-a and -q exclude each other");
	return 0;
}

static void
print_pot(struct cli *c, const struct record *r)
{
	cli_print(c, "pot name : %s\n", record_get_str(r, "name"));
	if (print_has(r, "error")) {
		log_error(&c->log, "%s", record_get_str(r, "error"));
		cli_print(c, "\tactive : %s\n\n", print_bool(r, "active"));
		return;
	}
	cli_print(c, "\tnetwork : %s\n", record_get_str(r, "network_type"));
	print_ip(c, r);
	cli_print(c, "\tactive : %s\n", print_bool(r, "active"));
	if (c->verbosity > 1) {
		cli_print(c, "\tbase : %s\n\tlevel : %d\n",
		    record_get_str(r, "base"), (int)record_get_int(r, "level"));
		if (record_get_int(r, "level") == 2)
			cli_print(c, "\tbase pot : %s\n",
			    record_get_str(r, "base_pot"));
		cli_print(c, "\tdatasets:\n");
		print_datasets(c, r);
		cli_print(c, "\tsnapshot:\n");
		print_snapshots(c, r);
	}
	cli_print(c, "\n");
}

struct listing {
	const char *label;
	size_t n;
};

static void
on_item(struct cli *c, const struct record *r, void *arg)
{
	struct listing *l = arg;

	l->n++;
	if (c->json)
		cli_json(c, r);
	else if (c->quiet)
		cli_print(c, "%s\n", record_get_str(r, "name"));
	else if (l->label == NULL)
		print_pot(c, r);
	else
		cli_print(c, "%s: %s\n", l->label, record_get_str(r, "name"));
}

static int
list_kind(struct cli *c, size_t i)
{
	auto_request struct request r = { .verb = NULL };
	struct listing l = { .label = kinds[i].label };
	struct err e = ERR_INIT;
	int status;

	request_init(&r, "list");
	request_add(&r, "kind", kinds[i].kind);
	if (c->quiet && !c->json)
		request_add_flag(&r, "names-only");
	else if (!c->json && c->verbosity < 2 && str_eq(kinds[i].kind, "pots"))
		request_add_flag(&r, "no-snapshots");
	if (cli_ask(c, &r, on_item, &l, &status, &e) < 0)
		return cli_tell(c, &e);
	if (l.n == 0 && l.label == NULL && !c->quiet && !c->json)
		cli_print(c, "===>  No pot exists yet (pot create)\n");
	return status;
}

static int
run(struct cli *c)
{
	const char *only = c->own_names.n == 0 ? "pots" : c->own_names.v[0];
	int status = 0;

	for (size_t i = 0; i < COUNT_OF(kinds) && status == 0; i++)
		if (str_eq(only, "all") || str_eq(only, kinds[i].kind))
			status = list_kind(c, i);
	return status;
}

const struct command command_list = {
	.name = "list",
	.aliases = "ls",
	.group = "look",
	.summary = "list pots, bases, file system components, flavours",
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_ASKS | COMMAND_F_ARRAY,
	.prepare = prepare,
	.run = run,
};
