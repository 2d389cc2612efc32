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
 * Words the failure of executing argv0 in a pot, which the platform reports
 * with the cell's name and the step: "argv0: No such file or directory", or
 * argv0 before the platform's text.  Other errors stay as they are.  Returns
 * -1, as the error's other setters do.
 */
int enter_explain(const char *argv0, struct err *e);

#endif
