/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands about a pot or a file system component.
 */
#ifndef POT_CLI_SELECTOR_H
#define POT_CLI_SELECTOR_H

#include "cli/command.h"

#define SELECTOR_ROWS                                                          \
	OPTION_ROW_POT("the pot; or name several without option"),             \
	{                                                                      \
		'f', "fscomp", OPTION_VALUE, "FSCOMP", "fscomp", NAMES_FSCOMP, \
		    "or the file system component"                             \
	}

/* Exactly one of -p and -f. */
int selector_prepare(struct cli *c, struct err *e);

#endif
