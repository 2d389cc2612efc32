/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What get-attribute and set-attribute have in common.
 */
#ifndef POT_CLI_ATTRIBUTE_H
#define POT_CLI_ATTRIBUTE_H

#include "cli/command.h"

/* Tell an error of the engine; of an attribute that is not known, what may
 * have been meant, and the help. */
int attribute_tell(struct cli *c, struct err *e);

#endif
