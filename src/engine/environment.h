/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Environments built for what runs in a pot or on the host for it.
 */
#ifndef POT_ENVIRONMENT_H
#define POT_ENVIRONMENT_H

#include "engine/pot.h"

/* What `pot info -E` says of a pot: NAME=VALUE (reference 2.1). */
void environment_info(
    const struct pot *p, const struct cell_ref *ref, struct strv *out);
/* For the pot's command and for exec: PATH, HOME, then environment_info,
 * then pot.env. */
void environment_pot(
    const struct pot *p, const struct cell_ref *ref, struct strv *out);
/* For hooks on the host: PATH, HOME, and environment_info. */
void environment_host(
    const struct pot *p, const struct cell_ref *ref, struct strv *out);

#endif
