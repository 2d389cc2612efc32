/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot's terminal passed through to the caller's.
 */
#ifndef POT_TERMINAL_H
#define POT_TERMINAL_H

#include "base/compiler.h"
#include "base/err.h"

/*
 * Copy between TTY (the other end of a pot's terminal) and the caller's IN
 * and OUT until the pot's side hangs up.  If IN is a terminal it is raw
 * meanwhile, and its size is passed on, now and when it changes.
 */
int terminal_relay(int tty, int in, int out, struct err *e) MUST_CHECK;

#endif
