/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's ids of a pot with a user namespace of its own: one range for
 * each pot, from its first start until it is destroyed.  It is the text of
 * PDIR/.userns, which goes where the pot's directory goes, and is no part
 * of its configuration: neither a clone nor a snapshot takes it along.
 */
#ifndef POT_IDS_H
#define POT_IDS_H

#include "base/lock.h"
#include "engine/pot.h"
#include "model/idrange.h"

/* 1: PDIR has a range, 0: none yet, -1. */
int ids_read(int potdir, struct id_range *out, struct err *e) MUST_CHECK;

/* Nobody is given ids while this is held: while a pot is moved, whoever
 * lists them might see it neither here nor there. */
int ids_lock(struct engine *g, const char *what, const char *pot,
    struct lock *out, struct err *e) MUST_CHECK;

/* If A asks for a user namespace and the platform has them: the pot's
 * range into A, a new one if it has none.  The caller has the pot's lock. */
int ids_assign(struct pot *p, struct cell_attrs *a, struct err *e) MUST_CHECK;

#endif
