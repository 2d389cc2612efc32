/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot show: what pots use (reference 2.1).
 */
#include <stdint.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/print.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	{ 'q', "quiet", OPTION_QUIET, NULL, NULL, NAMES_NONE,
	    "print the names alone" },
	{ 'a', "all", OPTION_FLAG, NULL, "all", NAMES_NONE, "all pots" },
	{ 'r', "running", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "running pots (the default)" },
	OPTION_ROW_POT("the pot; or name several without option"),
	OPTION_ROW_FORMAT,
};

static int
prepare(struct cli *c, struct err *e)
{
	int n = request_has(&c->req, "all") + (c->pots.n > 0) +
	    (cli_own(c, "running") != NULL);

	if (n > 1)
		return cli_usage(c, e, "-a, -r and -p exclude each other");
	return 0;
}

static const char *
size(char text[STR_SIZE_TEXT], const struct record *r, const char *key)
{
	return str_format_size(text, (uint64_t)record_get_int(r, key));
}

/* What the pot shares: its base together, other components each. */
static void
print_volumes(struct cli *c, const struct record *r)
{
	struct err ignored = ERR_INIT;
	const struct framework *fw = cli_framework(c, &ignored);
	const struct record *v;
	auto_buf struct buf bases = BUF_INIT(PATH_MAX),
			    rest = BUF_INIT(BUF_TEXT_MAX);
	char text[STR_SIZE_TEXT];
	uint64_t base = 0;

	if (fw == NULL)
		return;
	buf_add_fmt(&bases, "%s/bases/", framework_get(fw, FW_ZFS_ROOT));
	for (size_t i = 0; (v = print_record_at(r, "volumes", i)) != NULL;
	     i++) {
		const char *name = record_get_str(v, "name");

		if (str_has_prefix(name, bases.data))
			base += (uint64_t)record_get_int(v, "bytes");
		else
			buf_add_fmt(&rest, "\tdataset %s usage  : %s\n", name,
			    size(text, v, "bytes"));
	}
	if (str_eq(record_get_str(r, "type"), "multi"))
		cli_print(
		    c, "\tbase usage      : %s\n", str_format_size(text, base));
	cli_print(c, "%s", rest.data);
}

static void
print(struct cli *c, const struct record *r)
{
	const char *name = record_get_str(r, "name");
	char text[STR_SIZE_TEXT];

	if (c->quiet && c->pots.n == 0) {
		cli_print(c, "%s\n", name);
		return;
	}
	cli_print(c, "pot %s\n", name);
	cli_print(c, "\tdisk usage      : %s\n", size(text, r, "disk_bytes"));
	if (c->verbosity > 1)
		print_volumes(c, r);
	if (!record_get_bool(r, "active"))
		return;
	if (!print_has(r, "memory_bytes")) {
		log_info(&c->log, "pot %s: to see its memory needs root", name);
		return;
	}
	cli_print(
	    c, "\tvirtual memory  : %s\n", size(text, r, "virtual_bytes"));
	cli_print(c, "\tphysical memory : %s\n", size(text, r, "memory_bytes"));
	if (!print_has(r, "cpus_limit"))
		return;
	cli_print(c, "\tmax amount of CPUs: %d\n",
	    (int)record_get_int(r, "cpus_limit"));
	cli_print(
	    c, "\tallocated CPUs    : %s\n", record_get_str(r, "cpu_list"));
}

const struct command command_show = {
	.name = "show",
	.group = "look",
	.summary = "print the disk, memory and CPUs that pots use",
	.words = "[POT ...]",
	.words_name = NAMES_POT,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_MANY | COMMAND_F_ASKS | COMMAND_F_ARRAY,
	.prepare = prepare,
	.print = print,
};
