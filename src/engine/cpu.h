/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which CPUs a pot gets that was promised a number of them.
 */
#ifndef POT_CPU_H
#define POT_CPU_H

#include "engine/pot.h"

/* If LIMIT_CPUS is set and no list is given: the least loaded ones for the pot
 * NAME, by the pins of the others that run. */
int cpu_assign(struct engine *g, const char *name, struct limit_set *l,
    struct err *e) MUST_CHECK;

#endif
