/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of pot-init (init/init.h) for a command.  The room for them
 * is made by the starting process, they are filled in by the new one, which
 * knows the user only when it is in the pot.
 */
#ifndef POT_PLATFORM_INIT_ARGS_H
#define POT_PLATFORM_INIT_ARGS_H

#include <stdbool.h>

#include "platform/cell.h"
#include "platform/passwd.h"

struct init_args {
	const char **argv; /* NULL: no room was made */
	bool is_gated;	   /* pot-init waits for a byte first */
	char mode[3], uid[12], gid[12];
	char groups[INIT_GROUPS_MAX * 11 + 1];
};

void init_args_open(struct init_args *a, const struct cell_command *c);
void init_args_fini(struct init_args *a); /* twice is harmless */
/* The vector as exec(3) takes it: it won't change what it points to. */
char **init_args_fill(struct init_args *a, char mode, const struct user_ids *u,
    const struct cell_command *c);

#endif
