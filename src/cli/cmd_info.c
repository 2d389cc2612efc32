/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot info: all of one pot, to the byte as ever (reference 2.1).
 */
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/print.h"
#include "model/attributes.h"
#include "model/limits.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'q', "quiet", OPTION_QUIET, NULL, NULL, NAMES_NONE,
	    "print nothing: the status tells if the pot exists" },
	{ 'r', "running", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "print nothing: the status tells if the pot runs" },
	{ 'E', "environment", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "print the pot's variables as lines of sh" },
	{ 's', "snapshots", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "print the names of its snapshots" },
	OPTION_ROW_POT("the pot; or name several without option"),
	{ 'B', "bridge", OPTION_VALUE, "BRIDGE", NULL, NAMES_BRIDGE,
	    "a private bridge instead of a pot" },
	OPTION_ROW_FORMAT,
};

static int
prepare(struct cli *c, struct err *e)
{
	bool has_bridge = cli_own(c, "bridge") != NULL;

	if (c->pots.n == 0 && !has_bridge)
		return cli_usage(c, e, "one of -p and -B is needed");
	if (c->pots.n > 0 && has_bridge)
		return cli_usage(c, e, "-p and -B exclude each other");
	if (c->quiet && c->verbosity > 1)
		return cli_usage(c, e, "-q and -v exclude each other");
	if (cli_own(c, "environment") != NULL && c->pots.n == 0)
		return cli_usage(c, e, "-E needs a pot");
	c->has_many = cli_own(c, "snapshots") != NULL;
	if (has_bridge && c->has_many)
		log_info(&c->log, "info: -s means nothing with -B");
	if (!c->json && c->verbosity < 2)
		request_add_flag(&c->req, "no-snapshots");
	return 0;
}

/* Words of sh: what could be more to it than a letter gets a backslash. */
static void
print_quoted(struct cli *c, const char *s)
{
	for (; *s != '\0'; s++) {
		if (!chr_is_alnum(*s) && strchr("_=.:,/@%+-|", *s) == NULL)
			buf_add_char(&c->out, '\\');
		buf_add_char(&c->out, *s);
	}
}

static void
print_environment(struct cli *c, const struct record *r)
{
	const char *v;

	for (size_t i = 0; (v = print_text_at(r, "environment", i)) != NULL;
	     i++) {
		cli_print(c, "export ");
		print_quoted(c, v);
		cli_print(c, "\n");
	}
}

static void
print_network(struct cli *c, const struct record *r)
{
	const char *type = record_get_str(r, "network_type"), *port;
	size_t i = 0;

	cli_print(c, "\tnetwork_type : %s\n", type);
	if (str_eq(type, "inherit") || str_eq(type, "none"))
		return;
	print_ip(c, r);
	if (print_has(r, "bridge"))
		cli_print(c, "\tbridge : %s\n", record_get_str(r, "bridge"));
	if (c->verbosity < 2)
		return;
	for (; (port = print_text_at(r, "ports", i)) != NULL; i++)
		cli_print(
		    c, "%s%s", i == 0 ? "\t\texported ports: " : " ", port);
	cli_print(c, "%s\n", i == 0 ? "\t\tno ports exported" : "");
}

/* The classic set: what came later is in JSON. */
static void
print_attributes(struct cli *c, const struct record *r, unsigned kind)
{
	const struct record *values =
	    print_sub(r, kind == 0 ? "attributes" : "jail_attributes");

	cli_print(c, "\t%s:\n", kind == 0 ? "attributes" : "jail attributes");
	for (size_t i = 0; values != NULL && i < attr_count(); i++) {
		const struct attr *a = attr_at(i);
		const char *v;

		if ((a->flags & ATTR_F_JAIL) != kind ||
		    (a->flags & ATTR_F_INFO) == 0)
			continue;
		v = record_get_str(values, a->name);
		cli_print(c, "\t\t%s: %s\n", a->name, v[0] == '\0' ? "NO" : v);
	}
}

static void
print_limits(struct cli *c, const struct record *r)
{
	const struct record *set = print_sub(r, "limits_set");

	cli_print(c, "\tresource limits:\n");
	for (size_t i = 0; set != NULL && i < limit_row_count(); i++) {
		const struct limit_row *row = limit_row_at(i);

		if (print_has(set, row->option))
			cli_print(c, "\t\t%s: %s\n", row->label,
			    record_get_str(set, row->option));
	}
}

