/* SPDX-License-Identifier: BSD-2-Clause */
/* The proxies that the environment of a command names. */
#ifndef POT_CLI_PROXIES_H
#define POT_CLI_PROXIES_H

#include "cli/command.h"

/* As fields "env" of the request, for the process that talks to servers. */
void cli_proxies(struct cli *c);

#endif
