/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of signals, with or without "SIG", in any case; numbers; RTMIN+N
 * and RTMAX-N where the host has them.  Names a host lacks are unknown
 * there (INFO on Linux).
 */
#ifndef POT_SIGNAME_H
#define POT_SIGNAME_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

#define SIGNAME_SIZE 16

/* ERR_INVALID "signal 'X': not known". */
int signame_parse(const char *s, int *signo, struct err *e) MUST_CHECK;
/* "SIGTERM", "SIGRTMIN+3"; the number if it has no name. */
const char *signame_format(char out[SIGNAME_SIZE], int signo);
/* All names without "SIG", by number, each number once. */
void signame_list(struct strv *out);

#endif
