/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order pots are started or stopped together: each as soon as those
 * that have to come before it are through.  What is done to them is the
 * caller's affair.
 */
#ifndef POT_BOOT_PLAN_H
#define POT_BOOT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/strv.h"

enum boot_state { BOOT_WAITING, BOOT_BUSY, BOOT_DONE, BOOT_FAILED };

struct boot_pot {
	char *name;
	struct strv before; /* names of those that come first */
	enum boot_state state;
	bool is_link; /* only keeps others in order: nothing is done to it */
	pid_t pid;    /* the caller's */
};

struct boot_plan {
	struct boot_pot *v;
	size_t n, cap;
};

#define BOOT_PLAN_INIT    \
	{                 \
		.v = NULL \
	}

void boot_plan_fini(struct boot_plan *p);
#define auto_boot_plan __attribute__((cleanup(boot_plan_fini), unused))

/* The pot NAME, added if it is not there yet; valid until the next one. */
struct boot_pot *boot_plan_add(struct boot_plan *p, const char *name);
struct boot_pot *boot_plan_find(const struct boot_plan *p, const char *name);
/* First comes last: for stopping. */
void boot_plan_reverse(struct boot_plan *p);

/*
 * One that can go now, or NULL: all are through, or those that wait do so
 * for one that is busy.  Names that are not in the plan are not waited for; a
 * circle is broken at its first pot.
 */
struct boot_pot *boot_plan_next(struct boot_plan *p);
/* A pot that P waits for has failed: its name, or NULL. */
const char *boot_plan_failed(
    const struct boot_plan *p, const struct boot_pot *pot);

#endif
