/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chain files of the overlay driver: what a layer stands on.  Written once,
 * when the layer is made, and never changed; hard links to it count the
 * layer's users (layer.h).  Text, version 1, fields separated by tabs:
 *
 *	pot-chain 1 COUNT BORN
 *	ID OWNER			COUNT lines, the layer itself first,
 *	ID OWNER			then what lies below it, in order
 *	ID - PATH [PART]		a plain tree that is lent (lent.h)
 *
 * ID names a directory in layers/.  OWNER is the same for all layers that
 * were made for one volume.  BORN is SECONDS.NANOSECONDS, the ctime of the
 * layer's empty top directory: while it has that, the layer is untouched.
 */
#ifndef POT_STORAGE_CHAIN_H
#define POT_STORAGE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/compiler.h"
#include "base/err.h"

#define LAYER_ID_LEN 16	 /* hexadecimal digits */
#define CHAIN_MAX    480 /* the kernel's limit is 500 */

struct layer_id {
	char s[LAYER_ID_LEN + 1];
};

struct chain_entry {
	struct layer_id id;
	struct layer_id owner; /* empty if lent */
	char *lent;	       /* path below POT_FS_ROOT, or NULL */
	char *part;	       /* path below that, or NULL */
};

struct chain {
	struct chain_entry *v;
	size_t n, cap;
	struct timespec born;
};

#define CHAIN_INIT        \
	{                 \
		.v = NULL \
	}

void chain_fini(struct chain *c);
#define auto_chain __attribute__((cleanup(chain_fini)))

void chain_add(
    struct chain *c, const struct layer_id *id, const struct layer_id *owner);
void chain_add_lent(struct chain *c, const struct layer_id *id,
    const char *lent, const char *part);
/* Append SRC's entries from FIRST on. */
void chain_add_all(struct chain *c, const struct chain *src, size_t first);
bool chain_has(const struct chain *c, const struct layer_id *id);

bool layer_id_parse(const char *s, size_t len, struct layer_id *out);
bool layer_id_is_same(const struct layer_id *a, const struct layer_id *b);

/* Anything unexpected is ERR_CORRUPT. */
int chain_parse(const char *what, const char *text, size_t len,
    struct chain *out, struct err *e) MUST_CHECK;
int chain_read(int dirfd, const char *name, struct chain *out, struct err *e)
    MUST_CHECK;
/* Create NAME, which must not exist, and sync its content. */
int chain_write(const struct chain *c, int dirfd, const char *name,
    struct err *e) MUST_CHECK;

#endif
