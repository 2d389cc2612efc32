/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of the classic texts, from records.
 */
#ifndef POT_PRINT_H
#define POT_PRINT_H

#include "cli/command.h"

/* For .prepare: the engine itself writes to stdout and stderr. */
int print_to_stdio(struct cli *c, struct err *e);

/* The I-th item of list KEY, NULL past the end. */
const struct record *print_record_at(
    const struct record *r, const char *key, size_t i);
const char *print_text_at(const struct record *r, const char *key, size_t i);
/* Record KEY of R, or NULL. */
const struct record *print_sub(const struct record *r, const char *key);
/* Is KEY there and not null? */
bool print_has(const struct record *r, const char *key);

/* "\tip : A B", unless the network is the host's. */
void print_ip(struct cli *c, const struct record *r);
/* "\t\tMOUNTPOINT => SOURCE" of each entry of fscomp.conf. */
void print_datasets(struct cli *c, const struct record *r);
/* "\t\tFULL-NAME" of each snapshot, or that there are none. */
void print_snapshots(struct cli *c, const struct record *r);
const char *print_bool(const struct record *r, const char *key); /* "true" */

#endif
