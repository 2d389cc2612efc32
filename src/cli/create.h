/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What create and clone have in common.
 */
#ifndef POT_CLI_CREATE_H
#define POT_CLI_CREATE_H

#include "cli/command.h"

/* Words of options that can be judged at once, and the flavours. */
int create_prepare(struct cli *c, struct err *e);

#endif
