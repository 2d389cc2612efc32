/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that were beside the sh version (reference 9), now links to pot:
 * what a link is called decides.
 */
#ifndef POT_CLI_TOOLS_H
#define POT_CLI_TOOLS_H

#include "cli/command.h"

typedef int tool_fn(struct cli *c, int argc, char **argv);

/* The tool that ARGV0 names, or NULL: pot itself. */
tool_fn *tool_find(const char *argv0);

tool_fn potcpu_main, potnet_main;

#endif
