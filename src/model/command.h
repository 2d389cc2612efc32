/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot.cmd as argv: split by sh's rules for quotes and backslashes when it
 * needs no shell, else { "/bin/sh", "-c", "exec CMD" or CMD }.  (Pot 0.16
 * split on blanks and knew no quotes: its defect D16.)
 */
#ifndef POT_COMMAND_H
#define POT_COMMAND_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

/* What to execute for CMD; empty is ERR_INVALID. */
int command_argv(const char *cmd, struct strv *out, struct err *e) MUST_CHECK;

#endif
