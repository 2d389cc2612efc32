/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chains: what a layer of the overlay driver is and what it stands on.  The
 * text is the target of a symbolic link `chain' in the layer's directory,
 * made once and never changed:
 *
 *	pot1 ID OWNER BORN
 *	ID			the layers below, topmost first
 *	@ID			a plain tree that is lent (lent.h)
 *	@ID/PART		only that directory of it
 *
 * ID names a directory in layers/.  OWNER is the same in all layers that
 * were made for one volume, and "-" in a lent tree's own chain.  BORN is
 * SECONDS.NANOSECONDS, the ctime of the layer's empty top directory: while
 * it has that, nothing was written.
 *
 * A link's target is metadata: journalling file systems keep it in order
 * with all that is made of directories and links around it, so whatever a
 * power cut leaves is a state in which a kill could have left it, with no
 * sync between the steps.  It costs one system call to write or read.  XFS
 * keeps 1023 bytes in it, which is why long chains are merged early.
 */
#ifndef POT_STORAGE_CHAIN_H
#define POT_STORAGE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/compiler.h"
#include "base/err.h"

#define LAYER_ID_LEN   10 /* microseconds since the epoch, base 36 */
#define CHAIN_TEXT_MAX ((size_t)1023)
#define CHAIN_MAX      80

struct layer_id {
	char s[LAYER_ID_LEN + 1];
};

struct chain_entry {
	struct layer_id id;
	bool is_lent;
	char *part; /* or NULL */
};

struct chain {
	struct chain_entry *v; /* the layer itself is v[0] */
	size_t n, cap;
	struct layer_id owner; /* empty: none */
	struct timespec born;
};

#define CHAIN_INIT        \
	{                 \
		.v = NULL \
	}

void chain_fini(struct chain *c);
#define auto_chain __attribute__((cleanup(chain_fini), unused))

void chain_add(
    struct chain *c, const struct layer_id *id, bool is_lent, const char *part);
/* Append SRC's entries from FIRST on. */
void chain_add_all(struct chain *c, const struct chain *src, size_t first);

bool layer_id_parse(const char *s, size_t len, struct layer_id *out);
void layer_id_format(struct layer_id *out, uint64_t number);
bool layer_id_is_same(const struct layer_id *a, const struct layer_id *b);

/* Anything unexpected is ERR_CORRUPT. */
int chain_parse(const char *what, const char *text, size_t len,
    struct chain *out, struct err *e) MUST_CHECK;
int chain_read(int dirfd, const char *name, struct chain *out, struct err *e)
    MUST_CHECK;
/* Make NAME, which must not exist. */
int chain_write(const struct chain *c, int dirfd, const char *name,
    struct err *e) MUST_CHECK;

#endif
