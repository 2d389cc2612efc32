/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot get-rss: the figures of a running pot (reference 2.1).
 */
#include <inttypes.h>

#include "cli/command.h"
#include "base/str.h"

static const struct option_row options[] = {
	OPTION_ROW_HELP,
	OPTION_ROW_VERBOSE,
	OPTION_ROW_POT("the pot; or name several without option"),
	{ 'J', "json", OPTION_FLAG, NULL, NULL, NAMES_NONE,
	    "print JSON as pot's Nomad driver reads it" },
	OPTION_ROW_FORMAT,
};

/* MHz, in thousandths: hw.clockrate times the percentage. */
static uint64_t
ticks_milli(const struct record *r)
{
	return (uint64_t)record_get_int(r, "clock_mhz") *
	    (uint64_t)record_get_int(r, "cpu_percent") * 10;
}

static void
add_ticks(struct buf *b, const struct record *r)
{
	uint64_t milli = ticks_milli(r);

	buf_add_fmt(b, "%" PRIu64 ".%03" PRIu64, milli / 1000, milli % 1000);
}

static void
add(struct json *j, const struct record *r, const char *name, const char *key)
{
	json_int(j, name, record_get_int(r, key));
}

/* The first two of each object are the classic ones. */
static void
print_classic_json(struct cli *c, const struct record *r)
{
	auto_buf struct buf ticks = BUF_INIT(64);
	struct json j;

	add_ticks(&ticks, r);
	json_init(&j, &c->out);
	json_object(&j, NULL);
	json_object(&j, "ResourceUsage");
	json_object(&j, "MemoryStats");
	add(&j, r, "RSS", "memory_bytes");
	add(&j, r, "Swap", "swap_bytes");
	add(&j, r, "Peak", "memory_peak_bytes");
	add(&j, r, "Virtual", "virtual_bytes");
	add(&j, r, "OomKills", "oom_kills");
	json_object_end(&j);
	json_object(&j, "CpuStats");
	json_number(&j, "TotalTicks", ticks.data);
	add(&j, r, "Percent", "cpu_percent");
	add(&j, r, "TimeNs", "cpu_ns");
	json_object_end(&j);
	json_object(&j, "IoStats");
	add(&j, r, "ReadBytes", "io_read_bytes");
	add(&j, r, "WriteBytes", "io_write_bytes");
	json_object_end(&j);
	add(&j, r, "Processes", "processes");
	json_object_end(&j);
	json_object_end(&j);
	cli_print(c, "\n");
}

static void
print(struct cli *c, const struct record *r)
{
	auto_buf struct buf ticks = BUF_INIT(64);
	char text[STR_SIZE_TEXT];

	if (cli_own(c, "json") != NULL) {
		print_classic_json(c, r);
		return;
	}
	add_ticks(&ticks, r);
	cli_print(
	    c, "Resource usage by the pot %s\n", record_get_str(r, "name"));
	cli_print(c, "\tcpu time (ticks) : %" PRId64 "\n",
	    record_get_int(r, "cpu_ns") / 10000000);
	cli_print(c, "\tcpu time (MHz) : %s\n", ticks.data);
	cli_print(
	    c, "\tpcpu (%%) : %" PRId64 "\n", record_get_int(r, "cpu_percent"));
	cli_print(c, "\tvirtual memory : %s\n",
	    str_format_size(
		text, (uint64_t)record_get_int(r, "virtual_bytes")));
	cli_print(c, "\tphysical memory : %s\n",
	    str_format_size(text, (uint64_t)record_get_int(r, "memory_bytes")));
	cli_print(c, "\tswap memory : %s\n",
	    str_format_size(text, (uint64_t)record_get_int(r, "swap_bytes")));
	if (c->verbosity > 1)
		cli_print(c,
		    "\tprocesses : %" PRId64 "\n\toom kills : %" PRId64 "\n",
		    record_get_int(r, "processes"),
		    record_get_int(r, "oom_kills"));
}

const struct command command_get_rss = {
	.name = "get-rss",
	.group = "look",
	.summary = "print the memory and CPU time of a running pot",
	.words = "[POT ...]",
	.words_name = NAMES_RUNNING,
	.options = options,
	.noptions = COUNT_OF(options),
	.flags = COMMAND_F_POT | COMMAND_F_MANY | COMMAND_F_ASKS,
	.print = print,
};
