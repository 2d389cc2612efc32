/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands about a pot or a file system component.
 */
#ifndef POT_CLI_SELECTOR_H
#define POT_CLI_SELECTOR_H

#include "cli/command.h"

/* Exactly one of -p and -f. */
int selector_prepare(struct cli *c, struct err *e);

#endif
