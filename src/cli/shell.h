/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The login shell of a pot: term and run.
 */
#ifndef POT_CLI_SHELL_H
#define POT_CLI_SHELL_H

#include "cli/command.h"

/* A request of exec for it, with a terminal if we have one. */
int shell_prepare(struct cli *c, struct err *e);
/* The command has a terminal, of the kind that ours is. */
void shell_terminal(struct cli *c);
/* Our standard descriptors for the verb exec. */
void shell_stdio(struct cli *c);

#endif
