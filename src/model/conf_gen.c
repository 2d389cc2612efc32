/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs while pot is built: prints the installed pot.default.conf, or with
 * the argument "sample" pot.conf.sample, from framework.def.
 */
#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name, *fallback, *help;
} vars[] = {
#define FRAMEWORK_VAR(id, name, fallback, help) { name, fallback, help },
#include "model/framework.def"
};

static const char head[] =
    "# pot.default.conf: the defaults of pot.  What you change here is lost\n"
    "# at the next installation: put it into pot.conf beside this file.\n";
static const char sample_head[] =
    "# pot.conf: what differs from pot.default.conf.  Copy this file to\n"
    "# pot.conf and remove the # of what you change.\n";
static const char notes[] =
    "# The language is sh's: NAME=VALUE, quotes where a value has blanks,\n"
    "# $NAME for what was set above.  See pot.conf(5).\n";

int
main(int argc, char **argv)
{
	int is_sample = argc > 1 && strcmp(argv[1], "sample") == 0;

	printf("%s%s", is_sample ? sample_head : head, notes);
	for (size_t i = 0; i < COUNT_OF(vars); i++) {
		const char *value = vars[i].fallback;
		int is_unset = value[0] == '\0';
		const char *quote = strchr(value, ' ') == NULL ? "" : "\"";

		printf("\n# %s%s\n%s%s=%s%s%s\n", vars[i].help,
		    is_unset ? " (empty: as the system has it)" : "",
		    is_sample || is_unset ? "# " : "", vars[i].name, quote,
		    value, quote);
	}
	return ferror(stdout) != 0 || fflush(stdout) != 0;
}