/* New since the sh version: with -v, and whenever memory was the reason. */
static void
print_last_run(struct cli *c, const struct record *r)
{
	const struct record *last = print_sub(r, "last_run");
	bool is_oom = last != NULL &&
	    (record_get_int(last, "oom_kills") > 0 ||
		str_eq(record_get_str(last, "reason"), "oom"));

	if (record_get_int(r, "oom_kills") > 0)
		cli_print(c, "\toom kills : %lld\n",
		    (long long)record_get_int(r, "oom_kills"));
	if (last != NULL && (is_oom || c->verbosity > 1))
		cli_print(c, "\tlast run : %s, status %d\n",
		    record_get_str(last, "reason"),
		    (int)record_get_int(last, "status"));
}

/* Also new. */
static void
print_ids(struct cli *c, const struct record *r)
{
	const struct record *ids = print_sub(r, "userns");

	if (ids != NULL)
		cli_print(c, "\tids on the host : %lld-%lld\n",
		    (long long)record_get_int(ids, "first"),
		    (long long)(record_get_int(ids, "first") +
			record_get_int(ids, "count") - 1));
}

static void
print_all(struct cli *c, const struct record *r)
{
	const char *name = record_get_str(r, "name");

	cli_print(c, "pot name : %s\n", name);
	cli_print(c, "\ttype : %s\n", record_get_str(r, "type"));
	cli_print(c, "\tbase : %s\n", record_get_str(r, "base"));
	cli_print(c, "\tlevel : %d\n", (int)record_get_int(r, "level"));
	if (record_get_int(r, "level") == 2)
		cli_print(
		    c, "\tbase pot : %s\n", record_get_str(r, "base_pot"));
	print_network(c, r);
	cli_print(c, "\tactive : %s\n", print_bool(r, "active"));
	if (c->verbosity > 1) {
		cli_print(c, "\tdatasets:\n");
		if (str_eq(record_get_str(r, "type"), "single"))
			cli_print(c, "\t\t%s/m\n", name);
		print_datasets(c, r);
		cli_print(c, "\tsnapshots:\n");
		print_snapshots(c, r);
		print_attributes(c, r, 0);
		print_attributes(c, r, ATTR_F_JAIL);
		print_limits(c, r);
		print_ids(c, r);
	}
	print_last_run(c, r);
	cli_print(c, "\n");
}

static void
on_info(struct cli *c, const struct record *r, void *arg)
{
	bool *is_active = arg;

	*is_active = record_get_bool(r, "active");
	if (c->quiet || cli_own(c, "running") != NULL)
		return;
	if (c->json)
		cli_json(c, r);
	else if (cli_own(c, "environment") != NULL)
		print_environment(c, r);
	else
		print_all(c, r);
}

/* A tag is the second it was taken in. */
static void
on_snapshot(struct cli *c, const struct record *r, void *arg)
{
	char date[64] = "";
	time_t when = (time_t)record_get_int(r, "time");
	struct tm tm;

	(void)arg;
	if (c->quiet)
		return;
	if (c->json) {
		cli_json(c, r);
		return;
	}
	cli_print(c, "%s", record_get_str(r, "name"));
	if (c->verbosity > 1 && print_has(r, "time") &&
	    localtime_r(&when, &tm) != NULL &&
	    strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Z %Y", &tm) > 0)
		cli_print(c, ": ->  %s", date);
	cli_print(c, "\n");
}

static int
snapshots(struct cli *c, const char *pot)
{
	auto_request struct request r = { .verb = NULL };
	struct err e = ERR_INIT;
	int status;

	request_init(&r, "snapshots");
	request_add(&r, "pot", pot);
	if (cli_ask(c, &r, on_snapshot, NULL, &status, &e) < 0)
		return cli_tell(c, &e);
	return status;
}

/* The help follows even -q: scripts have seen it so, and don't read it. */
static int
one(struct cli *c, const struct request *r)
{
	bool is_active = false;
	struct err e = ERR_INIT;
	int status;

	if (cli_own(c, "snapshots") != NULL)
		return snapshots(c, request_get(r, "pot"));
	if (cli_ask(c, r, on_info, &is_active, &status, &e) < 0) {
		if (!c->quiet)
			log_error(&c->log, "%s", e.text);
		if (e.code == ERR_NOT_FOUND) {
			cli_help(c->cmd, &c->out);
			cli_flush(c);
		}
		return err_code_status(e.code);
	}
	if (cli_own(c, "running") != NULL)
		return is_active ? 0 : 1;
	return status;
}

static int
run(struct cli *c)
{
	if (c->pots.n > 0)
		return cli_each(c, one);
	log_error(&c->log,
	    "bridge %s: private bridges are not available in this version",
	    cli_own(c, "bridge"));
	return 1;
}

const struct command command_info = {
	.name = "info",
	.group = "look",
	.summary = "print all there is to know of pots",
	.words = "[POT ...]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_MANY | COMMAND_F_ASKS,
	.prepare = prepare,
	.run = run,
};
