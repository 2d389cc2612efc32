/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands in a running pot.
 */
#ifndef POT_ENTER_H
#define POT_ENTER_H

#include "engine/pot.h"

/* Open pot-init, which executes every command in a pot. */
int enter_open_init(struct engine *g, int *fd, struct err *e) MUST_CHECK;

/* As the platform's enter(), with the pot's attributes. */
int enter_pot(struct pot *p, const struct cell_ref *ref,
    const struct cell_command *cmd, pid_t *pid, int *tty, struct err *e)
    MUST_CHECK;

/*
 * The failure of executing argv0 in a pot gets its name: "argv0: No such file
 * or directory".  Other errors stay as they are.  Returns -1, as the error's
 * setters do.
 */
int enter_explain(const char *argv0, struct err *e);

#endif
